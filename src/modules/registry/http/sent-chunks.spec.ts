import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SentChunks } from './sent-chunks.js';

const MIB = 1024 * 1024;
const CHUNKS = 24;
/** Of the stream, the response and the kernel, which has no say here: one chunk leaves while the next is asked for. */
const HELD_MAX = 2;

describe('chunks that are sent', () => {
  let server: Server;
  let given: Buffer[];
  let hash: ReturnType<typeof createHash>;
  let heldMax: number;
  let ended: Promise<unknown>;
  let failAt: number | null;
  let sizes: readonly number[];

  async function* chunks(end: () => void): AsyncGenerator<Buffer> {
    try {
      for (const [index, size] of sizes.entries()) {
        if (index === failAt) throw new Error('damaged');
        const chunk = Buffer.from(randomBytes(size).buffer); // Memory of its own, as a store's.
        hash.update(chunk);
        given.push(chunk);
        heldMax = Math.max(heldMax, given.filter(({ length }) => length > 0).length);
        yield chunk;
      }
    } finally {
      end();
    }
  }

  before(async () => {
    server = createServer((_request, response) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ended = promise;
      response.on('error', () => {});
      const sent = new SentChunks(chunks(resolve), response);
      sent.on('error', () => response.destroy());
      response.on('close', () => sent.destroy());
      sent.pipe(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  beforeEach(() => {
    given = [];
    hash = createHash('sha256');
    heldMax = 0;
    failAt = null;
    sizes = Array.from({ length: CHUNKS }, () => MIB);
  });

  const ask = async (): Promise<IncomingMessage> => {
    const asked = get({ port: (server.address() as AddressInfo).port, agent: false });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    asked.on('error', () => {});
    return answer;
  };
  const received = async (answer: IncomingMessage, pause: () => Promise<unknown>): Promise<string> => {
    const seen = createHash('sha256');
    for await (const piece of answer) {
      seen.update(piece as Buffer);
      await pause();
    }
    return seen.digest('hex');
  };

  for (const { how, pause } of [
    { how: 'as fast as it can', pause: () => Promise.resolve() },
    { how: 'slowly', pause: async () => { for (let n = 0; n < 5; n++) await turn(); } },
  ]) {
    it(`arrive as they are where the client reads ${how}, and are freed as they leave`, async () => {
      assert.equal(await received(await ask(), pause), hash.digest('hex'));
      await ended;
      assert.ok(heldMax <= HELD_MAX, `${heldMax} at once`);
      assert.equal(given.length, CHUNKS);
    });
  }

  it('arrive as they are in sizes that the connection takes at once, and in sizes that it does not', async () => {
    sizes = Array.from({ length: 200 }, (_, index) => [40_000, 1, 70_000, MIB, 33_000][index % 5]!);
    assert.equal(await received(await ask(), () => Promise.resolve()), hash.digest('hex'));
  });

  it('are not freed while the client does not read', async () => {
    const answer = await ask();
    for (let n = 0; n < 200; n++) await turn();
    const waiting = given.length;
    assert.ok(waiting < CHUNKS, 'the kernel took everything');
    assert.equal(given.at(-1)!.length, MIB);
    assert.equal(await received(answer, () => Promise.resolve()), hash.digest('hex'));
  });

  it('are not freed while they wait in the stream itself', async () => {
    sizes = [MIB, MIB, MIB];
    const sent = new SentChunks(chunks(() => {}), new ServerResponse(new IncomingMessage(new Socket())));
    for (const _ of sizes) {
      await once(sent, 'readable');
      assert.equal((sent.read() as Buffer).length, MIB);
    }
  });

  it('end where the client goes away, and whoever makes them is told', async () => {
    const answer = await ask();
    answer.destroy();
    await ended;
    assert.ok(given.length < CHUNKS);
  });

  it('break the connection off where one is damaged', async () => {
    failAt = 3;
    await assert.rejects(received(await ask(), () => Promise.resolve()));
    await ended;
  });
});
