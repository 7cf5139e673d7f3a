import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isReference, parseReference, referencePath, type SecretReference } from './secret-reference.js';

describe('a reference to a secret', () => {
  const ACCEPTED: readonly [string, SecretReference, string][] = [
    ['vault:kv/quantonium#database', { mount: 'kv', path: 'quantonium', field: 'database' }, 'kv/data/quantonium'],
    ['vault:secret/team/prod/db#url', { mount: 'secret', path: 'team/prod/db', field: 'url' }, 'secret/data/team/prod/db'],
    ['vault:team/kv//prod/db#url', { mount: 'team/kv', path: 'prod/db', field: 'url' }, 'team/kv/data/prod/db'],
    ['vault:kv//a#b', { mount: 'kv', path: 'a', field: 'b' }, 'kv/data/a'],
    ['vault:kv/..hidden/a.b~c@d-e#F_1.2', { mount: 'kv', path: '..hidden/a.b~c@d-e', field: 'F_1.2' }, 'kv/data/..hidden/a.b~c@d-e'],
  ];
  for (const [text, expected, path] of ACCEPTED) {
    it(`accepts ${text}`, () => {
      assert.deepEqual(parseReference(text), expected);
      assert.equal(referencePath(expected), path);
    });
  }

  const REFUSED = [
    ...['', 'vault', 'kv/a#b', 'VAULT:kv/a#b', 'vault:', 'vault:kv#b', 'vault:kv/a', 'vault:kv/a#', 'vault:/a#b', 'vault:kv/#b', 'vault:kv/a#b#c'],
    ...['vault:kv/../sys/x#b', 'vault:kv/./a#b', 'vault:../kv//a#b', 'vault:kv/a/#b', 'vault:kv//#b', 'vault:a//b//c#d', 'vault:kv///a#b'],
    ...['vault:kv/a?version=1#b', 'vault:kv/%2e%2e#b', 'vault:kv/a b#c', 'vault:kv/a\n#b', 'vault:kv/a#b c', 'vault:kv/ä#b', 'vault:kv\\a#b', `vault:kv/${'a'.repeat(600)}#b`],
  ];
  for (const text of REFUSED) it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(parseReference(text), null));

  it('never leads out of its mount, whatever is written', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('kv', 'a', '..', '.', '/', '//', '#', '%2f', '\\', '?', ' ', 'x')), (parts) => {
        const reference = parseReference(`vault:${parts.join('')}`);
        if (reference === null) return;
        const { pathname, search, hash } = new URL(`https://vault.example/v1/${referencePath(reference)}`);
        assert.equal(pathname, `/v1/${reference.mount}/data/${reference.path}`);
        assert.equal(search + hash, '');
      }),
      { verbose: true },
    );
  });

  it('is told from a value by its scheme alone, so that a misspelt one is no password', () => {
    assert.equal(isReference('vault:kv'), true);
    assert.equal(isReference('postgresql://a:b@c/d'), false);
  });
});
