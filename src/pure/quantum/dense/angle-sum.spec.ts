import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../../../test/property/random-circuits.js';
import { parity } from '../circuit/word-bits.js';
import { AngleSum } from './angle-sum.js';

const BITS = 7;

describe('sums of angles by parities', () => {
  it('have exp(i·angle) at every index, however many terms there are (seed 71)', () => {
    const random = seeded(71);
    for (let terms = 0; terms <= 20; terms++) {
      const sum = new AngleSum();
      const angles = new Map<number, number>();
      for (let k = 0; k < terms; k++) angles.set(1 + random.below(2 ** BITS - 1), random.angle());
      for (const [mask, angle] of angles) sum.add(mask, angle);
      const values = sum.exponentials(BITS);
      for (let index = 0; index < 2 ** BITS; index++) {
        const angle = [...angles].reduce((total, [mask, part]) => total + (parity(mask & index) === 1 ? -part : part), 0);
        assert.ok(Math.abs(values[index]! - Math.cos(angle)) < 1e-13, `${terms} terms, ${index}`);
        assert.ok(Math.abs(values[2 ** BITS + index]! - Math.sin(angle)) < 1e-13, `${terms} terms, ${index}`);
      }
    }
  });

  it('have the bits of a product term by term, patterns or not', () => {
    const random = seeded(72);
    for (let terms = 1; terms <= 12; terms++) {
      const angles = Array.from({ length: terms }, (_, k) => [(k % 2 === 0 ? 1 << (k % BITS) : 2 ** BITS - 1 - k), random.angle()] as const);
      const sum = new AngleSum();
      for (const [mask, angle] of angles) sum.add(mask, angle);
      const merged = new Map<number, number>();
      for (const [mask, angle] of angles) merged.set(mask, (merged.get(mask) ?? 0) + angle);
      const values = sum.exponentials(BITS);
      for (let index = 0; index < 2 ** BITS; index++) {
        let [re, im] = [1, 0];
        for (const [mask, angle] of merged) {
          const [c, s] = [Math.cos(angle), parity(mask & index) === 1 ? -Math.sin(angle) : Math.sin(angle)];
          [re, im] = [re * c - im * s, re * s + im * c];
        }
        assert.deepEqual([values[index], values[2 ** BITS + index]], [re, im], `${terms} terms, ${index}`);
      }
    }
  });

  it('have equal keys where their terms are equal, and others where any differs', () => {
    const keyOf = (...terms: readonly (readonly [number, number])[]): string => {
      const sum = new AngleSum();
      for (const [mask, angle] of terms) sum.add(mask, angle);
      return sum.key;
    };
    assert.equal(keyOf([3, 0.5], [3, 0.25]), keyOf([3, 0.75]));
    const keys = [keyOf(), keyOf([3, 0.75]), keyOf([2, 0.75]), keyOf([0x30000, 0.75]), keyOf([3, 0.7500000000000001]), keyOf([3, 0.75], [2, 0.75])];
    assert.equal(new Set(keys).size, keys.length);
  });
});
