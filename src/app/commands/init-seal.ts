import '../../boot/loader/node-version.js';
import { dirname } from 'node:path';
import { AuditLog } from '#modules/audit/index.js';
import { CRYPTO_EVENTS, Seal } from '#modules/crypto/index.js';
import { readEnvironment } from '#platform/config/environment.js';
import { readConfig } from '#platform/config/read-config.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { asMigrator } from '#platform/database/start-database.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SCHEMA } from '../../../migrations/index.js';
import { bindingRecord } from '../../boot/unseal-keyring.js';
import { explain } from '../operator-errors.js';
import { say, withSealedLedger } from './ledger-command.js';
import { sealOrder } from './seal-order.js';
import { ShareHoldersAtHand } from './share-holders.js';

/**
 * `npm run init-seal [-- --shares N --threshold K]`: puts the database under the seal that SEAL and its variables name.
 * A fresh database gets its first keys; one that is under another seal is moved, which wraps the root key anew and
 * touches nothing below it. As the login that owns the schema; recorded in the transaction that does it.
 */
const OPERATOR = systemPrincipal('init-seal');

async function run(): Promise<void> {
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const { type } = config.seal;
  const order = sealOrder(process.argv.slice(2), type === 'shamir');
  const holders = new ShareHoldersAtHand(dirname(config.rootKeyFile), say);
  const former = await asMigrator(config, say, async (urls) => {
    await migrateUp(urls, SCHEMA);
    return withSealedLedger(config, urls.migration, (get) => {
      const log = get(AuditLog);
      return get(Seal).work.initialise(get(SequencerUnitOfWork), order, holders, {
        binding: bindingRecord(log),
        change: async (tx, { from, to }) => void (await log.append(tx, { kind: CRYPTO_EVENTS['crypto.seal.change'], outcome: 'success', actor: OPERATOR, facts: { from, to } })),
      });
    });
  });
  process.stdout.write(`The database is under the seal ${type} from now on${former === null ? '.' : `, and no more under ${former}: start every server again with SEAL=${type}.`}\n`);
  if (holders.directory !== null) process.stdout.write(`The shares are in ${holders.directory}, a file each, readable by this user only. Give each to another person and remove it from here.\n`);
}

try {
  await run();
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`init-seal: ${text}`);
  if (error instanceof Fault) say('It is not known whether the seal was changed: keep the shares that were handed out until a server has started, and run this again.');
  process.exitCode = exitCode;
}
