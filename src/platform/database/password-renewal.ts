import type { Pool } from 'pg';
import type { Config } from '../config/config.js';
import { Refused } from '../config/value-source.js';
import type { RenewableName } from '../config/variables.js';
import { databaseCode } from './database-faults.js';
import { drainPool, type PoolSettings, type Renewal, tryLogin } from './data-sources.js';
import type { GrantedRole } from './grants.js';

/** Which settings hold the address of a login, the first of them that is given. */
const SETTINGS_OF: Readonly<Record<GrantedRole, readonly RenewableName[]>> = {
  app: ['DATABASE_URL'],
  sequencer: ['DATABASE_SEQUENCER_URL', 'DATABASE_URL'],
  worker: ['DATABASE_WORKER_URL', 'DATABASE_URL'],
};

function settingOf({ live }: Pick<Config, 'live'>, login: GrantedRole): RenewableName | null {
  return SETTINGS_OF[login].find((name) => live.of(name) !== null) ?? null;
}

/**
 * How the pools of a login follow its password; null for a login that no setting holds, as those of the embedded server,
 * and where another address stands in its place, as the schema owner's does for what only that may do.
 */
export function renewalOf(config: Pick<Config, 'live' | 'database'>, login: GrantedRole, url: string): Renewal | null {
  const name = settingOf(config, login);
  if (config.database.isEmbedded || name === null || config.live.of(name) !== url) return null;
  return { url: () => config.live.of(name) ?? '', another: (used) => config.live.another(name, used) };
}

/**
 * Has a password that is read anew taken over by the pools of its login, once the server takes it: one that is written
 * down before the server was told waits for that, and the one before it stays in force.
 */
export function followPassword(config: Pick<Config, 'live' | 'database'>, settings: PoolSettings, login: GrantedRole, pools: readonly Pool[]): void {
  const name = settingOf(config, login);
  if (settings.renewal === undefined || name === null) return;
  config.live.adoptBy(name, {
    prove: (url) => tryLogin({ ...settings, url }).catch((error: unknown) => Promise.reject(new Refused(`is not what the database takes (${databaseCode(error) ?? 'no answer'})`, { cause: error }))),
    adopt: async () => void (await Promise.all(pools.map(drainPool))),
  });
}
