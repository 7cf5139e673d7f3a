import '../../boot/loader/node-version.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { asMigrator, startDatabase } from '#platform/database/start-database.js';
import { SCHEMA } from '../../../migrations/index.js';
import { explain } from '../operator-errors.js';
import { type LedgerTools, say, withLedger } from './ledger-command.js';

/**
 * `npm run audit-standing [-- clear]`: says whether the ledger may be signed, and what those outside hold against it;
 * `clear` ends FORKED, if they agree again, as the login that owns the schema: the sequencer's may not. Safe beside running servers, which sign again with their next turn.
 *
 * Exit code 0: it may be signed. 1: it may not, with the reason.
 */
async function show({ attestation }: LedgerTools): Promise<void> {
  const reason = await attestation.watch.standing();
  const contradiction = await attestation.watch.examine('all');
  if (reason === null && contradiction === null) return void process.stdout.write('The ledger is signed; nothing outside contradicts it.\n');
  process.exitCode = 1;
  process.stdout.write(reason === null ? `NOT YET FORKED, and will be: ${contradiction}.\n` : `FORKED: ${reason}.\n${contradiction === null ? 'Those outside agree again: `npm run audit-standing -- clear` ends it.' : `Still so: ${contradiction}.`}\n`);
}

async function clear({ succession }: LedgerTools): Promise<void> {
  await succession.resume();
  process.stdout.write('The ledger is signed again. It is recorded.\n');
}

async function run(words: readonly string[]): Promise<void> {
  const [order, ...more] = words;
  if (more.length > 0 || (order !== undefined && order !== 'clear')) throw new ConfigError(['audit-standing takes nothing, or `clear`']);
  // As a process that keeps the ledger: it holds that login and no other.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  if (order === 'clear') return asMigrator(config, say, (urls) => withLedger(config, urls.migration, clear));
  const database = await startDatabase(config, SCHEMA, say);
  try {
    await withLedger(config, database.urls.sequencer!, show);
  } finally {
    await database.stop();
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`audit-standing: ${text}`);
  process.exitCode = exitCode;
}
