import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Tx } from '#platform/database/unit-of-work.js';

export interface Upload {
  readonly id: string;
  readonly projectId: string;
  readonly repository: string;
  readonly openedBy: string;
}

/** Uploads that were opened and have neither become a blob nor expired. */
@Injectable()
export class UploadRepository {
  async countOpen(tx: Tx, principalId: string): Promise<number> {
    const rows: { count: number }[] = await entityManagerOf(tx).query(
      'SELECT count(*)::integer AS count FROM registry.upload WHERE opened_by = $1 AND expires_at > now()',
      [principalId],
    );
    return rows[0]!.count;
  }

  async open(tx: Tx, upload: Upload, lifetimeMillis: number): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO registry.upload (id, project_id, repository, opened_by, expires_at)
       VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')`,
      [upload.id, upload.projectId, upload.repository, upload.openedBy, lifetimeMillis],
    );
  }

  /** The upload's project, if it is this principal's, of this repository, and not expired. */
  async projectOf(reading: Reading, upload: Omit<Upload, 'projectId'>): Promise<string | null> {
    const text = 'SELECT project_id FROM registry.upload WHERE id = $1 AND repository = $2 AND opened_by = $3 AND expires_at > now()';
    const rows = await rowsOf<{ project_id: string }>(reading, { name: 'registry.upload.project-of', text }, [upload.id, upload.repository, upload.openedBy]);
    return rows[0]?.project_id ?? null;
  }

  /** False: it has ended meanwhile. Of two that end the same upload the second waits here and is told so. */
  async end(tx: Tx, id: string): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query('DELETE FROM registry.upload WHERE id = $1', [id]);
    return count === 1;
  }

  async deleteExpired(tx: Tx): Promise<number> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query('DELETE FROM registry.upload WHERE expires_at <= now()');
    return count;
  }
}
