import { parity } from '../circuit/word-bits.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../../../test/property/random-circuits.js';
import { Span, kernelBasis, unitSpan } from './span.js';

const BITS = 12;

function combination(vectors: readonly number[], choice: number): number {
  return vectors.reduce((sum, vector, i) => ((choice >> i) & 1 ? sum ^ vector : sum), 0);
}

describe('a span of bit vectors', () => {
  it('knows its members, their coordinates, and no others (seeds 1 to 40)', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seeded(seed);
      const span = new Span();
      const given = Array.from({ length: 1 + random.below(8) }, () => random.below(2 ** BITS));
      for (const vector of given) {
        const isMember = span.residual(vector) === 0;
        assert.equal(span.add(vector), !isMember, `seed ${seed}`);
        assert.equal(span.residual(vector), 0);
      }
      const members = new Set(Array.from({ length: 2 ** span.dimension }, (_, choice) => combination(span.vectors, choice)));
      assert.equal(members.size, 2 ** span.dimension);
      for (let vector = 0; vector < 2 ** BITS; vector++) {
        assert.equal(span.residual(vector) === 0, members.has(vector));
        if (members.has(vector)) assert.equal(combination(span.vectors, span.coordinates(vector)), vector);
      }
    }
  });

  it('leaves low bits to the unit vectors that it begins with', () => {
    const span = unitSpan(3);
    span.add(0b1011101);
    assert.deepEqual(span.vectors, [1, 2, 4, 0b1011000]);
    assert.equal(span.add(0b1011111), false);
  });
});

describe('the kernel of masks', () => {
  it('is every vector that has an even number of bits in common with each (seeds 50 to 80)', () => {
    for (let seed = 50; seed <= 80; seed++) {
      const random = seeded(seed);
      const masks = Array.from({ length: 1 + random.below(3) }, () => random.below(2 ** BITS));
      const basis = kernelBasis(masks, BITS);
      const members = new Set(Array.from({ length: 2 ** basis.length }, (_, choice) => combination(basis, choice)));
      for (let vector = 0; vector < 2 ** BITS; vector++) assert.equal(members.has(vector), masks.every((mask) => parity(mask & vector) === 0));
    }
  });

  it('is equal to one of the same members, added in another order, and to no other', () => {
    const spanOf = (...vectors: readonly number[]): Span => {
      const span = new Span();
      vectors.forEach((vector) => span.add(vector));
      return span;
    };
    assert.ok(spanOf(0b0110, 0b0011).equals(spanOf(0b0101, 0b0110)));
    assert.ok(!spanOf(0b0110, 0b0011).equals(spanOf(0b0110, 0b1011)));
    assert.ok(!spanOf(0b0110).equals(spanOf(0b0110, 0b0011)));
    assert.ok(!spanOf(0b0110, 0b0011).equals(spanOf(0b0110)));
  });
});
