import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erasedName, isUsername, USERNAME_PATTERN, usernameAtLogin } from './username.js';

describe('username', () => {
  for (const name of ['a', '0', 'alice', 'alice.smith', 'alice@example.org', 'a-b_c', 'x'.repeat(64)]) {
    it(`accepts ${name.slice(0, 20)}`, () => assert.ok(isUsername(name)));
  }

  const refused: readonly [string, string][] = [
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['a capital', 'Alice'],
    ['a leading dot', '.alice'],
    ['a leading dash', '-alice'],
    ['a space', 'al ice'],
    ['a line break at the end', 'alice\n'],
    ['a Cyrillic look-alike', 'аlice'],
    ['a full-width form, which NFKC would fold', 'ａlice'],
    ['a combining mark', 'alic\u0301e'],
    ['a zero-width joiner', 'ali\u200dce'],
    ['NUL', 'alice\0'],
    ['a name that is left to the erased', 'erased.alice'],
  ];
  for (const [what, name] of refused) it(`refuses ${what}`, () => assert.equal(isUsername(name), false));

  it('has a name for every erased account that nobody can have taken', () => {
    const name = erasedName('0198c0de-0000-7000-8000-00000000beef');
    assert.match(name, USERNAME_PATTERN);
    assert.equal(isUsername(name), false);
  });

  it('folds A to Z at login and nothing else', () => {
    assert.equal(usernameAtLogin('Alice.SMITH'), 'alice.smith');
    assert.equal(usernameAtLogin('\u212aelvin'), '\u212aelvin');
    assert.equal(usernameAtLogin('\u0130'), '\u0130');
  });
});
