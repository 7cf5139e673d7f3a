import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DRAIN_BYTES_MAX } from './http-settings.js';
import { limitUnreadBody } from './unread-body.js';

/** Refuses everything without having read any of it. */
function refusingServer(): Server {
  return createServer((raw, response) => {
    const reply = { header: (name: string, value: string) => response.setHeader(name, value) };
    limitUnreadBody({ raw } as Pick<FastifyRequest, 'raw'>, reply as unknown as FastifyReply);
    response.statusCode = 413;
    response.end('no');
  });
}

const head = (bytes: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`;

describe('a body that nobody read', () => {
  const server = refusingServer();
  let asked = 0;
  let malformed = 0;
  before(async () => {
    server.on('request', () => (asked += 1)).on('clientError', () => (malformed += 1));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => server.close());

  const open = async (): Promise<Socket> => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };

  it('does not cost a client that is still sending it the answer', async () => {
    const socket = await open();
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    const mebibyte = Buffer.alloc(2 ** 20);
    const length = 8 * mebibyte.length;
    socket.write(head(length));
    await once(socket, 'end');
    // All of it after the answer and its end, and none of it is answered with a reset.
    for (let sent = 0; sent < length; sent += mebibyte.length) await new Promise<void>((resolve, reject) => socket.write(mebibyte, (error) => (error ? reject(error) : resolve())));
    const closed = once(socket, 'close');
    socket.end();
    await closed;
    assert.match(answer, /^HTTP\/1\.1 413 .*\r\nconnection: close\r\n.*no$/is);
    assert.equal(malformed, 0);
  });

  it('is waited for two seconds, however it goes on', async () => {
    const socket = await open();
    socket.on('error', () => {}).resume();
    socket.write(`${head(DRAIN_BYTES_MAX + 1)}x`);
    await once(socket, 'end');
    const started = performance.now();
    await new Promise<void>((resolve) => {
      const trickle = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => {
        clearInterval(trickle);
        resolve();
      });
    });
    assert.ok(performance.now() - started > 1_000);
  });

  it('is no malformed request where the client leaves in the middle of it, having read the answer', async () => {
    const socket = await open();
    socket.resume().write(`${head(DRAIN_BYTES_MAX + 1)}x`);
    await once(socket, 'end');
    socket.end();
    await once(socket, 'close');
    // What the server makes of the end it has made of it when it answers the next.
    const next = await open();
    next.write(head(0));
    await once(next, 'data');
    next.destroy();
    assert.equal(malformed, 0);
  });

  it('hides no request behind it', async () => {
    const socket = await open();
    const before = asked;
    const body = DRAIN_BYTES_MAX + 1;
    socket.resume().write(head(body));
    await once(socket, 'end');
    socket.write(Buffer.alloc(body));
    socket.end(head(0));
    await once(socket, 'close');
    assert.equal(asked, before + 1);
  });

  it('is read to its end where it is small, and the connection is used again', async () => {
    const socket = await open();
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.write(head(3));
    await once(socket, 'data');
    socket.write(`abc${head(0)}`);
    while (answer.split('HTTP/1.1 413').length < 3) await once(socket, 'data');
    assert.doesNotMatch(answer, /connection: close/i);
    socket.destroy();
  });
});
