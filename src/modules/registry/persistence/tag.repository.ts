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

/**
 * A manifest notes when a tag has left it. Not while somebody else holds its row, whom a push would have to wait for with its tag
 * in hand: it is being pushed, judged or deleted.
 */
const noteLeft = (digests: string): string => `UPDATE registry.manifest SET untagged_at = now() WHERE repository_id = $1 AND digest IN (
  SELECT digest FROM registry.manifest WHERE repository_id = $1 AND digest IN (${digests}) ORDER BY digest FOR NO KEY UPDATE SKIP LOCKED)`;

const MOVE: Statement = {
  name: 'registry.tag.move',
  text: `WITH left_behind AS (${noteLeft('$7')})
         UPDATE registry.tag SET digest = $3, version = $4, moved_by = $5, moved_at = now(), seal = $6 WHERE repository_id = $1 AND name = $2`,
};
const REMOVE: Statement = {
  name: 'registry.tag.remove',
  text: `WITH gone AS (DELETE FROM registry.tag WHERE repository_id = $1 AND name = ANY($2) RETURNING name, digest, nextval('registry.tag_version') AS version),
         left_behind AS (${noteLeft('SELECT digest FROM gone')})
         SELECT name, version FROM gone`,
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

  async move(tx: Tx, { repositoryId, name, digest, version, seal }: TagRow, movedBy: string, formerDigest: string): Promise<void> {
    await rowsOf(tx, MOVE, [repositoryId, name, digest, version, movedBy, seal, formerDigest]);
  }

  /** Those that there are, each with the number of its deletion. */
  async remove(tx: Tx, repositoryId: string, names: readonly string[]): Promise<readonly RemovedTag[]> {
    return (await rowsOf<RemovedRow>(tx, REMOVE, [repositoryId, names])).map(removedOf);
  }

  /**
   * Those that point to the manifest, each with the number of its deletion. Whoever gives it another meanwhile holds its row:
   * they are waited for first, in a statement of its own, so that theirs goes too and none points to nothing.
   */
  async removeAllOf(tx: Tx, repositoryId: string, digest: string): Promise<readonly RemovedTag[]> {
    const target = 'SELECT FROM registry.manifest WHERE repository_id = $1 AND digest = $2 FOR UPDATE';
    await rowsOf(tx, { name: 'registry.tag.hold-target', text: target }, [repositoryId, digest]);
    const text = `DELETE FROM registry.tag WHERE repository_id = $1 AND digest = $2 RETURNING name, nextval('registry.tag_version') AS version`;
    return (await rowsOf<RemovedRow>(tx, { name: 'registry.tag.remove-all-of', text }, [repositoryId, digest])).map(removedOf);
  }

  /** In the order of their bytes, those behind `after`. */
  async names(reading: Reading, repositoryId: string, after: string, limit: number): Promise<readonly string[]> {
    const text = 'SELECT name FROM registry.tag WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3';
    return (await rowsOf<{ name: string }>(reading, { name: 'registry.tag.names', text }, [repositoryId, after, limit])).map(({ name }) => name);
  }
}

interface RemovedRow {
  readonly name: string;
  readonly version: string;
}

function removedOf({ name, version }: RemovedRow): RemovedTag {
  return { name, version: Number(version) };
}
