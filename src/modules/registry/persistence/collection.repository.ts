import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { hideStatement } from './blob.repository.js';

/** How long what is of no use is kept all the same. */
export interface Patience {
  /** Since an answer last let somebody leave out an upload. */
  readonly leaseMillis: number;
  /** Since a manifest last named it. */
  readonly graceMillis: number;
}

/** A blob whose bytes are to be removed, by whoever holds it in hand. */
export interface DoomedBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  /** Whose bytes they are; null when no row knew of them. */
  readonly uploadId: string | null;
}

const DUE = `shown.review_since <= now() - $1 * interval '1 millisecond' AND shown.touched_at <= now() - $2 * interval '1 millisecond'`;
const NAMED = `EXISTS (SELECT FROM registry.manifest_reference WHERE manifest_reference.repository_id = shown.repository_id AND manifest_reference.digest = shown.digest)`;

/** Waits for nobody: a row that a push, a mount or a manifest holds is not due now, whatever it looked like. */
const TAKE_DUE: Statement = {
  name: 'registry.collection.take-due',
  text: `SELECT shown.repository_id, shown.digest FROM registry.repository_blob shown JOIN registry.blob ON blob.digest = shown.digest
         WHERE ${DUE} ORDER BY shown.review_since LIMIT $3 FOR UPDATE OF shown SKIP LOCKED FOR NO KEY UPDATE OF blob SKIP LOCKED`,
};

/** The second look: a statement of its own, so that it sees what was committed until the rows were locked. */
const HIDE_UNNAMED = hideStatement(
  'registry.collection.hide-unnamed',
  `NOT ${NAMED}`,
  `, settled AS (
     UPDATE registry.repository_blob shown SET review_since = NULL FROM candidate
     WHERE shown.repository_id = candidate.repository_id AND shown.digest = candidate.digest AND ${NAMED})`,
);

const TAKE_REVIEWED: Statement = {
  name: 'registry.collection.take-reviewed',
  text: `SELECT digest FROM registry.blob WHERE review_since IS NOT NULL AND state <> 'deleting' ORDER BY review_since LIMIT $1 FOR UPDATE SKIP LOCKED`,
};
const SHOWN = 'EXISTS (SELECT FROM registry.repository_blob WHERE repository_blob.digest = blob.digest)';
const DOOM: Statement = {
  name: 'registry.collection.doom',
  text: `WITH settled AS (UPDATE registry.blob SET review_since = NULL WHERE digest = ANY($1) AND ${SHOWN})
         UPDATE registry.blob SET state = 'deleting', review_since = now() WHERE digest = ANY($1) AND NOT ${SHOWN} RETURNING digest, size_bytes, upload_id`,
};
/** What a process has marked and not removed for as long is somebody else's: it has crashed, or is as slow as if. */
const TAKE_OVER: Statement = {
  name: 'registry.collection.take-over',
  text: `UPDATE registry.blob SET review_since = now() WHERE digest IN (
           SELECT digest FROM registry.blob WHERE state = 'deleting' AND review_since <= now() - $1 * interval '1 second' AND ($2::text IS NULL OR digest = $2) LIMIT $3 FOR UPDATE SKIP LOCKED
         ) RETURNING digest, size_bytes, upload_id`,
};
const FORGET: Statement = { name: 'registry.collection.forget', text: `DELETE FROM registry.blob WHERE digest = ANY($1) AND state = 'deleting'` };
const IS_LEAVING: Statement = { name: 'registry.collection.is-leaving', text: `SELECT 1 AS one FROM registry.blob WHERE digest = $1 AND state = 'deleting'` };

const PREVIEW: Statement = {
  name: 'registry.collection.preview',
  text: `WITH hidden AS (SELECT shown.repository_id, shown.digest FROM registry.repository_blob shown WHERE ${DUE} AND NOT ${NAMED} LIMIT $3),
         doomed AS (
           SELECT digest, size_bytes FROM registry.blob WHERE (digest IN (SELECT digest FROM hidden) OR review_since IS NOT NULL)
             AND NOT EXISTS (SELECT FROM registry.repository_blob other WHERE other.digest = blob.digest AND (other.repository_id, other.digest) NOT IN (SELECT repository_id, digest FROM hidden)))
         SELECT (SELECT count(*) FROM hidden)::integer AS hidden, count(*)::integer AS removed, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM doomed`,
};

/** What is to be collected, found by the rows that say so and by no others. */
@Injectable()
export class CollectionRepository {
  /** Takes at most so many out of the repositories that show them; `looked` is how many were looked at, used ones with them. */
  async hideDue(tx: Tx, { graceMillis, leaseMillis }: Patience, limit: number): Promise<{ readonly looked: number; readonly hidden: readonly HiddenBlob[] }> {
    const due = await rowsOf<HiddenRow>(tx, TAKE_DUE, [graceMillis, leaseMillis, limit]);
    if (due.length === 0) return { looked: 0, hidden: [] };
    const rows = await rowsOf<HiddenRow>(tx, HIDE_UNNAMED, [due.map(({ repository_id }) => repository_id), due.map(({ digest }) => digest)]);
    return { looked: due.length, hidden: rows.map(({ repository_id, digest }) => ({ repositoryId: repository_id, digest })) };
  }

  /** Marks at most so many that no repository shows: from then on no push makes them whole, and their bytes may go. */
  async doom(tx: Tx, limit: number): Promise<{ readonly looked: number; readonly doomed: readonly DoomedBlob[] }> {
    const reviewed = await rowsOf<{ digest: string }>(tx, TAKE_REVIEWED, [limit]);
    if (reviewed.length === 0) return { looked: 0, doomed: [] };
    return { looked: reviewed.length, doomed: (await rowsOf<DoomedRow>(tx, DOOM, [reviewed.map(({ digest }) => digest)])).map(doomedOf) };
  }

  /** Those that somebody has marked so long ago and not removed, of all (`digest` null) or this one. */
  async takeOver(tx: Tx, silenceSeconds: number, digest: string | null, limit: number): Promise<readonly DoomedBlob[]> {
    return (await rowsOf<DoomedRow>(tx, TAKE_OVER, [silenceSeconds, digest, limit])).map(doomedOf);
  }

  async forget(tx: Tx, digests: readonly string[]): Promise<void> {
    await rowsOf(tx, FORGET, [digests]);
  }

  async isLeaving(reading: Reading, digest: string): Promise<boolean> {
    return (await rowsOf(reading, IS_LEAVING, [digest])).length > 0;
  }

  /** What a run would do now; at most so many are counted. */
  async preview(reading: Reading, { graceMillis, leaseMillis }: Patience, limit: number): Promise<{ readonly hidden: number; readonly removed: number; readonly removedBytes: number }> {
    const [row] = await rowsOf<{ hidden: number; removed: number; bytes: string }>(reading, PREVIEW, [graceMillis, leaseMillis, limit]);
    return { hidden: row!.hidden, removed: row!.removed, removedBytes: Number(row!.bytes) };
  }
}

export interface HiddenBlob {
  readonly repositoryId: string;
  readonly digest: string;
}

interface HiddenRow {
  readonly repository_id: string;
  readonly digest: string;
}

interface DoomedRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly upload_id: string | null;
}

function doomedOf({ digest, size_bytes, upload_id }: DoomedRow): DoomedBlob {
  return { digest, sizeBytes: Number(size_bytes), uploadId: upload_id };
}
