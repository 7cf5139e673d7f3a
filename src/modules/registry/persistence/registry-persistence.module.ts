import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { CryptoModule, Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { Clock } from '#platform/system/clock.js';
import { BlobStore } from '../blobs/blob-store.js';
import { BlobRepository } from './blob.repository.js';
import { CollectionRepository } from './collection.repository.js';
import { InventoryRepository } from './inventory.repository.js';
import { LifecycleRepository } from './lifecycle.repository.js';
import { ManifestRepository } from './manifest.repository.js';
import { PolicyRepository } from './policy.repository.js';
import { RepositoryRepository } from './repository.repository.js';
import { RetentionRepository } from './retention.repository.js';
import { ScrubRepository } from './scrub.repository.js';
import { ContainerKeys } from './storage/chunk-records.js';
import { ContainerBlobStore } from './storage/container-blob-store.js';
import { openBlobFiles, registryDirectory } from './storage/open-blob-files.js';
import { TagRecordRepository } from './tag-record.repository.js';
import { TagRepository } from './tag.repository.js';
import { TrustedKeyRepository } from './trusted-key.repository.js';
import { UpkeepRunRepository } from './upkeep-run.repository.js';
import { UploadRepository } from './upload.repository.js';
import { UsageRepository } from './usage.repository.js';

/** Of the installation's key, what wraps those of blobs. */
const BLOB_SEAL = 'registry-blob';

const REPOSITORIES = [
  BlobRepository,
  CollectionRepository,
  InventoryRepository,
  LifecycleRepository,
  ManifestRepository,
  PolicyRepository,
  RepositoryRepository,
  RetentionRepository,
  ScrubRepository,
  TagRecordRepository,
  TagRepository,
  TrustedKeyRepository,
  UpkeepRunRepository,
  UploadRepository,
  UsageRepository,
];

/** The one place that chooses how bytes are kept. */
@Module({
  imports: [CryptoModule],
  providers: [
    ...REPOSITORIES,
    {
      provide: BlobStore,
      inject: [Config, Keyring, Clock],
      useFactory: async (config: Config, keyring: Keyring, clock: Clock) => {
        return new ContainerBlobStore({
          files: await openBlobFiles(config),
          keys: new ContainerKeys(keyring.sealer(BLOB_SEAL), config.registry.encryptsBlobs ? 'sealed' : 'clear'),
          spool: join(registryDirectory(config), 'uploads'),
          clock,
        });
      },
    },
  ],
  exports: [...REPOSITORIES, BlobStore],
})
export class RegistryPersistenceModule {}
