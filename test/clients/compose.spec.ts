import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VARIABLES } from '#platform/config/variables.js';
import { healthcheckOf } from '../harness/shipped-image.js';
import { COMPOSE, type ComposeFile, composeFile, type ComposeService, resolveCompose } from './compose-file.js';
import { needProgram } from './install.js';
import { blocksOf } from './tour-script.js';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const NEEDED = { PUBLIC_URL: 'https://quantonium.example', QUANTONIUM_IMAGE: `ours@${DIGEST}`, POSTGRES_IMAGE: `postgres@${DIGEST}`, REDIS_IMAGE: `redis@${DIGEST}`, PROMETHEUS_IMAGE: `prometheus@${DIGEST}` };
const OURS = ['migration', 'server', 'worker'];

/** What is wrong with a service; nothing, for one that is held. */
const RULES: Readonly<Record<string, (service: ComposeService) => boolean>> = {
  'its root is read-only': ({ read_only }) => read_only === true,
  'it has no capability': ({ cap_drop }) => cap_drop?.join() === 'ALL',
  'it can have no new privileges': ({ security_opt }) => security_opt?.includes('no-new-privileges:true') === true,
  'it leaves no core': ({ ulimits }) => ulimits?.['core'] === 0,
  'it has bounds of memory and processes': ({ mem_limit, pids_limit }) => mem_limit !== undefined && pids_limit !== undefined,
  'it is on networks that are named, or on none': ({ networks, network_mode }) => network_mode === 'none' || Object.keys(networks ?? {}).length > 0,
  'it has no secret in its environment': ({ environment = {} }) => Object.entries(environment).every(([name, value]) => !/password|secret|_url$/i.test(name) || name === 'PUBLIC_URL' || /_FILE$/.test(name) || value.startsWith('/run/secrets/')),
};

describe('compose.yaml', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'compose-'));
  const text = readFileSync(COMPOSE, 'utf8');
  let file: ComposeFile;
  before(() => (file = composeFile(NEEDED)));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  const edited = (edit: (text: string) => string): ReturnType<typeof resolveCompose> => {
    const copy = join(scratch, 'compose.yaml');
    writeFileSync(copy, edit(text));
    return resolveCompose(NEEDED, copy);
  };

  it('is one to compose itself, which knows every key', () => {
    assert.deepEqual(Object.keys(file.services).sort(), ['migration', 'postgres', 'prometheus', 'redis', 'server', 'worker']);
    const { status, out } = edited((text) => text.replace('read_only: true', 'readonly: true'));
    assert.notEqual(status, 0);
    assert.match(out, /readonly/);
  });

  for (const missing of Object.keys(NEEDED)) {
    it(`starts nothing without ${missing}, and says so`, () => {
      const { status, out } = resolveCompose(Object.fromEntries(Object.entries(NEEDED).filter(([name]) => name !== missing)));
      assert.notEqual(status, 0);
      assert.match(out, new RegExp(`\\$\\{${missing}:\\?`));
    });
  }

  for (const [rule, holds] of Object.entries(RULES)) {
    it(`of each service: ${rule}`, () => {
      for (const [name, service] of Object.entries(file.services)) assert.ok(holds(service), name);
      assert.ok(!holds({ image: '', command: [], environment: { DATABASE_URL: 'postgresql://a:b@c/d' } }), 'the rule refuses what has none of it');
    });
  }

  it('of ours: the profile of the image, and its own account; of the others: an account that is not root', () => {
    for (const [name, { security_opt, user }] of Object.entries(file.services)) {
      if (OURS.includes(name)) assert.deepEqual([security_opt, user], [['no-new-privileges:true', 'seccomp:seccomp.json'], undefined], name);
      else assert.match(user ?? '', /^[1-9]\d*:[1-9]\d*$/, name);
    }
  });

  it('gives the database no network, and lets only the server be reached', () => {
    assert.equal(file.services['postgres']!.network_mode, 'none');
    assert.equal(file.networks['inside']!.internal, true);
    const outside = Object.entries(file.services).filter(([, { networks }]) => 'outside' in (networks ?? {})).map(([name]) => name);
    assert.deepEqual(outside, ['server']);
    assert.deepEqual(Object.keys(file.services).filter((name) => file.services[name]!.ports !== undefined), ['server']);
    assert.deepEqual(file.services['server']!.ports, ['127.0.0.1:3000:3000/tcp']);
  });

  it('names settings that there are, and secrets and files that it brings', () => {
    for (const name of OURS) {
      const { environment = {}, secrets = [] } = file.services[name]!;
      const unknown = Object.keys(environment).filter((setting) => !(setting in VARIABLES) && !(setting.replace(/_FILE$/, '') in VARIABLES));
      assert.deepEqual(unknown, [], name);
      const named = Object.values(environment).filter((value) => value.startsWith('/run/secrets/')).map((value) => basename(value));
      assert.deepEqual(named.sort(), secrets.map(({ source }) => source).sort(), `${name} is given what it reads, and no more`);
    }
    const used = Object.values(file.services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source));
    assert.deepEqual([...new Set(used)].sort(), Object.keys(file.secrets).sort());
    const volumes = Object.values(file.services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]!));
    for (const volume of volumes) assert.ok(volume.startsWith('/') ? existsSync(volume) : volume in file.volumes, volume);
    assert.ok(existsSync(join(COMPOSE, '../seccomp.json')));
  });

  it('gives the root key to the server alone, and the password of the schema’s owner to the migration alone', () => {
    const holders = (secret: string): readonly string[] => Object.keys(file.services).filter((name) => file.services[name]!.secrets?.some(({ source }) => source === secret));
    assert.deepEqual([holders('root.key'), holders('database_migration_url'), holders('database_url')], [['server'], ['migration'], ['migration', 'server']]);
  });

  it('starts programs that the image has', () => {
    assert.deepEqual(file.services['migration']!.command, ['/app/dist/src/app/commands/migrate.js']);
    for (const name of ['server', 'worker']) assert.deepEqual(file.services[name]!.healthcheck!.test, ['CMD', ...healthcheckOf(readFileSync('docker/Dockerfile', 'utf8'))], name);
  });

  it('gives Prometheus a configuration that is one, for the processes that there are', () => {
    needProgram('promtool', 'prometheus');
    const config = 'docker/observability/prometheus-compose.yml';
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', config], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    for (const [, host, port] of readFileSync(config, 'utf8').matchAll(/'(\w+):(\d+)'/g)) assert.equal(file.services[host!]!.environment!['MANAGEMENT_PORT'], port, host);
  });

  it('has each secret made by the page on operations, which names no other', () => {
    const block = blocksOf(readFileSync('docs/operations.md', 'utf8')).find((block) => block.includes('export QUANTONIUM_SECRETS='))!;
    for (const secret of Object.keys(file.secrets)) assert.ok(block.includes(`$S/${secret}`), secret);
  });
});
