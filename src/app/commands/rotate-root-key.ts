import '../../boot/loader/node-version.js';
import { AuditLog, LedgerVerifier } from '#modules/audit/index.js';
import { CRYPTO_EVENTS, Seal } from '#modules/crypto/index.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { asMigrator } from '#platform/database/start-database.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { verifyAuditHead } from '../../boot/verify-audit-head.js';
import { explain } from '../operator-errors.js';
import { say, withLedger } from './ledger-command.js';

/**
 * `npm run rotate-root-key [-- --drop-foreign-keys]`: makes a new root key, wraps the keys of all projects under it, and destroys the former one.
 * As the login that owns the schema, servers stopped or running, with the settings of the server's seal. All in one
 * transaction and recorded in it: stopped at any point it has done all or nothing, and is run again. Keys of projects
 * that do not open keep it from being done, unless it is told to drop them.
 */
const DROP_FOREIGN = '--drop-foreign-keys';
const OPERATOR = systemPrincipal('rotate-root-key');

function orderOf(words: readonly string[]): { readonly dropsForeign: boolean } {
  if (words.some((word) => word !== DROP_FOREIGN)) throw new ConfigError([`rotate-root-key takes ${DROP_FOREIGN} and nothing else`]);
  return { dropsForeign: words.includes(DROP_FOREIGN) };
}

async function run(): Promise<void> {
  const order = orderOf(process.argv.slice(2));
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const rotated = await asMigrator(config, say, (urls) =>
    withLedger(config, urls.migration, async (_, get) => {
      // Whoever adds to the ledger looks first whether it may.
      await verifyAuditHead(get(LedgerVerifier));
      const log = get(AuditLog);
      return get(Seal).work.rotateRootKey(get(SequencerUnitOfWork), order, async (tx, { formerVersion, version, projectKeys, dropped }) => {
        await log.append(tx, { kind: CRYPTO_EVENTS['crypto.root-key.rotate'], outcome: 'success', actor: OPERATOR, facts: { formerVersion, version, projectKeys, dropped: dropped.length } });
      });
    }),
  );
  process.stdout.write(`Root key ${rotated.version} is in the place of ${rotated.formerVersion}: ${rotated.projectKeys} keys are wrapped under it. Copies of the database from before still open under the former one, with the seal of then.\n`);
  if (rotated.dropped.length > 0) process.stdout.write(`These projects had keys that did not open, and have none until they need one: ${rotated.dropped.join(', ')}\n`);
}

try {
  await run();
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`rotate-root-key: ${text}`);
  process.exitCode = exitCode;
}
