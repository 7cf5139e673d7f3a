import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

const DIGEST = "'^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$'";

/** Bytes are stored once, by digest; a repository shows those that `repository_blob` gives it. */
const CONTENT = `
  CREATE TABLE registry.blob (
    digest text PRIMARY KEY CHECK (digest ~ ${DIGEST}),
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    state text NOT NULL DEFAULT 'whole' CHECK (state IN ('whole', 'damaged', 'deleting')),
    upload_id uuid,
    review_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz NOT NULL DEFAULT now(),
    scrub_since timestamptz
  );
  CREATE INDEX blob_verification ON registry.blob (verified_at) WHERE state <> 'deleting';
  CREATE INDEX blob_review ON registry.blob (review_since) WHERE review_since IS NOT NULL;

  CREATE TABLE registry.repository (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
    name text NOT NULL UNIQUE CHECK (length(name) <= 255),
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX repository_of_project ON registry.repository (project_id, name);

  CREATE TABLE registry.repository_blob (
    repository_id uuid NOT NULL REFERENCES registry.repository (id) ON DELETE RESTRICT,
    digest text NOT NULL REFERENCES registry.blob (digest) ON DELETE RESTRICT,
    pushed_by uuid NOT NULL,
    pushed_at timestamptz NOT NULL DEFAULT now(),
    touched_at timestamptz NOT NULL DEFAULT now(),
    review_since timestamptz DEFAULT now(),
    PRIMARY KEY (repository_id, digest)
  );
  CREATE INDEX repository_blob_digest ON registry.repository_blob (digest);
  CREATE INDEX repository_blob_review ON registry.repository_blob (review_since) WHERE review_since IS NOT NULL;

  CREATE TABLE registry.upload (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
    repository text NOT NULL,
    opened_by uuid NOT NULL,
    reserved_bytes bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
    opened_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX upload_of_principal ON registry.upload (opened_by);
  CREATE INDEX upload_of_project ON registry.upload (project_id);
  CREATE INDEX upload_expiry ON registry.upload (expires_at);

  CREATE TABLE registry.usage (
    project_id uuid PRIMARY KEY REFERENCES rbac.project (id) ON DELETE RESTRICT,
    used_bytes bigint NOT NULL DEFAULT 0 CHECK (used_bytes >= 0)
  )`;

/**
 * Documents that name content, the names that can be moved, and what becomes of both. `tag_version` numbers every move and
 * deletion of any tag, so that no number comes twice, not even of a tag that was deleted and made again. `tag_record` is where the
 * tags stand by the entries of the ledger up to the last checkpoint, and what they are compared with; it refers to nothing, since
 * it also tells of what should be there and is not.
 */
const MANIFESTS = `
  CREATE TABLE registry.manifest (
    repository_id uuid NOT NULL REFERENCES registry.repository (id) ON DELETE RESTRICT,
    digest text NOT NULL CHECK (digest ~ ${DIGEST}),
    media_type text NOT NULL,
    artifact_type text,
    subject text CHECK (subject ~ ${DIGEST}),
    annotations jsonb NOT NULL,
    bytes bytea NOT NULL CHECK (length(bytes) <= 4194304),
    content_bytes bigint NOT NULL CHECK (content_bytes >= 0),
    state text NOT NULL DEFAULT 'quarantined' CHECK (state IN ('quarantined', 'verified', 'released', 'deprecated', 'revoked')),
    state_version integer NOT NULL DEFAULT 1,
    state_reason text,
    state_since timestamptz NOT NULL DEFAULT now(),
    is_evidence boolean NOT NULL,
    evaluated_version integer,
    pushed_by uuid NOT NULL,
    pushed_at timestamptz NOT NULL DEFAULT now(),
    pulled_at timestamptz,
    untagged_at timestamptz,
    asked_at timestamptz,
    touched_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository_id, digest)
  );
  CREATE INDEX manifest_subject ON registry.manifest (repository_id, subject, digest) WHERE subject IS NOT NULL;
  ALTER TABLE registry.manifest ALTER COLUMN bytes SET STORAGE EXTERNAL;

  CREATE TABLE registry.manifest_reference (
    repository_id uuid NOT NULL,
    manifest_digest text NOT NULL,
    role text NOT NULL CHECK (role IN ('config', 'layer', 'manifest')),
    digest text NOT NULL CHECK (digest ~ ${DIGEST}),
    PRIMARY KEY (repository_id, manifest_digest, role, digest),
    FOREIGN KEY (repository_id, manifest_digest) REFERENCES registry.manifest (repository_id, digest) ON DELETE CASCADE
  );
  CREATE INDEX manifest_reference_digest ON registry.manifest_reference (repository_id, digest);

  CREATE TABLE registry.tag (
    repository_id uuid NOT NULL REFERENCES registry.repository (id) ON DELETE RESTRICT,
    name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$'),
    digest text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    moved_by uuid NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    seal bytea NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (repository_id, name),
    FOREIGN KEY (repository_id, digest) REFERENCES registry.manifest (repository_id, digest) ON DELETE RESTRICT
  );
  CREATE INDEX tag_digest ON registry.tag (repository_id, digest);
  CREATE SEQUENCE registry.tag_version;

  CREATE TABLE registry.tag_record (
    repository_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    repository text NOT NULL,
    digest text,
    version bigint NOT NULL,
    PRIMARY KEY (repository_id, name)
  )`;

/**
 * What a project demands of its images, whom it believes, and what has been found. A policy's version counts the changes of its
 * keys too: a manifest's `evaluated_version` is the one that it was last held against, null when something about it has changed since.
 */
const GOVERNANCE = `
  CREATE TABLE registry.project_policy (
    project_id uuid PRIMARY KEY REFERENCES rbac.project (id) ON DELETE RESTRICT,
    version integer NOT NULL DEFAULT 1,
    mode text NOT NULL DEFAULT 'off' CHECK (mode IN ('off', 'warn', 'enforce')),
    demands jsonb NOT NULL DEFAULT '{}',
    immutable_tags text[] NOT NULL DEFAULT '{}',
    retention jsonb NOT NULL DEFAULT '[]',
    retention_ran_at timestamptz,
    quota_bytes bigint CHECK (quota_bytes >= 0),
    changed_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE registry.trusted_key (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
    label text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('public-key', 'certificate-authority')),
    material text NOT NULL,
    fingerprint text NOT NULL,
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, fingerprint)
  );

  CREATE TABLE registry.signature (
    repository_id uuid NOT NULL,
    subject text NOT NULL,
    manifest_digest text NOT NULL,
    trusted_key_id uuid NOT NULL REFERENCES registry.trusted_key (id) ON DELETE CASCADE,
    format text NOT NULL,
    verified_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository_id, subject, manifest_digest, trusted_key_id),
    FOREIGN KEY (repository_id, manifest_digest) REFERENCES registry.manifest (repository_id, digest) ON DELETE CASCADE
  );
  CREATE INDEX signature_key ON registry.signature (trusted_key_id);

  CREATE TABLE registry.upkeep_run (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('gc', 'scrub', 'retention', 'tag-checkpoint')),
    project_id uuid REFERENCES rbac.project (id) ON DELETE RESTRICT,
    dry_run boolean NOT NULL DEFAULT false,
    started_by text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    cursor text NOT NULL DEFAULT '',
    report jsonb NOT NULL DEFAULT '{}',
    scope jsonb,
    touched_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX upkeep_run_open ON registry.upkeep_run (kind, id) WHERE finished_at IS NULL;
  CREATE INDEX upkeep_run_latest ON registry.upkeep_run (kind, started_at DESC);
  CREATE INDEX upkeep_run_of_project ON registry.upkeep_run (project_id, kind, id) WHERE project_id IS NOT NULL`;

/**
 * Existence is answered from these rows alone: a row is written only after its bytes are durable, and what deletes bytes
 * deletes their row first. `touched_at` is when an answer last let somebody leave out an upload: what is collected is older.
 * `review_since` is since when something may be of no use any more, null when it was seen to be: what is collected is
 * found by it, and nothing else is looked at.
 */
export class Registry1763769600006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA registry');
    for (const tables of [CONTENT, MANIFESTS, GOVERNANCE]) await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES].reverse()) await runner.query(`DROP TABLE registry.${table}`);
    await runner.query('DROP SEQUENCE registry.tag_version');
    await runner.query('DROP SCHEMA registry');
  }
}

/** Each behind those that it refers to. */
const TABLES = ['blob', 'repository', 'repository_blob', 'upload', 'usage', 'manifest', 'manifest_reference', 'tag', 'tag_record', 'project_policy', 'trusted_key', 'signature', 'upkeep_run'] as const;

export const registryGrants: Grants = [
  { on: 'SCHEMA registry', app: 'USAGE' },
  { on: 'TABLE registry.blob', app: 'SELECT, INSERT (digest, size_bytes, state, upload_id, review_since), UPDATE (state, upload_id, review_since, verified_at, scrub_since), DELETE' },
  { on: 'TABLE registry.repository', app: 'SELECT, INSERT (id, project_id, name), DELETE' },
  { on: 'TABLE registry.repository_blob', app: 'SELECT, INSERT (repository_id, digest, pushed_by), UPDATE (touched_at, review_since), DELETE' },
  { on: 'TABLE registry.upload', app: 'SELECT, INSERT (id, project_id, repository, opened_by, reserved_bytes, expires_at), UPDATE (reserved_bytes, expires_at), DELETE' },
  { on: 'TABLE registry.usage', app: 'SELECT, INSERT (project_id, used_bytes), UPDATE (used_bytes)' },
  { on: 'TABLE registry.manifest', app: 'SELECT, INSERT (repository_id, digest, media_type, artifact_type, subject, annotations, bytes, content_bytes, is_evidence, pushed_by), UPDATE (state, state_version, state_reason, state_since, evaluated_version, pulled_at, untagged_at, asked_at, touched_at), DELETE' },
  { on: 'TABLE registry.manifest_reference', app: 'SELECT, INSERT (repository_id, manifest_digest, role, digest)' },
  { on: 'TABLE registry.tag', app: 'SELECT, INSERT (repository_id, name, digest, version, moved_by, seal), UPDATE (digest, version, moved_by, moved_at, seal), DELETE' },
  { on: 'SEQUENCE registry.tag_version', app: 'SELECT, USAGE, UPDATE' },
  { on: 'TABLE registry.tag_record', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE registry.project_policy', app: 'SELECT, INSERT (project_id, mode, demands, immutable_tags, retention, quota_bytes), UPDATE (version, mode, demands, immutable_tags, retention, retention_ran_at, quota_bytes, changed_at)' },
  { on: 'TABLE registry.trusted_key', app: 'SELECT, INSERT (id, project_id, label, kind, material, fingerprint, added_by, added_at), DELETE' },
  { on: 'TABLE registry.signature', app: 'SELECT, INSERT (repository_id, subject, manifest_digest, trusted_key_id, format), DELETE' },
  { on: 'TABLE registry.upkeep_run', app: 'SELECT, INSERT (id, kind, project_id, dry_run, started_by, scope, touched_at), UPDATE (finished_at, cursor, report, touched_at)' },
];
