import '../../boot/loader/node-version.js';
import { AuditLog } from '#modules/audit/index.js';
import { KEY_PURPOSES, SigningKeys } from '#modules/crypto/index.js';
import { readEnvironment } from '#platform/config/environment.js';
import { ConfigError } from '#platform/config/load-config.js';
import { readConfig } from '#platform/config/read-config.js';
import { startDatabase } from '#platform/database/start-database.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SCHEMA } from '../../../migrations/index.js';
import { explain } from '../operator-errors.js';
import { say, withLedger } from './ledger-command.js';

const OPERATOR = systemPrincipal('operator');
/** Of the others the server itself takes the order, under a permission: POST /v1/keys/signing/{purpose}/{kid}/revoke. */
const PURPOSES = (Object.keys(KEY_PURPOSES) as (keyof typeof KEY_PURPOSES)[]).filter((purpose) => KEY_PURPOSES[purpose].holder === 'ledger');

/**
 * `npm run revoke-signing-key -- PURPOSE KID`: revokes a version of the keys that processes with the role `ledger` hold,
 * which no request can reach. Needs what only an operator has: the sequencer's login and the root key. Safe beside running
 * servers, which from then on neither sign with it nor take what it signs; its successor is in place at the same moment.
 */
async function run(words: readonly string[]): Promise<void> {
  const [name, keyId, ...more] = words;
  const purpose = PURPOSES.find((known) => known === name);
  if (purpose === undefined || keyId === undefined || more.length > 0) throw new ConfigError([`revoke-signing-key takes a purpose (${PURPOSES.join(', ')}) and the kid of a version, as GET /v1/keys/signing lists them`]);
  // As a process that keeps the ledger: it holds that login and no other.
  const config = await readConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const database = await startDatabase(config, SCHEMA, say);
  try {
    await withLedger(config, database.urls.sequencer!, async (_, get) => {
      const revoked = get(SigningKeys).revoke(OPERATOR, purpose, keyId, async (tx, deed) => void (await get(AuditLog).append(tx, SigningKeys.event(deed))));
      const { version } = await revoked.catch(refuse);
      process.stdout.write(`Version ${version} of the ${purpose} keys is revoked. It is recorded in the ledger.\n`);
      if (KEY_PURPOSES[purpose].succession.kind === 'identity') process.stdout.write('If it signed, the log has a new key. Have it known: GET /v1/audit/log/vkeys, and the configuration of each witness.\n');
    });
  } finally {
    await database.stop();
  }
}

/** What the operator can mend: there is no such version, or it is revoked. */
function refuse(error: unknown): never {
  throw error instanceof Fault && error.kind.status < 500 ? new ConfigError([`no version was revoked: ${error.message}`]) : error;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = explain(error);
  say(`revoke-signing-key: ${text}`);
  process.exitCode = exitCode;
}
