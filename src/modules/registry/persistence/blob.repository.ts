import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

const SIZE_IN: Statement = {
  name: 'registry.blob.size-in',
  text: `SELECT blob.size_bytes FROM registry.repository
         JOIN registry.repository_blob ON repository_blob.repository_id = repository.id
         JOIN registry.blob ON blob.digest = repository_blob.digest
         WHERE repository.name = $1 AND repository.project_id = $2 AND blob.digest = $3 AND blob.state = 'whole'`,
};

/**
 * Reads and touches in one statement. A row that is touched already is not written again for a minute, and is locked all
 * the same: who collects it meanwhile is waited for, and then there is no row.
 */
const TOUCH: Statement = {
  name: 'registry.blob.touch',
  text: `WITH shown AS (
           SELECT repository_blob.ctid AS place, blob.size_bytes, repository_blob.touched_at FROM registry.repository
           JOIN registry.repository_blob ON repository_blob.repository_id = repository.id
           JOIN registry.blob ON blob.digest = repository_blob.digest
           WHERE repository.name = $1 AND repository.project_id = $2 AND blob.digest = $3 AND blob.state = 'whole'
           FOR SHARE OF repository_blob, blob
         ), touched AS (
           UPDATE registry.repository_blob SET touched_at = now() FROM shown
           WHERE repository_blob.ctid = shown.place AND shown.touched_at < now() - interval '1 minute'
         )
         SELECT size_bytes FROM shown`,
};

export interface DurableBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Which blobs there are, and which repository may show which. A row is written only when its bytes are durable. */
@Injectable()
export class BlobRepository {
  /** Bytes of the blob, if the repository shows it and it is whole. */
  async sizeIn(reading: Reading, repository: string, projectId: string, digest: string): Promise<number | null> {
    return sizeOf(await rowsOf<SizeRow>(reading, SIZE_IN, [repository, projectId, digest]));
  }

  /** As `sizeIn`, for an answer that lets somebody leave out an upload: the blob is not collected for a while. */
  async touch(tx: Tx, repository: string, projectId: string, digest: string): Promise<number | null> {
    return sizeOf(await rowsOf<SizeRow>(tx, TOUCH, [repository, projectId, digest]));
  }

  /** The bytes were just verified, so a blob that was there already is known to be whole again. */
  async keep(tx: Tx, { digest, sizeBytes }: DurableBlob): Promise<void> {
    const text = `INSERT INTO registry.blob (digest, size_bytes) VALUES ($1, $2) ON CONFLICT (digest) DO UPDATE SET state = 'whole', verified_at = now()`;
    await rowsOf(tx, { name: 'registry.blob.keep', text }, [digest, sizeBytes]);
  }

  /** Makes a blob that is kept visible in the repository. */
  async showIn(tx: Tx, repositoryId: string, digest: string, pushedBy: string): Promise<void> {
    const text = `INSERT INTO registry.repository_blob (repository_id, digest, pushed_by) VALUES ($1, $2, $3)
                  ON CONFLICT (repository_id, digest) DO UPDATE SET touched_at = now()`;
    await rowsOf(tx, { name: 'registry.blob.show', text }, [repositoryId, digest, pushedBy]);
  }

  /** No longer visible in the repository; false when it was not. */
  async hide(tx: Tx, repositoryId: string, digest: string): Promise<boolean> {
    const text = 'DELETE FROM registry.repository_blob WHERE repository_id = $1 AND digest = $2 RETURNING digest';
    return (await rowsOf(tx, { name: 'registry.blob.hide', text }, [repositoryId, digest])).length === 1;
  }

  /** False when it was marked already, or is not there. */
  async markDamaged(tx: Tx, digest: string): Promise<boolean> {
    const rows = await rowsOf(tx, { name: 'registry.blob.mark-damaged', text: `UPDATE registry.blob SET state = 'damaged' WHERE digest = $1 AND state = 'whole' RETURNING digest` }, [digest]);
    return rows.length === 1;
  }
}

interface SizeRow {
  readonly size_bytes: string;
}

function sizeOf(rows: readonly SizeRow[]): number | null {
  return rows[0] === undefined ? null : Number(rows[0].size_bytes);
}
