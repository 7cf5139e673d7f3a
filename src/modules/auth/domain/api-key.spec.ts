import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 as reference } from 'node:zlib';
import fc from 'fast-check';
import { crc32, drawApiKey, readApiKey } from './api-key.js';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const draw = (): string => drawApiKey((length) => randomBytes(length));

describe('the text of an API key', () => {
  it('has the form that its prefix promises, and reads as what was drawn', () => {
    const key = draw();
    assert.match(key, /^qak_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    const read = readApiKey(key)!;
    assert.equal(read.publicId, key.slice(4, 16));
    assert.equal(read.hash.length, 32);
  });

  it('is always the same for the same bytes', () => {
    // Every byte 0 is the character 0; the checksum is CRC-32 of the rest, computed with zlib.
    const body = `qak_${'0'.repeat(12)}_${'0'.repeat(43)}`;
    let rest = reference(body);
    let digits = '';
    for (let at = 0; at < 6; at++, rest = Math.floor(rest / 62)) digits = LETTERS[rest % 62]! + digits;
    assert.equal(drawApiKey((length) => Buffer.alloc(length)), body + digits);
  });

  it('draws every character equally often', () => {
    // Bytes of 248 and more are thrown away: without that, the first eight letters would come a quarter more often.
    const seen = new Map<string, number>();
    const all = Array.from({ length: 256 }, (_, byte) => byte);
    let at = 0;
    const every = (length: number): Buffer => Buffer.from(Array.from({ length }, () => all[at++ % 256]!));
    for (let round = 0; round < 62 * 4; round++) for (const letter of drawApiKey(every).slice(17, 60)) seen.set(letter, (seen.get(letter) ?? 0) + 1);
    const counts = [...seen.values()];
    assert.equal(seen.size, 62);
    assert.ok(Math.max(...counts) / Math.min(...counts) < 1.1, `${Math.min(...counts)} to ${Math.max(...counts)}`);
  });

  it('refuses every text with one character changed, two swapped, one left out or one too many', () => {
    fc.assert(fc.property(fc.nat(64), fc.constantFrom(...LETTERS), (at, letter) => {
      const key = draw();
      const place = at % key.length;
      const twins = [
        key.slice(0, place) + letter + key.slice(place + 1),
        key.slice(0, place) + key.slice(place + 1),
        key.slice(0, place) + letter + key.slice(place),
        key.slice(0, place) + (key[place + 1] ?? '') + key[place]! + key.slice(place + 2),
      ];
      for (const twin of twins) assert.equal(readApiKey(twin) === null, twin !== key, twin);
    }));
  });

  it('refuses other prefixes, alphabets and whatever stands around a key', () => {
    const key = draw();
    for (const text of ['', 'qak_', key.replace('qak_', 'qcs_'), key.replace('qak_', 'QAK_'), ` ${key}`, `${key}\n`, `${key} `, key.replace('_', '-'), `${key}=`, key.replace(/.$/, 'Ł')]) {
      assert.equal(readApiKey(text), null, JSON.stringify(text));
    }
  });

  it('computes CRC-32 as zlib does', () => {
    assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32(bytes) === reference(bytes)));
  });
});
