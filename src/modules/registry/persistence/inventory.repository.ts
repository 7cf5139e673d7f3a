import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { ListedManifest, ListedTag, ManifestDetail, NamedPage, Repository } from '../domain/inventory.js';
import type { ManifestState } from '../domain/manifest-state.js';

const REFERRERS_MAX = 100;

const MANIFEST = `manifest.digest, manifest.media_type, manifest.artifact_type, manifest.subject, manifest.is_evidence, length(manifest.bytes) AS size_bytes, manifest.content_bytes,
  manifest.state, manifest.state_version, manifest.state_reason, manifest.state_since, manifest.evaluated_version IS NOT DISTINCT FROM coalesce(policy.version, 1) AS is_evaluated,
  manifest.pushed_by, manifest.pushed_at, ARRAY(SELECT tag.name FROM registry.tag WHERE tag.repository_id = manifest.repository_id AND tag.digest = manifest.digest ORDER BY tag.name LIMIT 100) AS tags
  FROM registry.manifest JOIN registry.repository ON repository.id = manifest.repository_id
  LEFT JOIN registry.project_policy AS policy ON policy.project_id = repository.project_id`;

/** What there is, for people and programs that manage it. */
@Injectable()
export class InventoryRepository {
  async repositories(reading: Reading, filter: RowFilter, projectId: string | null, { after, limit }: PageRequest): Promise<Page<Repository>> {
    const text = `SELECT id, project_id, name, created_at FROM registry.repository
                  WHERE ($1::uuid IS NULL OR id > $1) AND ($2::uuid IS NULL OR project_id = $2) AND {filter} ORDER BY id LIMIT $3`;
    const rows = await filteredRowsOf<RepositoryRow>(reading, text, { project: 'project_id', attributes: {} }, filter, [after, projectId, limit + 1]);
    return pageOf(rows.map(repositoryOf), limit);
  }

  async repository(reading: Reading, id: string): Promise<Repository | null> {
    const text = 'SELECT id, project_id, name, created_at FROM registry.repository WHERE id = $1';
    const [row] = await rowsOf<RepositoryRow>(reading, { name: 'registry.inventory.repository', text }, [id]);
    return row === undefined ? null : repositoryOf(row);
  }

  /** In the order of their digests. */
  async manifests(reading: Reading, repositoryId: string, { after, limit }: PageRequest): Promise<NamedPage<ListedManifest>> {
    const text = `SELECT ${MANIFEST} WHERE manifest.repository_id = $1 AND ($2::text IS NULL OR manifest.digest > $2) ORDER BY manifest.digest LIMIT $3`;
    const rows = await rowsOf<ManifestRow>(reading, { name: 'registry.inventory.manifests', text }, [repositoryId, after, limit + 1]);
    return namedPage(rows.map(manifestOf), limit, ({ digest }) => digest);
  }

  async manifest(reading: Reading, repositoryId: string, digest: string): Promise<ManifestDetail | null> {
    const [row] = await rowsOf<ManifestRow>(reading, { name: 'registry.inventory.manifest', text: `SELECT ${MANIFEST} WHERE manifest.repository_id = $1 AND manifest.digest = $2` }, [repositoryId, digest]);
    if (row === undefined) return null;
    const referrers = `SELECT digest, media_type, artifact_type FROM registry.manifest WHERE repository_id = $1 AND subject = $2 ORDER BY digest LIMIT ${REFERRERS_MAX}`;
    const signatures = 'SELECT manifest_digest, trusted_key_id, format, verified_at FROM registry.signature WHERE repository_id = $1 AND subject = $2 ORDER BY manifest_digest, trusted_key_id';
    const [referring, signed] = [
      await rowsOf<ReferrerRow>(reading, { name: 'registry.inventory.referrers', text: referrers }, [repositoryId, digest]),
      await rowsOf<SignatureRow>(reading, { name: 'registry.inventory.signatures', text: signatures }, [repositoryId, digest]),
    ];
    return {
      ...manifestOf(row),
      referrers: referring.map((each) => ({ digest: each.digest, mediaType: each.media_type, artifactType: each.artifact_type })),
      signatures: signed.map((each) => ({ manifestDigest: each.manifest_digest, trustedKeyId: each.trusted_key_id, format: each.format, verifiedAt: each.verified_at })),
    };
  }

  /** In the order of their bytes. */
  async tags(reading: Reading, repositoryId: string, { after, limit }: PageRequest): Promise<NamedPage<ListedTag>> {
    const text = `SELECT name, digest, version, moved_by, moved_at FROM registry.tag WHERE repository_id = $1 AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $3`;
    const rows = await rowsOf<TagRow>(reading, { name: 'registry.inventory.tags', text }, [repositoryId, after, limit + 1]);
    const tags = rows.map((row) => ({ name: row.name, digest: row.digest, version: Number(row.version), movedBy: row.moved_by, movedAt: row.moved_at }));
    return namedPage(tags, limit, ({ name }) => name);
  }
}

/** From one row too many. */
function namedPage<T>(rows: readonly T[], limit: number, nameOf: (row: T) => string): NamedPage<T> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? nameOf(items.at(-1)!) : null };
}

interface RepositoryRow {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly created_at: Date;
}

interface ManifestRow {
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly subject: string | null;
  readonly is_evidence: boolean;
  readonly size_bytes: number;
  readonly content_bytes: string;
  readonly state: ManifestState;
  readonly state_version: number;
  readonly state_reason: string | null;
  readonly state_since: Date;
  readonly is_evaluated: boolean;
  readonly pushed_by: string;
  readonly pushed_at: Date;
  readonly tags: readonly string[];
}

interface ReferrerRow {
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
}

interface SignatureRow {
  readonly manifest_digest: string;
  readonly trusted_key_id: string;
  readonly format: string;
  readonly verified_at: Date;
}

interface TagRow {
  readonly name: string;
  readonly digest: string;
  readonly version: string;
  readonly moved_by: string;
  readonly moved_at: Date;
}

function repositoryOf(row: RepositoryRow): Repository {
  return { id: row.id, projectId: row.project_id, name: row.name, createdAt: row.created_at };
}

function manifestOf(row: ManifestRow): ListedManifest {
  return {
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type,
    subject: row.subject,
    isEvidence: row.is_evidence,
    sizeBytes: row.size_bytes,
    contentBytes: Number(row.content_bytes),
    state: row.state,
    version: row.state_version,
    stateReason: row.state_reason,
    stateSince: row.state_since,
    isEvaluated: row.is_evaluated,
    pushedBy: row.pushed_by,
    pushedAt: row.pushed_at,
    tags: row.tags,
  };
}
