import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatVersioned, parseVersioned, readVersioned, type VersionedEncoding, type VersionedProblem } from './versioned-text.js';

const BYTES = Buffer.from([251, 255, 191, 1]);

describe('texts of ciphertexts and signatures', () => {
  it('carry a version and bytes, in either encoding', () => {
    assert.equal(formatVersioned(1, BYTES), 'vault:v1:+/+/AQ==');
    assert.equal(formatVersioned(12, BYTES, 'base64url'), 'vault:v12:-_-_AQ');
    assert.deepEqual(parseVersioned('vault:v1:+/+/AQ=='), { version: 1, bytes: BYTES });
    assert.deepEqual(parseVersioned('vault:v2147483647:-_-_AQ', 'base64url'), { version: 2_147_483_647, bytes: BYTES });
  });

  it('read back what was written', () => {
    const encodings = fc.constantFrom<VersionedEncoding>('base64', 'base64url');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.uint8Array({ minLength: 1, maxLength: 90 }), encodings, (version, bytes, encoding) => {
        assert.deepEqual(parseVersioned(formatVersioned(version, bytes, encoding), encoding), { version, bytes: Buffer.from(bytes) });
      }),
    );
  });

  it('have one spelling: what is read is written back as it was', () => {
    const pieces = fc.constantFrom('vault:v', 'vault:', 'v', '1', '0', '9', ':', 'AA', 'AA==', 'AB==', 'QUJD', '-_', '+/', '=', ' ', '\n', '\u0661', 'V', 'é');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), fc.boolean(), fc.constantFrom<VersionedEncoding>('base64', 'base64url'), (parts, prefixed, encoding) => {
        const text = `${prefixed ? 'vault:v1:' : ''}${parts.join('')}`;
        const read = parseVersioned(text, encoding);
        if (read !== null) assert.equal(formatVersioned(read.version, read.bytes, encoding), text);
      }),
      { numRuns: 5000 },
    );
  });

  const REFUSED: Readonly<Record<VersionedProblem, readonly string[]>> = {
    'no prefix': ['', 'v1:QUJD', 'vault:', 'vault:1:QUJD', 'Vault:v1:QUJD', ' vault:v1:QUJD', 'vault:V1:QUJD', 'QUJD'],
    'wrong number of fields': ['vault:v', 'vault:v1', 'vault:vQUJD', 'vault:v1:QUJD:', 'vault:v1::QUJD', 'vault:v1:QU:JD'],
    'version number could not be decoded': ['0', '00', '01', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '', '2147483648', '99999999999', '99999999999999999999999', '\u0661', 'one', 'NaN', 'Infinity'].map((version) => `vault:v${version}:QUJD`),
    'could not decode base64': ['', 'QUJ', 'QQ', 'QQ=', 'QQ===', 'QR==', 'QUJD\n', ' QUJD', 'QU JD', '-_-_', 'QUJD====', '====', 'QQ==QQ==', 'QUJDé', '%51'].map((text) => `vault:v1:${text}`),
  };
  for (const [problem, texts] of Object.entries(REFUSED)) {
    it(`are refused with: ${problem}`, () => {
      for (const text of texts) {
        assert.equal(readVersioned(text), problem, JSON.stringify(text));
        assert.equal(parseVersioned(text), null);
      }
    });
  }

  it('are refused in the other encoding', () => {
    assert.equal(readVersioned('vault:v1:+/+/AQ==', 'base64url'), 'could not decode base64');
    assert.equal(readVersioned('vault:v1:-_-_AQ'), 'could not decode base64');
  });
});
