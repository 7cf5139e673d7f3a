import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { AddressPolicy } from './address-policy.js';
import type { Resolver } from './name-lookup.js';
import { OutboundClient, type OutboundAnswer, type OutboundPost } from './outbound-client.js';
import { retryAfterMillis } from './retry-after.js';

const LOOPBACK = new AddressPolicy(['127.0.0.0/8']);
const NEVER = new AbortController().signal;

describe('sending to where others want us to', () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => void server.close()));
  const listening = async (server: Server, host = '127.0.0.1'): Promise<number> => {
    servers.push(server);
    server.unref();
    server.listen(0, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const http = (listener: RequestListener, host?: string): Promise<number> => listening(createHttpServer(listener), host);
  /** A receiver below HTTP: it says what it is told to, whatever it is asked. */
  const tcp = (answer: (socket: Socket) => void): Promise<number> =>
    listening(createTcpServer((socket) => {
      socket.on('error', () => undefined).once('data', () => answer(socket));
    }));
  const order = (url: string, over: Partial<OutboundPost> = {}): OutboundPost => ({
    url: new URL(url), headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('hello'), timeoutMillis: 5_000, signal: NEVER, ...over,
  });
  const post = (port: number, over: Partial<OutboundPost> = {}, policy: AddressPolicy | null = LOOPBACK): Promise<OutboundAnswer> =>
    new OutboundClient().post(order(`http://127.0.0.1:${port}/in?a=b`, over), policy);

  it('sends the body and believes the status', async () => {
    let seen = '';
    const port = await http((request, response) => {
      request.on('data', (chunk: Buffer) => (seen += `${request.method} ${request.url} ${request.headers['content-type']} ${chunk.toString()}`));
      request.on('end', () => response.writeHead(429, { 'Retry-After': '7' }).end('later'));
    });
    assert.deepEqual(await post(port), { kind: 'answered', status: 429, retryAfter: '7' });
    assert.equal(seen, 'POST /in?a=b text/plain hello');
  });

  it('follows no redirect', async () => {
    let visits = 0;
    const target = await http((_request, response) => void ((visits += 1), response.end()));
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await http((_request, response) => void response.writeHead(status, { Location: `http://127.0.0.1:${target}/` }).end());
      assert.partialDeepStrictEqual(await post(port), { kind: 'answered', status });
    }
    assert.equal(visits, 0);
  });

  it('refuses an address that the policy does not permit, without a connection', async () => {
    let connections = 0;
    const port = await listening(createTcpServer(() => (connections += 1)));
    assert.deepEqual(await post(port, {}, new AddressPolicy([])), { kind: 'failed', reason: 'refused-address' });
    const named = new OutboundClient(() => Promise.resolve(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1']));
    assert.deepEqual(await named.post(order(`http://public.test:${port}/`), new AddressPolicy([])), { kind: 'failed', reason: 'refused-address' });
    assert.equal(connections, 0);
  });

  it('connects to the address that was checked, whatever the name says a moment later', async () => {
    const [visits, port] = [{ good: 0, bad: 0 }, await http((_request, response) => void ((visits.good += 1), response.end()), '127.0.0.2')];
    const inside = createHttpServer((_request, response) => void ((visits.bad += 1), response.end()));
    servers.push(inside);
    inside.listen(port, '127.0.0.1').unref();
    await once(inside, 'listening');
    let asked = 0;
    const rebinding: Resolver = () => Promise.resolve([(asked += 1) === 1 ? '127.0.0.2' : '127.0.0.1']);
    const answer = await new OutboundClient(rebinding).post(order(`http://rebinding.test:${port}/`), new AddressPolicy(['127.0.0.2']));
    assert.partialDeepStrictEqual(answer, { kind: 'answered', status: 200 });
    assert.deepEqual([asked, visits], [1, { good: 1, bad: 0 }]);
    const second = await new OutboundClient(rebinding).post(order(`http://rebinding.test:${port}/`), new AddressPolicy(['127.0.0.2']));
    assert.deepEqual([second, visits.bad], [{ kind: 'failed', reason: 'refused-address' }, 0]);
  });

  it('takes of several addresses those that are permitted', async () => {
    const port = await http((_request, response) => void response.writeHead(204).end());
    const mixed: Resolver = () => Promise.resolve(['10.0.0.1', '127.0.0.1']);
    assert.partialDeepStrictEqual(await new OutboundClient(mixed).post(order(`http://mixed.test:${port}/`), LOOPBACK), { kind: 'answered', status: 204 });
  });

  it('gives up a receiver that hangs: before the answer, in its head, at the name', async () => {
    const silent = await tcp(() => undefined);
    const inHead = await tcp((socket) => socket.write('HTTP/1.1 200 OK\r\nX: '));
    for (const port of [silent, inHead]) assert.deepEqual(await post(port, { timeoutMillis: 100 }), { kind: 'failed', reason: 'timeout' });
    const nameless = new OutboundClient(() => new Promise(() => undefined));
    assert.deepEqual(await nameless.post(order('http://slow.test/', { timeoutMillis: 50 }), LOOPBACK), { kind: 'failed', reason: 'timeout' });
  });

  it('believes a status whose body never ends, and reads little of it', async () => {
    let written = 0;
    const endless = await http((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
      };
      response.on('drain', more);
      more();
    });
    assert.partialDeepStrictEqual(await post(endless), { kind: 'answered', status: 200 });
    assert.ok(written < 20_000_000, `${written} bytes were taken`);
    const hanging = await http((_request, response) => void response.writeHead(200).write('x'));
    assert.partialDeepStrictEqual(await post(hanging, { timeoutMillis: 200 }), { kind: 'answered', status: 200 });
  });

  for (const [what, answer] of Object.entries({
    'what is no HTTP': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'a head without end': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`,
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  })) {
    it(`takes ${what} for no answer`, async () => {
      const port = await tcp((socket) => socket.end(answer));
      assert.deepEqual(await post(port), { kind: 'failed', reason: 'malformed-answer' });
    });
  }

  it('takes a connection that is closed, reset, refused or turned into another protocol for no answer', async () => {
    const closed = await tcp((socket) => socket.end());
    const reset = await tcp((socket) => socket.resetAndDestroy());
    const switched = await tcp((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'));
    for (const port of [closed, reset, switched, 1]) assert.deepEqual(await post(port), { kind: 'failed', reason: 'connection' });
  });

  it('does not let what an operator has named wait for the names of strangers', async () => {
    const port = await http((_request, response) => void response.writeHead(204).end());
    const client = new OutboundClient(() => new Promise(() => undefined), () => Promise.resolve(['127.0.0.1']));
    assert.partialDeepStrictEqual(await client.post(order(`http://alertmanager.test:${port}/`), null), { kind: 'answered', status: 204 });
    assert.deepEqual(await client.post(order(`http://webhook.test:${port}/`, { timeoutMillis: 50 }), LOOPBACK), { kind: 'failed', reason: 'timeout' });
  });

  it('says that a name leads nowhere', async () => {
    const lost = new OutboundClient(() => Promise.reject(new Error('ENOTFOUND')));
    assert.deepEqual(await lost.post(order('http://nowhere.test/'), LOOPBACK), { kind: 'failed', reason: 'unresolved-name' });
  });

  it('ends when it is told to', async () => {
    const port = await tcp(() => undefined);
    const stopping = new AbortController();
    const answer = post(port, { signal: stopping.signal });
    stopping.abort();
    assert.deepEqual(await answer, { kind: 'failed', reason: 'timeout' });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 22, 6);
  for (const [value, millis] of [['120', 120_000], ['0', 0], ['Sun, 22 Nov 2026 06:01:00 GMT', 60_000], ['Sun, 22 Nov 2026 05:00:00 GMT', 0]] as const) {
    it(`reads ${value}`, () => assert.equal(retryAfterMillis(value, now), millis));
  }
  for (const value of [null, '', '-1', '1.5', 'soon', '2026-11-22', '99999999999', 'Sun, 32 Foo 2026 06:01:00 GMT']) {
    it(`does not read ${value}`, () => assert.equal(retryAfterMillis(value, now), null));
  }
});
