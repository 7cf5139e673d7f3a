import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import { OperationThreads, type Respond } from './operation-threads.js';

/** As many as the threads: two at least, four at most, one core being the event loop's. */
const THREADS = Math.max(2, Math.min(4, availableParallelism() - 1));
const BUSY = 'transit-busy';
/** What the bodies of these specs earn: there is no key in them. The thread asked for it, so it had the request. */
const SERVED = 'transit-key-unknown';

describe('threads for operations with keys', () => {
  let threads: OperationThreads;
  /** Whoever has a thread keeps it until this is resolved: it waits for its key. */
  let gate: PromiseWithResolvers<void>;
  let asked = 0;
  beforeEach(() => {
    [threads, gate, asked] = [new OperationThreads(new ThreadRoster()), Promise.withResolvers<void>(), 0];
  });
  afterEach(() => threads.close());

  const unknown = (): never => {
    throw new Fault(CRYPTO_FAULTS['transit-key-unknown']);
  };
  const held: Respond = async () => {
    asked += 1;
    await gate.promise;
    return unknown();
  };
  const run = (place: string, isLong: boolean, respond: Respond = held): Promise<string> =>
    threads.run({ operation: 'decrypt', path: {}, requestId: '019a94de-4b70-7c00-8000-000000000001' }, Buffer.from('{}'), { place: () => place, isLong, signal: new AbortController().signal }, respond).then(
      () => 'done',
      (error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        if (error.kind.code === BUSY) assert.equal(error.context.headers?.['Retry-After'], '1');
        return error.kind.code;
      },
    );
  const crowd = (place: string, isLong: boolean): Promise<string>[] => Array.from({ length: 30 }, () => run(place, isLong));
  const served = (count: number): string[] => [...Array<string>(count).fill(SERVED), ...Array<string>(30 - count).fill(BUSY)];

  it('are waited for by sixteen short requests of a caller: the next is refused, and another caller is not', async () => {
    const [mine, theirs] = [crowd('mine', false), run('theirs', false)];
    assert.equal(await mine.at(-1), BUSY, 'at once, while those before it wait');
    gate.resolve();
    assert.deepEqual([await Promise.all(mine), await theirs], [served(THREADS + 16), SERVED]);
  });

  it('are waited for by six long requests of a project, and the last thread is never given to one', async () => {
    const [mine, theirs] = [crowd('mine', true), run('theirs', true)];
    assert.equal(await mine.at(-1), BUSY);
    while (asked < THREADS - 1) await nextTurn();
    for (const place of ['mine', 'theirs', 'mine']) assert.equal(await run(place, false, () => Promise.resolve().then(unknown)), SERVED, 'what is short goes past all of them');
    assert.equal(asked, THREADS - 1);
    gate.resolve();
    assert.deepEqual([await Promise.all(mine), await theirs], [served(THREADS - 1 + 6), SERVED]);
  });

  it('are given to a request for a minute, the wait for them included, and then to others', async ({ mock }) => {
    const [minute, limits] = [new AbortController(), [] as number[]];
    mock.method(AbortSignal, 'timeout', (millis: number) => {
      limits.push(millis);
      return minute.signal;
    });
    const [short, long] = [[run('mine', false), run('mine', false), run('theirs', false)], [run('mine', true), run('theirs', true)]];
    while (asked < 2) await nextTurn();
    // The second that a thread has to heed it: nobody answers these, so they cannot.
    mock.timers.enable({ apis: ['setTimeout'] });
    minute.abort(new DOMException('a minute has passed', 'TimeoutError'));
    mock.timers.tick(1_000);
    assert.deepEqual(await Promise.all([...short, ...long]), Array<string>(5).fill(BUSY));
    assert.deepEqual(limits, Array<number>(5).fill(60_000));
    mock.reset();
    mock.timers.reset();
    gate.resolve();
    assert.equal(await run('mine', false), SERVED);
  });
});
