import { VersionCounters } from '#platform/database/version-counters.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { Principal } from '#pure/principal/principal.js';
import type { NewKey } from '../../src/modules/crypto/domain/key-settings.js';
import { ProjectKeys } from '../../src/modules/crypto/hierarchy/project-keys.js';
import { HierarchyRepository } from '../../src/modules/crypto/persistence/hierarchy.repository.js';
import { TransitKeyRepository } from '../../src/modules/crypto/persistence/transit-key.repository.js';
import { TransitVersionRepository } from '../../src/modules/crypto/persistence/transit-version.repository.js';
import { TransitWrappingKeyRepository } from '../../src/modules/crypto/persistence/transit-wrapping-key.repository.js';
import { IMPORT_SEALER } from '../../src/modules/crypto/transit/import-wrapping.js';
import { TransitEngine } from '../../src/modules/crypto/transit/transit-engine.js';
import { openHierarchy } from './hierarchy.js';
import { testKeyring } from './keyring.js';
import { arriving, newSubject } from './policy.js';
import type { TestDatabase } from './postgres.js';

/** The keys of projects as one replica has them, on a test database; `seal` drops what it holds. */
export async function transitReplica(database: TestDatabase, clock: Clock = new SystemClock()): Promise<TransitEngine & { seal(): void }> {
  const randomness = new SystemRandomness();
  const { hierarchy } = await openHierarchy(database.app);
  const engine = new TransitEngine({
    uow: database.app,
    counters: new VersionCounters(),
    keys: new TransitKeyRepository(),
    versions: new TransitVersionRepository(),
    wrappingKeys: new TransitWrappingKeyRepository(),
    projectKeys: new ProjectKeys(database.app, new HierarchyRepository(), hierarchy, clock, randomness),
    sealer: testKeyring(database).sealer(IMPORT_SEALER),
    clock,
    randomness,
  });
  hierarchy.onClose(() => engine.directory.forgetAll());
  return Object.assign(engine, { seal: () => hierarchy.close() });
}

/** Somebody whose request arrives now: the lookup of it saw the version that all keys have. */
export async function keyUser(database: TestDatabase): Promise<Principal> {
  const [counter] = await database.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'transit'`);
  return { ...(await arriving(database, await newSubject(database))), transitVersion: Number(counter!.version) };
}

/** What a client asks for that says nothing. */
export const PLAIN_KEY: NewKey = { type: 'aes256-gcm96', keyBytes: null, derived: false, convergent: false, exportable: false, allowPlaintextBackup: false, autoRotateSeconds: 0 };

/** For specs that are not about the ledger. */
export const unrecordedDeed = (): Promise<void> => Promise.resolve();
