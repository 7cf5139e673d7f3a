import { Client } from 'pg';
import type { Randomness } from '../../system/randomness.js';
import { quoteIdentifier } from '../grants.js';
import { type Credentials, LOGINS } from './cluster.js';
import { scramVerifier } from './scram.js';

/**
 * What a login may hold and for how long, whoever connects with it. The pools set the same and tighter bounds for
 * themselves; these hold for a stolen password as well. Connections: pools of ten for several processes, with room.
 */
const LIMITS: Readonly<Record<keyof typeof LOGINS, { readonly connections: number; readonly settings: Readonly<Record<string, string>> }>> = {
  app: { connections: 80, settings: { statement_timeout: '30s', idle_in_transaction_session_timeout: '30s', lock_timeout: '10s' } },
  sequencer: { connections: 40, settings: { statement_timeout: '60s', idle_in_transaction_session_timeout: '60s', lock_timeout: '10s' } },
  worker: { connections: 40, settings: { statement_timeout: '60s', idle_in_transaction_session_timeout: '60s', lock_timeout: '10s' } },
  migration: { connections: 10, settings: { idle_in_transaction_session_timeout: '300s' } },
};

/** `quantonium` in letters, as a number: starters of all processes wait for one another here. */
const SETUP_LOCK = 0x51_75_61_6f;

/** Makes the four logins and the database where they are missing. Each step can be the last before a crash. */
export async function ensureLogins(superuserUrl: string, database: string, credentials: Credentials, randomness: Randomness): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    if (await isComplete(client, database)) return;
    // A session lock, since CREATE DATABASE cannot stand in a transaction; the session ends with this function.
    await client.query('SELECT pg_advisory_lock($1)', [SETUP_LOCK]);
    for (const role of Object.keys(LOGINS) as (keyof typeof LOGINS)[]) {
      await ensureLogin(client, role, scramVerifier(credentials[role], randomness.bytes(16)));
    }
    await ensureDatabase(client, database);
  } finally {
    await client.end();
  }
}

/** The last step of the making is the comment on the database: with it, every step before was done. */
const COMPLETE = 'Quantonium';

async function isComplete(client: Client, database: string): Promise<boolean> {
  const { rows } = await client.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [database],
  );
  return rows[0]?.comment === COMPLETE;
}

async function ensureLogin(client: Client, role: keyof typeof LOGINS, verifier: string): Promise<void> {
  const name = quoteIdentifier(LOGINS[role]);
  const { connections, settings } = LIMITS[role];
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [LOGINS[role]]);
  if (rowCount === 0) {
    await client.query(`CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT CONNECTION LIMIT ${connections} PASSWORD '${verifier}'`);
  }
  for (const [setting, value] of Object.entries(settings)) await client.query(`ALTER ROLE ${name} SET ${setting} = '${value}'`);
}

/** A database that belongs to the migration login, open to our logins alone. */
export async function ensureDatabase(client: Client, database: string): Promise<void> {
  const name = quoteIdentifier(database);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${quoteIdentifier(LOGINS.migration)} TEMPLATE template0`);
  await closeDatabase(client, database);
  await client.query(`COMMENT ON DATABASE ${name} IS '${COMPLETE}'`);
}

/** CONNECT and TEMPORARY are PUBLIC's from birth, and a copied database is born anew. */
export async function closeDatabase(client: Client, database: string): Promise<void> {
  const name = quoteIdentifier(database);
  const logins = Object.values(LOGINS).map(quoteIdentifier).join(', ');
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${logins}`);
}
