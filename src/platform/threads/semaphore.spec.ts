import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { Semaphore } from './semaphore.js';

/** Works that end when told to. */
function gates(count: number): { readonly work: () => Promise<number>; readonly open: () => void }[] {
  return Array.from({ length: count }, (_, index) => {
    const gate = Promise.withResolvers<number>();
    return { work: () => gate.promise, open: () => gate.resolve(index) };
  });
}

describe('a semaphore', () => {
  it('lets so many run at once, and the others in the order in which they came', async () => {
    const semaphore = new Semaphore(2, 10);
    const begun: number[] = [];
    const works = gates(4);
    const runs = works.map(({ work }, index) => semaphore.run(() => {
      begun.push(index);
      return work();
    }));
    await Promise.resolve();
    assert.deepEqual(begun, [0, 1]);
    assert.equal(semaphore.queued, 2);
    works[1]!.open();
    await runs[1];
    await new Promise(setImmediate);
    assert.deepEqual(begun, [0, 1, 2]);
    for (const { open } of works) open();
    assert.deepEqual(await Promise.all(runs), [0, 1, 2, 3]);
    assert.deepEqual([semaphore.running, semaphore.queued], [0, 0]);
  });

  it('refuses whoever finds the queue full, with 503 and a time to come back', async () => {
    const semaphore = new Semaphore(1, 1);
    const [first, second] = gates(2);
    const runs = [semaphore.run(first!.work), semaphore.run(second!.work)];
    await assert.rejects(semaphore.run(() => assert.fail('ran')), (error) => error instanceof Fault && error.kind.status === 503 && error.context.headers?.['Retry-After'] === '1');
    first!.open();
    second!.open();
    await Promise.all(runs);
    assert.equal(await semaphore.run(() => Promise.resolve('after')), 'after');
  });

  it('gives the permit back when a work fails, also when it throws before it waits', async () => {
    const semaphore = new Semaphore(1, 0);
    await assert.rejects(semaphore.run(() => Promise.reject(new Error('late'))), /late/);
    await assert.rejects(semaphore.run(() => {
      throw new Error('early');
    }), /early/);
    assert.equal(semaphore.running, 0);
  });

  it('lets no newcomer past those who wait', async () => {
    const semaphore = new Semaphore(1, 5);
    const order: string[] = [];
    const [gate] = gates(1);
    const first = semaphore.run(gate!.work);
    const waiting = semaphore.run(() => Promise.resolve(order.push('waiting')));
    gate!.open();
    const newcomer = first.then(() => semaphore.run(() => Promise.resolve(order.push('newcomer'))));
    await Promise.all([waiting, newcomer]);
    assert.deepEqual(order, ['waiting', 'newcomer']);
  });

  for (const [permits, queue] of [[0, 1], [-1, 1], [Number.NaN, 1], [1, -1]] as const) {
    it(`refuses ${permits} permits with a queue of ${queue}`, () => assert.throws(() => new Semaphore(permits, queue), RangeError));
  }
});
