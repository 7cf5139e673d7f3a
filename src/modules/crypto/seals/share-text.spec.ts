import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64Bytes, decodeHexBytes, hexBytes } from './share-text.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('the texts of shares', () => {
  it('are read as Node reads what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (array) => {
        const bytes = Buffer.from(array);
        assert.deepEqual(hexBytes(bytes), ascii(bytes.toString('hex')));
        assert.deepEqual(decodeHexBytes(ascii(bytes.toString('hex'))), bytes);
        assert.deepEqual(decodeHexBytes(ascii(bytes.toString('hex').toUpperCase())), bytes);
        assert.deepEqual(decodeBase64Bytes(ascii(bytes.toString('base64'))), bytes);
        assert.deepEqual(decodeBase64Bytes(ascii(bytes.toString('base64url'))), bytes);
      }),
    );
  });

  for (const text of ['a', 'abc', '0g', ' 00', '0x00', 'é0']) it(`refuse ${JSON.stringify(text)} as hex`, () => assert.equal(decodeHexBytes(ascii(text)), null));

  // The last two: bits that no byte has (RFC 4648 §3.5), and padding that does not fill a group.
  for (const text of ['A', 'AAAAA', 'AA!A', 'AA A', 'A===', '====', 'AB==', 'AA=']) {
    it(`refuse ${JSON.stringify(text)} as base 64`, () => assert.equal(decodeBase64Bytes(ascii(text)), null));
  }
});
