import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { uniform } from '../random/philox.js';
import { bitString } from '../sampling/counts.js';
import { WordText } from './word-text.js';

describe('the bit string of words', () => {
  it('is what the bits one by one give, at every width', () => {
    const seed = 20_261_123;
    for (let width = 0; width <= 100; width++) {
      const words = Math.ceil(width / 32);
      const outcomes = Int32Array.from({ length: 3 * words }, (_, w) => uniform(seed, width, w) * 2 ** 32);
      const text = new WordText(words, width);
      for (let at = 0; at <= 2 * words; at += Math.max(1, words)) {
        const bits = Uint8Array.from({ length: width }, (_, bit) => ((outcomes[at + (bit >> 5)] ?? 0) >>> (bit & 31)) & 1);
        assert.equal(text.of(outcomes, at), bitString(bits), `seed ${seed}, width ${width}`);
      }
    }
  });

  it('has the highest bit of a word, whose sign it is', () => {
    assert.equal(new WordText(1, 32).of(Int32Array.of(-(2 ** 31)), 0), `1${'0'.repeat(31)}`);
  });
});
