import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as secureConnect } from 'node:tls';
import { Controller, Get, Logger } from '@nestjs/common';
import { Public, Unaudited } from '#platform/http/annotations.js';
import { descriptorLimitIn } from '#platform/system/descriptor-limit.js';
import { selfSigned } from '../../../test/harness/certificate.js';
import { type HttpApplication, openHttpApplication } from '../../../test/harness/http-application.js';
import { rawHttp } from '../../../test/harness/raw-http.js';
import { connectionsMaxOf, keepRoom } from './crowded-connections.js';

// That it is full is meant.
Logger.overrideLogger(false);

const ROOM = 10;
const ASK = 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n';

let release = (): void => {};
@Controller('slow')
class SlowController {
  @Get()
  @Public('test')
  @Unaudited('test')
  async slow(): Promise<object> {
    await new Promise<void>((resolve) => (release = resolve));
    return {};
  }
}

describe('a server with room for ten', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([SlowController], { connectionsMax: ROOM })));
  after(() => server.close());

  /** Connected, and whether it still is. */
  async function silent(): Promise<{ readonly socket: Socket; isOpen(): boolean }> {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined).resume();
    let isOpen = true;
    socket.once('close', () => (isOpen = false));
    await once(socket, 'connect');
    return { socket, isOpen: () => isOpen };
  }

  it('answers whoever asks amid four times as many who say nothing, of whom the last ones stay', async () => {
    const crowd = [];
    for (let i = 0; i < ROOM * 4; i += 1) crowd.push(await silent());
    for (let i = 0; i < ROOM; i += 1) assert.equal((await rawHttp(server.port, 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).status, 404);
    assert.ok(crowd.slice(0, ROOM * 3).every(({ isOpen }) => !isOpen()));
    assert.ok(crowd.at(-1)!.isOpen());
    for (const { socket } of crowd) socket.destroy();
  });

  it('takes the room of those who were answered and are kept, and of nobody who is being answered', async () => {
    const asked = await silent();
    asked.socket.write(ASK);
    const answer = once(asked.socket, 'data');
    const kept = await silent();
    kept.socket.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(kept.socket, 'data');
    const busy = await Promise.all(Array.from({ length: ROOM - 2 }, () => silent()));
    for (const { socket } of busy) socket.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all(busy.map(({ socket }) => once(socket, 'data')));
    assert.ok(kept.isOpen());
    const newcomer = await silent();
    await once(kept.socket, 'close');
    assert.ok(asked.isOpen() && newcomer.isOpen() && busy.every(({ isOpen }) => isOpen()));
    release();
    assert.match(String((await answer)[0]), /^HTTP\/1\.1 200 /);
    for (const { socket } of [asked, newcomer, ...busy]) socket.destroy();
  });

  it('knows by their encrypted requests who is answered over TLS', { timeout: 20_000 }, async () => {
    const held: (() => void)[] = [];
    const secure = createServer(selfSigned('localhost'), (_request, response) => void held.push(() => response.end('answer')));
    keepRoom(secure, 2);
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    const { port } = secure.address() as AddressInfo;
    const join = () => secureConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => undefined).resume();
    const asked = join();
    asked.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(secure, 'request');
    const silentOne = join();
    const gone = new Promise((resolve) => silentOne.once('close', resolve));
    await once(silentOne, 'secureConnect');
    const newcomer = join();
    await gone;
    held[0]!();
    assert.match(String((await once(asked, 'data'))[0]), /^HTTP\/1\.1 200 /);
    for (const socket of [asked, newcomer]) socket.destroy();
    secure.close();
    secure.closeAllConnections();
  });

  it('has room for half of what descriptors are left to it', () => {
    const limits = 'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            200                  4096                 files     \n';
    assert.deepEqual([descriptorLimitIn(limits), descriptorLimitIn(''), descriptorLimitIn(limits.replace('200', 'unlimited'))], [200, null, null]);
    assert.deepEqual([200, 1024, 64, null].map(connectionsMaxOf), [60, 472, 8, Infinity]);
  });
});
