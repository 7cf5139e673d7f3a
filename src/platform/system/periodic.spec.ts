import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Periodic } from './periodic.js';

describe('periodic work', () => {
  it('comes again after a turn that failed, and tells of it', async () => {
    const failures: unknown[] = [];
    let turns = 0;
    const done = Promise.withResolvers<void>();
    const work = new Periodic(1, async () => {
      turns += 1;
      if (turns === 3) done.resolve();
      if (turns === 1) throw new Error('once');
    }, (error) => failures.push(error));
    work.start();
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
    }, (error) => assert.fail(String(error)));
    work.start();
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
    }, (error) => assert.fail(String(error)));
    work.start();
    await begun.promise;
    await work.stop();
    assert.equal(ended, true);
  });
});
