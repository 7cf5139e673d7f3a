import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { TagRow } from './manifest.repository.js';

export interface HeldTag {
  readonly former: TagRow | null;
  readonly nextVersion: number;
}

export interface RemovedTag {
  readonly name: string;
  readonly version: number;
}

/**
 * The number is drawn behind both locks, so that of two who move a tag the later has the higher. A tag that is not there has no row
 * to lock: without the first lock one who makes it could be overtaken by others who make and delete it.
 */
const HOLD: Statement = {
  name: 'registry.tag.hold',
  text: `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('registry.tag ' || $1::uuid || $2::text, 0))),
         held AS MATERIALIZED (SELECT digest, version, seal FROM registry.tag, turn WHERE repository_id = $1 AND name = $2 FOR UPDATE OF tag)
         SELECT nextval('registry.tag_version') AS next, held.digest, held.version, held.seal FROM turn LEFT JOIN held ON true`,
};

/** Names that point to manifests, and can be moved. */
@Injectable()
export class TagRepository {
  /** The tag as it stands, null when there is none, and the number of what is done to it now. Nobody else does anything to it until the transaction ends. */
  async hold(tx: Tx, repositoryId: string, name: string): Promise<HeldTag> {
    const [row] = await rowsOf<{ next: string; digest: string | null; version: string; seal: Buffer }>(tx, HOLD, [repositoryId, name]);
    const { next, digest, version, seal } = row!;
    return { nextVersion: Number(next), former: digest === null ? null : { repositoryId, name, digest, version: Number(version), seal } };
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

  /**
   * Those that point to the manifest, each with the number of its deletion. Whoever gives it another meanwhile holds its row:
   * they are waited for first, in a statement of its own, so that theirs goes too and none points to nothing.
   */
  async removeAllOf(tx: Tx, repositoryId: string, digest: string): Promise<readonly RemovedTag[]> {
    const target = 'SELECT FROM registry.manifest WHERE repository_id = $1 AND digest = $2 FOR UPDATE';
    await rowsOf(tx, { name: 'registry.tag.hold-target', text: target }, [repositoryId, digest]);
    const text = `DELETE FROM registry.tag WHERE repository_id = $1 AND digest = $2 RETURNING name, nextval('registry.tag_version') AS version`;
    const rows = await rowsOf<{ name: string; version: string }>(tx, { name: 'registry.tag.remove-all-of', text }, [repositoryId, digest]);
    return rows.map(({ name, version }) => ({ name, version: Number(version) }));
  }

  /** In the order of their bytes, those behind `after`. */
  async names(reading: Reading, repositoryId: string, after: string, limit: number): Promise<readonly string[]> {
    const text = 'SELECT name FROM registry.tag WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3';
    return (await rowsOf<{ name: string }>(reading, { name: 'registry.tag.names', text }, [repositoryId, after, limit])).map(({ name }) => name);
  }
}
