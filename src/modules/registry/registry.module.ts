import { Module } from '@nestjs/common';
import { AuditModule } from '#modules/audit/index.js';
import { RbacModule } from '#modules/rbac/index.js';
import { BlobPull } from './blob-pull.js';
import { BlobPush } from './blob-push.js';
import { RegistryPersistenceModule } from './persistence/registry-persistence.module.js';
import { RepositoryAccess } from './repository-access.js';
import { UploadSweep } from './upload-sweep.js';

@Module({
  imports: [RegistryPersistenceModule, AuditModule, RbacModule],
  providers: [RepositoryAccess, BlobPush, BlobPull, UploadSweep],
  exports: [BlobPush, BlobPull, UploadSweep],
})
export class RegistryModule {}
