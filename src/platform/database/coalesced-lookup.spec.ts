import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoalescedLookup } from './coalesced-lookup.js';

/** Reads that end when the test says so. */
function heldReads(keysMax?: number): { reads: { keys: readonly string[]; answer(value: string): void; fail(error: Error): void }[]; lookup: CoalescedLookup<string, string> } {
  const reads: { keys: readonly string[]; answer(value: string): void; fail(error: Error): void }[] = [];
  const lookup = new CoalescedLookup<string, string>((keys) => new Promise((answer, fail) => reads.push({ keys, answer, fail })), keysMax);
  return { reads, lookup };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('coalesced lookup', () => {
  it('asks once for all who ask in the same turn, each key once', async () => {
    const { reads, lookup } = heldReads();
    const answers = ['a', 'b', 'a', 'c'].map((key) => lookup.find(key));
    await settled();
    assert.deepEqual(reads.map((read) => read.keys), [['a', 'b', 'c']]);
    reads[0]!.answer('now');
    assert.deepEqual(await Promise.all(answers), ['now', 'now', 'now', 'now']);
  });

  it('never answers from a read that began before the question', async () => {
    const { reads, lookup } = heldReads();
    const early = lookup.find('a');
    await settled();
    const late = [lookup.find('a'), lookup.find('b')];
    await settled();
    assert.equal(reads.length, 1, 'the second read waits for the first');
    reads[0]!.answer('before');
    assert.equal(await early, 'before');
    await settled();
    assert.deepEqual(reads[1]!.keys, ['a', 'b']);
    reads[1]!.answer('after');
    assert.deepEqual(await Promise.all(late), ['after', 'after']);
  });

  it('costs at most two reads for any number of questions while one is in flight', async () => {
    const { reads, lookup } = heldReads();
    const first = lookup.find('0');
    await settled();
    const rest = Array.from({ length: 500 }, (_, at) => lookup.find(String(at)));
    reads[0]!.answer('x');
    await first;
    await settled();
    reads[1]!.answer('y');
    await Promise.all(rest);
    assert.equal(reads.length, 2);
  });

  it('takes as many as it is told, and the others with the next read', async () => {
    const { reads, lookup } = heldReads(2);
    const answers = ['a', 'b', 'c'].map((key) => lookup.find(key));
    await settled();
    reads[0]!.answer('first');
    await answers[0];
    await settled();
    reads[1]!.answer('second');
    assert.deepEqual(await Promise.all(answers), ['first', 'first', 'second']);
    assert.deepEqual(reads.map(({ keys }) => keys), [['a', 'b'], ['c']]);
  });

  it('fails those who were in the read that failed, and nobody else', async () => {
    const { reads, lookup } = heldReads();
    const failed = assert.rejects(lookup.find('a'), /gone/);
    await settled();
    const next = lookup.find('b');
    reads[0]!.fail(new Error('gone'));
    await failed;
    await settled();
    reads[1]!.answer('back');
    assert.equal(await next, 'back');
  });

  it('splits what is too much for one statement, and answers everybody', async () => {
    const sizes: number[] = [];
    const lookup = new CoalescedLookup<number, string>(async (keys) => {
      sizes.push(keys.length);
      return 'ok';
    });
    await Promise.all(Array.from({ length: 4500 }, (_, at) => lookup.find(at)));
    assert.deepEqual(sizes, [2000, 2000, 500]);
  });
});
