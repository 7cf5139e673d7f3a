import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { RunScope } from '../domain/upkeep-run.js';
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
const KNOWN: Statement = {
  name: 'registry.scrub.known',
  text: `SELECT digest, size_bytes, upload_id, state FROM registry.blob WHERE digest > $1 AND state = 'whole' ORDER BY digest LIMIT $2`,
};

/** Everything that a manifest names, and what that names. */
const PARTS = `WITH RECURSIVE part (digest) AS (
    SELECT $4::text WHERE $4::text IS NOT NULL
    UNION SELECT reference.digest FROM part JOIN registry.manifest_reference AS reference ON reference.repository_id = $1 AND reference.manifest_digest = part.digest)`;
const BLOBS_IN: Statement = {
  name: 'registry.scrub.blobs-in',
  text: `${PARTS} SELECT blob.digest, blob.size_bytes, blob.upload_id, blob.state FROM registry.repository_blob JOIN registry.blob ON blob.digest = repository_blob.digest
         WHERE repository_blob.repository_id = $1 AND repository_blob.digest > $2 AND blob.state <> 'deleting' AND ($4::text IS NULL OR blob.digest IN (SELECT digest FROM part)) ORDER BY repository_blob.digest LIMIT $3`,
};
const MANIFESTS_IN: Statement = {
  name: 'registry.scrub.manifests-in',
  text: `${PARTS} SELECT repository_id, digest, bytes FROM registry.manifest
         WHERE repository_id = $1 AND digest > $2 AND ($4::text IS NULL OR digest IN (SELECT digest FROM part)) ORDER BY digest LIMIT $3`,
};
const TAGS_IN: Statement = {
  name: 'registry.scrub.tags-in',
  text: `SELECT repository_id, name, digest, version, seal FROM registry.tag WHERE repository_id = $1 AND name > $2 COLLATE "C" AND ($4::text IS NULL OR digest = $4) ORDER BY name LIMIT $3`,
};

/** Tags of manifests that name the content, or that name what does. */
const TAGS_OVER: Statement = {
  name: 'registry.scrub.tags-over',
  text: `WITH RECURSIVE naming (repository_id, digest) AS (
           SELECT place.repository_id, $1::text FROM (
             SELECT repository_id FROM registry.repository_blob WHERE digest = $1 UNION SELECT repository_id FROM registry.manifest WHERE repository_id = $3 AND digest = $1) AS place
           UNION SELECT reference.repository_id, reference.manifest_digest FROM naming
             JOIN registry.manifest_reference AS reference ON reference.repository_id = naming.repository_id AND reference.digest = naming.digest)
         SELECT repository.name || ':' || tag.name AS tag FROM naming JOIN registry.tag ON tag.repository_id = naming.repository_id AND tag.digest = naming.digest
         JOIN registry.repository ON repository.id = tag.repository_id ORDER BY 1 LIMIT $2`,
};

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

/** A manifest by its digest, with the bytes that its row has. */
export type StoredBytes = Place & { readonly bytes: Buffer };

/** A blob as its row stands. */
export interface KnownBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly uploadId: string | null;
  readonly isDamaged: boolean;
}

/** What is read over and over. */
@Injectable()
export class ScrubRepository {
  async claim(tx: Tx, restMillis: number): Promise<KnownBlob | null> {
    const [row] = await rowsOf<BlobRow>(tx, CLAIM, [restMillis]);
    return row === undefined ? null : blobOf(row);
  }

  async verified(tx: Tx, digest: string): Promise<void> {
    await rowsOf(tx, VERIFIED, [digest]);
  }

  /** Blobs that should have a file, in the order of their digests. */
  async known(reading: Reading, after: string, limit: number): Promise<readonly KnownBlob[]> {
    return (await rowsOf<BlobRow>(reading, KNOWN, [after, limit])).map(blobOf);
  }

  async blobsIn(reading: Reading, { repositoryId, digest }: RunScope, after: string, limit: number): Promise<readonly KnownBlob[]> {
    return (await rowsOf<BlobRow>(reading, BLOBS_IN, [repositoryId, after, limit, digest])).map(blobOf);
  }

  async manifestsIn(reading: Reading, { repositoryId, digest }: RunScope, after: Place, limit: number): Promise<readonly StoredBytes[]> {
    return (await rowsOf<BytesRow>(reading, MANIFESTS_IN, [repositoryId, after.name, limit, digest])).map(bytesOf);
  }

  async tagsIn(reading: Reading, { repositoryId, digest }: RunScope, after: Place, limit: number): Promise<readonly TagRow[]> {
    return (await rowsOf<TagOfRow>(reading, TAGS_IN, [repositoryId, after.name, limit, digest])).map(tagOf);
  }

  /** Who pulls one of these is given what is damaged, or is not given it: of a blob in whatever repository, of a manifest in its own. */
  async tagsOver(reading: Reading, digest: string, repositoryId: string | null, limit: number): Promise<readonly string[]> {
    return (await rowsOf<{ tag: string }>(reading, TAGS_OVER, [digest, limit, repositoryId])).map(({ tag }) => tag);
  }

  /** Those of the files that no row knows are to be removed; nobody else does it. */
  async adopt(tx: Tx, files: readonly { readonly digest: string; readonly storedBytes: number }[]): Promise<readonly DoomedBlob[]> {
    const rows = await rowsOf<{ digest: string; size_bytes: string }>(tx, ADOPT, [files.map(({ digest }) => digest), files.map(({ storedBytes }) => storedBytes)]);
    return rows.map(({ digest, size_bytes }) => ({ digest, sizeBytes: Number(size_bytes), uploadId: null }));
  }

  async manifests(reading: Reading, after: Place, limit: number): Promise<readonly StoredBytes[]> {
    return (await rowsOf<BytesRow>(reading, MANIFESTS, [after.repositoryId, after.name, limit])).map(bytesOf);
  }

  async tags(reading: Reading, after: Place, limit: number): Promise<readonly TagRow[]> {
    return (await rowsOf<TagOfRow>(reading, TAGS, [after.repositoryId, after.name, limit])).map(tagOf);
  }
}

interface BlobRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly upload_id: string | null;
  readonly state: string;
}

interface BytesRow {
  readonly repository_id: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

interface TagOfRow {
  readonly repository_id: string;
  readonly name: string;
  readonly digest: string;
  readonly version: string;
  readonly seal: Buffer;
}

function blobOf({ digest, size_bytes, upload_id, state }: BlobRow): KnownBlob {
  return { digest, sizeBytes: Number(size_bytes), uploadId: upload_id, isDamaged: state === 'damaged' };
}

function bytesOf({ repository_id, digest, bytes }: BytesRow): StoredBytes {
  return { repositoryId: repository_id, name: digest, bytes };
}

function tagOf({ repository_id, version, ...rest }: TagOfRow): TagRow {
  return { repositoryId: repository_id, version: Number(version), ...rest };
}
