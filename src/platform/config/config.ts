import type { VaultCredential } from '#platform/vault/vault-session.js';
import type { HeldPassphrase } from './held-passphrase.js';
import type { LiveSettings } from './live-settings.js';

/**
 * Seen by everybody, read once: `loadConfig` in `load-config.ts` makes the one instance, frozen. What `live` may read anew
 * (passwords, tokens, keys) is behind getters: whoever reads one at each use has the one of the moment.
 */
export type ProcessRole = 'api' | 'worker' | 'ledger';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface HttpConfig {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Without a trailing slash; what tokens and links name as their origin. */
  readonly publicUrl: string;
  readonly corsOrigins: readonly string[];
  /** CIDR blocks whose `X-Forwarded-For` is believed; never "everybody". */
  readonly trustedProxies: readonly string[];
  /** Both or neither. */
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly clientAuthoritiesFile: string | null } | null;
}

export interface ManagementConfig {
  /** Null: no management port. */
  readonly port: number | null;
  readonly host: string;
}

export interface DatabaseConfig {
  /** A Postgres of our own; then all four URLs are null. */
  readonly isEmbedded: boolean;
  /** As the application login; null in a process that neither serves requests nor migrates. */
  readonly url: string | null;
  /** DATABASE_URL where it was not given, which production refuses for a login that the process works with. */
  readonly sequencerUrl: string | null;
  readonly workerUrl: string | null;
  /** Null: this process does not migrate, unless it holds one login for everything. */
  readonly migrationUrl: string | null;
  /** Connections of each login's pool. */
  readonly poolConnectionsMax: number;
  readonly statementTimeoutMillis: number;
}

export interface ObjectStoreConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LedgerConfig {
  readonly retentionDays: number;
  /** Absolute; outside of the data directory in production. */
  readonly anchorDirectory: string;
  readonly anchorWebhookUrl: string | null;
  readonly anchorBucket: string | null;
  /** Absolute. Null: no witnesses. */
  readonly witnessPolicyFile: string | null;
}

export interface AlertingConfig {
  /** Absolute; need not exist. */
  readonly rulesDirectory: string;
  /** Null: no e-mail. `to` is told of alerts, and may be nobody: letters to people name their own address. */
  readonly email: { readonly smtpUrl: string; readonly from: string; readonly to: readonly string[] } | null;
  readonly syslogUrl: string | null;
  readonly alertmanagerUrl: string | null;
  /** CIDR blocks of private addresses that webhooks may reach all the same. */
  readonly privateNetworks: readonly string[];
}

export interface SimulationConfig {
  /** For all simulations that run at once in this process. */
  readonly memoryBytesMax: number;
  readonly threads: number;
  readonly qubitsMax: number;
  readonly shotsMax: number;
  readonly programBytesMax: number;
  /** Of queued jobs of one project; further submissions are refused. */
  readonly queuedJobsMax: number;
  /** Of running jobs of one principal, on all workers together; its others wait. */
  readonly runningJobsMax: number;
  /** Of what one principal submits within each, in units of estimated cost. */
  readonly budgets: { readonly hour: number; readonly day: number };
  /** Threads run circuits of their own before anybody asks. */
  readonly warmsUp: boolean;
  readonly durationMillisMax: number;
}

export interface RegistryConfig {
  /** Null: blobs are kept in the data directory. */
  readonly bucket: string | null;
  readonly encryptsBlobs: boolean;
  /** Of content that an answer spoke of, until a manifest names it. */
  readonly pushLeaseMillis: number;
  /** Of content that no manifest names any more. */
  readonly gcGraceMillis: number;
  readonly gcPeriodMillis: number;
  /** 0: nothing is read over. */
  readonly scrubBytesPerSecond: number;
  /** Of a project without one of its own; null: none. */
  readonly projectQuotaBytes: number | null;
}

/** Of a window of a minute, each. */
export interface RateLimitConfig {
  /** Where hits are counted; `redis` only with a `redis`. */
  readonly store: 'memory' | 'postgres' | 'redis';
  readonly anonymousPerMinute: number;
  readonly principalPerMinute: number;
  /** Of one principal at `/v2`. */
  readonly registryPerMinute: number;
}

/** Above which new requests are refused, so that those under way can end. */
export interface LoadConfig {
  /** Of the event loop: 99th percentile of a second. */
  readonly delayMillisMax: number;
  /** Of the process. */
  readonly memoryBytesMax: number;
}

/** Where the key above all others comes from; the secrets of other seals may be there too, to move from one to another. */
export interface SealConfig {
  readonly type: 'key-file' | 'passphrase' | 'shamir' | 'transit';
  readonly passphrase: HeldPassphrase | null;
  readonly transit: { readonly url: string; readonly key: string; readonly credential: VaultCredential; readonly authoritiesFile: string | null } | null;
}

/** The server that `vault:` references are read from. */
export interface VaultConfig {
  /** With `/v1`. */
  readonly base: string;
  readonly namespace: string | null;
  /** Absolute; of PEM certificates. */
  readonly authoritiesFile: string | null;
  readonly credential: VaultCredential;
}

/** Where replicas count together. */
export interface RedisConfig {
  /** With login and password: read at each use. */
  readonly url: string;
  /** Absolute; of PEM certificates. Null: what Node believes. */
  readonly authoritiesFile: string | null;
}

/** Also the injection token of the configuration. */
export class Config {
  readonly production!: boolean;
  /** Of people whose roles decide who may do what. */
  readonly administratorsNeedSecondFactor!: boolean;
  readonly http!: HttpConfig;
  readonly management!: ManagementConfig;
  readonly database!: DatabaseConfig;
  readonly redis!: RedisConfig | null;
  readonly registry!: RegistryConfig;
  readonly roles!: ReadonlySet<ProcessRole>;
  /** Absolute. */
  readonly dataDirectory!: string;
  /** Absolute. */
  readonly rootKeyFile!: string;
  readonly live!: LiveSettings;
  readonly seal!: SealConfig;
  /** Null: no setting is read from one. */
  readonly vault!: VaultConfig | null;
  readonly signingKeys!: {
    /** Null: only by hand. */
    readonly rotationMillis: number | null;
    /** Of keys for access tokens that are made from now on. */
    readonly jwtAlgorithm: 'ES256' | 'EdDSA' | 'RS256';
  };
  readonly bootstrap!: { readonly ownerUsername: string; readonly ownerPasswordFile: string | null };
  /** Whether strangers may make themselves an account. */
  readonly registration!: 'off' | 'open';
  readonly rateLimits!: RateLimitConfig;
  readonly load!: LoadConfig;
  readonly ledger!: LedgerConfig;
  readonly alerting!: AlertingConfig;
  readonly objectStore!: ObjectStoreConfig | null;
  readonly simulation!: SimulationConfig;
  /** OTLP over HTTP; null: spans go nowhere. */
  readonly tracing!: { readonly otlpEndpoint: string | null };
  readonly logging!: { readonly level: LogLevel };
  /** From SIGTERM, with readiness off, to the end of accepting. */
  readonly shutdownDelayMillis!: number;
  /** From SIGTERM to the last answer. */
  readonly shutdownGraceMillis!: number;
  /** `name` or `name:n`: the process kills itself when it passes that crash point (for the n-th time). */
  readonly crashAt!: string | null;

  constructor(fields: Config) {
    // With their getters, which an assignment would read once and for all.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(fields));
    freezeDeep(this);
  }
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freezeDeep(member);
}
