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
import type { BlobFiles } from './storage/blob-files.js';
import { ContainerKeys } from './storage/chunk-records.js';
import { ContainerBlobStore } from './storage/container-blob-store.js';
import { FilesystemBlobFiles } from './storage/filesystem-blob-files.js';
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

/** The one place that chooses where bytes are kept, and how. */
@Module({
  imports: [CryptoModule],
  providers: [
    ...REPOSITORIES,
    {
      provide: BlobStore,
      inject: [Config, Keyring, Clock],
      useFactory: async (config: Config, keyring: Keyring, clock: Clock) => {
        const root = join(config.dataDirectory, 'registry');
        return new ContainerBlobStore({
          files: await filesOf(config, root),
          keys: new ContainerKeys(keyring.sealer(BLOB_SEAL), config.registry.encryptsBlobs ? 'sealed' : 'clear'),
          spool: join(root, 'uploads'),
          clock,
        });
      },
    },
  ],
  exports: [...REPOSITORIES, BlobStore],
})
export class RegistryPersistenceModule {}

/** The client of buckets is loaded by whoever has one: it is a tenth of what an engine's modules take to load. */
async function filesOf({ registry: { bucket }, objectStore }: Config, root: string): Promise<BlobFiles> {
  if (bucket === null || objectStore === null) return new FilesystemBlobFiles(root);
  const { S3BlobFiles } = await import('./storage/s3-blob-files.js');
  return new S3BlobFiles({ store: objectStore, bucket });
}
