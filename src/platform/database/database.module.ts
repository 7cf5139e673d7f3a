import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { Metrics } from '../metrics/metrics.js';
import { Clock } from '../system/clock.js';
import { poolSource, readerPool } from './data-sources.js';
import { DatabasePulse } from './database-pulse.js';
import { LOGIN_OF, type RoleUrls } from './database-urls.js';
import { ExpiredKeys } from './expired-keys.js';
import type { GrantedRole } from './grants.js';
import { measurePools, measureWork, poolOf } from './measured-pools.js';
import { OpenSessions } from './open-sessions.js';
import { followPassword, renewalOf } from './password-renewal.js';
import { SequencerUnitOfWork, UnitOfWork, type WorkObserver, WorkerUnitOfWork } from './unit-of-work.js';
import { VersionCounters } from './version-counters.js';

/** The open pools of this process: none for the logins of roles that it does not have. */
export class Pools {
  #isClosing = false;

  private constructor(
    readonly sources: Readonly<Partial<Record<GrantedRole, DataSource>>>,
    /** Of the same logins. They open their first connection when something is read. */
    readonly readers: Readonly<Partial<Record<GrantedRole, Pool>>>,
    /** One a process, by the first of its logins: they are all of one database. */
    readonly pulse: DatabasePulse,
  ) {}

  /** Opens the pools that the roles need; each with one connection at once, so that a wrong password fails the boot. */
  static async open(config: Config, urls: RoleUrls, clock: Clock, onError: (error: Error) => void): Promise<Pools> {
    // Of a pool that ends, the driver says so before its connections have ended: that a server which stops next takes one
    // of them away is no error then.
    const report = (error: Error): void => (pools !== null && pools.#isClosing ? undefined : onError(error));
    let pools: Pools | null = null;
    const logins = [...config.roles].map((role) => LOGIN_OF[role]);
    const sessions = new OpenSessions();
    const { poolConnectionsMax: connectionsMax, statementTimeoutMillis } = config.database;
    const settings = (login: GrantedRole) => {
      const url = urls[login];
      if (url === undefined) throw new Error(`there is no URL for the login ${login}, which the roles need`);
      const renewal = renewalOf(config, login, url);
      return { url, applicationName: `quantonium-${login}`, connectionsMax, statementTimeoutMillis, onError: report, sessions, ...(renewal === null ? {} : { renewal }) };
    };
    const sources = await Promise.all(logins.map(async (login) => [login, await poolSource(settings(login)).initialize()] as const));
    const readers = logins.map((login) => [login, readerPool({ ...settings(login), connectionsMax: Math.ceil(connectionsMax / 2) })] as const);
    const pulse = new DatabasePulse({ ...settings(logins[0]!), applicationName: 'quantonium-pulse' }, sessions, clock, (line) => report(new Error(line)));
    pools = new Pools(Object.fromEntries(sources), Object.fromEntries(readers), pulse);
    pulse.start();
    for (const login of logins) followPassword(config, settings(login), login, [...pools.of(login)]);
    return pools;
  }

  private of(login: GrantedRole): readonly Pool[] {
    const [source, reader] = [this.sources[login], this.readers[login]];
    return [...(source === undefined ? [] : [poolOf(source)]), ...(reader === undefined ? [] : [reader])];
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.pulse.stop();
    await Promise.all([...Object.values(this.sources).map((source) => source.destroy()), ...Object.values(this.readers).map((pool) => pool.end())]);
  }
}

export interface DatabaseModuleOptions {
  readonly config: Config;
  readonly urls: RoleUrls;
  /** Told of errors on idle connections, and of a database that falls silent or speaks again. */
  readonly onError: (error: Error) => void;
}

/**
 * The three units of work, one a login. All three can be injected everywhere; one whose role the process was not
 * given refuses to run, so that a wiring does not depend on the roles and a misuse is loud.
 */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @Inject(Pools) private readonly pools: Pools,
    metrics: Metrics,
  ) {
    measurePools(metrics, pools.sources, pools.readers);
  }

  static forRoot({ config, urls, onError }: DatabaseModuleOptions): DynamicModule {
    const unitOfWork = <T>(token: new (source: DataSource | null, readers: Pool | null, observer: WorkObserver) => T, login: GrantedRole) => ({
      provide: token,
      useFactory: (pools: Pools, metrics: Metrics, clock: Clock) => new token(pools.sources[login] ?? null, pools.readers[login] ?? null, measureWork(metrics, clock, login)),
      inject: [Pools, Metrics, Clock],
    });
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: Pools, useFactory: (clock: Clock) => Pools.open(config, urls, clock, onError), inject: [Clock] },
        { provide: DatabasePulse, useFactory: ({ pulse }: Pools) => pulse, inject: [Pools] },
        unitOfWork(UnitOfWork, 'app'),
        unitOfWork(SequencerUnitOfWork, 'sequencer'),
        unitOfWork(WorkerUnitOfWork, 'worker'),
        VersionCounters,
        ExpiredKeys,
      ],
      exports: [UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork, DatabasePulse, VersionCounters, ExpiredKeys],
    };
  }

  /** Nest's last hook: nobody below needs the database any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.pools.close();
  }
}
