import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SOCKET_LIMITS } from '#platform/http/http-settings.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { rawHttp } from '../../test/harness/raw-http.js';
import { ThingsController } from '../../test/harness/things.controller.js';

const GOOD = 'Authorization: Bearer good-ann\r\n';
const post = (body: string | Buffer, headers = 'Content-Type: application/json\r\n', path = '/things/open'): Buffer => {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
};

describe('malformed HTTP', () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController])));
  after(() => server.close());

  const cases: readonly (readonly [string, string | Buffer, number])[] = [
    ['Content-Length and Transfer-Encoding', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two Content-Length', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', 400],
    ['a Content-Length that is no number', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 5a\r\n\r\nabcde', 400],
    ['an unknown Transfer-Encoding', 'POST /things/open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 400],
    ['a chunk size that is no number', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n', 400],
    ['a folded header', 'GET /things/open HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['a space before the colon', 'GET /things/open HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['NUL in a header', 'GET /things/open HTTP/1.1\r\nHost: x\r\nX-A: \0\r\n\r\n', 400],
    ['two Hosts', 'GET /things/open HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['two equal Hosts', 'GET /things/open HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n', 400],
    ['no Host', 'GET /things/open HTTP/1.1\r\n\r\n', 400],
    ['a method that HTTP does not know', 'LIST /things/open HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a version that HTTP does not have', 'GET /things/open HTTP/9.1\r\nHost: x\r\n\r\n', 400],
    ['something else than HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['headers above 16 KiB', `GET /things/open HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 431],
    ['more than 100 header lines', `GET /things/open HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(101)}\r\n`, 431],
    ['content on a GET', 'GET /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 400],
    ['chunked content on a HEAD', 'HEAD /things/open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two Content-Types', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}', 400],
    ['two Authorizations', `GET /things HTTP/1.1\r\nHost: x\r\n${GOOD}${GOOD}\r\n`, 401],
    ['a tab after Bearer', 'GET /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\tgood-ann\r\n\r\n', 401],
    ['two spaces after Bearer', 'GET /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer  good-ann\r\n\r\n', 401],
    ['words after the token', 'GET /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good-ann x\r\n\r\n', 401],
    ['NBSP after Bearer', Buffer.from('GET /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\xa0good-ann\r\n\r\n', 'latin1'), 401],
    ['an asterisk target', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['a target that does not begin with a slash', 'GET things/open HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a target that begins with an asterisk', 'GET *things/open HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['a fragment in the target', 'GET /things/open#x HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a fragment in the query', 'GET /things/open?x=1#y HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['backslashes for slashes', 'GET \\things\\open HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['dots for a place', 'GET /x/../things/open HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['dots in disguise', 'GET /x/%2e%2e/things/open HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['a slash in disguise', 'GET /things%2fopen HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['two slashes', 'GET //things/open HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['a path in capitals', 'GET /THINGS/open HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['a query that is not UTF-8', 'GET /things/open?x=%ff HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a query with a surrogate', 'GET /things/open?x=%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a query with NUL', 'GET /things/open?x=%00 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an unknown expectation', `POST /things/open HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 2\r\n\r\n{}`, 417],
    ['no content type', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 415],
    ['a form', post('name=x', 'Content-Type: application/x-www-form-urlencoded\r\n'), 415],
    ['text', post('{}', 'Content-Type: text/plain\r\n'), 415],
    ['another charset', post('{}', 'Content-Type: application/json; charset=utf-16\r\n'), 415],
    ['a compressed body', post('{}', 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'), 415],
    ['a body that is not JSON', post('{"name"'), 400],
    ['50,000 brackets', post('['.repeat(8_000)), 400],
    ['NUL in a string', post('{"name":"a\\u0000b","count":1}'), 400],
    ['a lone surrogate', post('{"name":"\\ud800","count":1}'), 400],
    ['bytes that are not UTF-8', post(Buffer.from('{"name":"\xff","count":1}', 'latin1')), 400],
    ['a name that stands twice', post('{"name":"a","name":"b","count":1}'), 400],
    ['{"constructor":1}', post('{"name":"a","count":1,"constructor":1}'), 400],
    ['{"__proto__":{}}', post('{"name":"a","count":1,"__proto__":{}}'), 400],
    ['{"toString":1}', post('{"name":"a","count":1,"toString":1}'), 422],
    ['an array as the body', post('[]'), 422],
    ['a number as the body', post('5'), 422],
    ['null as the body', post('null'), 422],
    ['no body', 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 422],
    ['an anonymous body of 17 KiB', post(`{"name":"${'a'.repeat(17 * 1024)}","count":1}`), 413],
  ];
  for (const [name, bytes, status] of cases) {
    it(`refuses ${name}: ${status}`, async () => {
      const answer = await rawHttp(server.port, bytes);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.head, /\r\ncontent-type: application\/problem\+json/i);
      for (const line of [/x-content-type-options: nosniff/, /cache-control: no-store/, /cross-origin-opener-policy: same-origin/, /cross-origin-resource-policy: same-origin/]) assert.match(answer.head, new RegExp(`\\r\\n${line.source}`, 'i'));
      assert.doesNotMatch(answer.text, /\r\n(?:server|x-powered-by|via): |\b(?:node|fastify|nest|llhttp)\b|HPE_/i, 'it names the software');
      const requestId = /\r\nx-request-id: ([0-9a-f-]{36})\r\n/i.exec(answer.head)?.[1];
      assert.ok(requestId !== undefined, answer.head);
      if (name.includes('HEAD')) return;
      const problem = JSON.parse(answer.body) as { status: number; requestId: string };
      assert.deepEqual([problem.status, problem.requestId], [status, requestId]);
    });
  }

  it('refuses 50,000 brackets from an authenticated caller too', async () => {
    const answer = await rawHttp(server.port, post('['.repeat(50_000), `Content-Type: application/json\r\n${GOOD}`, '/things'));
    assert.equal(answer.status, 400);
    assert.match(answer.body, /too-deep/);
  });

  it('accepts JSON that says its charset, in pieces and chunked', async () => {
    const head = 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await rawHttp(server.port, [head, '5\r\n{"nam\r\n', '11\r\ne":"x","count":1}\r\n', '0\r\n\r\n']);
    assert.equal(answer.status, 200, answer.text);
  });

  it('looks at no expectation of HTTP/1.0, which has none', async () => {
    assert.equal((await rawHttp(server.port, 'GET /things/open HTTP/1.0\r\nExpect: wonders\r\n\r\n')).status, 200);
  });

  it('answers a GET of HTTP/1.0 without a Host', async () => {
    assert.equal((await rawHttp(server.port, 'GET /things/open HTTP/1.0\r\n\r\n')).status, 200);
  });

  it('takes a chunked body no further than the limit', async () => {
    const head = 'POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `2000\r\n${' '.repeat(0x2000)}\r\n`;
    const answer = await rawHttp(server.port, [head, chunk, chunk, chunk, chunk]);
    assert.equal(answer.status, 413);
    assert.ok(answer.closedByServer);
  });

  it('keeps a connection whose small body was refused unread, and serves the next request on it', async () => {
    const refused = 'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n{"a":1';
    const answer = await rawHttp(server.port, [refused, 'GET /things/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
    assert.equal(answer.status, 401);
    assert.match(answer.text, /HTTP\/1\.1 200/);
  });

  it('closes a connection whose large body was refused unread', async () => {
    const answer = await rawHttp(server.port, 'PUT /things/blob HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nabc');
    assert.equal(answer.status, 401);
    assert.match(answer.head, /connection: close/i);
    assert.ok(answer.closedByServer);
  });

  it('does not wait for the rest of a small body that was refused', async () => {
    const started = performance.now();
    const closed = await new Promise<boolean>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc'));
      socket.on('data', () => {}).on('close', () => resolve(true)).on('error', () => {});
    });
    assert.ok(closed);
    assert.ok(performance.now() - started < 6_000);
  });

  it('asks for a body only after authentication', async () => {
    const head = (credential: string) => `PUT /things/blob HTTP/1.1\r\nHost: x\r\n${credential}Content-Length: 3\r\nExpect: 100-continue\r\n\r\n`;
    const refused = await rawHttp(server.port, head(''));
    assert.equal(refused.status, 401, 'no 100 came first');
    const invited = await rawHttp(server.port, [head(GOOD), 'abc'], 1_000);
    assert.match(invited.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    const tooLarge = await rawHttp(server.port, `POST /things HTTP/1.1\r\nHost: x\r\n${GOOD}Content-Type: application/json\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n`);
    assert.equal(tooLarge.status, 413, 'nor when it would be refused');
  });
});

describe('a connection that carried an upload', () => {
  it('is not ended by the upload’s idle time while a later request is worked on', async () => {
    const server = await openHttpApplication([ThingsController]);
    try {
      const put = `PUT /things/blob HTTP/1.1\r\nHost: x\r\n${GOOD}Content-Length: 3\r\n\r\nabc`;
      const sockets: { timeout?: number | undefined; listeners: number }[] = [];
      server.app.getHttpServer().on('connection', (socket: { timeout?: number; listenerCount(name: string): number }) => {
        setTimeout(() => sockets.push({ timeout: socket.timeout, listeners: socket.listenerCount('timeout') }), 500);
      });
      const answers = await rawHttp(server.port, [put, put, put], 1_000);
      assert.equal(answers.status, 200);
      await new Promise((resolve) => setTimeout(resolve, 600));
      // One listener is Node's own, for the keep-alive time.
      assert.ok(sockets[0]!.listeners <= 1, JSON.stringify(sockets));
      assert.notEqual(sockets[0]!.timeout, 30_000);
    } finally {
      await server.close();
    }
  });
});

/** Ten seconds and fifteen in service; here as short as a test can wait, and long enough for a machine that is busy. */
const SHORT = { headersMillis: 300, bodyMillis: 300, silenceMillis: 300, checkMillis: 50, keepAliveMillis: 300, requestsMax: 3 };

describe('a connection that is slow, idle or never ends', { concurrency: true }, () => {
  let server: HttpApplication;
  before(async () => (server = await openHttpApplication([ThingsController], { sockets: SHORT })));
  after(() => server.close());

  /** Writes, and then listens until the server has enough of it. */
  const untilClosed = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text)).on('error', () => {});
    });

  it('is given this in service', () => {
    assert.deepEqual(SOCKET_LIMITS, { headersMillis: 10_000, bodyMillis: 15_000, silenceMillis: 30_000, checkMillis: 2_000, keepAliveMillis: 65_000, requestsMax: 1_000 });
  });

  it('is cut off when its headers do not arrive in time, with a problem, as each of fifty at once', { timeout: 30_000 }, async () => {
    const texts = await Promise.all(Array.from({ length: 50 }, () => untilClosed('GET /things/open HTTP/1.1\r\nHost: x\r\n')));
    for (const text of texts) {
      assert.match(text, /^HTTP\/1\.1 408 [^]*\r\ncontent-type: application\/problem\+json\r\n/);
      assert.equal((JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as { type: string }).type, 'urn:quantonium:problem:request-timeout');
    }
  });

  it('is cut off when it says nothing at all', { timeout: 30_000 }, async () => {
    await untilClosed('');
  });

  it('is cut off when its body does not arrive in time', { timeout: 30_000 }, async () => {
    const text = await untilClosed('POST /things/open HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    assert.match(text, /^HTTP\/1\.1 408 [^]*\r\nconnection: close\r\n/i);
    assert.match(text, /request-timeout/);
  });

  it('is cut off when a streamed body ceases to come, whatever its handler makes of that', { timeout: 30_000 }, async () => {
    const head = `PUT /things/blob HTTP/1.1\r\nHost: x\r\n${GOOD}`;
    for (const announced of ['Content-Length: 100', 'Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      const text = await untilClosed(`${head}${announced}\r\n\r\n${announced.startsWith('T') ? '3\r\nabc\r\n' : 'abc'}`);
      assert.match(text, /^HTTP\/1\.1 408 [^]*\r\nconnection: close\r\n/i, announced);
      assert.match(text, /request-timeout/);
    }
  });

  it('is cut off when more comes of a streamed body than anybody reads', { timeout: 30_000 }, async () => {
    const text = await untilClosed(`POST /things/unread HTTP/1.1\r\nHost: x\r\n${GOOD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
    assert.match(text, /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
  });

  it('is closed when it is not used again, and tells for how long it could have been', { timeout: 30_000 }, async () => {
    const text = await untilClosed('GET /things/open HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200 [^]*\r\nkeep-alive: timeout=/i);
  });

  it('is closed by the answer to the last request that it may carry, and no other is worked on', { timeout: 30_000 }, async () => {
    const text = await untilClosed('GET /things/open HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5));
    const answers = text.split(/(?=HTTP\/1\.1 )/);
    assert.deepEqual(answers.map((answer) => /^HTTP\/1\.1 200/.test(answer)).slice(0, 3), [true, true, true]);
    assert.match(answers[2]!, /\r\nconnection: close\r\n/i);
    assert.deepEqual(answers.slice(3), [], 'what is pipelined behind it has no answer at all, not one of somebody else either');
  });

  for (const [what, last, status] of [
    ['of what does not exist', 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['of what cannot be routed', 'GET /things/%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['of what has no credential', 'GET /things HTTP/1.1\r\nHost: x\r\n\r\n', 401],
  ] as const) {
    it(`is closed in the same way by the refusal ${what}, also where more comes later`, { timeout: 30_000 }, async () => {
      const good = 'GET /things/open HTTP/1.1\r\nHost: x\r\n\r\n';
      const text = await new Promise<string>((resolve) => {
        let received = '';
        const socket = connect(server.port, '127.0.0.1', () => socket.write(good + good + last));
        socket.on('data', (chunk) => (received += chunk.toString())).on('end', () => socket.write(good)).on('close', () => resolve(received)).on('error', () => {});
      });
      const answers = text.split(/(?=HTTP\/1\.1 )/);
      assert.deepEqual(answers.map((answer) => Number(answer.slice(9, 12))), [200, 200, status]);
      assert.match(answers[2]!, /\r\nconnection: close\r\n[^]*\r\ncontent-type: application\/problem\+json/i);
    });
  }
});
