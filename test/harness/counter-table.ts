import assert from 'node:assert/strict';
import { after, before, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { CounterStore } from '#platform/http/rate-limit/limit-storage.js';
import { SlidingWindow } from '#platform/http/rate-limit/sliding-window.js';

/** A store whose time is the test's, and another handle on the same counters, as a second replica has one. */
export interface OpenedStore {
  readonly store: CounterStore;
  readonly other: CounterStore;
  setMillis(millis: number): void;
  close(): Promise<void>;
}

const SEED = Number(process.argv.find((argument) => argument.startsWith('--seed='))?.slice(7) ?? 20_261_122);
/** A multiple of a second, so that the slots of the tests begin where they are written to begin. */
const START = 1_700_000_000_000;

let keys = 0;
/** As the names of keys are in the shared stores: 16 bytes in base64url. */
const freshKey = (): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(process.pid, 0);
  bytes.writeUInt32BE(keys++, 12);
  return bytes.toString('base64url');
};

/** What every store of counters does: declared once, run for each of them. */
export function behavesAsCounters(open: () => Promise<OpenedStore>, runs: number): void {
  let opened: OpenedStore | undefined;
  const at = (offsetMillis: number): void => opened!.setMillis(START + offsetMillis);
  const take = (key: string, limit: number, cost = 1) => opened!.store.take(key, limit, cost);
  const isAdmitted = async (key: string, limit: number, cost = 1): Promise<boolean> => (await take(key, limit, cost)).slot !== null;

  before(async () => {
    opened = await open();
  });
  after(() => opened?.close());

  it('admits up to the limit, counts from either side, and counts keys apart', async () => {
    at(0);
    const key = freshKey();
    assert.deepEqual([await isAdmitted(key, 3), await isAdmitted(key, 3)], [true, true]);
    const { used, slot } = await opened!.other.take(key, 3, 1);
    assert.deepEqual([used, slot !== null], [3, true]);
    assert.equal(await isAdmitted(key, 3), false);
    assert.equal((await opened!.other.take(key, 3, 1)).slot, null);
    assert.equal(await isAdmitted(freshKey(), 3), true);
  });

  it('says how long until there is room, and of a hit that it admits when the oldest leaves', async () => {
    const key = freshKey();
    at(0);
    assert.equal((await take(key, 2)).waitMillis, 61_000);
    at(10_500);
    assert.equal((await take(key, 2)).waitMillis, 50_500);
    at(20_250);
    assert.deepEqual(await take(key, 2), { used: 2, slot: null, waitMillis: 40_750 });
    at(60_999);
    assert.equal(await isAdmitted(key, 2), false);
    at(61_000);
    assert.equal(await isAdmitted(key, 2), true);
  });

  it('does not count what it refuses', async () => {
    const key = freshKey();
    at(0);
    await take(key, 1);
    for (const offset of [10_000, 30_000, 60_000]) {
      at(offset);
      assert.equal(await isAdmitted(key, 1), false);
    }
    at(61_000);
    assert.equal(await isAdmitted(key, 1), true);
  });

  it('counts what costs more as so many hits, and has room for less where there is none for more', async () => {
    const key = freshKey();
    at(0);
    assert.equal((await take(key, 100, 70)).used, 70);
    at(5_000);
    const refused = await take(key, 100, 31);
    assert.deepEqual([refused.slot, refused.used, refused.waitMillis], [null, 70, 56_000]);
    assert.equal(await isAdmitted(key, 100, 30), true);
    assert.equal(await isAdmitted(key, 100), false);
  });

  it('forgets what is given back, once, and only while it is in the window', async () => {
    const key = freshKey();
    at(0);
    const first = await take(key, 2);
    await take(key, 2);
    await opened!.other.giveBack(key, first.slot!, 1);
    assert.equal(await isAdmitted(key, 2), true);
    assert.equal(await isAdmitted(key, 2), false);
    at(61_000);
    await take(key, 2);
    await opened!.store.giveBack(key, first.slot!, 1);
    assert.equal((await take(key, 2)).used, 2, 'what left the window was not taken from what is in it');
    await opened!.store.giveBack(freshKey(), first.slot!, 1);
  });

  it('keeps its count when the clock steps back', async () => {
    const key = freshKey();
    at(30_000);
    await take(key, 2);
    at(0);
    assert.equal((await take(key, 2)).used, 2);
    at(30_000);
    assert.equal(await isAdmitted(key, 2), false);
  });

  it('admits exactly so many of a hundred at once from both sides', async () => {
    const key = freshKey();
    at(0);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? opened!.store : opened!.other).take(key, 7, 1)));
    assert.equal(answers.filter(({ slot }) => slot !== null).length, 7);
    assert.deepEqual(answers.map(({ used }) => used).sort((a, b) => a - b).slice(0, 7), [1, 2, 3, 4, 5, 6, 7]);
  });

  it('counts as the window in memory does, whatever comes', async (t: TestContext) => {
    t.diagnostic(`seed ${SEED}`);
    const hit = fc.record({ gap: fc.integer({ min: 0, max: 25_000 }), cost: fc.integer({ min: 1, max: 4 }), isGivenBack: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 12 }), fc.array(hit, { minLength: 1, maxLength: 25 }), async (limit, hits) => {
        const key = freshKey();
        let now = START;
        const model = new SlidingWindow(now);
        for (const { gap, cost, isGivenBack } of hits) {
          now += gap;
          opened!.setMillis(now);
          const expected = model.total(now);
          const answer = await take(key, limit, cost);
          if (expected + cost > limit) {
            assert.deepEqual(answer, { used: expected, slot: null, waitMillis: model.millisUntilAtMost(limit - cost, now) });
            continue;
          }
          const slot = model.add(now, cost);
          assert.deepEqual(answer, { used: expected + cost, slot, waitMillis: model.millisUntilAtMost(expected + cost - 1, now) });
          if (!isGivenBack) continue;
          await opened!.store.giveBack(key, slot, cost);
          model.remove(slot, now, cost);
        }
      }),
      { seed: SEED, numRuns: runs },
    );
  });

  it('answers when it is asked whether it can count', async () => {
    await opened!.store.ping();
  });
}
