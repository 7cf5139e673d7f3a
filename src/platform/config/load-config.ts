import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { VaultCredential } from '#platform/vault/vault-session.js';
import { type AlertingConfig, Config, type DatabaseConfig, type HttpConfig, type ObjectStoreConfig, type RegistryConfig, type SealConfig, type SimulationConfig, type VaultConfig } from './config.js';
import { isEmbedded, missingLogins } from './database-logins.js';
import type { Environment } from './environment.js';
import { HeldPassphrase } from './held-passphrase.js';
import { productionFindings } from './production-rules.js';
import { type LiveSetting, LiveSettings } from './live-settings.js';
import { DirectoryLook, readLocal, type SettingSource, sourceOf } from './setting-source.js';
import { Refused, readValueFile } from './value-source.js';
import { VARIABLES, type RenewableName, type ValueOf, type Values, type Variable, type VariableName } from './variables.js';
import { trimEndOf } from '#pure/encoding/trim.js';

/** An orchestrator looks at readiness every few seconds, and its proxies learn of it after that. */
const DRAIN_DELAY_MILLIS = 5_000;

/** Everything that is wrong at once, a line each: names and expectations, never values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly findings: readonly string[]) {
    super(`the configuration is refused:\n${findings.map((finding) => `  ${finding}`).join('\n')}`);
  }
}

/** What was read from elsewhere before, since it takes waiting: the text of a setting, or why there is none. */
export type Fetched = ReadonlyMap<VariableName, string | Refused>;

const NOTHING_FETCHED: Fetched = new Map();

/** A setting with where it came from; of one that has a default or nothing, no source. */
interface Read {
  readonly source: SettingSource | null;
  readonly value: unknown;
}

/**
 * Reads, validates and freezes. The only files it opens are those that NAME_FILE and the directories of secrets name;
 * `vault:` references are `readConfig`'s, which has fetched them.
 */
export function loadConfig(environment: Environment, fetched: Fetched = NOTHING_FETCHED): Config {
  const findings: string[] = [];
  const look = new DirectoryLook();
  const entries = (Object.keys(VARIABLES) as VariableName[]).map((name): [VariableName, Read] => {
    try {
      return [name, readSetting(name, environment, fetched, look)];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      findings.push(`${name} ${error.message}`);
      return [name, { source: null, value: null }];
    }
  });
  if (findings.length > 0) throw new ConfigError(findings);
  const values = Object.fromEntries(entries.map(([name, { value }]) => [name, value])) as Values;
  const config = compose(values, new LiveSettings(entries.flatMap(liveSetting)));
  findings.push(...pairFindings(values), ...productionFindings(config, values));
  if (findings.length > 0) throw new ConfigError(findings);
  return config;
}

function readSetting(name: VariableName, environment: Environment, fetched: Fetched, look: DirectoryLook): Read {
  const { kind, byDefault }: Variable<unknown> = VARIABLES[name];
  const source = sourceOf(name, environment);
  const text = source === null ? byDefault : textOf(name, source, fetched, look);
  if (text === null) return { source, value: null };
  const value = kind.parse(text);
  if (value === undefined) throw new Refused(`must be ${kind.expects}`);
  return { source, value };
}

function textOf(name: VariableName, source: SettingSource, fetched: Fetched, look: DirectoryLook): string {
  if (source.kind !== 'vault') return readLocal(source, look);
  const text = fetched.get(name);
  if (text === undefined) throw new Refused('is a vault: reference, and SECRETS_VAULT_URL says no server to read it from');
  if (text instanceof Refused) throw text;
  return text;
}

function liveSetting([name, { source, value }]: [VariableName, Read]): LiveSetting[] {
  const { renewable }: Variable<unknown> = VARIABLES[name];
  return renewable === undefined || source === null || typeof value !== 'string' ? [] : [{ name: name as RenewableName, value, source }];
}

/** Values that only make sense together. */
function pairFindings(values: Values): string[] {
  const findings: string[] = [];
  if ((values.TLS_CERT_FILE === null) !== (values.TLS_KEY_FILE === null)) findings.push('TLS_CERT_FILE and TLS_KEY_FILE must be given together');
  if (values.TLS_CLIENT_CA_FILE !== null && values.TLS_CERT_FILE === null) findings.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE');
  if ((values.SMTP_URL === null) !== (values.ALERT_EMAIL_FROM === null)) findings.push('SMTP_URL and ALERT_EMAIL_FROM must be given together');
  if (values.SMTP_URL === null && given(values, 'ALERT_EMAIL_TO').length > 0) findings.push('ALERT_EMAIL_TO needs SMTP_URL and ALERT_EMAIL_FROM');
  const store = [values.S3_ENDPOINT, values.S3_ACCESS_KEY_ID, values.S3_SECRET_ACCESS_KEY];
  if (store.includes(null) && store.some((part) => part !== null)) findings.push('S3_ENDPOINT, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be given together');
  for (const name of ['AUDIT_ANCHOR_S3_BUCKET', 'REGISTRY_S3_BUCKET'] as const) {
    if (values[name] !== null && values.S3_ENDPOINT === null) findings.push(`${name} needs S3_ENDPOINT`);
  }
  findings.push(...transitFindings(values), ...vaultFindings(values));
  if (values.RATE_LIMIT_STORE === 'redis' && values.REDIS_URL === null) findings.push('RATE_LIMIT_STORE=redis needs REDIS_URL');
  if (values.REDIS_CA_FILE !== null && !(values.REDIS_URL ?? '').startsWith('rediss:')) findings.push('REDIS_CA_FILE needs a REDIS_URL that begins with rediss:');
  if (values.REDIS_URL !== null && (values.RATE_LIMIT_STORE ?? 'redis') !== 'redis') findings.push('REDIS_URL is given, and RATE_LIMIT_STORE says to count elsewhere: leave one of them out');
  if (values.SEAL === 'passphrase' && values.SEAL_PASSPHRASE === null) findings.push('SEAL=passphrase needs SEAL_PASSPHRASE');
  findings.push(...missingLogins(values));
  return findings;
}

/** A way to the other server: its address and key, and one of the two ways to be let in. */
function transitFindings(values: Values): string[] {
  const { SEAL: seal, SEAL_TRANSIT_URL: address, SEAL_TRANSIT_KEY: key, SEAL_TRANSIT_TOKEN: token, SEAL_TRANSIT_ROLE_ID: role, SEAL_TRANSIT_SECRET_ID: secret } = values;
  const given = [address, key, token, role, secret];
  if (given.every((part) => part === null)) return seal === 'transit' ? ['SEAL=transit needs SEAL_TRANSIT_URL, SEAL_TRANSIT_KEY and SEAL_TRANSIT_TOKEN (or SEAL_TRANSIT_ROLE_ID and SEAL_TRANSIT_SECRET_ID)'] : [];
  if (token !== null && (role !== null || secret !== null)) return ['SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_ROLE_ID are given: leave one of them out'];
  if ((role === null) !== (secret === null)) return ['SEAL_TRANSIT_ROLE_ID and SEAL_TRANSIT_SECRET_ID must be given together'];
  if (address === null || key === null || (token === null && role === null)) return ['SEAL_TRANSIT_URL, SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_KEY must be given together (or SEAL_TRANSIT_ROLE_ID and SEAL_TRANSIT_SECRET_ID in the place of the token)'];
  return /\/v1\/./.test(new URL(address).pathname) ? [] : ['SEAL_TRANSIT_URL must have the path of the mount: https://vault.example/v1/transit'];
}

/** The server that vault: references are read from has one way to be let in, or is not there at all. */
function vaultFindings(values: Values): string[] {
  const { SECRETS_VAULT_URL: address, SECRETS_VAULT_TOKEN: token, SECRETS_VAULT_ROLE_ID: role, SECRETS_VAULT_SECRET_ID: secret, SECRETS_VAULT_KUBERNETES_ROLE: pod } = values;
  const ways = [token, role ?? secret, pod].filter((part) => part !== null).length;
  if (address === null) return ways === 0 ? [] : ['SECRETS_VAULT_URL is not given, and a way to log in there is'];
  if ((role === null) !== (secret === null)) return ['SECRETS_VAULT_ROLE_ID and SECRETS_VAULT_SECRET_ID must be given together'];
  return ways === 1 ? [] : ['SECRETS_VAULT_URL needs one of SECRETS_VAULT_TOKEN, SECRETS_VAULT_ROLE_ID with SECRETS_VAULT_SECRET_ID, and SECRETS_VAULT_KUBERNETES_ROLE'];
}

/** A variable with a default has a value, whatever its type says of the others. */
function given<N extends VariableName>(values: Values, name: N): ValueOf<N> {
  const value = values[name];
  if (value === null) throw new Error(`${name} has neither a value nor a default`);
  return value;
}

function compose(values: Values, live: LiveSettings): Config {
  const port = given(values, 'PORT');
  const dataDirectory = resolve(given(values, 'QUANTONIUM_DATA_DIR'));
  return new Config({
    production: values.NODE_ENV === 'production',
    administratorsNeedSecondFactor: (values.ADMIN_MFA ?? (values.NODE_ENV === 'production' ? 'required' : 'optional')) === 'required',
    http: {
      port,
      host: given(values, 'HOST'),
      publicUrl: trimEndOf(values.PUBLIC_URL ?? `http://localhost:${port}`, '/'),
      corsOrigins: given(values, 'CORS_ORIGINS'),
      trustedProxies: given(values, 'TRUSTED_PROXIES'),
      tls: tlsOf(values),
    },
    management: { port: values.MANAGEMENT_PORT, host: given(values, 'MANAGEMENT_HOST') },
    database: databaseOf(values, live),
    redis: redisOf(values, live),
    roles: given(values, 'QUANTONIUM_ROLES'),
    dataDirectory,
    rootKeyFile: resolve(values.ROOT_KEY_FILE ?? join(homedir(), '.config', 'quantonium', 'root.key')),
    live,
    seal: sealOf(values, live),
    vault: vaultOf(values, live),
    signingKeys: {
      rotationMillis: given(values, 'SIGNING_KEY_ROTATION_DAYS') === 0 ? null : given(values, 'SIGNING_KEY_ROTATION_DAYS') * 86_400_000,
      jwtAlgorithm: given(values, 'JWT_ALGORITHM'),
    },
    bootstrap: {
      ownerUsername: given(values, 'BOOTSTRAP_OWNER_USERNAME'),
      ownerPasswordFile: values.BOOTSTRAP_OWNER_PASSWORD_FILE === null ? null : resolve(values.BOOTSTRAP_OWNER_PASSWORD_FILE),
    },
    registration: given(values, 'REGISTRATION'),
    rateLimits: {
      store: values.RATE_LIMIT_STORE ?? (values.REDIS_URL === null ? 'memory' : 'redis'),
      anonymousPerMinute: given(values, 'RATE_LIMIT_ANONYMOUS_PER_MINUTE'),
      principalPerMinute: given(values, 'RATE_LIMIT_PRINCIPAL_PER_MINUTE'),
      registryPerMinute: given(values, 'RATE_LIMIT_REGISTRY_PER_MINUTE'),
    },
    load: { delayMillisMax: given(values, 'LOAD_EVENT_LOOP_DELAY_MILLIS_MAX'), memoryBytesMax: given(values, 'LOAD_MEMORY_BYTES_MAX') },
    ledger: {
      retentionDays: given(values, 'AUDIT_RETENTION_DAYS'),
      anchorDirectory: resolve(values.AUDIT_ANCHOR_DIR ?? join(homedir(), '.local', 'state', 'quantonium', 'anchors')),
      get anchorWebhookUrl() {
        return live.of('AUDIT_ANCHOR_WEBHOOK_URL');
      },
      anchorBucket: values.AUDIT_ANCHOR_S3_BUCKET,
      witnessPolicyFile: values.AUDIT_WITNESS_POLICY_FILE === null ? null : resolve(values.AUDIT_WITNESS_POLICY_FILE),
    },
    alerting: alertingOf(values, dataDirectory, live),
    objectStore: objectStoreOf(values, live),
    tracing: { otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT },
    registry: registryOf(values),
    simulation: simulationOf(values),
    logging: { level: given(values, 'LOG_LEVEL') },
    shutdownDelayMillis: values.SHUTDOWN_DELAY_MILLIS ?? (values.NODE_ENV === 'production' ? DRAIN_DELAY_MILLIS : 0),
    shutdownGraceMillis: given(values, 'SHUTDOWN_GRACE_MILLIS'),
    crashAt: values.QUANTONIUM_CRASH_AT,
  });
}

function registryOf(values: Values): RegistryConfig {
  return {
    bucket: values.REGISTRY_S3_BUCKET,
    encryptsBlobs: given(values, 'REGISTRY_BLOB_ENCRYPTION') === 'on',
    pushLeaseMillis: given(values, 'REGISTRY_PUSH_LEASE_SECONDS') * 1000,
    gcGraceMillis: given(values, 'REGISTRY_GC_GRACE_SECONDS') * 1000,
    gcPeriodMillis: given(values, 'REGISTRY_GC_PERIOD_SECONDS') * 1000,
    scrubBytesPerSecond: given(values, 'REGISTRY_SCRUB_BYTES_PER_SECOND'),
    projectQuotaBytes: given(values, 'REGISTRY_PROJECT_QUOTA_BYTES') === 0 ? null : given(values, 'REGISTRY_PROJECT_QUOTA_BYTES'),
  };
}

function simulationOf(values: Values): SimulationConfig {
  return {
    memoryBytesMax: given(values, 'SIMULATION_MEMORY_BYTES_MAX'),
    threads: given(values, 'SIMULATION_THREADS'),
    qubitsMax: given(values, 'SIMULATION_QUBITS_MAX'),
    shotsMax: given(values, 'SIMULATION_SHOTS_MAX'),
    programBytesMax: given(values, 'SIMULATION_PROGRAM_BYTES_MAX'),
    queuedJobsMax: given(values, 'SIMULATION_QUEUED_JOBS_MAX'),
    runningJobsMax: given(values, 'SIMULATION_RUNNING_JOBS_MAX'),
    budgets: { hour: given(values, 'SIMULATION_COST_PER_HOUR'), day: given(values, 'SIMULATION_COST_PER_DAY') },
    warmsUp: given(values, 'SIMULATION_WARM_UP') === 'on',
    durationMillisMax: given(values, 'SIMULATION_DURATION_MILLIS_MAX'),
  };
}

function tlsOf({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: authorities }: Values): HttpConfig['tls'] {
  if (cert === null || key === null) return null;
  return { certFile: resolve(cert), keyFile: resolve(key), clientAuthoritiesFile: authorities === null ? null : resolve(authorities) };
}

function sealOf(values: Values, live: LiveSettings): SealConfig {
  const { SEAL_TRANSIT_URL: address, SEAL_TRANSIT_KEY: key } = values;
  const transit = address === null || key === null ? null : { url: trimEndOf(address, '/'), key };
  const credential = credentialOf(live, { token: 'SEAL_TRANSIT_TOKEN', roleId: 'SEAL_TRANSIT_ROLE_ID', secretId: 'SEAL_TRANSIT_SECRET_ID' });
  return {
    type: given(values, 'SEAL'),
    passphrase: values.SEAL_PASSPHRASE === null ? null : new HeldPassphrase(values.SEAL_PASSPHRASE),
    transit: transit === null || credential === null ? null : { ...transit, credential, authoritiesFile: authoritiesOf(values) },
  };
}

function vaultOf(values: Values, live: LiveSettings): VaultConfig | null {
  const { SECRETS_VAULT_URL: address, SECRETS_VAULT_KUBERNETES_ROLE: role, SECRETS_VAULT_AUTH_MOUNT: mount } = values;
  const own = credentialOf(live, { token: 'SECRETS_VAULT_TOKEN', roleId: 'SECRETS_VAULT_ROLE_ID', secretId: 'SECRETS_VAULT_SECRET_ID' }, mount ?? 'approle');
  const credential: VaultCredential | null =
    role === null ? own : { kind: 'login', mount: mount ?? 'kubernetes', fields: () => ({ role, jwt: readValueFile(given(values, 'SECRETS_VAULT_KUBERNETES_TOKEN_FILE'), false) }) };
  if (address === null || credential === null) return null;
  return { base: `${trimEndOf(address, '/')}/v1`, namespace: values.SECRETS_VAULT_NAMESPACE, authoritiesFile: authoritiesOf(values), credential };
}

function redisOf({ REDIS_URL: url, REDIS_CA_FILE: file }: Values, live: LiveSettings): Config['redis'] {
  if (url === null) return null;
  return {
    get url() {
      return live.of('REDIS_URL') ?? url;
    },
    authoritiesFile: file === null ? null : resolve(file),
  };
}

/** Of a Vault server, by what was given for it: read at each use. */
function credentialOf(live: LiveSettings, names: Readonly<Record<'token' | 'roleId' | 'secretId', RenewableName>>, mount = 'approle'): VaultCredential | null {
  const current = (name: RenewableName): string => live.of(name) ?? '';
  if (live.of(names.token) !== null) return { kind: 'token', token: () => current(names.token) };
  if (live.of(names.roleId) === null) return null;
  return { kind: 'login', mount, fields: () => ({ role_id: current(names.roleId), secret_id: current(names.secretId) }) };
}

function authoritiesOf({ VAULT_CA_FILE: file }: Values): string | null {
  return file === null ? null : resolve(file);
}

function alertingOf(values: Values, dataDirectory: string, live: LiveSettings): AlertingConfig {
  const { SMTP_URL: smtpUrl, ALERT_EMAIL_FROM: from } = values;
  const to = given(values, 'ALERT_EMAIL_TO');
  return {
    rulesDirectory: resolve(values.DETECTION_RULES_DIR ?? join(dataDirectory, 'rules')),
    email: smtpUrl === null || from === null ? null : emailOf(live, from, to),
    syslogUrl: values.ALERT_SYSLOG_URL,
    alertmanagerUrl: values.ALERT_ALERTMANAGER_URL,
    privateNetworks: given(values, 'OUTBOUND_PRIVATE_NETWORKS'),
  };
}

function emailOf(live: LiveSettings, from: string, to: readonly string[]): NonNullable<AlertingConfig['email']> {
  return {
    get smtpUrl() {
      return live.of('SMTP_URL') ?? '';
    },
    from,
    to,
  };
}

function objectStoreOf(values: Values, live: LiveSettings): ObjectStoreConfig | null {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (endpoint === null || accessKeyId === null || secretAccessKey === null) return null;
  return {
    endpoint,
    get accessKeyId() {
      return live.of('S3_ACCESS_KEY_ID') ?? '';
    },
    get secretAccessKey() {
      return live.of('S3_SECRET_ACCESS_KEY') ?? '';
    },
    region: given(values, 'S3_REGION'),
  };
}

function databaseOf(values: Values, live: LiveSettings): DatabaseConfig {
  return {
    isEmbedded: isEmbedded(values),
    get url() {
      return live.of('DATABASE_URL');
    },
    get sequencerUrl() {
      return live.of('DATABASE_SEQUENCER_URL') ?? live.of('DATABASE_URL');
    },
    get workerUrl() {
      return live.of('DATABASE_WORKER_URL') ?? live.of('DATABASE_URL');
    },
    migrationUrl: values.DATABASE_MIGRATION_URL,
    poolConnectionsMax: given(values, 'DATABASE_POOL_MAX'),
    statementTimeoutMillis: given(values, 'DATABASE_STATEMENT_TIMEOUT_MILLIS'),
  };
}
