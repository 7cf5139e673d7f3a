import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatUserCode, parseUserCode, USER_CODE_ALPHABET, USER_CODE_RANDOM_BYTES, userCodeOf } from './user-code.js';

describe('a user code', () => {
  it('is eight letters of which none makes a word, and each is as likely as the others', () => {
    assert.doesNotMatch(USER_CODE_ALPHABET, /[AEIOUY0-9]/);
    assert.equal(new Set(USER_CODE_ALPHABET).size, 20);
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 240; byte += 1) {
      const letter = userCodeOf(Buffer.alloc(USER_CODE_RANDOM_BYTES, byte))![0]!;
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    assert.deepEqual([...counts.values()], Array.from({ length: 20 }, () => 12));
  });

  it('is not made of too few bytes', () => {
    assert.equal(userCodeOf(Buffer.alloc(USER_CODE_RANDOM_BYTES, 255)), null);
  });

  it('is read as it is shown, in either case, and with whatever stands between', () => {
    const code = userCodeOf(randomBytes(USER_CODE_RANDOM_BYTES))!;
    const shown = formatUserCode(code);
    assert.match(shown, /^[B-Z]{4}-[B-Z]{4}$/);
    for (const typed of [shown, shown.toLowerCase(), code, ` ${shown} `, shown.replace('-', '–'), shown.split('').join(' ')]) assert.equal(parseUserCode(typed), code, typed);
  });

  it('is nothing else: no vowels, no other lengths, no letters that only look alike', () => {
    for (const typed of ['', 'WDJBMJH', 'WDJBMJHTT', 'WDJA-MJHT', 'WDJ1-MJHT', 'ＷDJB-MJHT', 'ſDJB-MJHT', 'K'.repeat(7), ' '.repeat(1000)]) assert.equal(parseUserCode(typed), null, typed);
    fc.assert(fc.property(fc.string(), (typed) => /^[B-Z]{8}$/.test(parseUserCode(typed) ?? 'BBBBBBBB')));
  });
});
