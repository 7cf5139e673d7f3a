import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** Which blobs there are, and which repository may show which. A row is written only when its bytes are durable. */
@Injectable()
export class BlobRepository {
  /** Bytes of the blob, if the repository shows it. */
  async sizeIn(tx: Tx, repository: string, projectId: string, digest: string): Promise<number | null> {
    const rows: { size_bytes: string }[] = await entityManagerOf(tx).query(
      `SELECT blob.size_bytes FROM registry.repository
       JOIN registry.repository_blob ON repository_blob.repository_id = repository.id
       JOIN registry.blob ON blob.digest = repository_blob.digest
       WHERE repository.name = $1 AND repository.project_id = $2 AND blob.digest = $3`,
      [repository, projectId, digest],
    );
    return rows[0] === undefined ? null : Number(rows[0].size_bytes);
  }

  /**
   * Makes a durable blob visible in a repository, which is made if it is new. Returns the repository's id.
   * Concurrent pushes of the same name or digest meet on the unique keys and agree.
   */
  async show(tx: Tx, blob: { digest: string; sizeBytes: number }, repository: { newId: string; name: string; projectId: string }, pushedBy: string): Promise<string> {
    const manager = entityManagerOf(tx);
    // The bytes were just verified, so a blob that was there already is known to be whole again.
    await manager.query(
      `INSERT INTO registry.blob (digest, size_bytes) VALUES ($1, $2)
       ON CONFLICT (digest) DO UPDATE SET verified_at = now()`,
      [blob.digest, blob.sizeBytes],
    );
    await manager.query('INSERT INTO registry.repository (id, project_id, name) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING', [
      repository.newId,
      repository.projectId,
      repository.name,
    ]);
    // A statement of its own: under READ COMMITTED it sees the row that a concurrent push has won with.
    const rows: { id: string }[] = await manager.query('SELECT id FROM registry.repository WHERE name = $1 AND project_id = $2', [repository.name, repository.projectId]);
    const repositoryId = rows[0]!.id;
    await manager.query(
      `INSERT INTO registry.repository_blob (repository_id, digest, pushed_by) VALUES ($1, $2, $3)
       ON CONFLICT (repository_id, digest) DO NOTHING`,
      [repositoryId, blob.digest, pushedBy],
    );
    return repositoryId;
  }
}
