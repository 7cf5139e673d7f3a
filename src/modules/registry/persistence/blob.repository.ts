import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { type NamedRepository, RepositoryRepository } from './repository.repository.js';
import type { ProjectUsage } from './usage.repository.js';

const SHOWN_IN: Statement = {
  name: 'registry.blob.shown-in',
  text: `SELECT blob.size_bytes, blob.upload_id FROM registry.repository
         JOIN registry.repository_blob ON repository_blob.repository_id = repository.id
         JOIN registry.blob ON blob.digest = repository_blob.digest
         WHERE repository.name = $1 AND repository.project_id = $2 AND blob.digest = $3 AND blob.state = 'whole'`,
};

/**
 * Reads and touches in one statement. A row that was touched just now is not written again, and is locked all
 * the same: who collects it meanwhile is waited for, and then there is no row. FOR KEY SHARE is enough against who
 * collects (FOR UPDATE), and lets two touch one row without waiting for each other's lock, which FOR SHARE would not.
 */
const TOUCH: Statement = {
  name: 'registry.blob.touch',
  text: `WITH shown AS (
           SELECT repository_blob.repository_id, repository_blob.digest, blob.size_bytes, blob.upload_id, repository_blob.touched_at FROM registry.repository
           JOIN registry.repository_blob ON repository_blob.repository_id = repository.id
           JOIN registry.blob ON blob.digest = repository_blob.digest
           WHERE repository.name = $1 AND repository.project_id = $2 AND blob.digest = $3 AND blob.state = 'whole'
           FOR KEY SHARE OF repository_blob, blob
         ), touched AS (
           UPDATE registry.repository_blob SET touched_at = now() FROM shown
           WHERE repository_blob.repository_id = shown.repository_id AND repository_blob.digest = shown.digest AND shown.touched_at < now() - $4 * interval '1 millisecond'
         )
         SELECT size_bytes, upload_id FROM shown`,
};

/** Not one whose bytes are being removed. */
const KEEP: Statement = {
  name: 'registry.blob.keep',
  text: `INSERT INTO registry.blob (digest, size_bytes, upload_id) VALUES ($1, $2, $3)
         ON CONFLICT (digest) DO UPDATE SET state = 'whole', verified_at = now(), upload_id = EXCLUDED.upload_id WHERE blob.state <> 'deleting' RETURNING digest`,
};

const HOLD: Statement = { name: 'registry.blob.hold', text: 'SELECT digest FROM registry.blob WHERE digest = $1 FOR NO KEY UPDATE' };

/**
 * A blob costs a project its bytes once, however many of its repositories show it. Whoever shows or hides a blob holds its row,
 * so that two at once count it one after the other; the project's row comes last, and is held for the least time.
 */
const SHOW: Statement = {
  name: 'registry.blob.show',
  text: `WITH shown AS (
           INSERT INTO registry.repository_blob (repository_id, digest, pushed_by) SELECT id, $3, $4::uuid FROM registry.repository WHERE name = $1 AND project_id = $2
           ON CONFLICT (repository_id, digest) DO UPDATE SET touched_at = now() RETURNING repository_id, (xmax = 0) AS is_new
         ), counted AS (
           INSERT INTO registry.usage (project_id, used_bytes)
           SELECT $2, blob.size_bytes FROM shown JOIN registry.blob ON blob.digest = $3
           WHERE shown.is_new AND NOT EXISTS (
             SELECT FROM registry.repository_blob other JOIN registry.repository ON repository.id = other.repository_id
             WHERE other.digest = $3 AND repository.project_id = $2)
           ON CONFLICT (project_id) DO UPDATE SET used_bytes = usage.used_bytes + EXCLUDED.used_bytes RETURNING used_bytes
         )
         SELECT shown.repository_id, counted.used_bytes, policy.quota_bytes FROM shown LEFT JOIN counted ON true LEFT JOIN registry.project_policy AS policy ON policy.project_id = $2`,
};

/** Those of `candidate` that `hides` says; the others are of use. Whoever runs it holds the blobs' rows. */
export const hideStatement = (name: string, hides: string, others: string): Statement => ({
  name,
  text: `WITH candidate AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS candidate (repository_id, digest)),
         hidden AS (
           DELETE FROM registry.repository_blob shown USING candidate
           WHERE shown.repository_id = candidate.repository_id AND shown.digest = candidate.digest AND ${hides}
           RETURNING shown.repository_id, shown.digest
         ), left_project AS (
           SELECT DISTINCT repository.project_id, hidden.digest FROM hidden JOIN registry.repository ON repository.id = hidden.repository_id
           WHERE NOT EXISTS (
             SELECT FROM registry.repository_blob other JOIN registry.repository place ON place.id = other.repository_id
             WHERE other.digest = hidden.digest AND place.project_id = repository.project_id
               AND (other.repository_id, other.digest) NOT IN (SELECT repository_id, digest FROM hidden))
         ), freed AS (
           SELECT project_id, sum(size_bytes) AS bytes FROM left_project JOIN registry.blob USING (digest) GROUP BY project_id
         ), held AS (
           SELECT project_id FROM registry.usage WHERE project_id IN (SELECT project_id FROM freed) ORDER BY project_id FOR NO KEY UPDATE
         ), counted AS (
           UPDATE registry.usage SET used_bytes = greatest(0, usage.used_bytes - freed.bytes) FROM freed JOIN held USING (project_id) WHERE usage.project_id = freed.project_id
         ), reviewed AS (
           UPDATE registry.blob SET review_since = now() WHERE digest IN (SELECT digest FROM hidden)
         )${others}
         SELECT repository_id, digest FROM hidden`,
});

const HIDE = hideStatement('registry.blob.hide', 'true', '');

/** What `touched_at` may lag behind the last answer: a layer that everybody asks for is written once in it. Who collects waits that much longer. */
export function touchMillisOf(leaseMillis: number): number {
  return Math.min(60_000, Math.floor(leaseMillis / 10));
}

/** A blob as its row stands. */
export interface ShownBlob {
  readonly sizeBytes: number;
  /** That brought the bytes. */
  readonly uploadId: string | null;
}

export interface DurableBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  /** That brought the bytes. */
  readonly uploadId: string;
}

/** A blob that has become visible. */
export interface ShownIn {
  readonly repositoryId: string;
  /** What the project uses by now, if that has grown by it. */
  readonly grownTo: ProjectUsage | null;
}

/** Which blobs there are, and which repository may show which. A row is written only when its bytes are durable. */
@Injectable()
export class BlobRepository {
  private readonly touchMillis: number;

  constructor(
    private readonly repositories: RepositoryRepository,
    config: Config,
  ) {
    this.touchMillis = touchMillisOf(config.registry.pushLeaseMillis);
  }

  /** The blob, if the repository shows it and it is whole. */
  async shownIn(reading: Reading, repository: string, projectId: string, digest: string): Promise<ShownBlob | null> {
    return shownOf(await rowsOf<ShownRow>(reading, SHOWN_IN, [repository, projectId, digest]));
  }

  /** As `shownIn`, for an answer that lets somebody leave out an upload: the blob is not collected for a while. */
  async touch(tx: Tx, repository: string, projectId: string, digest: string): Promise<ShownBlob | null> {
    return shownOf(await rowsOf<ShownRow>(tx, TOUCH, [repository, projectId, digest, this.touchMillis]));
  }

  /** A repository that shows the blob, of projects that the filter shows and, unless it is null, of those in `names`. */
  async showing(reading: Reading, digest: string, filter: RowFilter, names: readonly string[] | null): Promise<string | null> {
    const text = `SELECT repository.name FROM registry.repository_blob JOIN registry.repository ON repository.id = repository_blob.repository_id
                  WHERE repository_blob.digest = $1 AND ($2::text[] IS NULL OR repository.name = ANY($2)) AND {filter} LIMIT 1`;
    const [row] = await filteredRowsOf<{ name: string }>(reading, text, { project: 'repository.project_id', attributes: {} }, filter, [digest, names]);
    return row?.name ?? null;
  }

  /** The bytes were just verified, so a blob that was there already is known to be whole again. False while it is being removed. */
  async keep(tx: Tx, { digest, sizeBytes, uploadId }: DurableBlob): Promise<boolean> {
    return (await rowsOf(tx, KEEP, [digest, sizeBytes, uploadId])).length === 1;
  }

  /** What `keep` does too: comes before `showIn` and `hide`, so that who counts what a project uses does so alone. */
  async hold(tx: Tx, digest: string): Promise<void> {
    await rowsOf(tx, HOLD, [digest]);
  }

  /**
   * Makes a blob that is kept and held visible in the repository, which is made when it is new. Without a wait before it is
   * sent, so that it can go out with what must come before it.
   */
  async showIn(tx: Tx, repository: NamedRepository, digest: string, pushedBy: string): Promise<ShownIn> {
    const show = async (): Promise<ShowRow | undefined> => (await rowsOf<ShowRow>(tx, SHOW, [repository.name, repository.projectId, digest, pushedBy]))[0];
    let row = await show();
    if (row === undefined) {
      await this.repositories.findOrMake(tx, repository);
      row = (await show())!;
    }
    const { repository_id: repositoryId, used_bytes: used, quota_bytes: quota } = row;
    return { repositoryId, grownTo: used === null ? null : { usedBytes: Number(used), quotaBytes: quota === null ? null : Number(quota) } };
  }

  /** No longer visible in the repository; false when it was not. */
  async hide(tx: Tx, repositoryId: string, digest: string): Promise<boolean> {
    await this.hold(tx, digest);
    return (await rowsOf(tx, HIDE, [[repositoryId], [digest]])).length === 1;
  }

  /** It was read, and is what it was. False when it is not marked any more, or was brought again by another upload since. */
  async unmarkDamaged(tx: Tx, digest: string, uploadId: string | null): Promise<boolean> {
    const text = `UPDATE registry.blob SET state = 'whole', verified_at = now(), scrub_since = NULL WHERE digest = $1 AND state = 'damaged' AND upload_id IS NOT DISTINCT FROM $2 RETURNING digest`;
    return (await rowsOf(tx, { name: 'registry.blob.unmark-damaged', text }, [digest, uploadId])).length === 1;
  }

  /** False when it was marked already, is not there, or has been brought again by another upload since. */
  async markDamaged(tx: Tx, digest: string, uploadId: string | null): Promise<boolean> {
    const text = `UPDATE registry.blob SET state = 'damaged' WHERE digest = $1 AND state = 'whole' AND upload_id IS NOT DISTINCT FROM $2 RETURNING digest`;
    return (await rowsOf(tx, { name: 'registry.blob.mark-damaged', text }, [digest, uploadId])).length === 1;
  }
}

interface ShowRow {
  readonly repository_id: string;
  readonly used_bytes: string | null;
  readonly quota_bytes: string | null;
}

interface ShownRow {
  readonly size_bytes: string;
  readonly upload_id: string | null;
}

function shownOf([row]: readonly ShownRow[]): ShownBlob | null {
  return row === undefined ? null : { sizeBytes: Number(row.size_bytes), uploadId: row.upload_id };
}
