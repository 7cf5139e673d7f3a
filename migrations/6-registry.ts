import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/**
 * Blobs are stored once, by digest; a repository sees those that `repository_blob` gives it. Existence is answered from
 * these rows alone, and a row is written only after its bytes are durable.
 */
export class Registry1763769600006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA registry');
    await runner.query(`
      CREATE TABLE registry.blob (
        digest text PRIMARY KEY CHECK (digest ~ '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$'),
        size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        verified_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE registry.repository (
        id uuid PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
        name text NOT NULL UNIQUE CHECK (length(name) <= 255),
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE registry.repository_blob (
        repository_id uuid NOT NULL REFERENCES registry.repository (id) ON DELETE RESTRICT,
        digest text NOT NULL REFERENCES registry.blob (digest) ON DELETE RESTRICT,
        pushed_by uuid NOT NULL,
        pushed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (repository_id, digest)
      )`);
    await runner.query('CREATE INDEX repository_blob_digest ON registry.repository_blob (digest)');
    await runner.query(`
      CREATE TABLE registry.upload (
        id uuid PRIMARY KEY,
        project_id uuid NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
        repository text NOT NULL,
        opened_by uuid NOT NULL,
        opened_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX upload_of_principal ON registry.upload (opened_by)');
    await runner.query('CREATE INDEX upload_expiry ON registry.upload (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE registry.upload');
    await runner.query('DROP TABLE registry.repository_blob');
    await runner.query('DROP TABLE registry.repository');
    await runner.query('DROP TABLE registry.blob');
    await runner.query('DROP SCHEMA registry');
  }
}

export const registryGrants: Grants = [
  { on: 'SCHEMA registry', app: 'USAGE' },
  { on: 'TABLE registry.blob', app: 'SELECT, INSERT (digest, size_bytes), UPDATE (verified_at)' },
  { on: 'TABLE registry.repository', app: 'SELECT, INSERT (id, project_id, name)' },
  { on: 'TABLE registry.repository_blob', app: 'SELECT, INSERT (repository_id, digest, pushed_by)' },
  { on: 'TABLE registry.upload', app: 'SELECT, INSERT (id, project_id, repository, opened_by, expires_at), DELETE' },
];
