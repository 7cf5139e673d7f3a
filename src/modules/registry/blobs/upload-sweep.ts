import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { BlobStore } from './blob-store.js';
import { UPLOAD_LIFETIME_MILLIS } from './uploads.js';
import { UploadRepository } from '../persistence/upload.repository.js';

const SWEEPER = systemPrincipal('registry-sweep');

/** Forgets uploads that expired, and spool files that a crash left behind. Any replica may do it at any time. */
@Injectable()
export class UploadSweep {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly uploads: UploadRepository,
    private readonly store: BlobStore,
  ) {}

  async sweep(): Promise<void> {
    await this.uow.run(SWEEPER, (tx) => this.uploads.deleteExpired(tx));
    // A file is written to while its upload lives, so its age is counted from its last byte.
    await this.store.sweep(UPLOAD_LIFETIME_MILLIS);
  }
}
