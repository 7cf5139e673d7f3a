import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates, getCACertificates } from 'node:tls';
import { Client } from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { selfSigned } from '../harness/certificate.js';
import { removeEmbeddedPostgres } from '../harness/data-directory.js';
import { OWNER_PASSWORD } from '../harness/server.js';

/** Of the image. */
export const UID = 10_001;
/** Where containers have the socket of the database. */
export const SOCKET = '/run/postgresql';
/** Where they have their secrets. */
const SECRETS = '/run/secrets';

/** What an operator has ready before the first start: a database, secrets in files, places for what is kept. */
export class ProductionPlace {
  private constructor(
    readonly directory: string,
    private readonly postgres: EmbeddedPostgres,
    /** PEM of the server's own certificate, which nobody else vouches for. */
    readonly certificateFile: string,
  ) {}

  static async make(directory: string): Promise<ProductionPlace> {
    for (const name of ['secrets', 'data', 'anchors']) mkdirSync(join(directory, name), { recursive: true, mode: 0o711 });
    // Passable by the account of the database; given to that of the image.
    chmodSync(directory, 0o711);
    for (const name of ['data', 'anchors']) chownSync(join(directory, name), UID, UID);
    const { cert, key } = selfSigned('localhost');
    const place = new ProductionPlace(directory, await EmbeddedPostgres.start({ dataDirectory: join(directory, 'database'), report: () => undefined }), join(directory, 'secrets/tls.crt'));
    place.#openToOtherAccounts();
    const { app, sequencer, worker, migration } = place.postgres.urls();
    const secrets = { 'root.key': randomBytes(32), 'owner-password': OWNER_PASSWORD, 'tls.crt': cert, 'tls.key': key };
    const urls = { database_url: app, database_sequencer_url: sequencer, database_worker_url: worker, database_migration_url: migration };
    for (const [name, value] of Object.entries({ ...secrets, ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, inContainer(url)])) })) place.keep(name, value);
    setDefaultCACertificates([...getCACertificates('default'), cert]);
    return place;
  }

  /** Containers have accounts of their own; the database asks for a password. */
  #openToOtherAccounts(): void {
    chmodSync(this.#socketDirectory, 0o711);
    for (const name of readdirSync(this.#socketDirectory)) if (!name.endsWith('.lock')) chmodSync(join(this.#socketDirectory, name), 0o777);
  }

  get #socketDirectory(): string {
    return new URL(this.postgres.urls().app).searchParams.get('host')!;
  }

  /** A secret, for the account of the image and nobody else. */
  keep(name: string, value: string | Uint8Array): string {
    const file = this.secret(name);
    writeFileSync(file, value, { mode: 0o400 });
    chownSync(file, UID, UID);
    return file;
  }

  secret(name: string): string {
    return join(this.directory, 'secrets', name);
  }

  /** The words of `podman run` for all of it. */
  mounts(): readonly string[] {
    const volumes = { [join(this.directory, 'secrets')]: `${SECRETS}:ro`, [this.#socketDirectory]: SOCKET, [join(this.directory, 'data')]: '/var/lib/quantonium/data', [join(this.directory, 'anchors')]: '/var/lib/quantonium/anchors' };
    return Object.entries(volumes).flatMap(([from, to]) => ['--volume', `${from}:${to}`]);
  }

  /** Where the named volumes of compose.yaml are. */
  get volumes(): Readonly<Record<string, string>> {
    return { 'postgres-socket': this.#socketDirectory, data: join(this.directory, 'data'), anchors: join(this.directory, 'anchors') };
  }

  environment(port: number): Readonly<Record<string, string>> {
    const database = Object.fromEntries(['DATABASE_URL', 'DATABASE_SEQUENCER_URL', 'DATABASE_WORKER_URL', 'DATABASE_MIGRATION_URL'].map((name) => [`${name}_FILE`, `${SECRETS}/${name.toLowerCase()}`]));
    return { ...database, PORT: String(port), HOST: '127.0.0.1', PUBLIC_URL: `https://localhost:${port}`, TLS_CERT_FILE: `${SECRETS}/tls.crt`, TLS_KEY_FILE: `${SECRETS}/tls.key`, BOOTSTRAP_OWNER_PASSWORD_FILE: `${SECRETS}/owner-password`, ...FOR_LOAD };
  }

  /** As the database is before anybody has made logins: what the next installation is to make of it by itself. */
  async emptyDatabase(): Promise<void> {
    const logins = [this.postgres.urls().app, this.postgres.urls().sequencer, this.postgres.urls().worker, this.postgres.urls().migration].map((url) => new URL(url).username);
    await this.asSuperuser('DROP DATABASE quantonium WITH (FORCE)');
    for (const login of logins) {
      await this.asSuperuser(`DROP OWNED BY ${login}`);
      await this.asSuperuser(`DROP ROLE ${login}`);
    }
  }

  async asSuperuser(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.postgres.superuserUrl('postgres') });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  async close(): Promise<void> {
    await this.postgres.stop();
    removeEmbeddedPostgres(join(this.directory, 'database'));
  }
}

/** One client asks for more than a hundred people would, on a machine that has other things to do. */
export const FOR_LOAD = { RATE_LIMIT_PRINCIPAL_PER_MINUTE: '1000000', RATE_LIMIT_REGISTRY_PER_MINUTE: '1000000', LOAD_EVENT_LOOP_DELAY_MILLIS_MAX: '60000' };

export const asOptions = (environment: Readonly<Record<string, string>>): readonly string[] => Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

function inContainer(url: string): string {
  const there = new URL(url);
  there.searchParams.set('host', SOCKET);
  return there.href;
}
