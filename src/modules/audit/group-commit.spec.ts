import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GroupCommit, QueueFull } from './group-commit.js';

/** A write that waits until the test lets it end. */
class HeldWrite {
  readonly batches: (readonly number[])[] = [];
  private readonly ends: { resolve: () => void; reject: (cause: unknown) => void }[] = [];
  private begun = Promise.withResolvers<void>();

  readonly write = (batch: readonly number[]): Promise<void> => {
    this.batches.push(batch);
    this.begun.resolve();
    return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
  };

  /** Until a write has begun that was not seen before. */
  async next(): Promise<readonly number[]> {
    await this.begun.promise;
    this.begun = Promise.withResolvers<void>();
    return this.batches.at(-1)!;
  }

  end(): void {
    this.ends.shift()!.resolve();
  }

  fail(cause: unknown): void {
    this.ends.shift()!.reject(cause);
  }
}

const OPTIONS = { batchMax: 3, lingerMillis: 5, waitingMax: 7 };

/** Whether a promise has settled by the time that everything already queued has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise.then(() => true, () => true), Promise.resolve(open)])) !== open;
}

describe('group commit', () => {
  it('answers nobody before the batch is durable, and then everybody in it', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, OPTIONS);
    const first = group.add(1);
    const second = group.add(2);
    assert.deepEqual(await held.next(), [1, 2]);
    assert.equal(await isSettled(first), false);
    held.end();
    await Promise.all([first, second]);
  });

  it('begins a full batch without lingering', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, { ...OPTIONS, lingerMillis: 3_600_000 });
    const all = [1, 2, 3].map((item) => group.add(item));
    assert.deepEqual(await held.next(), [1, 2, 3]);
    held.end();
    await Promise.all(all);
  });

  it('collects what arrives during a write into the next one, in order and never above the limit', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, OPTIONS);
    const all = [1, 2, 3].map((item) => group.add(item));
    await held.next();
    all.push(...[4, 5, 6, 7].map((item) => group.add(item)));
    for (const expected of [[4, 5, 6], [7]]) {
      held.end();
      assert.deepEqual(await held.next(), expected);
    }
    held.end();
    await Promise.all(all);
  });

  it('refuses at once when too many wait, counting those that are being written, and accepts again afterwards', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, OPTIONS);
    const accepted = [1, 2, 3].map((item) => group.add(item));
    await held.next();
    accepted.push(...[4, 5, 6, 7].map((item) => group.add(item)));
    await assert.rejects(group.add(8), QueueFull);
    for (const _ of [1, 2, 3]) {
      held.end();
      await Promise.race([held.next(), Promise.all(accepted)]);
    }
    await Promise.all(accepted);
    const later = group.add(9);
    await held.next();
    held.end();
    await later;
    assert.deepEqual(held.batches.flat(), [1, 2, 3, 4, 5, 6, 7, 9]);
  });

  it('fails all of a batch that fails, none of another, and goes on', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, OPTIONS);
    const outcomes = [1, 2, 3].map((item) => group.add(item).then(() => 'durable', (cause: Error) => cause.message));
    await held.next();
    outcomes.push(group.add(4).then(() => 'durable', (cause: Error) => cause.message));
    held.fail(new Error('disk full'));
    await held.next();
    held.end();
    assert.deepEqual(await Promise.all(outcomes), ['disk full', 'disk full', 'disk full', 'durable']);
  });

  it('flushes what lingers, and resolves only when it is durable', async () => {
    const held = new HeldWrite();
    const group = new GroupCommit<number>(held.write, { ...OPTIONS, lingerMillis: 3_600_000 });
    const added = group.add(1);
    const flushed = group.flush();
    await held.next();
    assert.equal(await isSettled(flushed), false);
    held.end();
    await Promise.all([added, flushed]);
    await group.flush();
  });
});
