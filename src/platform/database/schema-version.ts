import { asLogin } from './boot-checks.js';
import { databaseCode } from './database-faults.js';
import { type Schema, SchemaAheadError, loginName, migrationNames } from './migration-runner.js';

/** The database lacks migrations that this version needs, or was never migrated for this login. */
export class SchemaBehindError extends Error {
  override readonly name = 'SchemaBehindError';

  constructor(what: string) {
    super(`${what}: run npm run migrate of this version with DATABASE_MIGRATION_URL`);
  }
}

/** No such schema, no such table, no right to read it: three ways of not having been migrated. */
const NOT_MIGRATED = new Set(['3F000', '42P01', '42501']);

/** Refuses a database whose migrations are not exactly those of the code, asked as a login that could not change them. */
export async function refuseOtherVersion(url: string, schema: Schema): Promise<void> {
  const executed = await asLogin(url, 'quantonium-check', async (client) => (await client.query<{ name: string }>('SELECT name FROM platform.migration')).rows.map(({ name }) => name)).catch((error: unknown) => {
    if (NOT_MIGRATED.has(databaseCode(error) ?? '')) throw new SchemaBehindError(`the database was not migrated for the login ${loginName(url)}`);
    throw error;
  });
  const known = migrationNames(schema);
  const unknown = executed.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SchemaAheadError(unknown.sort());
  const lacking = known.filter((name) => !executed.includes(name));
  if (lacking.length > 0) throw new SchemaBehindError(`the database lacks migrations of this version (${lacking.join(', ')})`);
}

/** Whether a login may migrate: it owns our schema, or may make one where there is none. */
export async function ownsSchema(url: string): Promise<boolean> {
  return asLogin(url, 'quantonium-check', async (client) => {
    const { rows } = await client.query<{ owns: boolean }>(
      "SELECT coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'platform'), has_database_privilege(current_database(), 'CREATE')) AS owns",
    );
    return rows[0]?.owns === true;
  });
}
