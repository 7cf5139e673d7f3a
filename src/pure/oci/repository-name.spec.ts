import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isRepositoryName, projectReferenceOf } from './repository-name.js';

/** distribution-spec 1.1, "Pulling manifests", as it is printed there: anchored, it says what a name is. */
const PRINTED = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

describe('a repository name', () => {
  const NAMES = ['a', '0', 'a/b', 'a.b', 'a_b', 'a__b', 'a-b', 'a---b', '0/1/2', 'library/hello-world', 'blobs', 'manifests/tags/list', 'a'.repeat(255), `${'a/'.repeat(127)}a`];
  for (const name of NAMES) it(`accepts ${name.slice(0, 20)}`, () => assert.ok(isRepositoryName(name)));

  const OTHERS = [
    '', '/', 'a/', '/a', 'a//b', 'A', 'aB/c', 'a..b', 'a___b', 'a_.b', 'a._b', 'a-_b', '-a', 'a-', '.a', 'a.', '_a', 'a_', 'a/-b', 'a-/b', '.', '..', 'a/../b',
    'ä', 'а', 'a b', ' a', 'a ', 'a\n', 'a\u0000', 'a%2fb', 'a\\b', 'a:b', 'a@b', 'host:5000/a', '_catalog', 'a'.repeat(256), `${'a/'.repeat(128)}a`,
  ];
  for (const name of OTHERS) it(`refuses ${JSON.stringify(name.slice(0, 20))}`, () => assert.ok(!isRepositoryName(name)));

  it('is what the specification prints, up to the length that clients can say', () => {
    const near = fc.array(fc.constantFrom('a', 'z', '0', '9', '.', '_', '__', '-', '--', '/', 'A', ' '), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(near, fc.string()), (text) => assert.equal(isRepositoryName(text), text.length <= 255 && PRINTED.test(text))), { numRuns: 2_000 });
  });

  it('is told in linear time', () => {
    const started = performance.now();
    for (const evil of ['a-'.repeat(100_000), `${'a__'.repeat(80)}!`, `${'-'.repeat(254)}!`, `${'a-'.repeat(127)}!`, `${'a/'.repeat(127)}!`]) assert.ok(!isRepositoryName(evil));
    assert.ok(performance.now() - started < 200);
  });
});

describe('the project of a repository', () => {
  const owned = [['app', 'default'], ['default/app', 'default'], ['red/app', 'red'], ['red/a/b', 'red'], ['red-1/a', 'red-1']] as const;
  for (const [name, project] of owned) it(`is ${project} of ${name}`, () => assert.equal(projectReferenceOf(name), project));

  it('is the same for a name wherever it is asked, and never one that the name does not begin with', () => {
    const component = fc.constantFrom('a', 'b0', 'c-d', 'e__f');
    fc.assert(
      fc.property(fc.array(component, { minLength: 1, maxLength: 5 }), (components) => {
        const name = components.join('/');
        assert.ok(isRepositoryName(name));
        assert.equal(projectReferenceOf(name), components.length === 1 ? 'default' : components[0]);
      }),
    );
  });
});
