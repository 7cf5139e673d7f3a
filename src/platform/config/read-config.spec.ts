import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { TestVault } from '../../../test/harness/test-vault.js';
import type { Environment } from './environment.js';
import { ConfigError } from './load-config.js';
import { readConfig, SecretsUnreachable } from './read-config.js';

describe('a configuration whose secrets stand in a Vault server', () => {
  let directory = '';
  let vault: TestVault;
  before(() => (directory = mkdtempSync(join(tmpdir(), 'quantonium-vault-'))));
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(async () => {
    vault = await TestVault.start();
    vault.tokens.set('hvs.SENSITIVE', { seconds: 3600, isRenewable: true });
    vault.secrets.set('kv/data/quantonium', { database: 'postgresql://app:SENSITIVE@db/q', redis: 'rediss://q:SENSITIVE@cache', port: '8083' });
  });
  afterEach(() => vault.stop());

  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o400 });
    return join(directory, name);
  };
  const reached = (): Environment => ({ SECRETS_VAULT_URL: vault.url, SECRETS_VAULT_TOKEN: 'hvs.SENSITIVE' });
  const findings = async (environment: Environment): Promise<readonly string[]> => {
    const error: unknown = await readConfig(environment).then(() => assert.fail('it was accepted'), (refused: unknown) => refused);
    assert.ok(error instanceof ConfigError, String(error));
    assert.doesNotMatch(error.message, /SENSITIVE/);
    return error.findings;
  };

  it('has them, secret or not, by one request for each secret', async () => {
    const config = await readConfig({ ...reached(), DATABASE_URL: 'vault:kv/quantonium#database', REDIS_URL: 'vault:kv/quantonium#redis', PORT: 'vault:kv/quantonium#port' });
    assert.deepEqual([config.database.url, config.redis?.url, config.http.port], ['postgresql://app:SENSITIVE@db/q', 'rediss://q:SENSITIVE@cache', 8083]);
    assert.equal(vault.count('kv/data/quantonium'), 1);
    assert.equal(config.live.sourceOf('DATABASE_URL'), 'vault');
    assert.doesNotMatch(JSON.stringify(config.live), /SENSITIVE/);
  });

  it('asks nobody where nothing is to be read', async () => {
    assert.equal((await readConfig({ ...reached(), PORT: '1' })).http.port, 1);
    assert.equal(vault.requests.length, 0);
  });

  const LOGINS: readonly [string, (place: typeof file) => Environment, Readonly<Record<string, unknown>>, string][] = [
    ['the token of a file', (place) => ({ SECRETS_VAULT_TOKEN_FILE: place('token', 'hvs.SENSITIVE\n') }), {}, ''],
    ['AppRole by files', (place) => ({ SECRETS_VAULT_ROLE_ID_FILE: place('role', 'r'), SECRETS_VAULT_SECRET_ID_FILE: place('secret', 's\n') }), { role_id: 'r', secret_id: 's' }, 'approle'],
    ['AppRole at a mount of its own', () => ({ SECRETS_VAULT_ROLE_ID: 'r', SECRETS_VAULT_SECRET_ID: 's', SECRETS_VAULT_AUTH_MOUNT: 'machines' }), { role_id: 'r', secret_id: 's' }, 'machines'],
    ["the pod's service account", (place) => ({ SECRETS_VAULT_KUBERNETES_ROLE: 'q', SECRETS_VAULT_KUBERNETES_TOKEN_FILE: place('jwt', 'ey\n') }), { role: 'q', jwt: 'ey' }, 'kubernetes'],
  ];
  for (const [what, environment, login, mount] of LOGINS) {
    it(`is let in by ${what}`, async () => {
      if (mount !== '') vault.logins.set(mount, login);
      const config = await readConfig({ SECRETS_VAULT_URL: `${vault.url}/`, ...environment(file), PORT: 'vault:kv/quantonium#port' });
      assert.equal(config.http.port, 8083);
    });
  }

  it('is refused with every reference that cannot be read, and why', async () => {
    vault.secrets.set('kv/data/gone', null);
    const given = { ...reached(), PORT: 'vault:kv/nowhere#port', REDIS_URL: 'vault:kv/gone#url', DATABASE_URL: 'vault:kv/quantonium#typo', HOST: 'vault:kv/quantonium#database' };
    assert.deepEqual(await findings(given), [
      'PORT cannot be read: the server at SECRETS_VAULT_URL has no secret in kv/data/nowhere, or its latest version is deleted',
      'HOST must be an address or a host name',
      'DATABASE_URL cannot be read: the server at SECRETS_VAULT_URL has no field typo in kv/data/quantonium',
      'REDIS_URL cannot be read: the server at SECRETS_VAULT_URL has no secret in kv/data/gone, or its latest version is deleted',
    ]);
  });

  it('is refused where the server is not named, or does not let us in', async () => {
    assert.deepEqual(await findings({ PORT: 'vault:kv/quantonium#port' }), ['PORT is a vault: reference, and SECRETS_VAULT_URL says no server to read it from']);
    assert.deepEqual(await findings({ SECRETS_VAULT_URL: vault.url, SECRETS_VAULT_TOKEN: 'hvs.SENSITIVE-wrong', PORT: 'vault:kv/quantonium#port' }), ['PORT cannot be read: the server at SECRETS_VAULT_URL refuses to show kv/data/quantonium (403)']);
    assert.deepEqual(await findings({ SECRETS_VAULT_URL: vault.url, SECRETS_VAULT_KUBERNETES_ROLE: 'q', SECRETS_VAULT_KUBERNETES_TOKEN_FILE: join(directory, 'SENSITIVE'), PORT: 'vault:kv/quantonium#port' }), [
      'PORT cannot be read: SECRETS_VAULT_KUBERNETES_TOKEN_FILE names a file that cannot be opened (ENOENT)',
    ]);
    assert.deepEqual(await findings({ ...reached(), VAULT_CA_FILE: join(directory, 'nothing'), PORT: 'vault:kv/quantonium#port' }), ['VAULT_CA_FILE cannot be read (ENOENT)']);
  });

  it('is refused where a reference and another place name one setting, before anybody is asked', async () => {
    assert.deepEqual(await findings({ ...reached(), PORT: 'vault:kv/quantonium#port', PORT_FILE: file('port', '8083') }), ['PORT is given twice: by PORT and by PORT_FILE']);
    assert.equal(vault.requests.length, 0);
  });

  it('tells an outage, which a restart may mend, from a refusal', async () => {
    vault.instead = () => ({ status: 503 });
    await assert.rejects(readConfig({ ...reached(), PORT: 'vault:kv/quantonium#port' }), (error: unknown) => error instanceof SecretsUnreachable && /SECRETS_VAULT_URL answers 503/.test(error.message));
  });
});
