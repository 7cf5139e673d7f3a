import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AccessScope, formatAccessScope, mergeAccessScopes, parseAccessScope } from './access-scope.js';

describe('an access scope', () => {
  const read: readonly (readonly [string, string])[] = [
    ['repository:default/app:pull', 'repository:default/app:pull'],
    ['repository:app:push,pull', 'repository:app:pull,push'],
    ['repository:app:*', 'repository:app:pull,push,delete'],
    ['repository:app:pull,fly', 'repository:app:pull'],
    ['repository:app:pull,pull', 'repository:app:pull'],
    ['registry:catalog:*', 'registry:catalog:*'],
  ];
  for (const [text, meant] of read) it(`${text} means ${meant}`, () => assert.equal(formatAccessScope(parseAccessScope(text)!), meant));

  for (const text of ['', 'repository', 'repository:app', 'repository::pull', 'repository:App:pull', 'repository:../x:pull', 'repository:app:', 'repository:app:fly', 'registry:catalog:pull', 'registry:other:*', 'plugin:app:pull', 'repository(plugin):app:pull', 'repository:host:5000/app:pull']) {
    it(`asks for nothing as ${JSON.stringify(text)}`, () => assert.equal(parseAccessScope(text), null));
  }

  it('of the same repository is one with another, in the order in which they came', () => {
    const scopes = ['repository:b:push', 'repository:a:pull', 'registry:catalog:*', 'repository:b:pull', 'registry:catalog:*'].map((text) => parseAccessScope(text)!);
    assert.deepEqual(mergeAccessScopes(scopes).map((scope: AccessScope) => formatAccessScope(scope)), ['repository:b:pull,push', 'repository:a:pull', 'registry:catalog:*']);
  });
});
