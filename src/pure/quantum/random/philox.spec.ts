import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Counter, Key } from './philox.js';
import { SEED_MAX, philox4x32, uniform } from './philox.js';

describe('philox4x32', () => {
  /** The lines `philox4x32 10` of kat_vectors in the Random123 distribution. */
  const vectors: readonly { counter: Counter; key: Key; words: Counter }[] = [
    { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ];

  for (const { counter, key, words } of vectors) {
    it(`gives the published words for counter ${counter[0].toString(16)}…`, () => {
      assert.deepEqual(philox4x32(counter, key), words);
    });
  }
});

describe('uniform', () => {
  it('is made of the two first words, high bits first', () => {
    const exact = (0x6627e8d5n << 32n | 0xe169c58dn) >> 11n;
    assert.equal(uniform(0, 0, 0), Number(exact) * 2 ** -53);
  });

  it('lies in [0, 1) and has mean 1/2 and variance 1/12 over a million numbers', () => {
    const count = 1_000_000;
    let sum = 0;
    let squares = 0;
    for (let shot = 0; shot < count; shot++) {
      const value = uniform(20261122, shot, 0);
      assert.ok(value >= 0 && value < 1);
      sum += value;
      squares += (value - 0.5) ** 2;
    }
    // Five standard errors: sqrt(1/12/n), and sqrt(1/180/n) for the mean of squares.
    assert.ok(Math.abs(sum / count - 0.5) < 5 * Math.sqrt(1 / 12 / count));
    assert.ok(Math.abs(squares / count - 1 / 12) < 5 * Math.sqrt(1 / 180 / count));
  });

  it('differs when seed, shot or draw differ, in their high halves too', () => {
    const base = 2 ** 32;
    const values = [
      uniform(1, 1, 1), uniform(2, 1, 1), uniform(1, 2, 1), uniform(1, 1, 2),
      uniform(1 + base, 1, 1), uniform(1, 1 + base, 1), uniform(1, 1, 1 + base), uniform(SEED_MAX, 1, 1),
    ];
    assert.equal(new Set(values).size, values.length);
  });

  for (const bad of [-1, 0.5, 2 ** 53, NaN, Infinity]) {
    it(`refuses ${bad} as seed, shot or draw`, () => {
      assert.throws(() => uniform(bad, 0, 0), RangeError);
      assert.throws(() => uniform(0, bad, 0), RangeError);
      assert.throws(() => uniform(0, 0, bad), RangeError);
    });
  }
});
