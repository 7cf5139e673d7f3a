import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { SystemRandomness } from '#platform/system/randomness.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import type { BlobSuite } from '../../src/modules/registry/domain/blob-container.js';
import { ContainerKeys } from '../../src/modules/registry/persistence/storage/chunk-records.js';
import { ContainerBlobStore } from '../../src/modules/registry/persistence/storage/container-blob-store.js';
import { FilesystemBlobFiles } from '../../src/modules/registry/persistence/storage/filesystem-blob-files.js';
import { Sealer } from '../../src/modules/crypto/sealer.js';

/** A store on the directory, as one process has it: the second on the same one is what another process sees, or the same after a restart. */
export function blobStoreOn(directory: string, suite: BlobSuite = 'sealed', clock: Clock = new SystemClock()): ContainerBlobStore {
  const key = createSecretKey(Buffer.alloc(32, 9));
  return new ContainerBlobStore({
    files: new FilesystemBlobFiles(directory),
    keys: new ContainerKeys(new Sealer(() => key, new SystemRandomness()), suite),
    spool: join(directory, 'uploads'),
    clock,
  });
}
