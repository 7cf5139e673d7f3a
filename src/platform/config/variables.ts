import { totalmem, availableParallelism } from 'node:os';
import { EXEMPTIONS } from './hardening.js';
import { OUTER_SERVICES } from './outer-services.js';
import { address, addresses, bucket, type Kind, cidrBlocks, crashPointName, databaseUrl, host, integer, keyName, oneOf, origins, passphrase, path, setOf, text, url, username } from './variable-kinds.js';

/** One variable: what `loadConfig` reads, and what a line of `.env.example` says. */
export interface Variable<T> {
  readonly kind: Kind<T>;
  /** Used when it is not given: a text for `kind`, or null for nothing. */
  readonly byDefault: string | null;
  /** What `.env.example` shows where the default depends on the machine. */
  readonly shownDefault?: string;
  /** Sentences for people. */
  readonly description: string;
  readonly group: 'Serving' | 'Storage' | 'Identity' | 'Ledger' | 'Alerting' | 'Limits' | 'Registry' | 'Simulation' | 'Secrets' | 'Operation';
  /** Never in a log; placeholders are refused in production. */
  readonly isSecret?: boolean;
  /**
   * Read anew while the process runs, and how much of it may be another one then: of an address its password, or login
   * and password. A server, a database or a duty that moves is another configuration, and takes a start.
   */
  readonly renewable?: 'whole' | 'password' | 'credentials';
  /** Its value is a path already: NAME_FILE would be a path to a path. */
  readonly isPath?: boolean;
}

function variable<T, const M extends Partial<Variable<T>>>(group: Variable<T>['group'], kind: Kind<T>, byDefault: string | null, description: string, more?: M): Variable<T> & M {
  return { group, kind, byDefault, description, ...more } as Variable<T> & M;
}

const SECRET = { isSecret: true } as const;
const RENEWED = { whole: { isSecret: true, renewable: 'whole' }, password: { isSecret: true, renewable: 'password' }, credentials: { isSecret: true, renewable: 'credentials' } } as const;
const PATH = { isPath: true } as const;
const MEBIBYTE = 1024 * 1024;
/** 2^50: beyond any machine, within the exact integers. */
const BYTES_MAX = 2 ** 50;
/** What this process may use: the memory of the machine, or of its container where that is less. */
const MEMORY_BYTES = Math.min(totalmem(), process.constrainedMemory() || Infinity);

/** Every variable that Quantonium reads, in the order of `.env.example`. */
export const VARIABLES = {
  PORT: variable('Serving', integer(0, 65535), '3000', 'Port of the API; 0 lets the system choose one.'),
  HOST: variable('Serving', host, '127.0.0.1', 'Address to listen on. Container images set 0.0.0.0.'),
  PUBLIC_URL: variable('Serving', url('http:', 'https:'), null, 'Where clients reach the server; the issuer of its tokens and the origin of its log. https in production.', { shownDefault: 'http://localhost:PORT' }),
  MANAGEMENT_PORT: variable('Serving', integer(0, 65535), null, 'Port of /metrics without a credential; not opened unless given. The API serves /metrics to who holds metrics:read.'),
  MANAGEMENT_HOST: variable('Serving', host, '127.0.0.1', 'Address of the management port.'),
  CORS_ORIGINS: variable('Serving', origins, '', 'Origins of browser applications that may call the API, comma-separated.'),
  TRUSTED_PROXIES: variable('Serving', cidrBlocks, '', 'Addresses or CIDR blocks of reverse proxies whose X-Forwarded-For is believed, comma-separated.'),
  TLS_CERT_FILE: variable('Serving', path, null, 'PEM certificate chain; with TLS_KEY_FILE the server speaks TLS 1.3 itself. Read again when it changes.', PATH),
  TLS_KEY_FILE: variable('Serving', path, null, 'PEM private key of TLS_CERT_FILE.', PATH),
  TLS_CLIENT_CA_FILE: variable('Serving', path, null, 'PEM certificates of the authorities whose client certificates service accounts may log in with.', PATH),

  QUANTONIUM_DATA_DIR: variable('Storage', path, './.data', 'Blobs, and the embedded Postgres where there is no DATABASE_URL.', PATH),
  DATABASE_URL: variable('Storage', databaseUrl, null, 'Postgres 15 or later, as the application login (role api). With none of the four: an embedded Postgres in the data directory. A process needs the URLs of its roles only.', RENEWED.password),
  DATABASE_SEQUENCER_URL: variable('Storage', databaseUrl, null, 'The same database as the login that sequences and signs the ledger (role ledger). Not given: DATABASE_URL, which production refuses.', { ...RENEWED.password, shownDefault: 'DATABASE_URL' }),
  DATABASE_WORKER_URL: variable('Storage', databaseUrl, null, 'The same database as the login that runs simulations (role worker). Not given: DATABASE_URL, which production refuses.', { ...RENEWED.password, shownDefault: 'DATABASE_URL' }),
  DATABASE_MIGRATION_URL: variable('Storage', databaseUrl, null, 'The same database as the login that owns the schema: this process migrates at its start, and is told all four (of logins it does not work with, without the password). Not given: the schema must be up to date (npm run migrate), unless DATABASE_URL owns it outside production.', SECRET),
  DATABASE_POOL_MAX: variable('Storage', integer(1, 100), '10', 'Connections that the pool of each login may open. Half as many more may only read.'),
  DATABASE_STATEMENT_TIMEOUT_MILLIS: variable('Storage', integer(100, 600_000), '15000', 'A statement that takes longer is cancelled, and its request answered with 503.'),
  S3_ENDPOINT: variable('Storage', url('http:', 'https:'), null, 'Object storage that speaks S3.'),
  S3_REGION: variable('Storage', text(64), 'us-east-1', 'Its region.'),
  S3_ACCESS_KEY_ID: variable('Storage', text(256), null, 'Its access key.', { renewable: 'whole' }),
  S3_SECRET_ACCESS_KEY: variable('Storage', text(256), null, 'Its secret key.', RENEWED.whole),
  REDIS_URL: variable('Storage', url('redis:', 'rediss:'), null, 'Redis 6 or later, which shares the counters of the rate limits between replicas: redis://login:password@host:port, or rediss: for TLS.', RENEWED.credentials),
  REDIS_CA_FILE: variable('Storage', path, null, 'PEM certificates of the authorities that alone vouch for it. Not given: those that Node knows.', PATH),

  ROOT_KEY_FILE: variable('Identity', path, null, 'The key above all others under SEAL=key-file. Created on a fresh database outside production; lost, everything under it is lost.', { ...PATH, shownDefault: '~/.config/quantonium/root.key' }),
  SEAL: variable('Identity', oneOf('key-file', 'passphrase', 'shamir', 'transit'), 'key-file', 'Where the key above all others comes from at the start: a file, a passphrase, shares that people give, another Transit server. To change it: npm run init-seal.'),
  SEAL_PASSPHRASE: variable('Identity', passphrase, null, 'For SEAL=passphrase.', SECRET),
  SEAL_TRANSIT_URL: variable('Identity', url('http:', 'https:'), null, 'For SEAL=transit: address of the other server, with the path of its mount: https://vault.example/v1/transit.'),
  SEAL_TRANSIT_TOKEN: variable('Identity', text(4096), null, 'Its token, which may encrypt and decrypt with the key. Renewed while that server lets it be.', RENEWED.whole),
  SEAL_TRANSIT_ROLE_ID: variable('Identity', text(256), null, 'In the place of a token: the role id of an AppRole of that server, which a token is got for at each start.', { renewable: 'whole' }),
  SEAL_TRANSIT_SECRET_ID: variable('Identity', text(4096), null, 'Its secret id.', RENEWED.whole),
  SEAL_TRANSIT_KEY: variable('Identity', keyName, null, 'The name of its key.'),
  JWT_ALGORITHM: variable('Identity', oneOf('ES256', 'EdDSA', 'RS256'), 'ES256', 'What the next key of access tokens is for; those that there are stay what they are, and good. RS256 has 3072 bits.'),
  SIGNING_KEY_ROTATION_DAYS: variable('Identity', integer(0, 3650), '90', "How long a signing key of the server's own signs before the next one does; 0: until somebody rotates it. The log's keys are never rotated."),
  ADMIN_MFA: variable('Identity', oneOf('required', 'optional'), null, 'Whether people whose roles change accounts or policy need a second factor: until they have one, they can do nothing but add it.', { shownDefault: 'required in production, else optional' }),
  BOOTSTRAP_OWNER_USERNAME: variable('Identity', username, 'owner', 'User name of the first account.'),
  BOOTSTRAP_OWNER_PASSWORD_FILE: variable('Identity', path, null, "File with the first account's password. Not given: one is made up, shown once, and must be changed.", PATH),
  REGISTRATION: variable('Identity', oneOf('off', 'open'), 'off', 'open: whoever reaches the server may make an account, which may do nothing until somebody gives it a role. Else accounts are made by administrators and by those whom they invite.'),

  AUDIT_RETENTION_DAYS: variable('Ledger', integer(90, 36_500), '400', 'Bodies of entries older than this are removed in whole tiles; hashes and checkpoints are kept, so that every proof still holds.'),
  AUDIT_ANCHOR_DIR: variable('Ledger', path, null, 'Checkpoints are appended to a file here, outside of the database and its data directory: a database that was rolled back is told by it.', { ...PATH, shownDefault: '~/.local/state/quantonium/anchors' }),
  AUDIT_ANCHOR_WEBHOOK_URL: variable('Ledger', url('http:', 'https:'), null, 'Every checkpoint that is anchored is also sent here, as text/plain.', RENEWED.whole),
  AUDIT_ANCHOR_S3_BUCKET: variable('Ledger', bucket, null, 'Every checkpoint that is anchored is also put into this bucket, best with an object lock. Needs the S3_ variables.'),
  AUDIT_WITNESS_POLICY_FILE: variable('Ledger', path, null, 'Witnesses and their quorum, in the format of c2sp.org/tlog-policy. With it, only checkpoints that have the quorum are shown.', PATH),

  DETECTION_RULES_DIR: variable('Alerting', path, null, 'Sigma rules (*.yml) of your own; one with the id of a rule that ships replaces it.', { ...PATH, shownDefault: 'rules in the data directory' }),
  ALERT_EMAIL_TO: variable('Alerting', addresses, '', 'Who is told of alerts by e-mail, comma-separated. Needs SMTP_URL.'),
  ALERT_EMAIL_FROM: variable('Alerting', address, null, 'Sender of these e-mails, and of those that invite people or let them set a password anew.'),
  SMTP_URL: variable('Alerting', url('smtp:', 'smtps:'), null, 'Mail server: smtps://login:password@host:port.', RENEWED.credentials),
  ALERT_SYSLOG_URL: variable('Alerting', url('tcp:', 'tls:'), null, 'Alerts as RFC 5424 lines over TCP, octet-counted: tcp://host:port or tls://host:port.'),
  ALERT_ALERTMANAGER_URL: variable('Alerting', url('http:', 'https:'), null, 'Base address of a Prometheus Alertmanager that takes alerts at /api/v2/alerts.'),
  OUTBOUND_PRIVATE_NETWORKS: variable('Alerting', cidrBlocks, '', 'Private addresses or CIDR blocks that webhooks may reach, comma-separated: none unless told.'),

  RATE_LIMIT_ANONYMOUS_PER_MINUTE: variable('Limits', integer(1, 1_000_000), '60', 'Requests of one address that end without a valid credential, over all routes together.'),
  RATE_LIMIT_PRINCIPAL_PER_MINUTE: variable('Limits', integer(1, 1_000_000), '600', 'Requests of one user or service account.'),
  RATE_LIMIT_REGISTRY_PER_MINUTE: variable('Limits', integer(1, 1_000_000), '12000', 'Requests of one user or service account to the container registry (/v2 and /token), which are counted by themselves.'),
  LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: variable('Limits', integer(50, 60_000), '1000', 'How late the event loop may be, twice in a row in the 99th percentile of a second: beyond, new requests are answered with 503 until it is not.'),
  LOAD_MEMORY_BYTES_MAX: variable('Limits', integer(MEBIBYTE, BYTES_MAX), String(Math.floor(MEMORY_BYTES * 0.9)), 'Memory of the process above which new requests are answered with 503.', { shownDefault: 'nine tenths of the memory of the machine or container' }),
  RATE_LIMIT_STORE: variable('Limits', oneOf('memory', 'postgres', 'redis'), null, 'Where these are counted: by each process for itself, or by all replicas together in Postgres or Redis.', { shownDefault: 'redis with REDIS_URL, else memory' }),

  REGISTRY_BLOB_ENCRYPTION: variable('Registry', oneOf('on', 'off'), 'on', 'Whether blobs are kept encrypted, each under a key of its own. Changed, it holds for what is pushed from then on; both kinds are read, and both tell when a byte was changed.'),
  REGISTRY_S3_BUCKET: variable('Registry', bucket, null, 'Blobs are kept in this bucket and not in the data directory; uploads are spooled there all the same. Needs the S3_ variables. Of several replicas each continues its own uploads, unless they share the data directory.'),
  REGISTRY_PUSH_LEASE_SECONDS: variable('Registry', integer(1, 604_800), '3600', 'How long content that was just pushed, mounted or asked for is kept though no manifest names it: what a push may take from its first layer to its manifest.'),
  REGISTRY_GC_GRACE_SECONDS: variable('Registry', integer(0, 31_536_000), '86400', 'How long content is kept that no manifest names any more.'),
  REGISTRY_GC_PERIOD_SECONDS: variable('Registry', integer(1, 86_400), '60', 'How often it is looked whether content is due to be removed: one indexed read when none is.'),
  REGISTRY_SCRUB_BYTES_PER_SECOND: variable('Registry', integer(0, BYTES_MAX), '8388608', 'How fast stored blobs are read over and over to find damage before a client does; 0 reads none.'),
  REGISTRY_PROJECT_QUOTA_BYTES: variable('Registry', integer(0, BYTES_MAX), '0', 'What the blobs of a project may take, unless its policy says otherwise; 0 is no limit.'),
  SIMULATION_MEMORY_BYTES_MAX: variable('Simulation', integer(MEBIBYTE, BYTES_MAX), String(Math.floor(MEMORY_BYTES / 2)), 'Memory that all running simulations of this process may take together; what needs more is refused before it is spent.', { shownDefault: 'half of the memory of the machine or container' }),
  SIMULATION_THREADS: variable('Simulation', integer(1, 1024), String(availableParallelism()), 'Worker threads, each running one simulation.', { shownDefault: 'the number of cores' }),
  SIMULATION_QUBITS_MAX: variable('Simulation', integer(1, 48), '32', 'Qubits of a program that is run as a state vector, whatever the memory.'),
  SIMULATION_SHOTS_MAX: variable('Simulation', integer(1, 100_000_000), '1000000', 'Shots of one job.'),
  SIMULATION_PROGRAM_BYTES_MAX: variable('Simulation', integer(1024, 3 * MEBIBYTE), String(MEBIBYTE), 'Size of one program in UTF-8; the body that carries it may have 4 MiB.'),
  SIMULATION_QUEUED_JOBS_MAX: variable('Simulation', integer(1, 1_000_000), '1000', 'Jobs of one project that may wait.'),
  SIMULATION_RUNNING_JOBS_MAX: variable('Simulation', integer(1, 1_000_000), '64', 'Jobs of one user or service account that run at once, on all workers together; its others wait.'),
  SIMULATION_COST_PER_HOUR: variable('Simulation', integer(1, 1_000_000_000_000), '20000000', 'Estimated cost of the simulations that one user or service account submits within an hour, in units of 2^20 updates of an amplitude: about as many milliseconds of one core.'),
  SIMULATION_COST_PER_DAY: variable('Simulation', integer(1, 1_000_000_000_000), '200000000', 'The same within a day.'),
  SIMULATION_WARM_UP: variable('Simulation', oneOf('on', 'off'), 'on', 'Whether threads practise on circuits of their own when the server has started, some hundred milliseconds each: the first simulation is as fast as the next then.'),
  SIMULATION_DURATION_MILLIS_MAX: variable('Simulation', integer(1000, 86_400_000), '600000', 'A simulation that runs longer is ended as failed.'),

  SECRETS_DIR: variable('Secrets', path, null, 'Directory with a file for each value that is to be read from it, under the name of its variable: a Kubernetes secret as it is mounted.', PATH),
  SECRETS_VAULT_URL: variable('Secrets', url('http:', 'https:'), null, 'Vault or OpenBao that vault:MOUNT/PATH#FIELD is read from (KV version 2): https://vault.example:8200.'),
  SECRETS_VAULT_NAMESPACE: variable('Secrets', text(256), null, 'Its namespace, where it has some.'),
  SECRETS_VAULT_TOKEN: variable('Secrets', text(4096), null, 'A token that may read there; or one of the two logins below.', RENEWED.whole),
  SECRETS_VAULT_ROLE_ID: variable('Secrets', text(256), null, 'Login by AppRole: the role id.', { renewable: 'whole' }),
  SECRETS_VAULT_SECRET_ID: variable('Secrets', text(4096), null, 'Login by AppRole: the secret id.', RENEWED.whole),
  SECRETS_VAULT_KUBERNETES_ROLE: variable('Secrets', text(256), null, "Login by the pod's service account: the role."),
  SECRETS_VAULT_KUBERNETES_TOKEN_FILE: variable('Secrets', path, '/var/run/secrets/kubernetes.io/serviceaccount/token', "Login by the pod's service account: its token.", PATH),
  SECRETS_VAULT_AUTH_MOUNT: variable('Secrets', keyName, null, 'Where the login is mounted.', { shownDefault: 'approle or kubernetes' }),
  VAULT_CA_FILE: variable('Secrets', path, null, 'PEM certificates of authorities that vouch for the servers of SECRETS_VAULT_URL and SEAL_TRANSIT_URL, besides those that Node knows.', PATH),

  QUANTONIUM_ROLES: variable('Operation', setOf('api', 'worker', 'ledger'), 'api,worker,ledger', 'What this process does: serve requests, run simulations, keep the ledger.'),
  NODE_ENV: variable('Operation', oneOf('development', 'test', 'production'), 'development', 'production refuses placeholder secrets, shared database logins, connections in clear, a root key in the data directory, and crash points.'),
  CLEAR_CONNECTIONS: variable('Operation', setOf(...OUTER_SERVICES), null, `What production may speak to in clear beyond this machine, because something else encrypts the way: comma-separated, of ${OUTER_SERVICES.join(', ')}.`),
  HARDENING_EXEMPTIONS: variable('Operation', setOf(...EXEMPTIONS), null, `What production may lack of what it demands of its surroundings, because it cannot be had there: comma-separated, of ${EXEMPTIONS.join(', ')}.`),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable('Operation', url('http:', 'https:'), null, 'Spans are exported here by OTLP over HTTP; none are unless it is given.'),
  LOG_LEVEL: variable('Operation', oneOf('debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info', 'The least severe lines that are written.'),
  SHUTDOWN_DELAY_MILLIS: variable('Operation', integer(0, 60_000), null, 'How long requests are still taken after SIGTERM, while load balancers learn that the server is not ready. Default: 5000 in production, else 0.'),
  SHUTDOWN_GRACE_MILLIS: variable('Operation', integer(0, 300_000), '10000', 'How long requests in flight may take after SIGTERM.'),
  QUANTONIUM_CRASH_AT: variable('Operation', crashPointName, null, 'For fault tests: the crash point at which the process kills itself, as name or name:n.'),
} as const;

export type VariableName = keyof typeof VARIABLES;

/** Those that are read anew while the process runs. */
export type RenewableName = { [N in VariableName]: (typeof VARIABLES)[N] extends { readonly renewable: string } ? N : never }[VariableName];

export const RENEWABLE_NAMES = (Object.keys(VARIABLES) as VariableName[]).filter((name): name is RenewableName => (VARIABLES[name] as Variable<unknown>).renewable !== undefined);

/** What a variable's text becomes. */
export type ValueOf<N extends VariableName> = (typeof VARIABLES)[N]['kind'] extends Kind<infer T> ? T : never;

/** All variables read: null where one was not given and has no default. */
export type Values = { readonly [N in VariableName]: ValueOf<N> | null };
