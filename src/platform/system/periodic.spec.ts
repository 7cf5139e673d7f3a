import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Periodic } from './periodic.js';
import { WORK_GATE } from './work-gate.js';

const NEVER_FAILS = { failed: (error: unknown) => assert.fail(String(error)) };

describe('periodic work', () => {
  it('comes again after a turn that failed, and tells of it', async () => {
    const failures: unknown[] = [];
    let turns = 0;
    const done = Promise.withResolvers<void>();
    const work = new Periodic(1, async () => {
      turns += 1;
      if (turns === 3) done.resolve();
      if (turns === 1) throw new Error('once');
    }, { failed: (error) => failures.push(error) });
    void work.start();
    await done.promise;
    await work.stop();
    assert.equal(failures.length, 1);
  });

  it('never runs twice at once, and not after stop has resolved', async () => {
    let running = 0;
    let turns = 0;
    const third = Promise.withResolvers<void>();
    const work = new Periodic(0, async () => {
      running += 1;
      assert.equal(running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      turns += 1;
      if (turns === 3) third.resolve();
    }, NEVER_FAILS);
    void work.start();
    await third.promise;
    await work.stop();
    const stoppedAt = turns;
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([turns, running], [stoppedAt, 0]);
  });

  it('waits in stop for the turn under way, and tells it', async () => {
    const begun = Promise.withResolvers<void>();
    let ended = false;
    const work = new Periodic(1000, async (signal) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    }, NEVER_FAILS);
    void work.start();
    await begun.promise;
    await work.stop();
    assert.equal(ended, true);
  });

  it('tells once that turns fail and once that they work again, however many failed', async () => {
    const told: string[] = [];
    const fifth = Promise.withResolvers<void>();
    let turns = 0;
    const work = new Periodic(0, async () => {
      turns += 1;
      if (turns === 5) fifth.resolve();
      if (turns === 2 || turns === 3) throw new Error('away');
    }, { failed: () => told.push('failed'), recovered: () => told.push('recovered') });
    void work.start();
    await fifth.promise;
    await work.stop();
    assert.deepEqual(told, ['failed', 'recovered']);
  });

  it('has had its first turn when its start is over, even one that failed', async () => {
    let turns = 0;
    const work = new Periodic(60_000, async () => {
      turns += 1;
      throw new Error('no');
    }, { failed: () => undefined });
    await work.start();
    assert.equal(turns, 1);
    await work.stop();
  });

  it('is woken from its pause, and from within a turn for one more', async () => {
    let turns = 0;
    const [second, third] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const work = new Periodic(60_000, async () => {
      turns += 1;
      if (turns === 2) {
        work.wake();
        second.resolve();
      }
      if (turns === 3) third.resolve();
    }, NEVER_FAILS);
    await work.start();
    await new Promise((resolve) => setImmediate(resolve));
    work.wake();
    await second.promise;
    await third.promise;
    await work.stop();
    assert.equal(turns, 3);
  });

  it('is not woken to what has just failed', async () => {
    let turns = 0;
    const work = new Periodic(60_000, async () => {
      turns += 1;
      work.wake();
      throw new Error('no');
    }, { failed: () => undefined });
    await work.start();
    await new Promise((resolve) => setImmediate(resolve));
    await work.stop();
    assert.equal(turns, 1);
  });

  for (const evenSealed of [false, true]) {
    it(`tells ${evenSealed ? 'of a turn that fails while the process is sealed, where it comes even then' : 'nothing of a turn whose keys are taken from under it, and comes again when they are back'}`, async () => {
      const failures: unknown[] = [];
      const again = Promise.withResolvers<void>();
      let turns = 0;
      const work = new Periodic(1, async () => {
        turns += 1;
        if (turns > 1) return again.resolve();
        WORK_GATE.close();
        throw new Error('no keys');
      }, { failed: (error) => failures.push(error), recovered: () => failures.push('recovered') }, evenSealed ? { evenSealed } : {});
      try {
        await work.start();
      } finally {
        WORK_GATE.open();
      }
      await again.promise;
      await work.stop();
      assert.deepEqual(failures.map(String), evenSealed ? ['Error: no keys', 'recovered'] : []);
    });
  }
});
