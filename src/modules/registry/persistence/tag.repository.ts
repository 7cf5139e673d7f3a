import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Tx } from '#platform/database/unit-of-work.js';
import type { TagRow } from './manifest.repository.js';

/** Names that point to manifests, and can be moved. */
@Injectable()
export class TagRepository {
  /** The tag as it stands, held until the transaction ends; null when there is none. */
  async hold(tx: Tx, repositoryId: string, name: string): Promise<TagRow | null> {
    const text = 'SELECT digest, version, seal FROM registry.tag WHERE repository_id = $1 AND name = $2 FOR UPDATE';
    const [row] = await rowsOf<{ digest: string; version: string; seal: Buffer }>(tx, { name: 'registry.tag.hold', text }, [repositoryId, name]);
    return row === undefined ? null : { repositoryId, name, digest: row.digest, version: Number(row.version), seal: row.seal };
  }

  /** False: somebody else has made it meanwhile, and it is asked for again. */
  async insert(tx: Tx, { repositoryId, name, digest, version, seal }: TagRow, movedBy: string): Promise<boolean> {
    const text = `INSERT INTO registry.tag (repository_id, name, digest, version, moved_by, seal) VALUES ($1, $2, $3, $4, $5, $6)
                  ON CONFLICT (repository_id, name) DO NOTHING RETURNING name`;
    return (await rowsOf(tx, { name: 'registry.tag.insert', text }, [repositoryId, name, digest, version, movedBy, seal])).length === 1;
  }

  async move(tx: Tx, { repositoryId, name, digest, version, seal }: TagRow, movedBy: string): Promise<void> {
    const text = 'UPDATE registry.tag SET digest = $3, version = $4, moved_by = $5, moved_at = now(), seal = $6 WHERE repository_id = $1 AND name = $2';
    await rowsOf(tx, { name: 'registry.tag.move', text }, [repositoryId, name, digest, version, movedBy, seal]);
  }

  /** False when there is none. */
  async remove(tx: Tx, repositoryId: string, name: string): Promise<boolean> {
    const text = 'DELETE FROM registry.tag WHERE repository_id = $1 AND name = $2 RETURNING name';
    return (await rowsOf(tx, { name: 'registry.tag.remove', text }, [repositoryId, name])).length === 1;
  }

  /** Those that point to the manifest. */
  async removeAllOf(tx: Tx, repositoryId: string, digest: string): Promise<readonly string[]> {
    const text = 'DELETE FROM registry.tag WHERE repository_id = $1 AND digest = $2 RETURNING name';
    return (await rowsOf<{ name: string }>(tx, { name: 'registry.tag.remove-all-of', text }, [repositoryId, digest])).map(({ name }) => name);
  }

  /** In the order of their bytes, those behind `after`. */
  async names(reading: Reading, repositoryId: string, after: string, limit: number): Promise<readonly string[]> {
    const text = 'SELECT name FROM registry.tag WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3';
    return (await rowsOf<{ name: string }>(reading, { name: 'registry.tag.names', text }, [repositoryId, after, limit])).map(({ name }) => name);
  }
}
