import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AlertingConfig, Config, type DatabaseConfig, type HttpConfig, type ObjectStoreConfig, type SealConfig } from './config.js';
import { isEmbedded, missingLogins } from './database-logins.js';
import type { Environment } from './environment.js';
import { productionFindings } from './production-rules.js';
import { Refused, readValueFile } from './value-source.js';
import { VARIABLES, type ValueOf, type Values, type Variable, type VariableName } from './variables.js';

/** An orchestrator looks at readiness every few seconds, and its proxies learn of it after that. */
const DRAIN_DELAY_MILLIS = 5_000;

/** Everything that is wrong at once, a line each: names and expectations, never values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly findings: readonly string[]) {
    super(`the configuration is refused:\n${findings.map((finding) => `  ${finding}`).join('\n')}`);
  }
}

/** Reads, validates and freezes. The only files it opens are those that NAME_FILE names. */
export function loadConfig(environment: Environment): Config {
  const findings: string[] = [];
  const entries = (Object.keys(VARIABLES) as VariableName[]).map((name) => {
    try {
      return [name, valueOf(name, environment)];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      findings.push(`${name} ${error.message}`);
      return [name, null];
    }
  });
  const values = Object.fromEntries(entries) as Values;
  if (findings.length > 0) throw new ConfigError(findings);
  const config = compose(values);
  findings.push(...pairFindings(values), ...productionFindings(config, values));
  if (findings.length > 0) throw new ConfigError(findings);
  return config;
}

function valueOf(name: VariableName, environment: Environment): unknown {
  const { kind, byDefault, isPath }: Variable<unknown> = VARIABLES[name];
  // Set but empty is how compose files and manifests write "not set".
  const direct = environment[name] || undefined;
  const file = isPath === true ? undefined : environment[`${name}_FILE`] || undefined;
  if (direct !== undefined && file !== undefined) throw new Refused(`is given twice, also as ${name}_FILE`);
  if (file?.startsWith('vault:') === true || direct?.startsWith('vault:') === true) {
    throw new Refused(`is a vault: reference, which this version cannot read yet: give the value${isPath === true ? '' : `, or ${name}_FILE`}`);
  }
  const text = file === undefined ? (direct ?? byDefault) : readValueFile(file);
  if (text === null) return null;
  const value = kind.parse(text);
  if (value === undefined) throw new Refused(`must be ${kind.expects}`);
  return value;
}

/** Values that only make sense together. */
function pairFindings(values: Values): string[] {
  const findings: string[] = [];
  if ((values.TLS_CERT_FILE === null) !== (values.TLS_KEY_FILE === null)) findings.push('TLS_CERT_FILE and TLS_KEY_FILE must be given together');
  if (values.TLS_CLIENT_CA_FILE !== null && values.TLS_CERT_FILE === null) findings.push('TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE');
  const mail = [values.SMTP_URL, values.ALERT_EMAIL_FROM, given(values, 'ALERT_EMAIL_TO').length === 0 ? null : 'to'];
  if (mail.includes(null) && mail.some((part) => part !== null)) findings.push('SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO must be given together');
  const store = [values.S3_ENDPOINT, values.S3_ACCESS_KEY_ID, values.S3_SECRET_ACCESS_KEY];
  if (store.includes(null) && store.some((part) => part !== null)) findings.push('S3_ENDPOINT, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be given together');
  if (values.AUDIT_ANCHOR_S3_BUCKET !== null && values.S3_ENDPOINT === null) findings.push('AUDIT_ANCHOR_S3_BUCKET needs S3_ENDPOINT');
  const other = [values.SEAL_TRANSIT_URL, values.SEAL_TRANSIT_TOKEN, values.SEAL_TRANSIT_KEY];
  if (other.includes(null) && other.some((part) => part !== null)) findings.push('SEAL_TRANSIT_URL, SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_KEY must be given together');
  if (values.RATE_LIMIT_STORE === 'redis' && values.REDIS_URL === null) findings.push('RATE_LIMIT_STORE=redis needs REDIS_URL');
  if (values.REDIS_URL !== null && (values.RATE_LIMIT_STORE ?? 'redis') !== 'redis') findings.push('REDIS_URL is given, and RATE_LIMIT_STORE says to count elsewhere: leave one of them out');
  if (values.SEAL === 'passphrase' && values.SEAL_PASSPHRASE === null) findings.push('SEAL=passphrase needs SEAL_PASSPHRASE');
  if (values.SEAL === 'transit' && other.every((part) => part === null)) findings.push('SEAL=transit needs SEAL_TRANSIT_URL, SEAL_TRANSIT_TOKEN and SEAL_TRANSIT_KEY');
  findings.push(...missingLogins(values));
  return findings;
}

/** A variable with a default has a value, whatever its type says of the others. */
function given<N extends VariableName>(values: Values, name: N): ValueOf<N> {
  const value = values[name];
  if (value === null) throw new Error(`${name} has neither a value nor a default`);
  return value;
}

function compose(values: Values): Config {
  const port = given(values, 'PORT');
  const dataDirectory = resolve(given(values, 'QUANTONIUM_DATA_DIR'));
  return new Config({
    production: values.NODE_ENV === 'production',
    http: {
      port,
      host: given(values, 'HOST'),
      publicUrl: (values.PUBLIC_URL ?? `http://localhost:${port}`).replace(/\/+$/, ''),
      corsOrigins: given(values, 'CORS_ORIGINS'),
      trustedProxies: given(values, 'TRUSTED_PROXIES'),
      tls: tlsOf(values),
    },
    management: { port: values.MANAGEMENT_PORT, host: given(values, 'MANAGEMENT_HOST') },
    database: databaseOf(values),
    redisUrl: values.REDIS_URL,
    roles: given(values, 'QUANTONIUM_ROLES'),
    dataDirectory,
    rootKeyFile: resolve(values.ROOT_KEY_FILE ?? join(homedir(), '.config', 'quantonium', 'root.key')),
    seal: sealOf(values),
    signingKeys: { rotationMillis: given(values, 'SIGNING_KEY_ROTATION_DAYS') === 0 ? null : given(values, 'SIGNING_KEY_ROTATION_DAYS') * 86_400_000 },
    bootstrap: {
      ownerUsername: given(values, 'BOOTSTRAP_OWNER_USERNAME'),
      ownerPasswordFile: values.BOOTSTRAP_OWNER_PASSWORD_FILE === null ? null : resolve(values.BOOTSTRAP_OWNER_PASSWORD_FILE),
    },
    rateLimits: {
      store: values.RATE_LIMIT_STORE ?? (values.REDIS_URL === null ? 'memory' : 'redis'),
      anonymousPerMinute: given(values, 'RATE_LIMIT_ANONYMOUS_PER_MINUTE'),
      principalPerMinute: given(values, 'RATE_LIMIT_PRINCIPAL_PER_MINUTE'),
      registryPerMinute: given(values, 'RATE_LIMIT_REGISTRY_PER_MINUTE'),
      simulationCostPerMinute: given(values, 'RATE_LIMIT_SIMULATION_COST_PER_MINUTE'),
    },
    ledger: {
      retentionDays: given(values, 'AUDIT_RETENTION_DAYS'),
      anchorDirectory: resolve(values.AUDIT_ANCHOR_DIR ?? join(homedir(), '.local', 'state', 'quantonium', 'anchors')),
      anchorWebhookUrl: values.AUDIT_ANCHOR_WEBHOOK_URL,
      anchorBucket: values.AUDIT_ANCHOR_S3_BUCKET,
      witnessPolicyFile: values.AUDIT_WITNESS_POLICY_FILE === null ? null : resolve(values.AUDIT_WITNESS_POLICY_FILE),
    },
    alerting: alertingOf(values, dataDirectory),
    objectStore: objectStoreOf(values),
    tracing: { otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT },
    simulation: {
      memoryBytesMax: given(values, 'SIMULATION_MEMORY_BYTES_MAX'),
      threads: given(values, 'SIMULATION_THREADS'),
      qubitsMax: given(values, 'SIMULATION_QUBITS_MAX'),
      shotsMax: given(values, 'SIMULATION_SHOTS_MAX'),
      programBytesMax: given(values, 'SIMULATION_PROGRAM_BYTES_MAX'),
      queuedJobsMax: given(values, 'SIMULATION_QUEUED_JOBS_MAX'),
      durationMillisMax: given(values, 'SIMULATION_DURATION_MILLIS_MAX'),
    },
    logging: { level: given(values, 'LOG_LEVEL') },
    shutdownDelayMillis: values.SHUTDOWN_DELAY_MILLIS ?? (values.NODE_ENV === 'production' ? DRAIN_DELAY_MILLIS : 0),
    shutdownGraceMillis: given(values, 'SHUTDOWN_GRACE_MILLIS'),
    crashAt: values.QUANTONIUM_CRASH_AT,
  });
}

function tlsOf({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: authorities }: Values): HttpConfig['tls'] {
  if (cert === null || key === null) return null;
  return { certFile: resolve(cert), keyFile: resolve(key), clientAuthoritiesFile: authorities === null ? null : resolve(authorities) };
}

function sealOf(values: Values): SealConfig {
  const { SEAL_TRANSIT_URL: address, SEAL_TRANSIT_TOKEN: token, SEAL_TRANSIT_KEY: key } = values;
  return {
    type: given(values, 'SEAL'),
    passphrase: values.SEAL_PASSPHRASE,
    transit: address === null || token === null || key === null ? null : { url: address.replace(/\/+$/, ''), token, key },
  };
}

function alertingOf(values: Values, dataDirectory: string): AlertingConfig {
  const { SMTP_URL: smtpUrl, ALERT_EMAIL_FROM: from } = values;
  const to = given(values, 'ALERT_EMAIL_TO');
  return {
    rulesDirectory: resolve(values.DETECTION_RULES_DIR ?? join(dataDirectory, 'rules')),
    email: smtpUrl === null || from === null || to.length === 0 ? null : { smtpUrl, from, to },
    syslogUrl: values.ALERT_SYSLOG_URL,
    alertmanagerUrl: values.ALERT_ALERTMANAGER_URL,
    privateNetworks: given(values, 'OUTBOUND_PRIVATE_NETWORKS'),
  };
}

function objectStoreOf(values: Values): ObjectStoreConfig | null {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (endpoint === null || accessKeyId === null || secretAccessKey === null) return null;
  return { endpoint, accessKeyId, secretAccessKey, region: given(values, 'S3_REGION') };
}

function databaseOf(values: Values): DatabaseConfig {
  const url = values.DATABASE_URL;
  return {
    isEmbedded: isEmbedded(values),
    url,
    sequencerUrl: values.DATABASE_SEQUENCER_URL ?? url,
    workerUrl: values.DATABASE_WORKER_URL ?? url,
    migrationUrl: values.DATABASE_MIGRATION_URL,
    poolConnectionsMax: given(values, 'DATABASE_POOL_MAX'),
    statementTimeoutMillis: given(values, 'DATABASE_STATEMENT_TIMEOUT_MILLIS'),
  };
}
