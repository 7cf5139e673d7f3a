import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Controller, HttpCode, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BodyLimit, Requires, StreamedBody, Unaudited, UnparsedBody } from '#platform/http/annotations.js';
import { BodyBytes } from '#platform/http/parameters.js';
import { collectStreamed } from '#platform/http/streamed-body.js';
import { type HttpApplication, openHttpApplication } from '../../test/harness/http-application.js';
import { type RawAnswer, rawHttp } from '../../test/harness/raw-http.js';
import { CAN } from '../../test/harness/things.controller.js';

const LARGEST = 32 * 1024 * 1024;
/** Of a route that streams, and takes this much at once. */
const MANIFEST = 4 * 1024 * 1024;

@Controller('large')
class LargeController {
  /** What is done with a body, for as long as a test wants. */
  work: (reply: FastifyReply) => Promise<void> = () => Promise.resolve();

  @Post()
  @HttpCode(200)
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  @UnparsedBody()
  @BodyLimit(LARGEST)
  async take(@BodyBytes() bytes: Buffer, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    await this.work(reply);
    return { length: bytes.length };
  }
}

@Controller('v2')
class ManifestController {
  @Put()
  @HttpCode(200)
  @Requires(CAN['thing:read'])
  @Unaudited('test')
  @StreamedBody()
  async take(@Req() request: FastifyRequest): Promise<object> {
    return { length: (await collectStreamed(request, MANIFEST)).bytes.length };
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('bodies that are announced and do not come', () => {
  let server: HttpApplication;
  const open: Socket[] = [];
  before(async () => {
    server = await openHttpApplication([LargeController, ManifestController]);
  });
  after(async () => {
    for (const socket of open) socket.destroy();
    await server.close();
  });

  const head = (who: string, announced: string, more = ''): string => `POST /large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good-${who}\r\nContent-Type: application/json\r\n${announced}\r\n${more}\r\n`;
  /** Told to go on, and then silent: it holds what it announced. */
  const holder = async (who: string): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1');
    open.push(socket);
    socket.write(head(who, `Content-Length: ${LARGEST}`, 'Expect: 100-continue\r\n'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 100 /);
    return socket;
  };

  /** The server learns of an end when it comes to look: what is refused till then is sent again. */
  const takenAtLast = async (who: string, body: Buffer): Promise<RawAnswer> => {
    for (;;) {
      const answer = await rawHttp(server.port, [head(who, `Content-Length: ${body.length}`), body]);
      if (answer.status === 200) return answer;
    }
  };

  it('are refused before a byte is read of what would be too much: of one principal, then of all', { timeout: 30_000 }, async () => {
    const [first] = [await holder('ann'), await holder('ann'), await holder('ann')];
    const fourth = await rawHttp(server.port, head('ann', `Content-Length: ${LARGEST}`, 'Expect: 100-continue\r\n'));
    assert.equal(fourth.status, 429, fourth.text);
    assert.match(fourth.head, /\r\nretry-after: 1\r\n/i);
    const small = await rawHttp(server.port, [head('ann', 'Content-Length: 2'), '{}']);
    assert.deepEqual([small.status, small.body], [200, '{"length":2}'], 'small ones go on');
    for (const who of ['bob', 'bob', 'bob', 'cat', 'cat']) await holder(who);
    const ninth = await rawHttp(server.port, head('dan', `Content-Length: ${LARGEST}`));
    assert.equal(ninth.status, 503, ninth.text);
    assert.match(ninth.head, /\r\nretry-after: 1\r\n/i);
    const chunked = await rawHttp(server.port, [head('dan', 'Transfer-Encoding: chunked'), '20000\r\n', Buffer.alloc(0x20000, 0x20), '\r\n']);
    assert.equal(chunked.status, 503, 'nor of one that does not say how much it will be');
    first.destroy();
    const body = Buffer.alloc(200_000, 0x20);
    const taken = await takenAtLast('dan', body);
    assert.equal(taken.body, '{"length":200000}');
  });

  for (const [how, end] of [['done', (work: PromiseWithResolvers<void>) => work.resolve()], ['failed', (work: PromiseWithResolvers<void>) => work.reject(new Error('no disk'))]] as const) {
    it(`keep what they took while they are worked on, though their clients are gone, until that is ${how}`, { timeout: 30_000 }, async () => {
      for (const socket of open.splice(0)) socket.destroy();
      while (server.bodies.heldBytes > 0) await settled();
      const [begun, work] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const large = server.app.get(LargeController);
      let gone: Promise<unknown> | null = null;
      large.work = (reply) => {
        gone = once(reply.raw, 'close');
        begun.resolve();
        return work.promise;
      };
      const socket = connect(server.port, '127.0.0.1');
      socket.write(head('ann', 'Content-Length: 200000'));
      socket.write(Buffer.alloc(200_000, 0x20));
      await begun.promise;
      socket.destroy();
      await gone;
      assert.equal(server.bodies.heldBytes, 200_000);
      end(work);
      while (server.bodies.heldBytes > 0) await settled();
      large.work = () => Promise.resolve();
    });
  }

  it('give back what they had when their clients go, and what was taken when it was answered', { timeout: 30_000 }, async () => {
    for (const socket of open.splice(0)) socket.destroy();
    const body = Buffer.alloc(LARGEST, 0x20);
    for (let n = 0; n < 5; n += 1) {
      const taken = await takenAtLast('ann', body);
      assert.equal(taken.body, `{"length":${LARGEST}}`);
    }
    await Promise.all([holder('ann'), holder('ann'), holder('ann')]);
  });

  it('are counted too where a streaming route wants the whole of them, in the words of its dialect', { timeout: 30_000 }, async () => {
    for (const socket of open.splice(0)) socket.destroy();
    while (server.bodies.heldBytes > 0) await settled();
    const put = (who: string, announced: string, ...body: readonly (string | Buffer)[]) => rawHttp(server.port, [`PUT /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good-${who}\r\n${announced}\r\n\r\n`, ...body]);
    const bytes = Buffer.alloc(MANIFEST);
    const refusals = async (who: string): Promise<unknown> => {
      const answers = [await put(who, `Content-Length: ${MANIFEST}`), await put(who, 'Transfer-Encoding: chunked', '20000\r\n', Buffer.alloc(0x20000), '\r\n')];
      return answers.map(({ status, head, body }) => [status, /\r\nretry-after: 1\r\n/i.test(head), (JSON.parse(body) as { errors: { code: string }[] }).errors[0]!.code]);
    };
    for (let n = 0; n < 3; n += 1) await holder('ann');
    assert.deepEqual(await refusals('ann'), [[429, true, 'TOOMANYREQUESTS'], [429, true, 'TOOMANYREQUESTS']]);
    const other = await put('bob', `Content-Length: ${MANIFEST}`, bytes);
    assert.equal(other.body, `{"length":${MANIFEST}}`);
    for (const who of ['bob', 'bob', 'bob', 'cat', 'cat']) await holder(who);
    assert.deepEqual(await refusals('dan'), [[503, true, 'UNKNOWN'], [503, true, 'UNKNOWN']]);
    for (const socket of open.splice(0)) socket.destroy();
    while (server.bodies.heldBytes > 0) await settled();
    const tooLarge = await put('ann', `Content-Length: ${MANIFEST + 1}`);
    assert.equal(tooLarge.status, 413);
    const cut = connect(server.port, '127.0.0.1');
    cut.write(`PUT /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good-ann\r\nContent-Length: ${MANIFEST}\r\n\r\nx`);
    while (server.bodies.heldBytes === 0) await settled();
    assert.equal(server.bodies.heldBytes, MANIFEST);
    cut.destroy();
    while (server.bodies.heldBytes > 0) await settled();
  });
});
