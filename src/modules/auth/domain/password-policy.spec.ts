import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PASSWORD_CODE_POINTS_MAX, PASSWORD_CODE_POINTS_MIN, type PasswordRefusal, refusalOfPassword } from './password-policy.js';

const NAMES = ['alice.smith', 'Alice Smith'];

describe('password policy', () => {
  const accepted: readonly [string, string][] = [
    ['a passphrase', 'a long enough phrase for a'],
    ['four random words', 'correct horse battery staple'],
    ['no capitals, digits or symbols', 'wandererfoglampriver'],
    ['exactly fifteen characters', 'kf7dqpz4mx1vbn0'],
    ['fifteen code points outside the basic plane, of several kinds', '🦊🐢🦉🐙🦋🐌🐝🦀🐳🦜🐊🦔🐫🦚🐿'],
    ['spaces at both ends', '  wanderer lamp  '],
    ['a phrase that names the product and says more', 'quantonium runs under my desk'],
    ['a phrase that names the user and says more', 'alice keeps seven grey geese'],
    ['only symbols', '!@#$%^&*()_+-=[]'],
    ['a passphrase with a long number', 'geese 4471 9083 2265 1198'],
  ];
  for (const [what, password] of accepted) it(`accepts ${what}`, () => assert.equal(refusalOfPassword(password, NAMES), null));

  const refused: readonly [string, string, PasswordRefusal][] = [
    ['fourteen characters', 'kf7dqpz4mx1vbn', 'too-short'],
    ['nothing', '', 'too-short'],
    ['eight emoji, which are sixteen UTF-16 units', '🦊🐢🦉🐙🦋🐌🐝🦀', 'too-short'],
    ['a lone surrogate', 'long enough but \ud800 broken', 'not-well-formed'],
    ['NUL', 'long enough but\0 cut here', 'not-well-formed'],
    ['one character over and over', 'aaaaaaaaaaaaaaaaaaaa', 'too-repetitive'],
    ['a short unit over and over', 'abcabcabcabcabcabc', 'too-repetitive'],
    ['four letters in any order', 'abdacabdbacdabdcabcd', 'too-repetitive'],
    ['a row of the keyboard', 'qwertyuiopasdfghjkl', 'too-common'],
    ['a common one in capitals with dashes', 'LET-ME-IN-LET-ME-IN-1', 'too-common'],
    ['a common one twice', '1qaz2wsx3edc4rfv1qaz2wsx3edc4rfv', 'too-common'],
    ['the product and digits', 'Quantonium-2026-11', 'about-the-account'],
    ['the user and digits', 'alice.smith-19991231', 'about-the-account'],
    ['the word password, dressed up', 'MyPassword!Password1', 'about-the-account'],
    ['a part of the display name, padded', 'SmithSmithSmith2026!', 'about-the-account'],
  ];
  for (const [what, password, refusal] of refused) it(`refuses ${what}`, () => assert.equal(refusalOfPassword(password, NAMES), refusal));

  it('takes 1024 code points and refuses one more', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    const text = (length: number): string => Array.from({ length }, (_, at) => letters[(at * at + at) % 36]).join('');
    assert.equal(refusalOfPassword(text(PASSWORD_CODE_POINTS_MAX), []), null);
    assert.equal(refusalOfPassword(text(PASSWORD_CODE_POINTS_MAX + 1), []), 'too-long');
  });

  it('judges a password in its normal form: two spellings of one text get one answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        assert.equal(refusalOfPassword(text.normalize('NFD'), NAMES), refusalOfPassword(text.normalize('NFC'), NAMES));
      }),
    );
  });

  it('never takes what is shorter than the minimum, and answers every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const refusal = refusalOfPassword(text, NAMES);
        if (refusal === null) assert.ok([...text.normalize('NFKC')].length >= PASSWORD_CODE_POINTS_MIN);
      }),
    );
  });

  it('answers a megabyte at once', () => {
    // U+FDFA grows eighteen-fold under NFKC.
    assert.equal(refusalOfPassword('\ufdfa'.repeat(1_000_000), NAMES), 'too-long');
  });
});
