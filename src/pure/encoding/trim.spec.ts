import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { trimEndOf, trimOf } from './trim.js';

const texts = fc.string({ unit: fc.constantFrom('=', '/', 'a', ' ', '\t'), maxLength: 12 });

describe('trimming', () => {
  it('is what the expression says, at the end', () => fc.assert(fc.property(texts, (text) => assert.equal(trimEndOf(text, '='), text.replace(/=+$/, '')))));

  it('is what the expression says, at both ends', () => fc.assert(fc.property(texts, (text) => assert.equal(trimOf(text, ' \t'), text.replace(/^[ \t]+|[ \t]+$/g, '')))));

  it('leaves nothing of a text that is nothing else', () => {
    assert.equal(trimEndOf('////', '/'), '');
    assert.equal(trimOf('', ' '), '');
  });

  it('takes a million of them in a time that does not grow with the square', () => {
    // By the expression this would be 5 × 10^11 steps: some minutes.
    assert.equal(trimOf(`a${' '.repeat(1_000_000)}b`, ' ').length, 1_000_002);
  });
});
