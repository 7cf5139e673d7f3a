import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { itemBitmap } from './item-bitmap.js';

describe('the bitmap of items', () => {
  for (const [positions, count, hex] of [[[0], 3, '80'], [[2], 3, '20'], [[0, 7], 8, '81'], [[8], 9, '0080'], [[1, 9], 16, '4040']] as const) {
    it(`is ${hex} for ${positions.join(' and ')} of ${count}`, () => assert.equal(itemBitmap(positions, count), hex));
  }

  it('is not there for none and for all', () => {
    assert.equal(itemBitmap([], 3), null);
    assert.equal(itemBitmap([0, 1, 2], 3), null);
    assert.equal(itemBitmap([0], 1), null);
  });

  it('tells every choice of items from every other', () => {
    const chosen = fc.integer({ min: 1, max: 200 }).chain((count) => fc.tuple(fc.constant(count), fc.subarray(Array.from({ length: count }, (_, n) => n), { minLength: 1 })));
    fc.assert(
      fc.property(chosen, ([count, positions]) => {
        const hex = itemBitmap(positions, count);
        if (hex === null) return positions.length === count;
        const bits = [...Buffer.from(hex, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        return [...bits].flatMap((bit, at) => (bit === '1' ? [at] : [])).join() === positions.join();
      }),
    );
  });
});
