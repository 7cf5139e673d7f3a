import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { DoomedBlob } from './collection.repository.js';
import type { TagRow } from './manifest.repository.js';

/**
 * The one that was verified longest ago, and not within `$1`; whoever began and went silent for an hour has not. One that was found
 * damaged is looked at each hour: a disk that was away comes back.
 */
const CLAIM: Statement = {
  name: 'registry.scrub.claim',
  text: `UPDATE registry.blob SET scrub_since = now() WHERE digest = (
           SELECT digest FROM registry.blob
           WHERE (state = 'damaged' OR (state = 'whole' AND verified_at <= now() - $1 * interval '1 millisecond')) AND (scrub_since IS NULL OR scrub_since < now() - interval '1 hour')
           ORDER BY verified_at LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING digest, size_bytes, upload_id, state`,
};
const VERIFIED: Statement = { name: 'registry.scrub.verified', text: 'UPDATE registry.blob SET verified_at = now(), scrub_since = NULL WHERE digest = $1' };

/** A row in which the file's end is begun: a push of the same bytes waits for it, as for any that is being removed. */
const ADOPT: Statement = {
  name: 'registry.scrub.adopt',
  text: `INSERT INTO registry.blob (digest, size_bytes, state, review_since) SELECT digest, size_bytes, 'deleting', now() FROM unnest($1::text[], $2::bigint[]) AS orphan (digest, size_bytes)
         ON CONFLICT (digest) DO NOTHING RETURNING digest, size_bytes`,
};
const MANIFESTS: Statement = {
  name: 'registry.scrub.manifests',
  text: `SELECT repository_id, digest, bytes FROM registry.manifest WHERE (repository_id, digest) > ($1::uuid, $2) ORDER BY repository_id, digest LIMIT $3`,
};
const TAGS: Statement = {
  name: 'registry.scrub.tags',
  text: `SELECT repository_id, name, digest, version, seal FROM registry.tag WHERE (repository_id, name) > ($1::uuid, $2 COLLATE "C") ORDER BY repository_id, name LIMIT $3`,
};

/** A place in a list of what repositories have; the first page comes after `START`. */
export interface Place {
  readonly repositoryId: string;
  readonly name: string;
}
export const START: Place = { repositoryId: '00000000-0000-0000-0000-000000000000', name: '' };

/** A blob that is to be read over, as its row stands. */
export interface DueBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly uploadId: string | null;
  readonly isDamaged: boolean;
}

/** What is read over and over. */
@Injectable()
export class ScrubRepository {
  async claim(tx: Tx, restMillis: number): Promise<DueBlob | null> {
    const [row] = await rowsOf<{ digest: string; size_bytes: string; upload_id: string | null; state: string }>(tx, CLAIM, [restMillis]);
    return row === undefined ? null : { digest: row.digest, sizeBytes: Number(row.size_bytes), uploadId: row.upload_id, isDamaged: row.state === 'damaged' };
  }

  async verified(tx: Tx, digest: string): Promise<void> {
    await rowsOf(tx, VERIFIED, [digest]);
  }

  /** Those of the files that no row knows are to be removed; nobody else does it. */
  async adopt(tx: Tx, files: readonly { readonly digest: string; readonly storedBytes: number }[]): Promise<readonly DoomedBlob[]> {
    const rows = await rowsOf<{ digest: string; size_bytes: string }>(tx, ADOPT, [files.map(({ digest }) => digest), files.map(({ storedBytes }) => storedBytes)]);
    return rows.map(({ digest, size_bytes }) => ({ digest, sizeBytes: Number(size_bytes), uploadId: null }));
  }

  async manifests(reading: Reading, after: Place, limit: number): Promise<readonly (Place & { readonly bytes: Buffer })[]> {
    const rows = await rowsOf<{ repository_id: string; digest: string; bytes: Buffer }>(reading, MANIFESTS, [after.repositoryId, after.name, limit]);
    return rows.map(({ repository_id, digest, bytes }) => ({ repositoryId: repository_id, name: digest, bytes }));
  }

  async tags(reading: Reading, after: Place, limit: number): Promise<readonly TagRow[]> {
    const rows = await rowsOf<{ repository_id: string; name: string; digest: string; version: string; seal: Buffer }>(reading, TAGS, [after.repositoryId, after.name, limit]);
    return rows.map(({ repository_id, version, ...rest }) => ({ repositoryId: repository_id, version: Number(version), ...rest }));
  }
}
