import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf, formatDigest, parseDigest, sha256 } from './digest.js';
import { resultDigest } from './result-digest.js';

describe('a digest', () => {
  it('is that of FIPS 180-4 for "abc"', () => {
    assert.equal(digestOf(Buffer.from('abc')), 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('reads back what it wrote', () => {
    const bytes = sha256(Buffer.from('x'));
    assert.deepEqual(parseDigest(formatDigest(bytes)), bytes);
  });

  it('refuses other algorithms, capitals, other lengths and blanks', () => {
    const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    for (const text of ['', hex, `sha512:${hex}`, `SHA256:${hex}`, `sha256:${hex.toUpperCase()}`, `sha256:${hex}0`, `sha256:${hex.slice(2)}`, ` sha256:${hex}`, `sha256:${hex}\n`, 'sha256:']) {
      assert.equal(parseDigest(text), null, text);
    }
    assert.throws(() => formatDigest(Buffer.alloc(31)), RangeError);
  });
});

describe("a result's digest", () => {
  const result = { counts: { '0': 3, '1': 7 }, shots: 10 };

  it('is over the canonical form without the member digest', () => {
    assert.equal(resultDigest(result), digestOf(Buffer.from('{"counts":{"0":3,"1":7},"shots":10}')));
    assert.equal(resultDigest({ shots: 10, digest: 'anything', counts: { '1': 7, '0': 3 } }), resultDigest(result));
  });

  it('leaves the result as it was', () => {
    const own = Object.freeze({ ...result, digest: 'sha256:00' });
    resultDigest(own);
    assert.equal(own.digest, 'sha256:00');
  });

  it('changes with every value and every further member', () => {
    for (const other of [{ ...result, shots: 11 }, { ...result, counts: { '0': 3 } }, { ...result, seed: null }]) {
      assert.notEqual(resultDigest(other), resultDigest(result));
    }
  });

  it('covers a member digest that is not the outermost', () => {
    assert.notEqual(resultDigest({ ...result, noise: { digest: 1 } }), resultDigest({ ...result, noise: { digest: 2 } }));
  });
});
