import '../../boot/loader/node-version.js';
import { AuditLog } from '#modules/audit/index.js';
import { HEALTH_EVENTS } from '#modules/health/index.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { asMigrator } from '#platform/database/start-database.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { explain } from '../operator-errors.js';
import type { Manifest } from '../recovery/manifest.js';
import { takeBackup } from '../recovery/take-backup.js';
import { say, withSealedLedger } from './ledger-command.js';

const OPERATOR = systemPrincipal('operator');
const WITHOUT_BLOBS = '--without-blobs';

/**
 * `npm run backup -- DIRECTORY [--without-blobs]`: the database in one snapshot, and the blobs of the registry, in a new
 * directory that has its name once it is complete. Beside running servers, as the login that owns the schema: no other
 * reads every table. Needs no root key, and takes none along. The ledger records it with its digest.
 */
async function run(words: readonly string[]): Promise<void> {
  const [destination, flag, ...more] = words;
  if (destination === undefined || destination.startsWith('-') || more.length > 0 || (flag !== undefined && flag !== WITHOUT_BLOBS)) {
    throw new ConfigError([`backup takes the directory to make, and perhaps ${WITHOUT_BLOBS}`]);
  }
  // As a process that keeps the ledger, which is where a backup is recorded.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const made = await asMigrator(config, say, (urls) =>
    takeBackup(config, urls.migration, {
      destination,
      withBlobs: flag === undefined,
      record: (digest, manifest) => withSealedLedger(config, urls.migration, async (get) => void (await get(AuditLog).record({ kind: HEALTH_EVENTS['server.backup.create'], outcome: 'success', actor: OPERATOR, facts: factsOf(digest, manifest) }))),
    }),
  );
  const { tables, blobs, ledger } = made;
  process.stdout.write(`${destination} is complete: ${tables.length} tables with ${tables.reduce((sum, { rows }) => sum + rows, 0)} rows, ${blobs === null ? 'no blobs, as told' : `${blobs.count} blobs`}, ${made.bytes} bytes.\n`);
  if (blobs !== null && blobs.absent > 0) process.stdout.write(`${blobs.absent} blobs have rows and no bytes: they were lost before, or collected while the backup was made.\n`);
  process.stdout.write(ledger === null ? 'Its ledger has no checkpoint yet.\n' : `Its ledger is ${ledger.origin}, signed up to ${ledger.size} entries.\n`);
  process.stdout.write(`Its digest is ${made.digest}. It is recorded in the ledger; the root key is not in it.\n`);
}

function factsOf(digest: string, { ledger, blobs, takenAt }: Omit<Manifest, 'list'>): Readonly<Record<string, string | number>> {
  return {
    backupSha256: digest,
    takenAt,
    ...(ledger === null ? {} : { ledgerSize: ledger.size, ledgerRoot: ledger.root }),
    ...(blobs === null ? {} : { blobs: blobs.count }),
  };
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`backup: ${text}`);
  process.exitCode = exitCode;
}
