import '../../../boot/loader/node-version.js';
import { AuditLog } from '#modules/audit/index.js';
import { CRYPTO_EVENTS, SealRefusal } from '#modules/crypto/index.js';
import type { Config } from '#platform/config/config.js';
import { readEnvironment } from '#platform/config/environment.js';
import { loadConfig } from '#platform/config/load-config.js';
import { readValueFile } from '#platform/config/value-source.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { asMigrator } from '#platform/database/start-database.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { SCHEMA } from '../../../../migrations/index.js';
import { bindingRecord } from '../../../boot/unseal-keyring.js';
import type { SealRow } from '../../../modules/crypto/domain/seal.js';
import { KeyHierarchy } from '../../../modules/crypto/hierarchy/key-hierarchy.js';
import { SealRepository } from '../../../modules/crypto/persistence/seal.repository.js';
import type { SealCandidate } from '../../../modules/crypto/seals/automatic-seal.js';
import { automaticSeal } from '../../../modules/crypto/seals/configured-seals.js';
import { SealChange } from '../../../modules/crypto/seals/seal-change.js';
import { SEAL_KEY_BYTES, SealKey } from '../../../modules/crypto/seals/seal-key.js';
import { bindSeal, boundSeal, isKeyOf } from '../../../modules/crypto/seals/seal-opening.js';
import { SealUnreachable } from '../../../modules/crypto/seals/seal-refusal.js';
import { combineShares, countsIn, splitSealKey } from '../../../modules/crypto/seals/shamir-shares.js';
import { explain } from '../../operator-errors.js';
import { type Getter, say, withSealedLedger } from '../ledger-command.js';
import { sharesGiven } from '../share-input.js';
import { type SealOrder, sealOrder } from './seal-order.js';
import { type HandedOut, handOut } from './share-hand-out.js';

/**
 * `npm run init-seal [-- --shares N --threshold K]`: puts the database under the seal that SEAL and its variables name.
 * A fresh database gets its first keys; one that is under another seal is moved, which wraps the root key anew and
 * touches nothing below it. As the login that owns the schema; recorded in the transaction that does it.
 */
const OPERATOR = systemPrincipal('init-seal');

/** What stands under the new seal's key, and how it is known to have reached those who will need it. */
interface NewSeal extends SealCandidate {
  readonly handedOut: HandedOut | null;
}

async function newSeal(config: Config, { counts }: SealOrder, randomness: Randomness): Promise<NewSeal> {
  const automatic = automaticSeal(config, randomness);
  if (automatic !== null) return { ...(await automatic.begin()), handedOut: null };
  const bytes = randomness.bytes(SEAL_KEY_BYTES);
  const shares = await splitSealKey(bytes, counts!);
  try {
    return { parameters: { ...counts! }, key: SealKey.takeOver(bytes), handedOut: await handOut(shares, config.dataDirectory) };
  } finally {
    for (const share of shares) share.fill(0);
  }
}

/** The key of the seal that the database is under. */
async function formerKey(bound: SealRow, config: Config, order: SealOrder, randomness: Randomness): Promise<SealKey> {
  const passphrase = order.formerPassphraseFile === null ? config.seal.passphrase : readValueFile(order.formerPassphraseFile);
  const former = { ...config, rootKeyFile: order.formerKeyFile ?? config.rootKeyFile, seal: { ...config.seal, passphrase } };
  const automatic = automaticSeal(former, randomness, bound.type);
  const key = automatic === null ? await keyOfShares(bound) : await automatic.open(bound.parameters);
  if (key === null || !isKeyOf(bound, key)) throw new SealRefusal(automatic?.wrongKey ?? 'The shares that were given do not make the key of this database.');
  return key;
}

async function keyOfShares(bound: SealRow): Promise<SealKey | null> {
  const threshold = countsIn(bound.parameters)?.threshold ?? 0;
  say(`Give ${threshold} shares of the seal that this database is under, one a line; they are not shown.`);
  const shares: Uint8Array[] = [];
  for await (const share of sharesGiven()) {
    shares.push(new Uint8Array(share));
    share.fill(0);
    if (shares.length === threshold) break;
  }
  return combineShares(shares);
}

async function initSeal(config: Config, order: SealOrder, get: Getter): Promise<string> {
  const [units, seals, randomness, log] = [get(SequencerUnitOfWork), get(SealRepository), get(Randomness), get(AuditLog)];
  const { type } = config.seal;
  const bound = await boundSeal(units, seals);
  const former = bound === null ? null : await formerKey(bound, config, order, randomness);
  const made = await newSeal(config, order, randomness);
  try {
    if (former === null) {
      const now = await bindSeal(type, made, { units, seals, hierarchy: get(KeyHierarchy), clock: get(Clock) }, bindingRecord(log));
      if (!isKeyOf(now, made.key)) throw new SealRefusal('The database was put under a seal by somebody else at the same time.');
      return `The database is under the seal ${type} from now on.\n${made.handedOut?.said ?? ''}`;
    }
    if (made.key.checkValue().equals(former.checkValue())) throw new SealRefusal('The database is under this very seal already.');
    const { from } = await get(SealChange).change(units, former, type, made, async (tx, { from, to }) => {
      await log.append(tx, { kind: CRYPTO_EVENTS['crypto.seal.change'], outcome: 'success', actor: OPERATOR, facts: { from, to } });
    });
    return `The database is under the seal ${type} from now on, and no more under ${from}: start every server again with SEAL=${type}.\n${made.handedOut?.said ?? ''}`;
  } catch (error) {
    // A connection that was lost leaves in doubt what was committed, and without the shares that could be everything.
    if (error instanceof Fault) say('It is not known whether the seal was changed: keep the shares that were handed out until a server has started, and run this again.');
    else await made.handedOut?.withdraw();
    throw error;
  }
}

async function run(): Promise<void> {
  const config = loadConfig({ ...readEnvironment(), QUANTONIUM_ROLES: 'ledger' });
  const order = sealOrder(process.argv.slice(2), config.seal.type);
  const said = await asMigrator(config, say, async (urls) => {
    await migrateUp(urls, SCHEMA);
    return withSealedLedger(config, urls.migration, (get) => initSeal(config, order, get));
  });
  process.stdout.write(said);
}

try {
  await run();
} catch (error) {
  const { text, exitCode } = error instanceof SealUnreachable ? { text: error.message, exitCode: 1 } : explain(error);
  say(`init-seal: ${text}`);
  process.exitCode = exitCode;
}
