import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { collectBody, type CollectedBody } from './body-collection.js';

const MEBIBYTE = 1024 * 1024;

/** What a request looks like whose body comes when the test says so. */
function arriving(announcedBytes: number | null): PassThrough & IncomingMessage {
  const headers = announcedBytes === null ? {} : { 'content-length': String(announcedBytes) };
  return Object.assign(new PassThrough({ highWaterMark: 64 * MEBIBYTE }), { headers }) as unknown as PassThrough & IncomingMessage;
}

/** Until what was written has been read. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (work: Promise<CollectedBody>): Promise<string> => work.then(() => 'taken', (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));

describe('a body that arrives', () => {
  it('is what was sent, however it was cut and whether its length was announced, and nothing of it stays in its pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 12 }), fc.boolean(), async (lengths, isAnnounced) => {
        const whole = Buffer.concat(lengths.map((length, n) => Buffer.alloc(length, n + 1)));
        const pieces = lengths.map((length, n) => Buffer.alloc(length, n + 1));
        const payload = arriving(isAnnounced ? whole.length : null);
        const collected = collectBody(payload, MEBIBYTE);
        for (const piece of pieces) payload.write(piece);
        payload.end();
        const { bytes, digest } = await collected;
        assert.ok(bytes.equals(whole));
        assert.deepEqual(digest, createHash('sha256').update(whole).digest());
        assert.ok(pieces.every((piece) => piece.every((byte) => byte === 0)));
      }),
      { numRuns: 50 },
    );
  });

  it('is refused above the limit, and its pieces are wiped', async () => {
    const payload = arriving(null);
    const collected = codeOf(collectBody(payload, 100));
    const pieces = [Buffer.alloc(60, 1), Buffer.alloc(60, 1)];
    for (const piece of pieces) payload.write(piece);
    assert.equal(await collected, 'body-too-large');
    assert.ok(pieces.every((piece) => piece.every((byte) => byte === 0)), 'the one that was too much as well');
  });

  it('is refused when it is cut off', async () => {
    const payload = arriving(100);
    const collected = codeOf(collectBody(payload, 100));
    payload.write('x');
    payload.destroy();
    assert.equal(await collected, 'malformed-request');
  });

  it('takes no memory by what it announces, and its place once an eighth of it is there', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const payloads = Array.from({ length: 8 }, () => arriving(32 * MEBIBYTE));
    const collected = payloads.map((payload) => collectBody(payload, 32 * MEBIBYTE));
    for (const payload of payloads) payload.write(Buffer.alloc(1000));
    await settled();
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * MEBIBYTE, 'of 256 that were announced');
    for (const payload of payloads.slice(1)) payload.destroy();
    payloads[0]!.write(Buffer.alloc(4 * MEBIBYTE, 1));
    payloads[0]!.end(Buffer.alloc(28 * MEBIBYTE - 1000, 2));
    const { bytes } = await collected[0]!;
    assert.deepEqual([bytes.length, bytes.buffer.byteLength], [32 * MEBIBYTE, 32 * MEBIBYTE]);
    const others = await Promise.allSettled(collected.slice(1));
    assert.ok(others.every(({ status }) => status === 'rejected'));
  });

  it('asks for memory as it grows where it did not say how much it would be, and is refused where there is none', async () => {
    const asked: number[] = [];
    const reserve = (bytes: number): void => {
      asked.push(bytes);
      if (bytes > 500_000) throw new Fault(REQUEST_FAULTS.unavailable);
    };
    const payload = arriving(null);
    const collected = codeOf(collectBody(payload, MEBIBYTE, { reserve }));
    for (let n = 0; n < 3; n += 1) payload.write(Buffer.alloc(100_000));
    assert.equal(await collected, 'unavailable');
    assert.deepEqual(asked, [200_000, 400_000, 600_000]);
    const announced = arriving(100);
    const whole = collectBody(announced, MEBIBYTE, { reserve: () => assert.fail('it is held already') });
    announced.end(Buffer.alloc(100));
    assert.equal((await whole).bytes.length, 100);
  });
});

describe('the time for a body', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('is fifteen seconds for who sends nothing, whatever they announced', async () => {
    for (const announced of [100, 32 * MEBIBYTE]) {
      const collected = codeOf(collectBody(arriving(announced), 32 * MEBIBYTE));
      mock.timers.tick(15_000);
      assert.equal(await collected, 'request-timeout');
    }
  });

  it('grows by what arrives: 32 MiB at 1.2 Mbit/s are taken', async () => {
    const payload = arriving(32 * MEBIBYTE);
    const collected = codeOf(collectBody(payload, 32 * MEBIBYTE));
    const aSecond = 150_000;
    for (let left = 32 * MEBIBYTE; left > 0; left -= aSecond) {
      mock.timers.tick(1000);
      payload.write(Buffer.alloc(Math.min(left, aSecond)));
      await settled();
    }
    payload.end();
    assert.equal(await collected, 'taken');
  });

  it('is over for who sends so slowly that they hold the memory for nothing', async () => {
    const payload = arriving(32 * MEBIBYTE);
    let outcome = 'waiting';
    void codeOf(collectBody(payload, 32 * MEBIBYTE)).then((code) => (outcome = code));
    let millis = 0;
    for (; millis < 100_000 && outcome === 'waiting'; millis += 20) {
      payload.write(Buffer.alloc(250));
      await settled();
      for (let n = 0; n < 20; n += 1) mock.timers.tick(1);
      await settled();
    }
    assert.equal(outcome, 'request-timeout');
    assert.ok(millis >= 15_000 && millis <= 18_000, `${millis} ms at a tenth of the speed`);
  });
});
