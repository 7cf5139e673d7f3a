import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BREACHED_COUNT, fold, isBreached } from './breached-passwords.js';
import { refusalOfPassword } from './password-policy.js';

describe('passwords that are known from leaks', () => {
  it('are found as they head every published list, in whatever case, spacing or number behind them', () => {
    for (const text of ['password', 'qwerty', 'iloveyou', 'sunshine', 'princess', 'letmein', 'dragon', 'monkey', 'football', 'baseball', 'superman', 'trustno1', 'starwars', 'whatever']) {
      for (const spelling of [text, text.toUpperCase(), [...text].join(' '), `${text}2026`, `${text}-1`]) assert.ok(isBreached(fold(spelling)), spelling);
    }
  });

  it('are told from what nobody leaked', () => {
    assert.ok(BREACHED_COUNT > 30_000, `${BREACHED_COUNT}`);
    for (const text of ['seven grey geese under a bridge', 'correct horse battery staple', 'a phrase that is long enough']) assert.equal(isBreached(fold(text)), false, text);
    // 20 000 random texts against 5 bytes a hash: a mistake is expected once in a thousand runs of this.
    fc.assert(fc.property(fc.string({ minLength: 12, maxLength: 20, unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz') }), (text) => !isBreached(`${text}x`)), { numRuns: 20_000 });
  });

  it('are refused, also where a second factor lets a password be short', () => {
    assert.equal(refusalOfPassword('sunshine', ['alice'], true), 'too-common');
    assert.equal(refusalOfPassword('Sunshine 2026', ['alice'], true), 'too-common');
    assert.equal(refusalOfPassword('sunshine1234567', ['alice']), 'too-common');
    assert.equal(refusalOfPassword('plinth otter', ['alice'], true), null);
    assert.equal(refusalOfPassword('plinth otter', ['alice']), 'too-short');
    assert.equal(refusalOfPassword('otterxy', ['alice'], true), 'too-short');
    assert.equal(refusalOfPassword('alice alice', ['alice'], true), 'about-the-account');
  });
});
