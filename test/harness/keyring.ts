import { HouseKey, Keyring } from '#modules/crypto/index.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { FirstKeyRecord } from '../../src/modules/crypto/keyring.js';
import { KeyVersionRepository } from '../../src/modules/crypto/persistence/key-version.repository.js';
import type { TestDatabase } from './postgres.js';

export interface KeyringParts {
  /** As `QUANTONIUM_ROLES`; all unless told. */
  readonly roles?: readonly ('api' | 'ledger' | 'worker')[];
  /** Replicas of one installation share it. Null leaves the keyring sealed. */
  readonly rootKey?: Buffer | null;
  readonly clock?: Clock;
  readonly foreign?: string[];
}

/** For specs that are not about the ledger: their first keys leave no entry. A server's boot records them. */
export const unrecorded: FirstKeyRecord = () => Promise.resolve();

export const TEST_ROOT_KEY = Buffer.alloc(32, 7);

/** A keyring as one replica would have it, on a test database. */
export function testKeyring(database: TestDatabase, { roles = ['api', 'ledger', 'worker'], rootKey = TEST_ROOT_KEY, clock = new SystemClock(), foreign = [] }: KeyringParts = {}): Keyring {
  const keyring = new Keyring({
    logins: {
      ...(roles.includes('api') ? { api: database.app } : {}),
      ...(roles.includes('ledger') ? { ledger: database.sequencer } : {}),
      ...(roles.includes('worker') ? { worker: database.worker } : {}),
    },
    rows: new KeyVersionRepository(),
    counters: new VersionCounters(),
    clock,
    randomness: new SystemRandomness(),
    onForeignRow: (row) => foreign.push(row.id),
  });
  if (rootKey !== null) keyring.unseal(HouseKey.takeOver(Buffer.from(rootKey)), unrecorded);
  return keyring;
}
