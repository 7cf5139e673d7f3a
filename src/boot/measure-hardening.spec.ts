import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { HARDENINGS } from '#platform/config/hardening.js';
import { measureHardening, missingHardening, type Surroundings, surroundings } from './measure-hardening.js';

const status = (fields: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ Name: 'node', CapInh: '0000000000000000', CapPrm: '0000000000000000', CapEff: '0000000000000000', CapBnd: '0000000000000000', CapAmb: '0000000000000000', NoNewPrivs: '1', Seccomp: '2', Seccomp_filters: '1', ...fields })
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');
const ROOT = '1 0 0:30 / / ro,relatime - overlay overlay ro,lowerdir=/x\n2 1 0:31 / /proc rw - proc proc rw\n';
const cores = (soft: string, hard: string): string => `Limit                     Soft Limit           Hard Limit           Units     \nMax data size             unlimited            unlimited            bytes     \nMax core file size        ${soft.padEnd(20)} ${hard.padEnd(20)} bytes     \n`;
const HARDENED: Surroundings = { status: status(), mounts: ROOT, limits: cores('0', '0'), userId: 10001, codeRoot: '/app', hasPermissionModel: true, wideRights: [], flags: ['--permission', '--disable-sigusr1'] };
const missing = (changes: Partial<Surroundings>): readonly string[] => missingHardening(measureHardening({ ...HARDENED, ...changes }), new Set());

describe('the hardening of a process', () => {
  it('is all there where it is', () => {
    assert.deepEqual(missing({}), []);
  });

  const LACKS: readonly (readonly [string, Partial<Surroundings>, readonly string[]])[] = [
    ['may get new privileges', { status: status({ NoNewPrivs: '0' }) }, ['no-new-privileges']],
    ['has no filter of system calls', { status: status({ Seccomp: '0' }) }, ['seccomp']],
    ['is in the strict mode of old, which is no filter of ours', { status: status({ Seccomp: '1' }) }, ['seccomp']],
    ['has a capability', { status: status({ CapEff: '0000000000000400' }) }, ['capabilities']],
    ['may take a capability up', { status: status({ CapBnd: '000001ffffffffff' }) }, ['capabilities']],
    ['is root', { userId: 0 }, ['user']],
    ['may write to the root of the file system', { mounts: ROOT.replace('ro,relatime', 'rw,relatime') }, ['read-only-root']],
    ['has a root that is read-only beneath one that is not', { mounts: `${ROOT}9 1 0:44 / / rw - tmpfs tmpfs rw\n` }, ['read-only-root']],
    ['has a root that only its file system says is read-only', { mounts: '1 0 0:30 / / rw - overlay overlay ro\n' }, ['read-only-root']],
    ['runs a release from a place of its own that it may write to', { mounts: `${ROOT}9 1 0:44 / /app rw - ext4 /dev/sdb rw\n` }, ['read-only-root']],
    ['runs one from below such a place, with a blank in it', { codeRoot: '/srv/two words/release', mounts: `${ROOT}9 1 0:44 / /srv/two\\040words rw - ext4 /dev/sdb rw\n` }, ['read-only-root']],
    ['is let do by the permission model what that is there against', { wideRights: ['child'] }, ['permission-model']],
    ['has no permission model', { hasPermissionModel: false }, ['permission-model']],
    ['leaves a core when it crashes', { limits: cores('unlimited', 'unlimited') }, ['no-core-dumps']],
    ['may have itself leave a core', { limits: cores('0', 'unlimited') }, ['no-core-dumps']],
    ['leaves a short core', { limits: cores('1024', '1024') }, ['no-core-dumps']],
    ['opens a debugger when it is sent a signal', { flags: ['--permission'] }, ['no-debug-signal']],
    ['cannot be seen', { status: null, mounts: null, limits: null, userId: null }, ['no-new-privileges', 'seccomp', 'capabilities', 'user', 'read-only-root', 'no-core-dumps']],
  ];
  for (const [what, changes, lacks] of LACKS) it(`is not where the process ${what}`, () => assert.deepEqual(missing(changes), lacks));

  it('is there where no core may be piped to a program either', () => {
    assert.deepEqual(missing({ limits: cores('1', '1') }), []);
  });

  it('does not count a place that only has the same beginning, nor one beside a release', () => {
    assert.deepEqual(missing({ mounts: `${ROOT}9 1 0:44 / /app-data rw - ext4 /dev/sdb rw\n10 1 0:45 / /app/data rw - ext4 /dev/sdc rw\n` }), []);
    assert.deepEqual(missing({ mounts: `${ROOT.replace('ro,relatime', 'ro')}9 1 0:44 / /app rw - ext4 /dev/sdb rw\n10 1 0:45 / /app ro - ext4 /dev/sdc rw\n` }), []);
  });

  it('finds what the permission model was told to allow', () => {
    const held = ['--permission', '--allow-worker', `--allow-fs-read=${process.cwd()}`, '--allow-fs-write=/var/lib/quantonium'];
    const wideRights = (...more: readonly string[]): unknown => {
      const print = `const { surroundings } = await import(${JSON.stringify(new URL('./measure-hardening.js', import.meta.url).href)}); console.log(JSON.stringify(surroundings().wideRights))`;
      const { stdout, stderr } = spawnSync(process.execPath, [...held, ...more, '--no-warnings', '--input-type=module', '--eval', print], { encoding: 'utf8', timeout: 30_000, env: {} });
      return stdout === '' ? stderr : JSON.parse(stdout);
    };
    assert.deepEqual(wideRights(), []);
    assert.deepEqual(wideRights('--allow-child-process', '--allow-addons', '--allow-wasi', '--allow-inspector', '--allow-fs-read=*', '--allow-fs-write=*'), ['child', 'addon', 'wasi', 'inspector', 'fs.read', 'fs.write']);
    for (const place of ['/', '/etc', '/proc']) assert.deepEqual(wideRights(`--allow-fs-read=${place}`), ['fs.read'], place);
    assert.deepEqual(wideRights(`--allow-fs-write=${process.cwd()}`), ['fs.write']);
  });

  it('lacks nothing that its operator does without', () => {
    const bare = measureHardening({ status: null, mounts: null, limits: null, userId: 0, codeRoot: '/app', hasPermissionModel: false, wideRights: [], flags: [] });
    assert.deepEqual(missingHardening(bare, new Set(HARDENINGS)), []);
    assert.deepEqual(missingHardening(bare, new Set(HARDENINGS.filter((name) => name !== 'user'))), ['user']);
  });

  it('is looked at in this very process', () => {
    const measured = measureHardening(surroundings());
    assert.deepEqual(Object.keys(measured), [...HARDENINGS]);
    assert.equal(measured.user, process.getuid?.() !== 0);
    assert.equal(measured['permission-model'], false);
    assert.equal(measured['no-debug-signal'], false);
    assert.match(surroundings().limits ?? '', /^Max core file size /m);
  });
});
