import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { VersionCounters } from '#platform/database/version-counters.js';
import type { Clock } from '#platform/system/clock.js';
import type { Randomness } from '#platform/system/randomness.js';
import type { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import type { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import type { TransitWrappingKeyRepository } from '../persistence/transit-wrapping-key.repository.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import type { Sealer } from '../sealer.js';
import { HeavyWork } from './heavy-work.js';
import { ImportWrapping } from './import-wrapping.js';
import { KeyBackup } from './key-backup.js';
import { KeyChanges } from './key-changes.js';
import { KeyDirectory } from './key-directory.js';
import { KeyExport } from './key-export.js';
import { KeyHandover } from './key-handover.js';
import { KeyImport } from './key-import.js';
import { KeyRemoval } from './key-removal.js';
import { KeyRotation } from './key-rotation.js';
import { KeySettings } from './key-settings.js';
import { TransitKeys } from './transit-keys.js';
import { VersionMaker } from './version-maker.js';
import type { ProjectWrapping } from './version-wrapping.js';

export interface TransitEngineDependencies {
  readonly uow: UnitOfWork;
  readonly counters: VersionCounters;
  readonly keys: TransitKeyRepository;
  readonly versions: TransitVersionRepository;
  readonly wrappingKeys: TransitWrappingKeyRepository;
  readonly projectKeys: { of(projectId: string): Promise<ProjectWrapping> };
  readonly sealer: Pick<Sealer, 'seal' | 'open'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** All that is done with the keys of projects but working with them, by deed. */
export class TransitEngine {
  /** Shared with those who work with the keys. */
  readonly work = new HeavyWork();
  readonly directory: KeyDirectory;
  readonly keys: TransitKeys;
  readonly settings: KeySettings;
  readonly rotation: KeyRotation;
  readonly removal: KeyRemoval;
  readonly wrapping: ImportWrapping;
  readonly imports: KeyImport;
  readonly exports: KeyExport;
  readonly handover: KeyHandover;
  readonly backups: KeyBackup;

  constructor({ uow, counters, keys, versions, wrappingKeys, projectKeys, sealer, clock, randomness }: TransitEngineDependencies) {
    const changes = new KeyChanges(uow, counters, keys, versions);
    const maker = new VersionMaker(projectKeys, KEY_TYPES, randomness, this.work);
    this.directory = new KeyDirectory({ uow, keys, versions, projectKeys, types: KEY_TYPES, clock });
    this.keys = new TransitKeys(uow, changes, keys, versions, maker, KEY_TYPES, clock, randomness);
    this.settings = new KeySettings(changes, keys, versions, this.directory, clock);
    this.rotation = new KeyRotation(uow, changes, keys, maker, clock);
    this.removal = new KeyRemoval(changes, keys, this.directory, clock);
    this.wrapping = new ImportWrapping(uow, wrappingKeys, sealer, clock, this.work);
    this.imports = new KeyImport(changes, this.keys, maker, this.wrapping, KEY_TYPES, this.work, clock);
    this.exports = new KeyExport(uow, keys, versions, projectKeys, KEY_TYPES);
    this.handover = new KeyHandover(uow, keys, versions, projectKeys, this.directory, randomness);
    this.backups = new KeyBackup(uow, changes, keys, versions, projectKeys, this.directory, clock, randomness);
  }
}
