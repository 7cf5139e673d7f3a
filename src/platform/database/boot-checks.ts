import { Client } from 'pg';
import type { Config } from '../config/config.js';
import { sessionSettings } from './data-sources.js';
import type { DatabaseUrls, RoleUrls } from './database-urls.js';
import { GRANTED_ROLES } from './grants.js';
import { loginName } from './migration-runner.js';

/** The server cannot keep what Quantonium promises. */
export class UnfitDatabaseError extends Error {
  override readonly name = 'UnfitDatabaseError';
}

/** It does not answer, or not to these logins: its operator may mend that without touching this process. */
export class UnreachableDatabaseError extends Error {
  override readonly name = 'UnreachableDatabaseError';
}

export interface ServerCheck {
  readonly separation: boolean;
  /** What the operator should know and may keep. */
  readonly findings: readonly string[];
}

/** uuid, xid8 and SECURITY DEFINER would run on 13; what is promised is what is tested. */
const VERSION_MIN = 150_000;

/** What the check asks with and about; the migration login only where this process has it. */
export type CheckedUrls = RoleUrls & Readonly<Partial<Pick<DatabaseUrls, 'migration'>>>;

/** Asks the server what it is and what the logins are, as one of them; refuses what would lose acknowledged deeds. */
export async function checkServer(urls: CheckedUrls, config: Pick<Config, 'production'>): Promise<ServerCheck> {
  const url = urls.migration ?? GRANTED_ROLES.map((role) => urls[role]).find((given) => given !== undefined);
  if (url === undefined) throw new Error('there is no login to ask the server with');
  return asLogin(url, 'quantonium-check', async (client) => {
    await refuseUnfit(client);
    await refuseHalfRestored(client);
    const problem = await separationProblem(client, urls);
    if (problem === null) return { separation: true, findings: [] };
    if (config.production) throw new UnfitDatabaseError(`production refuses to run without separate database logins: ${problem}`);
    return { separation: false, findings: [`the separation of database logins is off: ${problem}`] };
  });
}

/** One short session, before there are pools. */
export async function asLogin<T>(url: string, applicationName: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(sessionSettings({ url, applicationName, connectionsMax: 1, statementTimeoutMillis: 10_000, onError: () => undefined }));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

async function refuseUnfit(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string; fsync: string; pages: string }>(
    "SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages",
  );
  const reason = whyUnfit(rows[0]!);
  if (reason !== null) throw new UnfitDatabaseError(reason);
}

/** Null: what is acknowledged stays, and what is promised was tested on such a server. */
export function whyUnfit({ version, fsync, pages }: { readonly version: string; readonly fsync: string; readonly pages: string }): string | null {
  if (Number(version) < VERSION_MIN) return `Postgres ${Math.floor(Number(version) / 10_000)} is too old: 15 or later is needed`;
  return fsync === 'on' && pages === 'on' ? null : 'the server runs with fsync or full_page_writes off: a power cut would lose what was acknowledged';
}

/** What came from a backup and is not finished would bring back to life what was revoked or erased since. */
async function refuseHalfRestored(client: Client): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>("SELECT to_regclass('platform.restoration') IS NOT NULL AS present");
  if (rows[0]?.present !== true) return;
  const { rowCount } = await client.query('SELECT FROM platform.restoration');
  if (rowCount !== 0) throw new UnfitDatabaseError('a backup was loaded into this database and the restore did not come to its end: run npm run restore again, with the same backup');
}

/** Why the logins are not separate, as a clause; null when they are. */
async function separationProblem(client: Client, urls: CheckedUrls): Promise<string | null> {
  const working = GRANTED_ROLES.flatMap((role) => urls[role] ?? []).map(loginName);
  const logins = [...working, ...(urls.migration === undefined ? [] : [loginName(urls.migration)])];
  if (new Set(logins).size < logins.length) return 'one login is used for more than one of application, sequencer, worker and migration';
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles WHERE rolsuper AND rolname = ANY($1)', [working]);
  if (rows[0] !== undefined) return `${rows[0].name} is a superuser`;
  const { rows: members } = await client.query<{ one: string; other: string }>(
    `SELECT a AS one, b AS other FROM unnest($1::text[]) a, unnest($1::text[]) b WHERE a <> b AND pg_has_role(a, b, 'MEMBER') AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = a)`,
    [logins],
  );
  if (members[0] !== undefined) return `${members[0].one} is a member of ${members[0].other}`;
  // Also where the migration login is not told: the database knows who it is.
  const { rows: owners } = await client.query<{ name: string }>("SELECT a AS name FROM unnest($1::text[]) a, pg_namespace WHERE nspname = 'platform' AND pg_has_role(a, nspowner, 'MEMBER')", [working]);
  return owners[0] === undefined ? null : `${owners[0].name} owns the schema`;
}
