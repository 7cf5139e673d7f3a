import '../../boot/loader/node-version.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { migrateDown, migrateUp } from '#platform/database/migration-runner.js';
import { asMigrator } from '#platform/database/start-database.js';
import { SCHEMA } from '../../../migrations/index.js';
import { explain } from '../operator-errors.js';

/**
 * `npm run migrate [-- up | down [COUNT]]`: brings the schema up to this version and gives every login its rights, or
 * undoes the last COUNT migrations (one unless told). For installations whose servers do not hold the owner's
 * password: run it once, with DATABASE_MIGRATION_URL and the names of the other three logins, before they start.
 * All in one transaction and under a lock: what fails leaves nothing, and two runs come one after the other.
 */
const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** Null: not a call that this command knows. */
function parse(words: readonly string[]): { readonly direction: 'up' | 'down'; readonly count: number } | null {
  const [direction = 'up', count, ...more] = words;
  if (more.length > 0) return null;
  if (direction === 'up') return count === undefined ? { direction, count: 0 } : null;
  if (direction !== 'down' || !/^[1-9][0-9]{0,3}$/.test(count ?? '1')) return null;
  return { direction, count: Number(count ?? '1') };
}

async function migrate(words: readonly string[]): Promise<void> {
  const order = parse(words);
  if (order === null) throw new ConfigError(['migrate takes nothing, `up`, or `down` with how many migrations to undo']);
  const config = await readConfig(readEnvironment());
  const names = await asMigrator(config, log, (urls) => (order.direction === 'up' ? migrateUp(urls, SCHEMA) : migrateDown(urls, SCHEMA, order.count)));
  for (const name of names) process.stdout.write(`${order.direction} ${name}\n`);
  if (names.length === 0) process.stdout.write(order.direction === 'up' ? 'The schema is up to date; the rights of the logins were set again.\n' : 'There is nothing to undo.\n');
}

try {
  await migrate(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  log(`migrate: ${text}`);
  process.exitCode = exitCode;
}
