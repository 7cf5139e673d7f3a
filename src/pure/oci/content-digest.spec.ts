import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contentDigestOf, DIGEST_ALGORITHMS, type DigestAlgorithm, formatContentDigest, isDigestAlgorithm, isSameDigest, parseContentDigest } from './content-digest.js';

const HEX = 'a'.repeat(64);

/** FIPS 180-4's examples, and the digest of nothing. */
const KNOWN: readonly (readonly [string, DigestAlgorithm, string])[] = [
  ['abc', 'sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['', 'sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'sha512', 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'],
];

describe('a content digest', () => {
  it('is read, and written as it was read', () => {
    // image-spec, descriptor.md: the examples of registered algorithms.
    const EXAMPLES = ['sha256:6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b', `sha256:${HEX}`, `sha512:${HEX}${HEX}`, `sha256:${'0'.repeat(64)}`];
    for (const text of EXAMPLES) assert.equal(formatContentDigest(parseContentDigest(text)!), text);
    assert.deepEqual(parseContentDigest(`sha256:${HEX}`), { algorithm: 'sha256', hex: HEX });
  });

  const OTHERS = [
    '', ':', 'sha256', 'sha256:', HEX, `:${HEX}`, `sha256:${HEX}a`, `sha256:${HEX.slice(1)}`, `sha512:${HEX}`, `sha256:${HEX}${HEX}`,
    // One content has one name: neither case nor space nor another alphabet makes a second.
    `SHA256:${HEX}`, `sha256:${HEX.toUpperCase()}`, `sha256:${HEX.slice(1)}A`, `sha256:${HEX}\n`, ` sha256:${HEX}`, `sha256: ${HEX.slice(1)}`, `sha256:${HEX.slice(1)}\u0661`,
    `sha256:${HEX.slice(1)}g`, `sha256-${HEX}`, `sha256%3A${HEX}`, `sha256:sha256:${HEX}`, `sha256:${HEX}:`, `sha-256:${HEX}`,
    // Names of algorithms that are registered elsewhere, or that every object has.
    `md5:${'a'.repeat(32)}`, `sha1:${'a'.repeat(40)}`, `sha384:${'a'.repeat(96)}`, `blake3:${HEX}`, `constructor:${HEX}`, `__proto__:${HEX}`,
    'multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8', 'sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564',
    // What would be a way out of a directory.
    `sha256:../../../../etc/passwd${HEX.slice(22)}`, `sha256:${HEX.slice(2)}..`, `sha256:${HEX.slice(1)}/`, `sha256:${HEX.slice(1)}\u0000`,
  ];
  for (const text of OTHERS) it(`refuses ${JSON.stringify(text.slice(0, 30))} of ${text.length} characters`, () => assert.equal(parseContentDigest(text), null));

  for (const [text, algorithm, hex] of KNOWN) {
    it(`of ${JSON.stringify(text)} under ${algorithm} is the published one`, () => assert.deepEqual(contentDigestOf(Buffer.from(text), algorithm), { algorithm, hex }));
  }

  it('is of SHA-256 where nothing else is asked', () => {
    assert.equal(contentDigestOf(Buffer.from('abc')).algorithm, 'sha256');
  });

  it('is the same exactly when algorithm and hash are', () => {
    const [a, b] = [contentDigestOf(Buffer.from('a')), contentDigestOf(Buffer.from('b'))];
    assert.ok(isSameDigest(a, parseContentDigest(formatContentDigest(a))!));
    assert.ok(!isSameDigest(a, b));
    assert.ok(!isSameDigest({ algorithm: 'sha256', hex: HEX }, { algorithm: 'sha512', hex: HEX }));
  });

  it('of any bytes is read back, and is a name of a file and of nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...(Object.keys(DIGEST_ALGORITHMS) as DigestAlgorithm[])), (bytes, algorithm) => {
        const digest = contentDigestOf(bytes, algorithm);
        assert.deepEqual(parseContentDigest(formatContentDigest(digest)), digest);
        assert.equal(digest.hex, createHash(algorithm).update(bytes).digest('hex'));
        assert.match(digest.hex, new RegExp(`^[0-9a-f]{${DIGEST_ALGORITHMS[algorithm]}}$`));
      }),
    );
  });

  it('is none when one character of it is another', () => {
    fc.assert(
      fc.property(fc.nat({ max: 70 }), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const text = `sha256:${HEX}`;
        const other = text.slice(0, at) + character + text.slice(at + 1);
        assert.equal(parseContentDigest(other) !== null, at < 7 ? other === text : /[0-9a-f]/.test(character), other);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an algorithm of digests', () => {
  it('is one of the registered two, and none that an object has by itself', () => {
    assert.deepEqual(['sha256', 'sha512'].map(isDigestAlgorithm), [true, true]);
    for (const text of ['', 'sha1', 'SHA256', 'sha256 ', 'toString', 'constructor', '__proto__']) assert.ok(!isDigestAlgorithm(text), text);
  });
});
