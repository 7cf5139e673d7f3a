import { Module } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { VersionCounters } from '#platform/database/version-counters.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import { CryptoModule } from '../crypto.module.js';
import { KeyHierarchy } from '../hierarchy/key-hierarchy.js';
import { ProjectKeys } from '../hierarchy/project-keys.js';
import { Keyring } from '../keyring.js';
import { CryptoPersistenceModule } from '../persistence/crypto-persistence.module.js';
import { TransitKeyRepository } from '../persistence/transit-key.repository.js';
import { TransitVersionRepository } from '../persistence/transit-version.repository.js';
import { TransitWrappingKeyRepository } from '../persistence/transit-wrapping-key.repository.js';
import { TransitUsageRepository } from '../persistence/transit-usage.repository.js';
import { EncryptionBudget } from './encryption-budget.js';
import { IMPORT_SEALER } from './import-wrapping.js';
import { KeyDirectory } from './key-directory.js';
import { OperationThreads } from './operation-threads.js';
import { RestoreThreads } from './restore-threads.js';
import { TransitEngine } from './transit-engine.js';
import { TransitOperations } from './transit-operations.js';
import { UsageCounter } from './usage-counter.js';

/** Keys of projects, in processes that serve requests. */
@Module({
  imports: [CryptoModule, CryptoPersistenceModule],
  providers: [
    {
      provide: TransitEngine,
      inject: [UnitOfWork, VersionCounters, TransitKeyRepository, TransitVersionRepository, TransitWrappingKeyRepository, ProjectKeys, KeyHierarchy, Keyring, Clock, Randomness],
      useFactory: (
        uow: UnitOfWork,
        counters: VersionCounters,
        keys: TransitKeyRepository,
        versions: TransitVersionRepository,
        wrappingKeys: TransitWrappingKeyRepository,
        projectKeys: ProjectKeys,
        hierarchy: KeyHierarchy,
        keyring: Keyring,
        clock: Clock,
        randomness: Randomness,
      ) => {
        const engine = new TransitEngine({ uow, counters, keys, versions, wrappingKeys, projectKeys, sealer: keyring.sealer(IMPORT_SEALER), clock, randomness });
        hierarchy.onClose(() => engine.directory.forgetAll());
        return engine;
      },
    },
    { provide: UsageCounter, inject: [UnitOfWork, TransitUsageRepository, Clock], useFactory: (uow: UnitOfWork, rows: TransitUsageRepository, clock: Clock) => new UsageCounter(uow, rows, clock) },
    {
      provide: TransitOperations,
      inject: [TransitEngine, UnitOfWork, TransitUsageRepository, UsageCounter, Keyring, Randomness, ThreadRoster],
      useFactory: ({ directory, work }: TransitEngine, uow: UnitOfWork, rows: TransitUsageRepository, usage: UsageCounter, keyring: Keyring, randomness: Randomness, roster: ThreadRoster) =>
        new TransitOperations({ directory, budget: new EncryptionBudget(uow, rows), usage, threads: new OperationThreads(roster), work, macKey: () => keyring.macKey('transit-item'), randomness }),
    },
    RestoreThreads,
    { provide: KeyDirectory, inject: [TransitEngine], useFactory: ({ directory }: TransitEngine) => directory },
  ],
  exports: [TransitEngine, RestoreThreads, TransitOperations, UsageCounter, KeyDirectory],
})
export class TransitModule {}
