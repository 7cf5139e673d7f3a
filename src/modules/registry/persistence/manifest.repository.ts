import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { formatContentDigest } from '#pure/oci/content-digest.js';
import type { Manifest } from '#pure/oci/manifest.js';
import { isEvidence } from '../domain/evidence.js';
import type { ManifestState } from '../domain/manifest-state.js';
import type { PolicyMode } from '../domain/registry-policy.js';

/** A manifest as a client that may pull it is given it. */
export interface StoredManifest {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** As it counts now: what was verified under another policy is quarantined. */
  readonly state: ManifestState;
  readonly stateReason: string | null;
  readonly isEvidence: boolean;
  /** How strictly its project holds it to its state. */
  readonly mode: PolicyMode;
}

/** A tag that points to it, as it stands in the row: who believes it checks the seal. */
export interface TagRow {
  readonly repositoryId: string;
  readonly name: string;
  readonly digest: string;
  readonly version: number;
  readonly seal: Buffer;
}

export interface NewManifest {
  readonly repositoryId: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly pushedBy: string;
}

const COLUMNS = `manifest.repository_id, manifest.digest, manifest.media_type, manifest.artifact_type, manifest.subject, manifest.annotations,
  length(manifest.bytes) AS size_bytes, manifest.state_reason, manifest.is_evidence, coalesce(policy.mode, 'off') AS mode,
  CASE WHEN manifest.state = 'verified' AND manifest.evaluated_version IS DISTINCT FROM coalesce(policy.version, 1) THEN 'quarantined' ELSE manifest.state END AS state`;
const POLICY = 'LEFT JOIN registry.project_policy AS policy ON policy.project_id = repository.project_id';
const IN_REPOSITORY = `FROM registry.repository JOIN registry.manifest ON manifest.repository_id = repository.id ${POLICY}`;

const BY_DIGEST: Statement = {
  name: 'registry.manifest.by-digest',
  text: `SELECT ${COLUMNS} ${IN_REPOSITORY} WHERE repository.name = $1 AND repository.project_id = $2 AND manifest.digest = $3`,
};
const BY_TAG: Statement = {
  name: 'registry.manifest.by-tag',
  text: `SELECT ${COLUMNS}, tag.name AS tag_name, tag.version AS tag_version, tag.seal AS tag_seal
         FROM registry.repository JOIN registry.tag ON tag.repository_id = repository.id
         JOIN registry.manifest ON manifest.repository_id = tag.repository_id AND manifest.digest = tag.digest ${POLICY}
         WHERE repository.name = $1 AND repository.project_id = $2 AND tag.name = $3`,
};
const BYTES: Statement = { name: 'registry.manifest.bytes', text: 'SELECT bytes FROM registry.manifest WHERE repository_id = $1 AND digest = $2' };

/** Locks what the manifest names, so that nobody collects it before the manifest is there to name it; two that name the same do not wait for each other. */
const HOLD: Statement = {
  name: 'registry.manifest.hold-content',
  text: `SELECT blob.digest, blob.size_bytes FROM registry.repository_blob
         JOIN registry.blob ON blob.digest = repository_blob.digest
         WHERE repository_blob.repository_id = $1 AND repository_blob.digest = ANY($2) AND blob.state = 'whole'
         ORDER BY blob.digest FOR KEY SHARE OF repository_blob, blob`,
};

const INSERT: Statement = {
  name: 'registry.manifest.insert',
  text: `INSERT INTO registry.manifest (repository_id, digest, media_type, artifact_type, subject, annotations, bytes, content_bytes, pushed_by, is_evidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (repository_id, digest) DO UPDATE SET touched_at = now() RETURNING (xmax = 0) AS is_new`,
};
const REFER: Statement = {
  name: 'registry.manifest.refer',
  text: `INSERT INTO registry.manifest_reference (repository_id, manifest_digest, role, digest)
         SELECT $1, $2, role, digest FROM unnest($3::text[], $4::text[]) AS reference (role, digest) ON CONFLICT DO NOTHING`,
};
/** What it named may be of no use from now on, and is looked at when its grace is over. In one order, so that two that delete do not wait for each other. */
const REMOVE: Statement = {
  name: 'registry.manifest.remove',
  text: `WITH gone AS (DELETE FROM registry.manifest WHERE repository_id = $1 AND digest = $2 RETURNING subject),
         held AS (
           SELECT repository_id, digest FROM registry.repository_blob
           WHERE repository_id = $1 AND digest IN (SELECT digest FROM registry.manifest_reference WHERE repository_id = $1 AND manifest_digest = $2)
           ORDER BY digest FOR NO KEY UPDATE
         ), reviewed AS (
           UPDATE registry.repository_blob SET review_since = now() FROM held
           WHERE repository_blob.repository_id = held.repository_id AND repository_blob.digest = held.digest
         )
         SELECT subject FROM gone`,
};
const REFERRERS: Statement = {
  name: 'registry.manifest.referrers',
  text: `SELECT ${COLUMNS} ${IN_REPOSITORY}
         WHERE repository.name = $1 AND repository.project_id = $2 AND manifest.subject = $3 AND manifest.digest > $4
           AND ($5::text IS NULL OR manifest.artifact_type = $5)
         ORDER BY manifest.digest LIMIT $6`,
};

/** Documents that name content. Their bytes stand in the row, as they came. */
@Injectable()
export class ManifestRepository {
  async byDigest(reading: Reading, repository: string, projectId: string, digest: string): Promise<StoredManifest | null> {
    const [row] = await rowsOf<ManifestRow>(reading, BY_DIGEST, [repository, projectId, digest]);
    return row === undefined ? null : manifestOf(row);
  }

  async byTag(reading: Reading, repository: string, projectId: string, name: string): Promise<{ readonly manifest: StoredManifest; readonly tag: TagRow } | null> {
    const [row] = await rowsOf<ManifestRow & { tag_name: string; tag_version: string; tag_seal: Buffer }>(reading, BY_TAG, [repository, projectId, name]);
    if (row === undefined) return null;
    return { manifest: manifestOf(row), tag: { repositoryId: row.repository_id, name: row.tag_name, digest: row.digest, version: Number(row.tag_version), seal: row.tag_seal } };
  }

  async bytes(reading: Reading, repositoryId: string, digest: string): Promise<Buffer | null> {
    const [row] = await rowsOf<{ bytes: Buffer }>(reading, BYTES, [repositoryId, digest]);
    return row?.bytes ?? null;
  }

  /** Sizes of those blobs that the repository shows, each held until the transaction ends. */
  async holdContent(tx: Tx, repositoryId: string, digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await rowsOf<{ digest: string; size_bytes: string }>(tx, HOLD, [repositoryId, digests]);
    return new Map(rows.map(({ digest, size_bytes }) => [digest, Number(size_bytes)]));
  }

  /** False when it was there already: the same bytes, and all that follows from them. */
  async insert(tx: Tx, { repositoryId, digest, manifest, bytes, pushedBy }: NewManifest): Promise<boolean> {
    const { mediaType, artifactType, subject, annotations, references } = manifest;
    const contentBytes = references.reduce((sum, { role, descriptor }) => (role === 'manifest' ? sum : sum + descriptor.sizeBytes), 0);
    const values = [repositoryId, digest, mediaType, artifactType, subject === null ? null : formatContentDigest(subject.digest), JSON.stringify(annotations), bytes, contentBytes, pushedBy, isEvidence(manifest)];
    const [row] = await rowsOf<{ is_new: boolean }>(tx, INSERT, values);
    if (!row!.is_new) return false;
    await rowsOf(tx, REFER, [repositoryId, digest, references.map(({ role }) => role), references.map(({ descriptor }) => formatContentDigest(descriptor.digest))]);
    return true;
  }

  /** In the order of their digests, those behind `after`. */
  async referrers(reading: Reading, repository: string, projectId: string, subject: string, artifactType: string | null, after: string, limit: number): Promise<readonly StoredManifest[]> {
    return (await rowsOf<ManifestRow>(reading, REFERRERS, [repository, projectId, subject, after, artifactType, limit])).map(manifestOf);
  }

  /** Whether a manifest of the repository names the content. */
  async isNamed(tx: Tx, repositoryId: string, digest: string): Promise<boolean> {
    const text = 'SELECT 1 AS one FROM registry.manifest_reference WHERE repository_id = $1 AND digest = $2 LIMIT 1';
    return (await rowsOf(tx, { name: 'registry.manifest.is-named', text }, [repositoryId, digest])).length > 0;
  }

  /** What it was about; null when there is none. Its tags are gone before. */
  async remove(tx: Tx, repositoryId: string, digest: string): Promise<{ readonly subject: string | null } | null> {
    const [row] = await rowsOf<{ subject: string | null }>(tx, REMOVE, [repositoryId, digest]);
    return row ?? null;
  }
}

interface ManifestRow {
  readonly repository_id: string;
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly subject: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly size_bytes: number;
  readonly state: ManifestState;
  readonly state_reason: string | null;
  readonly is_evidence: boolean;
  readonly mode: PolicyMode;
}

function manifestOf(row: ManifestRow): StoredManifest {
  return {
    repositoryId: row.repository_id,
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type,
    subject: row.subject,
    annotations: row.annotations,
    sizeBytes: row.size_bytes,
    state: row.state,
    stateReason: row.state_reason,
    isEvidence: row.is_evidence,
    mode: row.mode,
  };
}
