import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { tagsAbout } from '../domain/evidence.js';
import type { ManifestState } from '../domain/manifest-state.js';

/** Where a manifest stands. */
export interface Standing {
  readonly state: ManifestState;
  /** Counts the changes of the state, for who changes it on condition. */
  readonly version: number;
  /** Of the policy that it was last held against; null when something about it has changed since. */
  readonly evaluatedVersion: number | null;
  readonly isEvidence: boolean;
  readonly mediaType: string;
}

/** A manifest that says something about another. Its bytes, if they are as small as a signature's manifest is. */
export interface FoundEvidence {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly bytes: Buffer | null;
}

/** Which manifest, and of whom. */
export interface ManifestPlace {
  readonly projectId: string;
  readonly repositoryId: string;
  readonly repository: string;
  readonly digest: string;
}

export interface FoundSignature {
  readonly manifestDigest: string;
  readonly trustedKeyId: string;
  readonly format: string;
}

const EVIDENCE: Statement = {
  name: 'registry.lifecycle.evidence',
  text: `SELECT manifest.digest, manifest.media_type, manifest.artifact_type, manifest.annotations, CASE WHEN length(manifest.bytes) <= $5 THEN manifest.bytes END AS bytes
         FROM registry.manifest
         WHERE manifest.repository_id = $1 AND manifest.is_evidence AND manifest.state <> 'revoked'
           AND (manifest.subject = $2 OR manifest.digest IN (SELECT digest FROM registry.tag WHERE repository_id = $1 AND name = ANY($3)))
         ORDER BY manifest.pushed_at DESC, manifest.digest LIMIT $4`,
};

/** The states of manifests, and what was found for them. */
@Injectable()
export class LifecycleRepository {
  async standing(reading: Reading, repositoryId: string, digest: string): Promise<Standing | null> {
    const text = 'SELECT state, state_version, evaluated_version, is_evidence, media_type FROM registry.manifest WHERE repository_id = $1 AND digest = $2';
    return standingOf(await rowsOf<StandingRow>(reading, { name: 'registry.lifecycle.standing', text }, [repositoryId, digest]));
  }

  async lock(tx: Tx, repositoryId: string, digest: string): Promise<Standing | null> {
    const text = 'SELECT state, state_version, evaluated_version, is_evidence, media_type FROM registry.manifest WHERE repository_id = $1 AND digest = $2 FOR UPDATE';
    return standingOf(await rowsOf<StandingRow>(tx, { name: 'registry.lifecycle.lock', text }, [repositoryId, digest]));
  }

  async setState(tx: Tx, { repositoryId, digest }: ManifestPlace, state: ManifestState, reason: string | null): Promise<void> {
    const text = `UPDATE registry.manifest SET state = $3, state_version = state_version + 1, state_reason = $4, state_since = now() WHERE repository_id = $1 AND digest = $2`;
    await rowsOf(tx, { name: 'registry.lifecycle.set-state', text }, [repositoryId, digest, state, reason]);
  }

  async setEvaluated(tx: Tx, { repositoryId, digest }: ManifestPlace, version: number): Promise<void> {
    const text = 'UPDATE registry.manifest SET evaluated_version = $3 WHERE repository_id = $1 AND digest = $2';
    await rowsOf(tx, { name: 'registry.lifecycle.set-evaluated', text }, [repositoryId, digest, version]);
  }

  /** Something about it has changed: what was found holds no more. */
  async markDue(tx: Tx, repositoryId: string, digests: readonly string[]): Promise<void> {
    const text = 'UPDATE registry.manifest SET evaluated_version = NULL WHERE repository_id = $1 AND digest = ANY($2)';
    await rowsOf(tx, { name: 'registry.lifecycle.mark-due', text }, [repositoryId, digests]);
  }

  /** What refers to the manifest, and what stands under the tags that older clients make for it; what was pushed last first. */
  async evidence(reading: Reading, repositoryId: string, digest: string, limit: number, bytesMax: number): Promise<readonly FoundEvidence[]> {
    const rows = await rowsOf<EvidenceRow>(reading, EVIDENCE, [repositoryId, digest, tagsAbout(digest), limit, bytesMax]);
    return rows.map((row) => ({ digest: row.digest, mediaType: row.media_type, artifactType: row.artifact_type, annotations: row.annotations, bytes: row.bytes }));
  }

  /** What was found, in the place of what was found before. A key or manifest that is gone meanwhile is left out. */
  async keepSignatures(tx: Tx, repositoryId: string, subject: string, found: readonly FoundSignature[]): Promise<void> {
    await rowsOf(tx, { name: 'registry.lifecycle.forget-signatures', text: 'DELETE FROM registry.signature WHERE repository_id = $1 AND subject = $2' }, [repositoryId, subject]);
    const text = `INSERT INTO registry.signature (repository_id, subject, manifest_digest, trusted_key_id, format)
                  SELECT $1, $2, manifest.digest, trusted_key.id, found.format FROM unnest($3::text[], $4::uuid[], $5::text[]) AS found (digest, key_id, format)
                  JOIN registry.manifest ON manifest.repository_id = $1 AND manifest.digest = found.digest
                  JOIN registry.trusted_key ON trusted_key.id = found.key_id ON CONFLICT DO NOTHING`;
    await rowsOf(tx, { name: 'registry.lifecycle.keep-signatures', text }, [repositoryId, subject, found.map(({ manifestDigest }) => manifestDigest), found.map(({ trustedKeyId }) => trustedKeyId), found.map(({ format }) => format)]);
  }

  /** Whether an index of the repository that somebody answers for names the manifest. */
  async isPartOfReleased(reading: Reading, repositoryId: string, digest: string): Promise<boolean> {
    const text = `SELECT 1 AS one FROM registry.manifest_reference AS reference
                  JOIN registry.manifest ON manifest.repository_id = reference.repository_id AND manifest.digest = reference.manifest_digest
                  WHERE reference.repository_id = $1 AND reference.digest = $2 AND reference.role = 'manifest' AND manifest.state IN ('released', 'deprecated') LIMIT 1`;
    return (await rowsOf(reading, { name: 'registry.lifecycle.is-part-of-released', text }, [repositoryId, digest])).length > 0;
  }

  /** Manifests that have not been held against the policy as it stands, of projects that have one. */
  async due(reading: Reading, limit: number): Promise<readonly ManifestPlace[]> {
    const text = `SELECT repository.project_id, repository.id AS repository_id, repository.name AS repository, manifest.digest FROM registry.project_policy AS policy
                  JOIN registry.repository ON repository.project_id = policy.project_id
                  JOIN registry.manifest ON manifest.repository_id = repository.id
                  WHERE policy.mode <> 'off' AND NOT manifest.is_evidence AND manifest.state IN ('quarantined', 'verified') AND manifest.evaluated_version IS DISTINCT FROM policy.version
                  ORDER BY manifest.pushed_at LIMIT $1`;
    const rows = await rowsOf<PlaceRow>(reading, { name: 'registry.lifecycle.due', text }, [limit]);
    return rows.map((row) => ({ projectId: row.project_id, repositoryId: row.repository_id, repository: row.repository, digest: row.digest }));
  }
}

interface StandingRow {
  readonly state: ManifestState;
  readonly state_version: number;
  readonly evaluated_version: number | null;
  readonly is_evidence: boolean;
  readonly media_type: string;
}

interface EvidenceRow {
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly bytes: Buffer | null;
}

interface PlaceRow {
  readonly project_id: string;
  readonly repository_id: string;
  readonly repository: string;
  readonly digest: string;
}

function standingOf([row]: readonly StandingRow[]): Standing | null {
  return row === undefined ? null : { state: row.state, version: row.state_version, evaluatedVersion: row.evaluated_version, isEvidence: row.is_evidence, mediaType: row.media_type };
}
