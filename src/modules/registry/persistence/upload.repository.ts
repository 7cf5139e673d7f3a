import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type StoredUsage, usageOf } from './usage.repository.js';

export interface Upload {
  readonly id: string;
  readonly projectId: string;
  readonly repository: string;
  readonly openedBy: string;
}

/** Where an upload belongs, and what its project uses without it. */
export interface UploadStanding {
  readonly projectId: string;
  readonly usage: StoredUsage;
}

const OPEN: Statement = {
  name: 'registry.upload.open',
  text: `INSERT INTO registry.upload (id, project_id, repository, opened_by, expires_at)
         SELECT $1::uuid, $2::uuid, $3, $4::uuid, now() + $5 * interval '1 millisecond'
         WHERE (SELECT count(*) FROM registry.upload WHERE opened_by = $4 AND expires_at > now()) < $6 RETURNING id`,
};
const STANDING: Statement = {
  name: 'registry.upload.standing',
  text: `SELECT upload.project_id, coalesce(usage.used_bytes, 0) AS used_bytes, policy.quota_bytes,
                (SELECT coalesce(sum(other.reserved_bytes), 0) FROM registry.upload other
                 WHERE other.project_id = upload.project_id AND other.expires_at > now() AND other.id <> upload.id) AS reserved_bytes
         FROM registry.upload
         LEFT JOIN registry.usage ON usage.project_id = upload.project_id
         LEFT JOIN registry.project_policy AS policy ON policy.project_id = upload.project_id
         WHERE upload.id = $1 AND upload.repository = $2 AND upload.opened_by = $3 AND upload.expires_at > now()`,
};
const END: Statement = { name: 'registry.upload.end', text: 'DELETE FROM registry.upload WHERE id = $1 RETURNING id' };

/** Uploads that were opened and have neither become a blob nor expired. */
@Injectable()
export class UploadRepository {
  /** False: so many of its principal's are open already. */
  async open(tx: Tx, { id, projectId, repository, openedBy }: Upload, lifetimeMillis: number, openMax: number): Promise<boolean> {
    return (await rowsOf(tx, OPEN, [id, projectId, repository, openedBy, lifetimeMillis, openMax])).length === 1;
  }

  /** Of an upload that is this principal's, of this repository, and not expired; else null. */
  async standing(reading: Reading, { id, repository, openedBy }: Omit<Upload, 'projectId'>): Promise<UploadStanding | null> {
    const [row] = await rowsOf<{ project_id: string; used_bytes: string; quota_bytes: string | null; reserved_bytes: string }>(reading, STANDING, [id, repository, openedBy]);
    return row === undefined ? null : { projectId: row.project_id, usage: usageOf(row) };
  }

  /** False: it has ended meanwhile. Of two that end the same upload the second waits here and is told so. */
  async end(tx: Tx, id: string): Promise<boolean> {
    return (await rowsOf(tx, END, [id])).length === 1;
  }

  /** At most so many, and none that somebody ends at the same time. Their ids. */
  async deleteExpired(tx: Tx, limit: number): Promise<readonly string[]> {
    const text = `DELETE FROM registry.upload WHERE id IN (SELECT id FROM registry.upload WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id`;
    return (await rowsOf<{ id: string }>(tx, { name: 'registry.upload.delete-expired', text }, [limit])).map(({ id }) => id);
  }
}
