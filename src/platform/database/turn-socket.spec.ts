import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TurnSocket } from './turn-socket.js';

/** Counts what goes to the system, of one chunk or of many. */
class CountedSocket extends TurnSocket {
  sent = 0;

  override _write(...chunk: Parameters<Socket['_write']>): void {
    this.sent += 1;
    super._write(...chunk);
  }

  override _writev(...chunks: Parameters<NonNullable<Socket['_writev']>>): void {
    this.sent += 1;
    super._writev!(...chunks);
  }
}

describe('socket that sends a turn in one piece', () => {
  const server = createServer();
  const socket = new CountedSocket();
  let peer: Socket;
  let received = '';

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    [peer] = (await accepted) as [Socket];
    peer.setEncoding('utf8').on('data', (text: string) => (received += text));
    await once(socket, 'ready');
  });
  after(() => {
    socket.destroy();
    server.close();
  });

  async function seen(text: string): Promise<void> {
    while (received !== text) await once(peer, 'data');
    received = '';
  }

  it('sends what is written before and after the promises of a turn at once, in order', async () => {
    const before = socket.sent;
    socket.write('BEGIN;');
    await Promise.resolve();
    socket.cork();
    socket.write(Buffer.from('INSERT;'));
    socket.uncork();
    await Promise.resolve().then(() => undefined);
    socket.write('COMMIT;', 'utf8');
    await seen('BEGIN;INSERT;COMMIT;');
    assert.equal(socket.sent - before, 1);
  });

  it('does not keep for the next turn what was written in this one', async () => {
    const before = socket.sent;
    socket.write('one');
    await turn();
    socket.write('two');
    await seen('onetwo');
    assert.equal(socket.sent - before, 2);
  });

  it('tells who wrote that it was written, and sends what it has when it is ended', async () => {
    await new Promise<void>((resolve, reject) => socket.write('told', (error) => (error ? reject(error) : resolve())));
    await seen('told');
    socket.write('last');
    socket.end();
    await seen('last');
  });
});
