import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { STREAM_BYTES_PER_MILLI } from './http-settings.js';
import { AwaitedBytes } from './streamed-body.js';

const SILENCE_MILLIS = 30_000;
const SECOND_BYTES = 1000 * STREAM_BYTES_PER_MILLI;

/** Until what was written has been read. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the time for a streamed body', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  function arriving() {
    const source = new PassThrough({ highWaterMark: 1024 * 1024 });
    const told: string[] = [];
    const bytes = new AwaitedBytes(source.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>, SILENCE_MILLIS, () => told.push('stalled'));
    return { source, bytes, told };
  }

  /** Reads to the end, or to the refusal, as fast as it comes. */
  function reading(bytes: AwaitedBytes): { outcome: string; sizeBytes: number } {
    const read = { outcome: 'reading', sizeBytes: 0 };
    const go = async (): Promise<void> => {
      for await (const chunk of { [Symbol.asyncIterator]: () => bytes }) read.sizeBytes += chunk.byteLength;
    };
    void go().then(() => (read.outcome = 'whole'), (error: unknown) => (read.outcome = error instanceof Fault ? error.kind.code : String(error)));
    return read;
  }

  /** Sends so much each second, until the reader has had enough or the time is over. Returns the seconds. */
  async function send(source: PassThrough, bytesPerSecond: number, seconds: number, read: { outcome: string }): Promise<number> {
    for (let second = 0; second < seconds; second += 1) {
      if (bytesPerSecond > 0) source.write(Buffer.alloc(bytesPerSecond));
      await settled();
      mock.timers.tick(1000);
      await settled();
      if (read.outcome !== 'reading') return second + 1;
    }
    return seconds;
  }

  it('is over for who is silent, and what came before has been read', async () => {
    const { source, bytes, told } = arriving();
    const read = reading(bytes);
    source.write('abc');
    assert.equal(await send(source, 0, 100, read), 30);
    assert.deepEqual({ ...read, told }, { outcome: 'request-timeout', sizeBytes: 3, told: ['stalled'] });
  });

  it('has no end for who sends as fast as is asked, for hours', async () => {
    const { source, bytes, told } = arriving();
    const read = reading(bytes);
    await send(source, SECOND_BYTES, 7200, read);
    source.end();
    await settled();
    assert.deepEqual({ ...read, told }, { outcome: 'whole', sizeBytes: 7200 * SECOND_BYTES, told: [] });
  });

  it('is over for who sends a byte now and then, and later for who sends half of what is asked', async () => {
    for (const [share, seconds] of [[1 / SECOND_BYTES, 31], [1 / 2, 60]] as const) {
      const { source, bytes } = arriving();
      const read = reading(bytes);
      const ended = await send(source, Math.round(SECOND_BYTES * share), 100, read);
      assert.ok(Math.abs(ended - seconds) <= 1, `${ended} s`);
      assert.equal(read.outcome, 'request-timeout');
    }
  });

  it('is not saved up: who has sent much is given no longer silence', async () => {
    const { source, bytes } = arriving();
    const read = reading(bytes);
    await send(source, 100 * SECOND_BYTES, 10, read);
    const ended = await send(source, 0, 100, read);
    assert.ok(Math.abs(ended - 30) <= 1, `${ended} s`);
    assert.equal(read.outcome, 'request-timeout');
  });

  it('is the sender’s alone: while nobody reads it does not run', async () => {
    const { source, bytes, told } = arriving();
    source.write('abc');
    await bytes.next();
    for (let second = 0; second < 300; second += 1) mock.timers.tick(1000);
    const waiting = bytes.next();
    source.write('def');
    assert.equal(String((await waiting).value as Buffer), 'def');
    assert.deepEqual(told, []);
    await bytes.return();
    assert.equal(source.destroyed, false, 'its client is still to be answered');
  });

  it('ends with the source that fails, as that does', async () => {
    const { source, bytes, told } = arriving();
    const read = reading(bytes);
    source.destroy(new Error('cut off'));
    await settled();
    await send(source, 0, 60, { outcome: 'reading' });
    assert.deepEqual({ ...read, told }, { outcome: 'Error: cut off', sizeBytes: 0, told: [] });
  });
});
