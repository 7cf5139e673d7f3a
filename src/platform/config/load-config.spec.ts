import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { renderEnvExample } from './env-example.js';
import type { Environment } from './environment.js';
import { ConfigError, loadConfig } from './load-config.js';
import { DirectoryLook } from './setting-source.js';
import { VARIABLES } from './variables.js';

const FOUR_LOGINS: Environment = {
  DATABASE_URL: 'postgresql://app:zvK3r@db/q?sslmode=verify-full',
  DATABASE_SEQUENCER_URL: 'postgresql://seq:zvK3r@db/q?sslmode=verify-full',
  DATABASE_WORKER_URL: 'postgresql://work:zvK3r@db/q?sslmode=verify-full',
  DATABASE_MIGRATION_URL: 'postgresql://mig:zvK3r@db/q?sslmode=verify-full',
};
const PRODUCTION: Environment = { NODE_ENV: 'production', PUBLIC_URL: 'https://q.example', TRUSTED_PROXIES: '10.0.0.0/8', ...FOUR_LOGINS };

function findingsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.findings;
  }
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    const config = loadConfig({});
    assert.equal(config.production, false);
    assert.deepEqual(config.http, { port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000', corsOrigins: [], trustedProxies: [], tls: null });
    assert.equal(config.database.isEmbedded, true);
    assert.equal(config.database.url, null);
    assert.equal(config.database.migrationUrl, null);
    assert.deepEqual([...config.roles], ['api', 'worker', 'ledger']);
    assert.equal(config.dataDirectory, resolve('.data'));
    assert.equal(config.rootKeyFile, join(homedir(), '.config/quantonium/root.key'));
    assert.deepEqual(config.rateLimits, { store: 'memory', anonymousPerMinute: 60, principalPerMinute: 600, registryPerMinute: 12000 });
    assert.equal(config.simulation.shotsMax, 1_000_000);
    assert.deepEqual(config.simulation.budgets, { hour: 20_000_000, day: 200_000_000 });
  });

  it('cannot be changed once it is read', () => {
    const config = loadConfig({ CORS_ORIGINS: 'https://a.example' });
    assert.throws(() => Object.assign(config, { production: true }), TypeError);
    assert.throws(() => Object.assign(config.http, { port: 1 }), TypeError);
    assert.throws(() => (config.http.corsOrigins as string[]).push('https://b.example'), TypeError);
  });

  it('takes an empty value as none, as compose files write it', () => {
    assert.equal(loadConfig({ PORT: '', DATABASE_URL: '' }).http.port, 3000);
  });

  const ACCEPTED: readonly [Environment, (config: ReturnType<typeof loadConfig>) => unknown, unknown][] = [
    [{ PORT: '0' }, (config) => config.http.port, 0],
    [{ PUBLIC_URL: 'https://q.example/' }, (config) => config.http.publicUrl, 'https://q.example'],
    [{ PORT: '8080' }, (config) => config.http.publicUrl, 'http://localhost:8080'],
    [{ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, (config) => config.http.trustedProxies, ['10.0.0.0/8', '::1']],
    [{ CORS_ORIGINS: 'https://a.example,http://localhost:5173' }, (config) => config.http.corsOrigins, ['https://a.example', 'http://localhost:5173']],
    [{ QUANTONIUM_ROLES: 'worker' }, (config) => [...config.roles], ['worker']],
    [{ DATABASE_URL: 'postgres://app:x@db/q' }, (config) => config.database.sequencerUrl, 'postgres://app:x@db/q'],
    [{ DATABASE_URL: 'postgres://app:x@db/q' }, (config) => config.database.migrationUrl, null],
    [{ DATABASE_WORKER_URL: 'postgres://w:x@db/q', QUANTONIUM_ROLES: 'worker' }, (config) => [config.database.isEmbedded, config.database.url], [false, null]],
    [{ SIGNING_KEY_ROTATION_DAYS: '30' }, (config) => config.signingKeys.rotationMillis, 30 * 86_400_000],
    [{ JWT_ALGORITHM: 'EdDSA' }, (config) => config.signingKeys.jwtAlgorithm, 'EdDSA'],
    [{ SIGNING_KEY_ROTATION_DAYS: '0' }, (config) => config.signingKeys.rotationMillis, null],
    [{ ROOT_KEY_FILE: 'keys/root.key' }, (config) => config.rootKeyFile, resolve('keys/root.key')],
    [{ QUANTONIUM_CRASH_AT: 'audit.append.before-commit:3' }, (config) => config.crashAt, 'audit.append.before-commit:3'],
    [{ REDIS_URL: 'rediss://limits:x@cache:6380/2' }, (config) => [config.rateLimits.store, config.redis?.url], ['redis', 'rediss://limits:x@cache:6380/2']],
    [{ REDIS_URL: 'rediss://cache', REDIS_CA_FILE: '/t/a' }, (config) => config.redis?.authoritiesFile, '/t/a'],
    [{ LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: '200', LOAD_MEMORY_BYTES_MAX: '1073741824' }, (config) => config.load, { delayMillisMax: 200, memoryBytesMax: 1_073_741_824 }],
    [{ RATE_LIMIT_STORE: 'postgres' }, (config) => config.rateLimits.store, 'postgres'],
    [{ TLS_CERT_FILE: '/t/c', TLS_KEY_FILE: '/t/k' }, (config) => config.http.tls, { certFile: '/t/c', keyFile: '/t/k', clientAuthoritiesFile: null }],
    [{ TLS_CERT_FILE: '/t/c', TLS_KEY_FILE: '/t/k', TLS_CLIENT_CA_FILE: '/t/a' }, (config) => config.http.tls?.clientAuthoritiesFile, '/t/a'],
  ];
  for (const [environment, read, expected] of ACCEPTED) {
    it(`accepts ${JSON.stringify(environment)}`, () => assert.deepEqual(read(loadConfig(environment)), expected));
  }

  /** Each value holds the word SENSITIVE where it can, so that the check for leaks means something. */
  const REFUSED: readonly [Environment, RegExp][] = [
    [{ PORT: '65536' }, /^PORT must be a whole number from 0 to 65535/],
    [{ PORT: '80.0' }, /^PORT /],
    [{ PORT: '0x50' }, /^PORT /],
    [{ PORT: ' 80' }, /^PORT /],
    [{ PORT: '-1' }, /^PORT /],
    [{ PORT: '٣٠٠٠' }, /^PORT /],
    [{ PORT: 'tcp://10.0.0.1:3000' }, /^PORT /],
    [{ HOST: 'SENSITIVE host' }, /^HOST must be an address/],
    [{ PUBLIC_URL: 'SENSITIVE.example' }, /^PUBLIC_URL must be a URL/],
    [{ PUBLIC_URL: 'ftp://SENSITIVE.example' }, /^PUBLIC_URL /],
    [{ CORS_ORIGINS: '*' }, /^CORS_ORIGINS /],
    [{ CORS_ORIGINS: 'https://SENSITIVE.example/path' }, /^CORS_ORIGINS /],
    [{ CORS_ORIGINS: 'https://a.example,,https://b.example' }, /^CORS_ORIGINS /],
    [{ TRUSTED_PROXIES: 'true' }, /^TRUSTED_PROXIES .*never all/],
    [{ TRUSTED_PROXIES: '0.0.0.0/0' }, /^TRUSTED_PROXIES /],
    [{ TRUSTED_PROXIES: '::/0' }, /^TRUSTED_PROXIES /],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, /^TRUSTED_PROXIES /],
    [{ TRUSTED_PROXIES: 'loopback' }, /^TRUSTED_PROXIES /],
    [{ TRUSTED_PROXIES: '10.0.0.0/8/8' }, /^TRUSTED_PROXIES /],
    [{ QUANTONIUM_ROLES: 'api,SENSITIVE' }, /^QUANTONIUM_ROLES must be a comma-separated list of api, worker, ledger/],
    [{ QUANTONIUM_ROLES: ',' }, /^QUANTONIUM_ROLES /],
    [{ NODE_ENV: 'prod' }, /^NODE_ENV must be one of/],
    [{ LOG_LEVEL: 'SENSITIVE' }, /^LOG_LEVEL /],
    [{ DATABASE_URL: 'mysql://a:SENSITIVE@db/q' }, /^DATABASE_URL must be a URL postgresql/],
    [{ DATABASE_URL: 'postgresql://db/q' }, /^DATABASE_URL /],
    [{ DATABASE_URL: 'postgresql://a:SENSITIVE@db' }, /^DATABASE_URL /],
    [{ DATABASE_URL: 'SENSITIVE' }, /^DATABASE_URL /],
    [{ DATABASE_WORKER_URL: 'postgresql://w:SENSITIVE@db/q' }, /^DATABASE_WORKER_URL is given without DATABASE_URL, which would stand in for DATABASE_SEQUENCER_URL/],
    [{ DATABASE_WORKER_URL: 'postgresql://w:SENSITIVE@db/q', QUANTONIUM_ROLES: 'api,worker' }, /^DATABASE_WORKER_URL is given without DATABASE_URL, which this process needs/],
    [{ DATABASE_MIGRATION_URL: 'postgresql://m:SENSITIVE@db/q', QUANTONIUM_ROLES: 'worker' }, /^DATABASE_MIGRATION_URL is given without DATABASE_URL/],
    [{ DATABASE_URL: 'vault:kv/SENSITIVE#url' }, /^DATABASE_URL is a vault: reference, and SECRETS_VAULT_URL says no server/],
    [{ DATABASE_URL: 'vault:SENSITIVE' }, /^DATABASE_URL must be vault:MOUNT\/PATH#FIELD/],
    [{ DATABASE_URL: 'vault:kv/../sys/SENSITIVE#a' }, /^DATABASE_URL must be vault:MOUNT\/PATH#FIELD/],
    [{ DATABASE_URL_FILE: 'vault:kv/SENSITIVE#url' }, /^DATABASE_URL is a vault: reference in DATABASE_URL_FILE, which names a file/],
    [{ ROOT_KEY_FILE: 'vault:kv/SENSITIVE#key' }, /^ROOT_KEY_FILE is a path, and cannot be a vault: reference/],
    [{ SECRETS_VAULT_TOKEN: 'vault:kv/SENSITIVE#key' }, /^SECRETS_VAULT_TOKEN says how the Vault server is reached/],
    [{ SECRETS_VAULT_TOKEN: 'SENSITIVE' }, /^SECRETS_VAULT_URL is not given, and a way to log in there is/],
    [{ SECRETS_VAULT_URL: 'https://SENSITIVE' }, /^SECRETS_VAULT_URL needs one of SECRETS_VAULT_TOKEN,/],
    [{ SECRETS_VAULT_URL: 'https://SENSITIVE', SECRETS_VAULT_TOKEN: 'SENSITIVE', SECRETS_VAULT_KUBERNETES_ROLE: 'q' }, /^SECRETS_VAULT_URL needs one of/],
    [{ SECRETS_VAULT_URL: 'https://SENSITIVE', SECRETS_VAULT_ROLE_ID: 'SENSITIVE' }, /^SECRETS_VAULT_ROLE_ID and SECRETS_VAULT_SECRET_ID must be given together/],
    [{ REDIS_URL: 'http://SENSITIVE' }, /^REDIS_URL /],
    [{ RATE_LIMIT_STORE: 'SENSITIVE' }, /^RATE_LIMIT_STORE must be one of memory, postgres, redis/],
    [{ REDIS_CA_FILE: '/SENSITIVE' }, /^REDIS_CA_FILE needs/],
    [{ REDIS_URL: 'redis://cache', REDIS_CA_FILE: '/SENSITIVE' }, /^REDIS_CA_FILE needs a REDIS_URL that begins with rediss:/],
    [{ RATE_LIMIT_STORE: 'redis' }, /^RATE_LIMIT_STORE=redis needs REDIS_URL/],
    [{ RATE_LIMIT_STORE: 'memory', REDIS_URL: 'redis://SENSITIVE' }, /^REDIS_URL is given, and RATE_LIMIT_STORE says to count elsewhere/],
    [{ TLS_CERT_FILE: '/SENSITIVE' }, /TLS_CERT_FILE and TLS_KEY_FILE must be given together/],
    [{ TLS_CLIENT_CA_FILE: '/SENSITIVE' }, /TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE/],
    [{ SEAL: 'SENSITIVE' }, /^SEAL must be one of key-file, passphrase, shamir, transit/],
    [{ SEAL: 'passphrase' }, /^SEAL=passphrase needs SEAL_PASSPHRASE/],
    [{ SEAL: 'passphrase', SEAL_PASSPHRASE: 'SENSITIVE' }, /^SEAL_PASSPHRASE must be at least 12 characters/],
    [{ SEAL: 'transit' }, /^SEAL=transit needs SEAL_TRANSIT_URL/],
    [{ SEAL_TRANSIT_TOKEN: 'SENSITIVE' }, /^SEAL_TRANSIT_URL, SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_KEY must be given together/],
    [{ SEAL_TRANSIT_URL: 'https://SENSITIVE/v1/transit', SEAL_TRANSIT_KEY: 'k', SEAL_TRANSIT_ROLE_ID: 'SENSITIVE' }, /^SEAL_TRANSIT_ROLE_ID and SEAL_TRANSIT_SECRET_ID must be given together/],
    [{ SEAL_TRANSIT_URL: 'https://SENSITIVE/v1/transit', SEAL_TRANSIT_KEY: 'k', SEAL_TRANSIT_ROLE_ID: 'a', SEAL_TRANSIT_SECRET_ID: 'SENSITIVE', SEAL_TRANSIT_TOKEN: 'SENSITIVE' }, /^SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_ROLE_ID are given: leave one/],
    [{ SEAL_TRANSIT_URL: 'https://SENSITIVE/transit', SEAL_TRANSIT_KEY: 'k', SEAL_TRANSIT_TOKEN: 'SENSITIVE' }, /^SEAL_TRANSIT_URL must have the path of the mount/],
    [{ SEAL_TRANSIT_KEY: '../SENSITIVE' }, /^SEAL_TRANSIT_KEY must be the name of a key/],
    [{ BOOTSTRAP_OWNER_USERNAME: 'SENSITIVE name' }, /^BOOTSTRAP_OWNER_USERNAME /],
    [{ LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: '10' }, /^LOAD_EVENT_LOOP_DELAY_MILLIS_MAX /],
    [{ LOAD_MEMORY_BYTES_MAX: '1000' }, /^LOAD_MEMORY_BYTES_MAX /],
    [{ RATE_LIMIT_ANONYMOUS_PER_MINUTE: '0' }, /^RATE_LIMIT_ANONYMOUS_PER_MINUTE /],
    [{ SIMULATION_SHOTS_MAX: '1e6' }, /^SIMULATION_SHOTS_MAX /],
    [{ QUANTONIUM_CRASH_AT: 'SENSITIVE point' }, /^QUANTONIUM_CRASH_AT /],
    [{ QUANTONIUM_DATA_DIR: '/SENSI\0TIVE' }, /^QUANTONIUM_DATA_DIR /],
  ];
  for (const [environment, expected] of REFUSED) {
    it(`refuses ${JSON.stringify(environment)}, and does not say the value`, () => {
      const findings = findingsOf(environment);
      assert.equal(findings.length, 1, findings.join('\n'));
      assert.match(findings[0]!, expected);
      assert.doesNotMatch(findings[0]!, /SENSITIVE/);
    });
  }

  it('reports everything that is wrong together', () => {
    assert.deepEqual(findingsOf({ PORT: 'x', HOST: '?', LOG_LEVEL: 'loud' }).map((finding) => finding.split(' ')[0]), ['PORT', 'HOST', 'LOG_LEVEL']);
  });
});

describe('values in files', () => {
  let directory = '';
  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-config-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('are read without the closing newline that an editor adds', () => {
    assert.equal(loadConfig({ DATABASE_URL_FILE: file('url', 'postgresql://a:b@db/q\n') }).database.url, 'postgresql://a:b@db/q');
    assert.equal(loadConfig({ PORT_FILE: file('port', '8080\r\n', 0o440) }).http.port, 8080);
  });

  it('are read through the symbolic links that Kubernetes mounts, and through none that leads elsewhere', () => {
    const link = join(directory, 'link');
    symlinkSync(file('data', '8081'), link);
    assert.equal(loadConfig({ PORT_FILE: link }).http.port, 8081);
    const elsewhere = join(directory, 'mount');
    mkdirSync(elsewhere);
    for (const target of [link, '../data', `${elsewhere}-beside`, '.']) {
      const out = join(elsewhere, 'out');
      symlinkSync(target, out);
      assert.throws(() => loadConfig({ PORT_FILE: out }), /PORT names a link that leads out of its directory/, target);
      rmSync(out);
    }
  });

  it('refuse both ways of giving one value', () => {
    assert.match(findingsOf({ PORT: '1', PORT_FILE: '/x' })[0]!, /^PORT is given twice/);
  });

  it('name both places where one value is given, and neither value', () => {
    const credentials = join(directory, 'credentials');
    const mounted = join(directory, 'mounted');
    for (const place of [credentials, mounted]) {
      mkdirSync(place);
      writeFileSync(join(place, 'PORT'), '8082\n', { mode: 0o400 });
    }
    assert.equal(loadConfig({ CREDENTIALS_DIRECTORY: credentials }).http.port, 8082);
    assert.equal(loadConfig({ SECRETS_DIR: mounted }).http.port, 8082);
    const PLACES = { PORT: '8082', PORT_FILE: file('same', '8082'), CREDENTIALS_DIRECTORY: credentials, SECRETS_DIR: mounted } as const;
    const called = { PORT: 'PORT', PORT_FILE: 'PORT_FILE', CREDENTIALS_DIRECTORY: 'PORT in CREDENTIALS_DIRECTORY', SECRETS_DIR: 'PORT in SECRETS_DIR' } as const;
    const names = Object.keys(PLACES) as (keyof typeof PLACES)[];
    for (const [at, one] of names.entries()) {
      for (const other of names.slice(at + 1)) assert.deepEqual(findingsOf({ [one]: PLACES[one], [other]: PLACES[other] }), [`PORT is given twice: by ${called[one]} and by ${called[other]}`], 'also where they agree');
    }
  });

  it('are of one version where Kubernetes moves a directory of them', () => {
    const mount = join(directory, 'moved');
    for (const version of ['..one', '..two']) mkdirSync(join(mount, version), { recursive: true });
    writeFileSync(join(mount, '..one', 'PORT'), '1001');
    writeFileSync(join(mount, '..two', 'PORT'), '1002');
    symlinkSync('..one', join(mount, '..data'));
    symlinkSync('..data/PORT', join(mount, 'PORT'));
    assert.equal(loadConfig({ SECRETS_DIR: mount }).http.port, 1001);
    const look = new DirectoryLook();
    assert.equal(look.read(mount, 'PORT', false), '1001');
    symlinkSync('..two', join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    assert.equal(look.read(mount, 'PORT', false), '1001', 'one look sees one version');
    rmSync(join(mount, '..one'), { recursive: true });
    assert.equal(look.read(mount, 'PORT', false), '1002', 'and the next one where the former is gone');
    assert.equal(new DirectoryLook().read(mount, 'PORT', false), '1002');
  });

  it('leave paths and the names of strangers in a directory of secrets alone', () => {
    const place = join(directory, 'others');
    mkdirSync(place);
    for (const name of ['ROOT_KEY_FILE', 'SOMETHING', '..secret']) writeFileSync(join(place, name), '/elsewhere');
    assert.equal(loadConfig({ SECRETS_DIR: place }).rootKeyFile, join(homedir(), '.config/quantonium/root.key'));
  });

  it('refuse a second closing newline as part of the value', () => {
    assert.match(findingsOf({ PORT_FILE: file('two', '8080\n\n') })[0]!, /^PORT must be/);
  });

  it('refuse a file that others may write, and say how to mend it', () => {
    for (const mode of [0o620, 0o602, 0o666]) assert.match(findingsOf({ PORT_FILE: file('open', '1', mode) })[0]!, /^PORT names a file that its group or others may write to/);
  });

  it('refuse, in production, a secret that others may read, and no setting that is none', () => {
    const refused = (mode: number, environment: Readonly<Record<string, string>>): boolean =>
      findingsOf({ SMTP_URL_FILE: file('smtp', 'smtps://q:SENSITIVE@mail', mode), PORT_FILE: file('port', '8080', 0o644), ...environment }).some((finding) => finding.startsWith('SMTP_URL names a file that others may read: chmod 0400'));
    const places = [0o444, 0o644, 0o604, 0o641].map((mode) => [refused(mode, { NODE_ENV: 'production' }), refused(mode, {})]);
    assert.deepEqual(places, Array.from({ length: 4 }, () => [true, false]));
    for (const mode of [0o400, 0o600, 0o440, 0o640]) assert.equal(refused(mode, { NODE_ENV: 'production' }), false);
    assert.ok(!findingsOf({ PORT_FILE: file('port', '8080', 0o644), NODE_ENV: 'production' }).some((finding) => finding.startsWith('PORT ')));
  });

  it('refuse what is not a regular file, without waiting for it', () => {
    assert.match(findingsOf({ PORT_FILE: directory })[0]!, /not a regular file/);
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    assert.match(findingsOf({ PORT_FILE: join(directory, 'pipe') })[0]!, /not a regular file/);
    assert.match(findingsOf({ PORT_FILE: '/dev/zero' })[0]!, /not a regular file/);
  });

  it('refuse a file that is missing or too large, without its path or content', () => {
    assert.deepEqual(findingsOf({ PORT_FILE: join(directory, 'SENSITIVE') }), ['PORT names a file that cannot be opened (ENOENT)']);
    assert.match(findingsOf({ PORT_FILE: file('large', '1'.repeat(70_000)) })[0]!, /more than 65536 bytes/);
  });

  it('do not apply to variables that are paths themselves', () => {
    assert.equal(loadConfig({ ROOT_KEY_FILE_FILE: file('path', '/elsewhere') }).rootKeyFile, join(homedir(), '.config/quantonium/root.key'));
  });
});

describe('production', () => {
  it('accepts four logins, real passwords, and a root key elsewhere', () => {
    assert.equal(loadConfig(PRODUCTION).production, true);
    assert.equal(loadConfig({ NODE_ENV: 'production', PUBLIC_URL: 'http://localhost:3000' }).database.url, null, 'the embedded database has four logins');
  });

  const REFUSED: readonly [string, Environment, RegExp][] = [
    ['one login for everything', { DATABASE_SEQUENCER_URL: undefined, DATABASE_WORKER_URL: undefined, DATABASE_MIGRATION_URL: undefined }, /^DATABASE_WORKER_URL, DATABASE_SEQUENCER_URL must be given in production/],
    ['two roles with one login', { DATABASE_WORKER_URL: FOUR_LOGINS['DATABASE_URL'] }, /must name different logins/],
    ['a migration without the names of all logins', { QUANTONIUM_ROLES: 'api', DATABASE_WORKER_URL: undefined }, /^DATABASE_WORKER_URL must be given in production.*without a password/],
    ['a placeholder for a password', { DATABASE_URL: 'postgresql://app:changeme@db/q?sslmode=verify-full' }, /^DATABASE_URL has a placeholder/],
    ['an encoded placeholder', { DATABASE_URL: 'postgresql://app:%3Cpassword%3E@db/q?sslmode=verify-full' }, /^DATABASE_URL has a placeholder/],
    ['a placeholder in the Redis URL', { REDIS_URL: 'rediss://:secret@cache' }, /^REDIS_URL has a placeholder/],
    ['a placeholder for a secret that is no address', { S3_ENDPOINT: 'https://s3.example', S3_ACCESS_KEY_ID: 'AK', S3_SECRET_ACCESS_KEY: 'changeme' }, /^S3_SECRET_ACCESS_KEY has a placeholder/],
    ['a placeholder for the token of the seal', { SEAL: 'transit', SEAL_TRANSIT_URL: 'https://vault.example/v1/transit', SEAL_TRANSIT_TOKEN: 'root', SEAL_TRANSIT_KEY: 'autounseal' }, /^SEAL_TRANSIT_TOKEN has a placeholder/],
    ['anchors in the data directory', { QUANTONIUM_DATA_DIR: '/srv/q', AUDIT_ANCHOR_DIR: '/srv/q/anchors' }, /^AUDIT_ANCHOR_DIR lies in/],
    ['a root key in the data directory', { QUANTONIUM_DATA_DIR: '/srv/q', ROOT_KEY_FILE: '/srv/q/keys/../keys/root.key' }, /^ROOT_KEY_FILE lies in/],
    ['a public address without TLS', { PUBLIC_URL: 'http://q.example' }, /^PUBLIC_URL must be https/],
    ['to serve in clear', { TRUSTED_PROXIES: undefined }, /^TLS_CERT_FILE and TLS_KEY_FILE, or the TRUSTED_PROXIES/],
    ['to serve this machine in clear, and others too', { PUBLIC_URL: 'http://localhost:3000', TRUSTED_PROXIES: undefined, HOST: '0.0.0.0' }, /^TLS_CERT_FILE/],
    ['a seal whose key comes over the network in clear', { SEAL: 'transit', SEAL_TRANSIT_URL: 'http://vault.example/v1/transit', SEAL_TRANSIT_TOKEN: 'hvs.of-some-length', SEAL_TRANSIT_KEY: 'autounseal' }, /^SEAL_TRANSIT_URL must be https/],
    ['secrets that come over the network in clear', { SECRETS_VAULT_URL: 'http://vault.example', SECRETS_VAULT_TOKEN: 'hvs.of-some-length' }, /^SECRETS_VAULT_URL must be https/],
    ['a database in clear', { DATABASE_URL: 'postgresql://app:zvK3r@db/q' }, /^DATABASE_URL is spoken to in clear.*sslmode=verify-full.*CLEAR_CONNECTIONS=postgres/],
    ['a database whose certificate nobody looks at', { DATABASE_WORKER_URL: 'postgresql://wrk:zvK3r@db/q?sslmode=no-verify' }, /^DATABASE_WORKER_URL is spoken to in clear/],
    ['Redis in clear', { REDIS_URL: 'redis://limits:x9@cache' }, /^REDIS_URL is spoken to in clear.*rediss:/],
    ['mail that may go in clear', { SMTP_URL: 'smtp://mail.example', ALERT_EMAIL_FROM: 'q@example.com', ALERT_EMAIL_TO: 'ops@example.com' }, /^SMTP_URL is spoken to in clear.*smtps:/],
    ['syslog in clear', { ALERT_SYSLOG_URL: 'tcp://logs.example:601' }, /^ALERT_SYSLOG_URL is spoken to in clear/],
    ['object storage in clear', { S3_ENDPOINT: 'http://s3.example', S3_ACCESS_KEY_ID: 'AK', S3_SECRET_ACCESS_KEY: 'x9' }, /^S3_ENDPOINT is spoken to in clear/],
    ['alerts in clear', { ALERT_ALERTMANAGER_URL: 'http://alerts.example' }, /^ALERT_ALERTMANAGER_URL is spoken to in clear/],
    ['anchors in clear', { AUDIT_ANCHOR_WEBHOOK_URL: 'http://anchors.example/q' }, /^AUDIT_ANCHOR_WEBHOOK_URL is spoken to in clear/],
    ['spans in clear', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://spans.example' }, /^OTEL_EXPORTER_OTLP_ENDPOINT is spoken to in clear/],
    ['a crash point', { QUANTONIUM_CRASH_AT: 'x' }, /^QUANTONIUM_CRASH_AT/],
  ];
  for (const [what, change, expected] of REFUSED) {
    it(`refuses ${what}, which development accepts`, () => {
      assert.match(findingsOf({ ...PRODUCTION, ...change }).join('\n'), expected);
      assert.deepEqual(findingsOf({ ...PRODUCTION, ...change, NODE_ENV: 'development' }), []);
    });
  }

  it('lets be spoken to in clear what is on this machine, and what is said to be meant, and no more', () => {
    const here: Environment = { REDIS_URL: 'redis://limits:x9@127.0.0.1', ALERT_SYSLOG_URL: 'tcp://[::1]:601', DATABASE_URL: 'postgresql://app:zvK3r@localhost/q?host=%2Frun%2Fpostgresql' };
    assert.deepEqual(findingsOf({ ...PRODUCTION, ...here }), []);
    const clear: Environment = { REDIS_URL: 'redis://limits:x9@cache', ALERT_SYSLOG_URL: 'tcp://logs.example:601' };
    assert.deepEqual(findingsOf({ ...PRODUCTION, ...clear, CLEAR_CONNECTIONS: 'redis,syslog' }), []);
    assert.match(findingsOf({ ...PRODUCTION, ...clear, CLEAR_CONNECTIONS: 'redis' }).join(), /^ALERT_SYSLOG_URL/);
    assert.match(findingsOf({ ...PRODUCTION, DATABASE_URL: 'postgresql://app:zvK3r@localhost/q?host=db.example' }).join(), /^DATABASE_URL is spoken to in clear/, 'the parameter is where it goes');
    for (const value of ['everything', '*', 'redis,mail']) assert.match(findingsOf({ ...PRODUCTION, CLEAR_CONNECTIONS: value }).join(), /CLEAR_CONNECTIONS/);
  });

  const NONE: Environment = { DATABASE_URL: undefined, DATABASE_SEQUENCER_URL: undefined, DATABASE_WORKER_URL: undefined, DATABASE_MIGRATION_URL: undefined };
  for (const [role, name] of [['api', 'DATABASE_URL'], ['ledger', 'DATABASE_SEQUENCER_URL'], ['worker', 'DATABASE_WORKER_URL']] as const) {
    it(`asks a process of the role ${role} for ${name} and no other login`, () => {
      const alone: Environment = { ...PRODUCTION, ...NONE, QUANTONIUM_ROLES: role, [name]: FOUR_LOGINS[name] };
      assert.deepEqual(findingsOf(alone), []);
    });
  }

  it('asks a process that migrates for the names of all logins, and for no password but the owner’s', () => {
    const nameless = { DATABASE_URL: 'postgresql://app@db/q', DATABASE_SEQUENCER_URL: 'postgresql://seq@db/q', DATABASE_WORKER_URL: 'postgresql://work@db/q' };
    assert.deepEqual(findingsOf({ ...PRODUCTION, ...nameless }), []);
  });

  it('does not take a directory of a similar name for the data directory', () => {
    assert.deepEqual(findingsOf({ ...PRODUCTION, QUANTONIUM_DATA_DIR: '/srv/q', ROOT_KEY_FILE: '/srv/q-keys/root.key' }), []);
  });
});

describe('.env.example', () => {
  it('is what the table says', () => assert.equal(readFileSync('.env.example', 'utf8'), renderEnvExample()));

  it('names every variable once, commented out, and its values are accepted as they stand', () => {
    const lines = renderEnvExample().split('\n').filter((line) => /^#[A-Z]/.test(line));
    assert.deepEqual(lines.map((line) => line.slice(1, line.indexOf('='))), Object.keys(VARIABLES));
    loadConfig(Object.fromEntries(lines.map((line) => [line.slice(1, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])));
  });

  it('is the same on every machine', () => {
    assert.doesNotMatch(renderEnvExample(), new RegExp(`${homedir()}/|=${VARIABLES.SIMULATION_MEMORY_BYTES_MAX.byDefault}\\b`));
  });
});
