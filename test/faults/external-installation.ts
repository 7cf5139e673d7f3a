import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseUrls } from '#platform/database/database-urls.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { call } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { NetworkProxy } from '../harness/network-proxy.js';
import { type Place, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { inspect } from './ledger-inspection.js';
import { openSmallDisk, type SmallDisk } from './small-disk.js';
import type { Submissions } from './submissions.js';

/**
 * An installation whose Postgres is, to its servers, somebody else's: reached over TCP on the loopback, by way of a network
 * that can fail, and where it is asked for on a disk that can be full. This process keeps it up.
 */
export class ExternalInstallation {
  private constructor(
    readonly home: TestHome,
    readonly network: NetworkProxy,
    readonly disk: SmallDisk | null,
    private readonly postgres: EmbeddedPostgres,
  ) {}

  static async open(diskBytes: number | null = null): Promise<ExternalInstallation> {
    const home = await installedHome();
    const given = home.environment['QUANTONIUM_DATA_DIR']!;
    const disk = diskBytes === null ? null : diskUnder(join(home.directory, 'disk'), diskBytes);
    const dataDirectory = disk === null ? given : join(disk.directory, 'data');
    if (disk !== null) spawnSync('cp', ['-a', given, dataDirectory]);
    const postgres = await EmbeddedPostgres.start({ dataDirectory, report: () => undefined });
    return new ExternalInstallation(home, await NetworkProxy.before(postgres.superuserUrl()), disk, postgres);
  }

  /** Where servers find it: over the network that can fail. */
  get environment(): Readonly<Record<string, string>> {
    const urls: DatabaseUrls = this.network.through(this.postgres.urls());
    return { DATABASE_URL: urls.app, DATABASE_SEQUENCER_URL: urls.sequencer, DATABASE_WORKER_URL: urls.worker, DATABASE_MIGRATION_URL: urls.migration };
  }

  /** One that takes jobs and runs none of them: what is submitted is what the load costs. */
  start(environment: Readonly<Record<string, string>> = {}, place: Place = {}): Promise<RunningServer> {
    return startServer(this.home, { ...this.environment, QUANTONIUM_ROLES: 'api,ledger', SIMULATION_QUEUED_JOBS_MAX: '1000000', ...environment }, place);
  }

  /** Asked directly, whatever the network. */
  async look<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.postgres.superuserUrl() });
    await client.connect();
    return work(client).finally(() => client.end());
  }

  async close(): Promise<void> {
    this.network.close();
    await this.postgres.stop();
    this.disk?.close();
    await this.home.dispose();
  }
}

function diskUnder(directory: string, sizeBytes: number): SmallDisk {
  mkdirSync(directory);
  const disk = openSmallDisk(directory, sizeBytes, 100_000);
  // Passable: the database works under an account of its own.
  chmodSync(directory, 0o711);
  return disk;
}

/** What the jobs and their entries are, against what the clients were told. */
export interface Account {
  readonly acknowledged: number;
  readonly found: number;
  readonly lost: readonly string[];
  /** Keys under which there is more than one job. */
  readonly twice: readonly string[];
  /** What does not hold in the ledger. */
  readonly faults: readonly string[];
}

/** Holds the acknowledgements against the database, by the ids and by the names, which are the keys. */
export async function accountFor(client: pg.Client, { acknowledged, prefix }: Submissions): Promise<Account> {
  const { entryIds, faults } = await inspect(client);
  const jobs = (await client.query<{ id: string; name: string }>('SELECT id, name FROM simulation.job WHERE starts_with(name, $1)', [prefix])).rows;
  const keyed = new Map(jobs.map(({ id, name }) => [name, id]));
  const lost = [...acknowledged].filter(([key, { id, event }]) => keyed.get(key) !== id || (event !== null && !entryIds.has(event))).map(([key]) => key);
  const twice = [...new Set(jobs.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) !== at))];
  // What was just recorded has its leaf a moment later.
  return { acknowledged: acknowledged.size, found: jobs.length, lost, twice, faults: faults.filter((fault) => !fault.endsWith('has no leaf')) };
}

export async function probe(server: { readonly url: string }, name: 'ready' | 'live'): Promise<number> {
  return (await call(server, 'GET', `/health/${name}`)).status;
}

/** Milliseconds until the probe answers so; it is asked every 20 ms, for so long at most. */
export async function untilProbe(server: RunningServer, name: 'ready' | 'live', status: number, millisMax = 60_000): Promise<number> {
  const started = performance.now();
  while ((await probe(server, name)) !== status) {
    if (performance.now() - started > millisMax) throw new Error(`/health/${name} is not ${status} after ${millisMax} ms\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - started;
}
