import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isTag, parseReference } from './tag.js';

const HEX = 'a'.repeat(64);
/** distribution-spec 1.1, "Pulling manifests", as it is printed there. */
const PRINTED = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

describe('a tag', () => {
  for (const tag of ['latest', '1', '_', '1.2.3', 'v1.0-rc.1', '_a', 'A', 'a..b', 'a--', `sha256-${HEX}`, `sha256-${HEX}.sig`, 'a'.repeat(128)]) {
    it(`accepts ${tag.slice(0, 20)}`, () => assert.ok(isTag(tag)));
  }
  for (const text of ['', '-a', '.a', '.', '..', 'a b', 'a\n', '\na', 'a/b', '../a', 'a:b', 'a@b', 'a%2fb', 'ä', 'a\u0000', 'a+b', 'a'.repeat(129)]) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => assert.ok(!isTag(text)));
  }

  it('is what the specification prints', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9._-]{0,140}$/)), (text) => assert.equal(isTag(text), PRINTED.test(text))), { numRuns: 1_000 });
  });
});

describe('what a manifest is asked for by', () => {
  it('is a tag, or a digest', () => {
    assert.deepEqual(parseReference('latest'), { tag: 'latest' });
    assert.deepEqual(parseReference(`sha256:${HEX}`), { digest: { algorithm: 'sha256', hex: HEX } });
    assert.deepEqual(parseReference(`sha512:${HEX}${HEX}`), { digest: { algorithm: 'sha512', hex: HEX + HEX } });
    assert.deepEqual(parseReference(`sha256-${HEX}`), { tag: `sha256-${HEX}` }, 'older clients make such tags');
  });

  for (const text of ['sha256:xyz', 'a:b', ':', `sha256:${HEX}a`, `SHA256:${HEX}`, `md5:${HEX.slice(32)}`, `latest@sha256:${HEX}`]) {
    it(`is told to be a digest that is none: ${JSON.stringify(text.slice(0, 30))}`, () => assert.equal(parseReference(text), 'invalid-digest'));
  }
  for (const text of ['', '-latest', '..', 'a/b', 'a b', 'a'.repeat(129)]) {
    it(`is neither: ${JSON.stringify(text.slice(0, 30))}`, () => assert.equal(parseReference(text), null));
  }

  it('is never both', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(`sha256:${HEX}`), fc.stringMatching(/^[a-z0-9:._-]{1,20}$/)), (text) => {
        const reference = parseReference(text);
        if (reference === null || reference === 'invalid-digest') return assert.ok(!isTag(text));
        assert.equal('tag' in reference, isTag(text));
        assert.equal('digest' in reference, text.includes(':'));
      }),
    );
  });
});
