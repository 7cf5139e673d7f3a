import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import { Metrics } from '#platform/metrics/metrics.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { TestVault } from '../../../test/harness/test-vault.js';
import type { Config } from './config.js';
import type { Environment } from './environment.js';
import { readConfig } from './read-config.js';
import { type Rotation, SecretReload, VAULT_LOOK_MILLIS } from './secret-reload.js';
import { SECRET_METRICS } from './secret.metrics.js';
import { Refused } from './value-source.js';

const MAIL = { ALERT_EMAIL_FROM: 'q@q.example', ALERT_EMAIL_TO: 'ops@q.example' } as const;
const SMTP = (password: string): string => `smtps://q:${password}@mail.example:465`;

describe('secrets that are exchanged beneath a running process', () => {
  let directory = '';
  let clock: HandClock;
  let metrics: Metrics;
  let recorded: Rotation[];
  let isRecording = true;
  let lines: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-reload-'));
    clock = new HandClock(0);
    metrics = new Metrics(Object.values(SECRET_METRICS));
    recorded = [];
    isRecording = true;
    lines = [];
    const note = (...words: unknown[]): void => void lines.push(JSON.stringify(words));
    Logger.overrideLogger({ log: note, warn: note, error: note });
  });
  afterEach(() => {
    Logger.overrideLogger(false);
    rmSync(directory, { recursive: true });
  });

  const put = (name: string, content: string): string => {
    const file = join(directory, name);
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return file;
  };
  const reloadOf = (config: Config): SecretReload =>
    new SecretReload({
      config,
      clock,
      metrics,
      record: (rotation) => (isRecording ? (recorded.push(rotation), Promise.resolve()) : Promise.reject(new Error('no ledger'))),
    });
  const open = async (environment: Environment): Promise<{ config: Config; reload: SecretReload }> => {
    const config = await readConfig(environment, clock);
    return { config, reload: reloadOf(config) };
  };
  const metric = async (name: string, setting: string): Promise<number | null> => {
    const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`quantonium_${name}{setting="${setting}"}`));
    return line === undefined ? null : Number(line.split(' ').at(-1));
  };

  it('are in the configuration from the next look on, recorded by their name', async () => {
    const { config, reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
    assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-1'));
    await reload.turn();
    assert.deepEqual(recorded, []);
    put('smtp', `${SMTP('SENSITIVE-2')}\n`);
    await reload.turn();
    assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-2'));
    assert.deepEqual(recorded, [{ setting: 'SMTP_URL', source: 'file' }]);
    assert.deepEqual([await metric('secret_rotations_total', 'SMTP_URL'), await metric('secret_stale', 'SMTP_URL')], [1, 0]);
    assert.doesNotMatch(lines.join('\n') + (await metrics.text()), /SENSITIVE/);
  });

  it('come in one version from a directory that Kubernetes moves', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(directory, `..${version}`));
      writeFileSync(join(directory, `..${version}`, 'S3_ACCESS_KEY_ID'), `id-${version}`);
      writeFileSync(join(directory, `..${version}`, 'S3_SECRET_ACCESS_KEY'), `SENSITIVE-${version}`);
    }
    symlinkSync('..1', join(directory, '..data'));
    for (const name of ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']) symlinkSync(`..data/${name}`, join(directory, name));
    const { config, reload } = await open({ SECRETS_DIR: directory, S3_ENDPOINT: 'https://s3.example' });
    assert.equal(config.objectStore?.secretAccessKey, 'SENSITIVE-1');
    symlinkSync('..2', join(directory, '..next'));
    renameSync(join(directory, '..next'), join(directory, '..data'));
    await reload.turn();
    assert.deepEqual([config.objectStore?.accessKeyId, config.objectStore?.secretAccessKey], ['id-2', 'SENSITIVE-2']);
    assert.deepEqual(recorded.map(({ setting, source }) => [setting, source]), [['S3_ACCESS_KEY_ID', 'directory'], ['S3_SECRET_ACCESS_KEY', 'directory']]);
  });

  it('come from a Vault server once a minute, or when somebody asks', async () => {
    const vault = await TestVault.start();
    try {
      vault.tokens.set('hvs.1', { seconds: 0, isRenewable: false });
      vault.secrets.set('kv/data/q', { smtp: SMTP('SENSITIVE-1') });
      const { config, reload } = await open({ ...MAIL, SECRETS_VAULT_URL: vault.url, SECRETS_VAULT_TOKEN_FILE: put('token', 'hvs.1'), SMTP_URL: 'vault:kv/q#smtp' });
      vault.secrets.set('kv/data/q', { smtp: SMTP('SENSITIVE-2') });
      await reload.turn();
      assert.equal(vault.count('kv/data/q'), 1, 'that of the start');
      clock.millis += VAULT_LOOK_MILLIS;
      await reload.turn();
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-2'));
      vault.secrets.set('kv/data/q', { smtp: SMTP('SENSITIVE-3') });
      await reload.turn(true);
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-3'));
      // The token itself is exchanged, and the former one ended.
      vault.tokens.clear();
      vault.tokens.set('hvs.2', { seconds: 0, isRenewable: false });
      vault.secrets.set('kv/data/q', { smtp: SMTP('SENSITIVE-4') });
      await reload.turn(true);
      assert.equal(await metric('secret_stale', 'SMTP_URL'), 1);
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-3'), 'an outage takes nothing away');
      put('token', 'hvs.2');
      await reload.turn(true);
      await reload.turn(true);
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-4'));
      assert.equal(await metric('secret_stale', 'SMTP_URL'), 0);
      assert.doesNotMatch(lines.join('\n'), /SENSITIVE|hvs\./);
    } finally {
      await vault.stop();
    }
  });

  const REFUSED: readonly [string, () => void, RegExp][] = [
    ['is not there', () => rmSync(join(directory, 'smtp')), /cannot be opened \(ENOENT\)/],
    ['others may write', () => chmodSync(put('smtp', SMTP('SENSITIVE-2')), 0o666), /may write to/],
    ['is empty', () => void put('smtp', ''), /must be a URL/],
    ['is another server', () => void put('smtp', 'smtps://q:SENSITIVE-2@elsewhere.example:465'), /names another server than before \(only its username and password/],
    ['is another port', () => void put('smtp', 'smtps://q:SENSITIVE-2@mail.example:587'), /names another server/],
    ['is no address', () => void put('smtp', 'SENSITIVE-2'), /must be a URL/],
    ['is a reference', () => void put('smtp', 'vault:kv/SENSITIVE#a'), /must be a URL/],
  ];
  for (const [what, change, expected] of REFUSED) {
    it(`stay as they were where what is found ${what}, told once and counted each time`, async () => {
      const { config, reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
      change();
      for (let turn = 0; turn < 3; turn += 1) await reload.turn();
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-1'));
      assert.deepEqual([await metric('secret_stale', 'SMTP_URL'), await metric('secret_read_failures_total', 'SMTP_URL'), await metric('secret_rotations_total', 'SMTP_URL')], [1, 3, 0]);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0]!, expected);
      assert.doesNotMatch(lines[0]!, /SENSITIVE/);
      assert.deepEqual(recorded, []);
      rmSync(join(directory, 'smtp'), { force: true });
      put('smtp', SMTP('SENSITIVE-3'));
      await reload.turn();
      assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-3'));
      assert.equal(await metric('secret_stale', 'SMTP_URL'), 0);
    });
  }

  it('may be another password of a database and no other login, server or database', async () => {
    const url = 'postgresql://app:SENSITIVE-1@db:5432/q?sslmode=verify-full';
    const { config, reload } = await open({ DATABASE_URL_FILE: put('url', url) });
    for (const other of ['postgresql://owner:SENSITIVE-2@db:5432/q?sslmode=verify-full', 'postgresql://app:SENSITIVE-2@other:5432/q?sslmode=verify-full', 'postgresql://app:SENSITIVE-2@db:5432/postgres?sslmode=verify-full', 'postgresql://app:SENSITIVE-2@db:5432/q?sslmode=disable']) {
      put('url', other);
      await reload.turn();
      assert.deepEqual([config.database.url, config.database.sequencerUrl], [url, url], other);
    }
    const next = url.replace('SENSITIVE-1', 'SENSITIVE-2');
    put('url', next);
    await reload.turn();
    assert.deepEqual([config.database.url, config.database.sequencerUrl, config.database.workerUrl], [next, next, next], 'of all duties that it does');
  });

  it('may be no placeholder in production', async () => {
    const { config, reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
    const strict = reloadOf({ live: config.live, production: true, vault: null } as unknown as Config);
    put('smtp', SMTP('changeme'));
    await strict.turn();
    assert.equal(config.alerting.email?.smtpUrl, SMTP('SENSITIVE-1'));
    assert.match(lines.join('\n'), /placeholder/);
    await reload.turn();
    assert.equal(config.alerting.email?.smtpUrl, SMTP('changeme'));
  });

  it('are taken over by who holds something open under them, after it has proven that they work', async () => {
    const { config, reload } = await open({ REDIS_URL_FILE: put('redis', 'rediss://q:SENSITIVE-1@cache') });
    const told: string[] = [];
    let works = false;
    config.live.adoptBy('REDIS_URL', {
      prove: (value) => (told.push(`prove ${value === config.redis?.url}`), works ? Promise.resolve() : Promise.reject(new Refused('is not taken'))),
      adopt: (value) => (told.push(`adopt ${value === config.redis?.url}`), Promise.resolve()),
    });
    put('redis', 'rediss://q:SENSITIVE-2@cache');
    await reload.turn();
    assert.equal(config.redis?.url, 'rediss://q:SENSITIVE-1@cache');
    works = true;
    await reload.turn();
    assert.equal(config.redis?.url, 'rediss://q:SENSITIVE-2@cache');
    assert.deepEqual(told, ['prove false', 'prove false', 'adopt true']);
  });

  it('are recorded once the ledger can be written, and each once', async () => {
    const { reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
    isRecording = false;
    for (const password of ['SENSITIVE-2', 'SENSITIVE-3']) {
      put('smtp', SMTP(password));
      await assert.rejects(reload.turn(), /no ledger/);
    }
    isRecording = true;
    await reload.turn();
    await reload.turn();
    assert.equal(recorded.length, 2);
  });

  it('of the environment of a process cannot change, and nothing is looked at', async () => {
    const { config, reload } = await open({ ...MAIL, SMTP_URL: SMTP('SENSITIVE-1') });
    const listeners = process.listenerCount('SIGHUP');
    reload.start();
    assert.equal(process.listenerCount('SIGHUP'), listeners, 'SIGHUP still ends it');
    assert.equal(await config.live.another('SMTP_URL', SMTP('SENSITIVE-1')), false);
    await reload.stop();
  });

  it('are looked for when somebody was refused with one, and found as soon as they are there', async () => {
    const { config, reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
    reload.start();
    try {
      const sought = [config.live.another('SMTP_URL', SMTP('SENSITIVE-1')), config.live.another('SMTP_URL', SMTP('SENSITIVE-1'))];
      put('smtp', SMTP('SENSITIVE-2'));
      assert.deepEqual(await Promise.all(sought), [true, true]);
      assert.equal(await config.live.another('SMTP_URL', SMTP('SENSITIVE-1')), true, 'who comes later waits for nothing');
    } finally {
      await reload.stop();
    }
  });

  it('are read at once when the process is asked to by SIGHUP, and no more once it stops', async () => {
    const { config, reload } = await open({ ...MAIL, SMTP_URL_FILE: put('smtp', SMTP('SENSITIVE-1')) });
    const adopted = Promise.withResolvers<void>();
    config.live.adoptBy('SMTP_URL', { prove: () => Promise.resolve(), adopt: () => Promise.resolve(adopted.resolve()) });
    const listeners = process.listenerCount('SIGHUP');
    reload.start();
    await reload.turn();
    put('smtp', SMTP('SENSITIVE-2'));
    process.kill(process.pid, 'SIGHUP');
    await adopted.promise;
    await reload.stop();
    assert.equal(process.listenerCount('SIGHUP'), listeners);
  });
});
