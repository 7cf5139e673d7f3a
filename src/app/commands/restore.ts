import '../../boot/loader/node-version.js';
import { parseArgs } from 'node:util';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { asMigrator } from '#platform/database/start-database.js';
import { explain } from '../operator-errors.js';
import type { Finished } from '../recovery/finish-restore.js';
import { type RestoreOrder, restoreBackup } from '../recovery/restore-backup.js';
import { say } from './ledger-command.js';
import { openSealOf } from './open-seal.js';

const USAGE = 'restore takes the directory of a backup, and perhaps --erasures FILE or --without-erasures, --digest SHA256, --revoke-programs';

/**
 * `npm run restore -- DIRECTORY`: loads a backup into an empty database, as the login that owns the schema, with the root
 * key that the backup was made under. A restore that broke off is begun again with the same words. No server starts in
 * between. Options: where it stands who was erased since (--erasures FILE; the journal beside the anchors unless told), or
 * that nobody knows (--without-erasures); the digest that the backup must have (--digest); and that keys, secrets and
 * certificates of programs end (--revoke-programs), because some of them were taken away since.
 */
function parse(words: readonly string[]): RestoreOrder {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { erasures: { type: 'string' }, 'without-erasures': { type: 'boolean' }, digest: { type: 'string' }, 'revoke-programs': { type: 'boolean' } },
    });
    const [directory, ...more] = positionals;
    const { erasures = null, digest = null } = values;
    if (directory !== undefined && more.length === 0 && (erasures === null || values['without-erasures'] !== true) && (digest === null || /^[0-9a-f]{64}$/.test(digest))) {
      return { directory, erasures, withoutErasures: values['without-erasures'] === true, digest, withPrograms: values['revoke-programs'] === true };
    }
  } catch {
    // An option that there is not.
  }
  throw new ConfigError([USAGE]);
}

/** Of FORKED; servers may run meanwhile, and record. */
const WAYS_OUT = {
  contradicted: 'If a newer backup, or the database itself, can still be had, restore that into another database instead. If not: npm run succeed-log (docs/ledger.md).',
  unknown: 'If deeds may have been signed after the backup: npm run succeed-log. If none were, because the servers had ended in order before it was made: npm run audit-standing -- clear (docs/ledger.md).',
} as const;

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(words: readonly string[]): Promise<void> {
  const order = parse(words);
  // As processes that serve requests and keep the ledger: what is ended is of both.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'api,ledger' });
  const finished = await asMigrator(config, say, (urls) => restoreBackup(config, urls, order, { tell, unseal: (get) => openSealOf(get, say) }));
  report(finished);
}

function report({ verified, mismatches, erasedAgain, ended, forked, isContradicted }: Finished): void {
  tell(mismatches.length === 0 ? `The ledger verifies: ${verified} entries lead to the root of its last checkpoint, and every checkpoint follows the one before.` : `THE LEDGER DOES NOT VERIFY, in ${mismatches.length} places:\n  ${mismatches.join('\n  ')}`);
  tell(`Erased again: ${erasedAgain} persons. Ended: ${Object.entries(ended).map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'}.`);
  tell('What stands as the backup has it, whatever has become of it since: passwords, second factors, roles, and keys of programs unless they were revoked by --revoke-programs. Do again what was taken away since, and revoke signing keys again (docs/operations.md).');
  if (mismatches.length > 0) process.exitCode = 1;
  if (forked === null) return tell('Somebody outside vouches for the last checkpoint, and nobody contradicts it: the ledger is signed on. Start the server.');
  tell(`THE LEDGER IS FORKED, and nothing is signed: ${forked}.`);
  tell(isContradicted ? WAYS_OUT.contradicted : WAYS_OUT.unknown);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`restore: ${text}`);
  process.exitCode = exitCode;
}
