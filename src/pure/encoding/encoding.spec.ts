import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.js';
import { parseDecimal } from './decimal.js';
import { decodeHex } from './hex.js';
import { readUint64, uint64Bytes } from './uint64.js';

const CODECS = [
  { name: 'base64', encode: encodeBase64, decode: decodeBase64, alphabet: 'ABZabz019+/=-_ \n' },
  { name: 'hex', encode: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'), decode: decodeHex, alphabet: '019afAF gx' },
];

for (const { name, encode, decode, alphabet } of CODECS) {
  describe(name, () => {
    it('decodes what it encoded', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => assert.deepEqual(new Uint8Array(decode(encode(bytes))!), bytes)));
    });

    it('takes a view into a larger buffer for what it shows', () => {
      const whole = Uint8Array.from([1, 2, 3, 4, 5, 6]);
      assert.deepEqual(decode(encode(whole.subarray(2, 5))), Buffer.from([3, 4, 5]));
    });

    it('refuses every text but the one that it would write', () => {
      const texts = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 });
      fc.assert(
        fc.property(texts, (text) => {
          const bytes = decode(text);
          if (bytes !== null) assert.equal(encode(bytes), text);
        }),
        { numRuns: 5000 },
      );
    });
  });
}

describe('base64', () => {
  it('has the vectors of RFC 4648 §10', () => {
    for (const [text, encoded] of [['', ''], ['f', 'Zg=='], ['fo', 'Zm8='], ['foo', 'Zm9v'], ['foobar', 'Zm9vYmFy']] as const) {
      assert.equal(encodeBase64(Buffer.from(text)), encoded);
      assert.deepEqual(decodeBase64(encoded), Buffer.from(text));
    }
  });

  it('refuses missing padding, used spare bits, blanks, and the other alphabet', () => {
    for (const text of ['Zg', 'Zg=', 'Zg===', 'Zh==', 'Zm9=', 'Zm9v\n', ' Zm9v', 'Zm 9v', '-_-_', 'Zm9v====', 'Zg==Zg==']) assert.equal(decodeBase64(text), null, text);
  });
});

describe('hex', () => {
  it('refuses capitals, half a byte, and prefixes', () => {
    for (const text of ['AB', 'a', 'abc', '0xab', ' ab', 'ab\n', 'zz']) assert.equal(decodeHex(text), null, text);
  });
});

describe('decimal', () => {
  it('reads integers up to 2^53 - 1', () => {
    for (const [text, value] of [['0', 0], ['7', 7], ['120', 120], ['9007199254740991', Number.MAX_SAFE_INTEGER]] as const) assert.equal(parseDecimal(text), value);
  });

  it('refuses every other spelling, and larger ones', () => {
    for (const text of ['', '00', '01', '-1', '+1', ' 1', '1 ', '1\n', '1.0', '1e3', '0x1', '1_000', '\u0661', '9007199254740992', '99999999999999999999']) {
      assert.equal(parseDecimal(text), null, JSON.stringify(text));
    }
  });
});

describe('uint64', () => {
  it('reads back what it wrote, at any offset', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(5), (value, offset) => {
        const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), uint64Bytes(value)]);
        assert.equal(readUint64(bytes, offset), value);
      }),
    );
    assert.equal(uint64Bytes(0x0102030405).toString('hex'), '0000000102030405');
  });

  it('refuses what a double does not hold exactly, and what ends early', () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) assert.throws(() => uint64Bytes(value), RangeError);
    assert.equal(readUint64(Buffer.from('0020000000000000', 'hex')), null);
    assert.equal(readUint64(Buffer.alloc(8, 0xff)), null);
    assert.equal(readUint64(Buffer.alloc(7)), null);
    assert.equal(readUint64(Buffer.alloc(8), 1), null);
  });
});
