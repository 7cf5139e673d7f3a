import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { formatContentDigest } from '#pure/oci/content-digest.js';
import type { Manifest } from '#pure/oci/manifest.js';
import { isEvidence } from '../domain/evidence.js';
import type { ManifestState } from '../domain/manifest-state.js';
import type { PolicyMode } from '../domain/registry-policy.js';
import { touchMillisOf } from './blob.repository.js';

/** Which manifest somebody asks for. */
export interface AskedManifest {
  readonly repository: string;
  readonly projectId: string;
  /** Exactly one of them. */
  readonly tag: string | null;
  readonly digest: string | null;
}

/** A manifest as a client that may pull it is given it. */
export interface StoredManifest {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** As it counts now: what was verified under another policy is quarantined. */
  readonly state: ManifestState;
  readonly stateReason: string | null;
  readonly isEvidence: boolean;
  /** How strictly its project holds it to its state. */
  readonly mode: PolicyMode;
  /** Another one whenever somebody has written its row, whoever and whatever. */
  readonly rowVersion: string;
  /** By which it was asked for; null: by its digest. */
  readonly tag: TagRow | null;
}

/** As a list shows it of which it is an entry. */
export interface Referrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
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

/** For all who ask at the same time; each is found by its own way through the indexes. The version of a row is the transaction that has written it. */
const FIND: Statement = {
  name: 'registry.manifest.find',
  text: `SELECT asked.place, manifest.repository_id, manifest.digest, manifest.media_type, length(manifest.bytes) AS size_bytes, manifest.xmin::text AS row_version,
                manifest.state_reason, manifest.is_evidence, coalesce(policy.mode, 'off') AS mode, tag.version AS tag_version, tag.seal AS tag_seal,
                CASE WHEN manifest.state = 'verified' AND manifest.evaluated_version IS DISTINCT FROM coalesce(policy.version, 1) THEN 'quarantined' ELSE manifest.state END AS state
         FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS asked (repository, project_id, tag, digest, place)
         JOIN registry.repository ON repository.name = asked.repository AND repository.project_id = asked.project_id
         LEFT JOIN registry.tag ON tag.repository_id = repository.id AND tag.name = asked.tag
         JOIN registry.manifest ON manifest.repository_id = repository.id AND manifest.digest = coalesce(asked.digest, tag.digest)
         LEFT JOIN registry.project_policy AS policy ON policy.project_id = repository.project_id`,
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
  text: `WITH gone AS (DELETE FROM registry.manifest WHERE repository_id = $1 AND digest = ANY($2) RETURNING subject, state),
         held AS (
           SELECT repository_id, digest FROM registry.repository_blob
           WHERE repository_id = $1 AND digest IN (SELECT digest FROM registry.manifest_reference WHERE repository_id = $1 AND manifest_digest = ANY($2))
           ORDER BY digest FOR NO KEY UPDATE
         ), reviewed AS (
           UPDATE registry.repository_blob SET review_since = now() FROM held
           WHERE repository_blob.repository_id = held.repository_id AND repository_blob.digest = held.digest
         )
         SELECT subject, state FROM gone`,
};
const REFERRERS: Statement = {
  name: 'registry.manifest.referrers',
  text: `SELECT manifest.digest, manifest.media_type, manifest.artifact_type, manifest.annotations, length(manifest.bytes) AS size_bytes
         FROM registry.repository JOIN registry.manifest ON manifest.repository_id = repository.id
         WHERE repository.name = $1 AND repository.project_id = $2 AND manifest.subject = $3 AND manifest.digest > $4
           AND ($5::text IS NULL OR manifest.artifact_type = $5)
         ORDER BY manifest.digest LIMIT $6`,
};

/** As that of a blob: locks the row also when it does not write it, so that who takes it away is waited for. */
const TOUCH: Statement = {
  name: 'registry.manifest.touch',
  text: `WITH there AS (SELECT digest FROM registry.manifest WHERE repository_id = $1 AND digest = $2 FOR KEY SHARE),
              touched AS (
                UPDATE registry.manifest SET asked_at = now() FROM there
                WHERE repository_id = $1 AND manifest.digest = there.digest AND (asked_at IS NULL OR asked_at < now() - $3 * interval '1 millisecond'))
         SELECT digest FROM there`,
};

/** Documents that name content. Their bytes stand in the row, as they came. */
@Injectable()
export class ManifestRepository {
  private readonly touchMillis: number;

  constructor(config: Config) {
    this.touchMillis = touchMillisOf(config.registry.pushLeaseMillis);
  }

  /** Of each, in their order; null where there is none. */
  async find(reading: Reading, asked: readonly AskedManifest[]): Promise<readonly (StoredManifest | null)[]> {
    const of = <K extends keyof AskedManifest>(key: K): readonly AskedManifest[K][] => asked.map((each) => each[key]);
    const rows = await rowsOf<ManifestRow>(reading, FIND, [of('repository'), of('projectId'), of('tag'), of('digest')]);
    const found = new Map(rows.map((row) => [Number(row.place), row]));
    return asked.map(({ tag }, at) => {
      const row = found.get(at + 1);
      return row === undefined ? null : manifestOf(row, tag);
    });
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
  async referrers(reading: Reading, repository: string, projectId: string, subject: string, artifactType: string | null, after: string, limit: number): Promise<readonly Referrer[]> {
    const rows = await rowsOf<ReferrerRow>(reading, REFERRERS, [repository, projectId, subject, after, artifactType, limit]);
    return rows.map((row) => ({ digest: row.digest, mediaType: row.media_type, artifactType: row.artifact_type, annotations: row.annotations, sizeBytes: row.size_bytes }));
  }

  async markPulled(tx: Tx, repositoryId: string, digest: string): Promise<void> {
    const text = 'UPDATE registry.manifest SET pulled_at = now() WHERE repository_id = $1 AND digest = $2';
    await rowsOf(tx, { name: 'registry.manifest.mark-pulled', text }, [repositoryId, digest]);
  }

  /** For an answer that lets somebody leave out a push. False when it is gone. */
  async touch(tx: Tx, repositoryId: string, digest: string): Promise<boolean> {
    return (await rowsOf(tx, TOUCH, [repositoryId, digest, this.touchMillis])).length === 1;
  }

  /** Manifests that another is about to name, or to say something about: nobody who looks whether one does takes them before it is there. In one order. */
  async hold(tx: Tx, repositoryId: string, digests: readonly string[]): Promise<void> {
    const text = 'SELECT FROM registry.manifest WHERE repository_id = $1 AND digest = ANY($2) ORDER BY digest FOR KEY SHARE';
    await rowsOf(tx, { name: 'registry.manifest.hold', text }, [repositoryId, digests]);
  }

  /** Whether a manifest of the repository names the content. */
  async isNamed(tx: Tx, repositoryId: string, digest: string): Promise<boolean> {
    const text = 'SELECT 1 AS one FROM registry.manifest_reference WHERE repository_id = $1 AND digest = $2 LIMIT 1';
    return (await rowsOf(tx, { name: 'registry.manifest.is-named', text }, [repositoryId, digest])).length > 0;
  }

  /** What it was; null when there is none. Its tags are gone before. */
  async remove(tx: Tx, repositoryId: string, digest: string): Promise<RemovedManifest | null> {
    return (await this.removeAll(tx, repositoryId, [digest]))[0] ?? null;
  }

  async removeAll(tx: Tx, repositoryId: string, digests: readonly string[]): Promise<readonly RemovedManifest[]> {
    return rowsOf<RemovedManifest>(tx, REMOVE, [repositoryId, digests]);
  }
}

export interface RemovedManifest {
  /** What it was about. */
  readonly subject: string | null;
  readonly state: ManifestState;
}

interface ManifestRow {
  readonly place: string;
  readonly repository_id: string;
  readonly digest: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly row_version: string;
  readonly state: ManifestState;
  readonly state_reason: string | null;
  readonly is_evidence: boolean;
  readonly mode: PolicyMode;
  readonly tag_version: string | null;
  readonly tag_seal: Buffer | null;
}

interface ReferrerRow {
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly size_bytes: number;
}

function manifestOf(row: ManifestRow, tag: string | null): StoredManifest {
  const { repository_id: repositoryId, digest } = row;
  return {
    repositoryId,
    digest,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    state: row.state,
    stateReason: row.state_reason,
    isEvidence: row.is_evidence,
    mode: row.mode,
    rowVersion: row.row_version,
    tag: tag === null ? null : { repositoryId, name: tag, digest, version: Number(row.tag_version), seal: row.tag_seal! },
  };
}
