import { Injectable } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { REGISTRY_EVENTS } from '../domain/registry.events.js';
import { BlobStore } from './blob-store.js';
import { UPLOAD_LIFETIME_MILLIS } from './uploads.js';
import { UploadRepository } from '../persistence/upload.repository.js';

const SWEEPER = systemPrincipal('registry-sweep');

/** Of one transaction; an entry has room for as many ids. */
const BATCH = 200;

/** Forgets uploads that expired, and spool files that a crash left behind. Any replica may do it at any time. */
@Injectable()
export class UploadSweep {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly uploads: UploadRepository,
    private readonly store: BlobStore,
    private readonly audit: AuditLog,
  ) {}

  async sweep(): Promise<void> {
    while ((await this.forgetSome()) === BATCH);
    // A file is written to while its upload lives, so its age is counted from its last byte.
    const files = await this.store.sweep(UPLOAD_LIFETIME_MILLIS);
    if (files > 0) await this.audit.record({ kind: REGISTRY_EVENTS['registry.upload.expire'], outcome: 'success', actor: SWEEPER, facts: { files } });
  }

  private forgetSome(): Promise<number> {
    return this.uow.run(SWEEPER, async (tx) => {
      const uploads = await this.uploads.deleteExpired(tx, BATCH);
      if (uploads.length > 0) await this.audit.append(tx, { kind: REGISTRY_EVENTS['registry.upload.expire'], outcome: 'success', actor: SWEEPER, facts: { count: uploads.length, uploads } });
      return uploads.length;
    });
  }
}
