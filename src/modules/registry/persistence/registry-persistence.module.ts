import { Module } from '@nestjs/common';
import { BlobStore } from '../blob-store.js';
import { BlobRepository } from './blob.repository.js';
import { FilesystemBlobStore } from './filesystem-blob-store.js';
import { UploadRepository } from './upload.repository.js';

/** The one place that chooses where bytes are kept. */
@Module({
  providers: [BlobRepository, UploadRepository, { provide: BlobStore, useClass: FilesystemBlobStore }],
  exports: [BlobRepository, UploadRepository, BlobStore],
})
export class RegistryPersistenceModule {}
