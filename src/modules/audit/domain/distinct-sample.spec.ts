import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DistinctSample } from './distinct-sample.js';

const digestOf = (value: number | string): string => createHmac('sha256', 'key of the spec').update(String(value)).digest('hex').slice(0, 16);
const sampleOf = (values: readonly (number | string)[]): DistinctSample => {
  const sample = new DistinctSample();
  for (const value of values) sample.add(digestOf(value));
  return sample;
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a sample of distinct values', () => {
  it('has all of up to 64, and their exact number', () => {
    for (const count of [0, 1, 63, 64]) {
      const sample = sampleOf([...upTo(count), ...upTo(count)]);
      assert.deepEqual([...sample.values], upTo(count).map(digestOf).sort());
      assert.equal(sample.total, count);
    }
  });

  it('keeps 64 of any number, and tells the number to within a half', () => {
    for (const count of [65, 200, 10_000, 100_000]) {
      const sample = sampleOf(upTo(count));
      assert.equal(sample.values.length, 64);
      assert.ok(sample.total > count / 1.5 && sample.total < count * 1.5, `${sample.total} of ${count}`);
    }
  });

  it('is the same whatever the order and however often each came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 500 }), (values) => {
        const [one, other] = [sampleOf(values), sampleOf([...new Set(values)].sort((a, b) => b - a))];
        assert.deepEqual([one.values, one.total], [other.values, other.total]);
        assert.deepEqual([...one.values], [...new Set(values.map(digestOf))].sort().slice(0, 64));
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });

  it('does not count again what it has let go', () => {
    const sample = sampleOf([...upTo(1_000), ...upTo(1_000)]);
    assert.equal(sample.total, sampleOf(upTo(1_000)).total);
  });
});
