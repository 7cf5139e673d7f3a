import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type AccessScope, formatAccessScope, mergeAccessScopes, parseAccessScope, REPOSITORY_ACTIONS } from './access-scope.js';
import { isRepositoryName } from './repository-name.js';

const scopesOf = (...texts: readonly string[]): readonly AccessScope[] => texts.map((text) => parseAccessScope(text)!);
const formatted = (scopes: readonly AccessScope[]): readonly string[] => scopes.map(formatAccessScope);

describe('an access scope', () => {
  const read: readonly (readonly [string, string])[] = [
    // distribution, "Token Scope Documentation": its example.
    ['repository:samalba/my-app:pull,push', 'repository:samalba/my-app:pull,push'],
    ['repository:default/app:pull', 'repository:default/app:pull'],
    ['repository:app:push,pull', 'repository:app:pull,push'],
    ['repository:app:*', 'repository:app:pull,push,delete'],
    ['repository:app:*,pull', 'repository:app:pull,push,delete'],
    ['repository:app:pull,*', 'repository:app:pull,push,delete'],
    ['repository:app:pull,fly', 'repository:app:pull'],
    ['repository:app:pull,pull', 'repository:app:pull'],
    ['repository:app:,pull,', 'repository:app:pull'],
    ['registry:catalog:*', 'registry:catalog:*'],
    ['registry:catalog:pull,*', 'registry:catalog:*'],
  ];
  for (const [text, meant] of read) it(`${text} means ${meant}`, () => assert.equal(formatAccessScope(parseAccessScope(text)!), meant));

  const OTHERS = [
    '', ':', '::', 'repository', 'repository:app', 'repository::pull', 'repository:App:pull', 'repository:../x:pull', 'repository:a//b:pull', 'repository:app:', 'repository:app:fly', 'repository:app:PULL',
    'repository:app: pull', 'repository:app:pull push', ' repository:app:pull', 'Repository:app:pull', 'repository:host:5000/app:pull', `repository:${'a'.repeat(256)}:pull`, 'repository:a"b:pull', 'repository:app\n:pull',
    'registry:catalog:pull', 'registry:catalog:', 'registry:other:*', 'registry::*', 'registry:catalog', 'plugin:app:pull', 'repository(plugin):app:pull', 'constructor:app:pull', '__proto__:catalog:*',
  ];
  for (const text of OTHERS) it(`asks for nothing as ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(parseAccessScope(text), null));

  it('is read as it is written', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,5}([._-][a-z0-9]{1,5}){0,2}$/);
    const name = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(name, fc.subarray([...REPOSITORY_ACTIONS], { minLength: 1 }), (repository, actions) => {
        const scope: AccessScope = { type: 'repository', name: repository, actions };
        assert.deepEqual(parseAccessScope(formatAccessScope(scope)), scope);
      }),
    );
  });

  it('is of a repository that can be, or asks for nothing, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(repository|registry):[a-zA-Z0-9:/._-]{0,20}:[a-z*,]{0,12}$/)), (text) => {
        const scope = parseAccessScope(text);
        if (scope === null) return;
        assert.ok(scope.actions.length > 0);
        assert.ok(scope.type === 'registry' ? scope.name === 'catalog' : isRepositoryName(scope.name));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('several access scopes', () => {
  it('of the same repository are one, in the order in which they came', () => {
    const scopes = scopesOf('repository:b:push', 'repository:a:pull', 'registry:catalog:*', 'repository:b:pull', 'registry:catalog:*');
    assert.deepEqual(formatted(mergeAccessScopes(scopes)), ['repository:b:pull,push', 'repository:a:pull', 'registry:catalog:*']);
  });

  it('of a repository that is called as another resource stay two', () => {
    const scopes = scopesOf('repository:catalog:pull', 'registry:catalog:*');
    assert.deepEqual(formatted(mergeAccessScopes(scopes)), ['repository:catalog:pull', 'registry:catalog:*']);
  });

  it('are none of none', () => {
    assert.deepEqual(mergeAccessScopes([]), []);
  });

  it('open together what each opens, and nothing more', () => {
    const scope = fc.tuple(fc.constantFrom('a', 'b', 'a/b'), fc.subarray([...REPOSITORY_ACTIONS], { minLength: 1 })).map(([name, actions]): AccessScope => ({ type: 'repository', name, actions }));
    const opened = (scopes: readonly AccessScope[]): ReadonlySet<string> => new Set(scopes.flatMap(({ name, actions }) => actions.map((action) => `${name}:${action}`)));
    fc.assert(
      fc.property(fc.array(scope), (scopes) => {
        const merged = mergeAccessScopes(scopes);
        assert.deepEqual(opened(merged), opened(scopes));
        assert.equal(new Set(merged.map(({ name }) => name)).size, merged.length);
        assert.deepEqual(mergeAccessScopes(merged), merged);
      }),
    );
  });
});
