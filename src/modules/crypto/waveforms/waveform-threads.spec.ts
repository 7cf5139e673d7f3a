import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { WaveformThreads } from './waveform-threads.js';

/** A body, long enough not to be read on the event loop. */
const bytesOf = (dims: readonly number[], rest: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'real', dims, samples: Array.from({ length: dims.reduce((product, length) => product * length) }, () => 0.125), ...rest }));
const QUICK = bytesOf([2 ** 12]);
/** A transform along each of its sixteen axes: some tenths of a second. */
const SLOW = bytesOf(Array<number>(16).fill(2));
const READ = bytesOf([2 ** 14], { key: 'any' });

describe('threads for waveforms', () => {
  const threads = new WaveformThreads(new ThreadRoster());
  after(() => threads.onApplicationShutdown());

  const codeOf = (work: Promise<{ readonly ok: boolean }>): Promise<string> => work.then(({ ok }) => (ok ? 'done' : 'refused'), (error: unknown) => (error instanceof Fault ? error.kind.code : String(error)));
  const analyze = (name: string, bytes = QUICK): Promise<string> => codeOf(threads.perform(name, 'analyze', { bytes: Buffer.from(bytes) }));
  const read = (name: string): Promise<string> => codeOf(threads.perform(name, 'read', { operation: 'tag', bytes: Buffer.from(READ) }));
  const ends = (done: number, busy: number): string[] => [...Array<string>(done).fill('done'), ...Array<string>(busy).fill('transit-busy')];

  it('are waited for by sixteen analyses, each of another account: the next is refused', async () => {
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, (_, n) => analyze(`account-${n}`))), ends(17, 3));
  });

  it('are waited for by eight orders of a project that need a key, and by sixteen of all projects', async () => {
    const [mine, theirs, others] = [Array.from({ length: 10 }, () => read('mine')), Array.from({ length: 9 }, () => read('theirs')), read('others')];
    assert.deepEqual(await Promise.all(mine), ends(9, 1));
    assert.deepEqual(await Promise.all(theirs), ends(8, 1));
    assert.equal(await others, 'transit-busy');
  });

  it('are given to a waveform for thirty seconds, and then to others', async ({ mock }) => {
    assert.equal(await analyze('somebody'), 'done', 'there is a thread, so that the time begins with the turn');
    for (const [passedMillis, end] of [[29_999, 'done'], [30_000, 'transit-busy']] as const) {
      mock.timers.enable({ apis: ['setTimeout'] });
      const [slow, next] = [analyze('somebody', SLOW), analyze('somebody-else')];
      await nextTurn();
      mock.timers.tick(passedMillis);
      assert.deepEqual([await slow, await next], [end, 'done']);
      mock.timers.reset();
    }
  });
});
