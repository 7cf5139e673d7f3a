import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** The same in every installation, so that scripts may hold it; an id gives nobody access. */
const DEFAULT_PROJECT_ID = '01900000-0000-7000-8000-000000000001';

/** Projects, roles and bindings. */
export class Rbac1763769600004 implements MigrationInterface {
  readonly name = 'Rbac1763769600004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS rbac;

      CREATE TABLE rbac.project (
        id          uuid PRIMARY KEY,
        slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
        created_at  timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz,
        -- Counts the changes: its entity tag.
        version     bigint NOT NULL DEFAULT 1 CHECK (version >= 1)
      );
      INSERT INTO rbac.project (id, slug, name) VALUES ('${DEFAULT_PROJECT_ID}', 'default', 'Default project');

      -- A builtin role has its name as id and no rules: those are code, so that no write to this table changes them.
      CREATE TABLE rbac.role (
        id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,63}$'),
        builtin     boolean NOT NULL,
        description text,
        rules       jsonb,
        created_at  timestamptz NOT NULL DEFAULT now(),
        CHECK (builtin = (rules IS NULL))
      );
      INSERT INTO rbac.role (id, builtin) VALUES
        ('viewer', true), ('researcher', true), ('operator', true), ('key-manager', true),
        ('auditor', true), ('access-admin', true), ('security-admin', true), ('owner', true);

      -- created_by is a principal, or a component's name for what nobody asked for: no foreign key.
      CREATE TABLE rbac.role_binding (
        id          uuid PRIMARY KEY,
        subject_id  uuid NOT NULL,
        role_id     text NOT NULL REFERENCES rbac.role (id) ON DELETE RESTRICT,
        project_id  uuid REFERENCES rbac.project (id) ON DELETE RESTRICT,
        expires_at  timestamptz,
        created_at  timestamptz NOT NULL,
        created_by  text NOT NULL,
        CONSTRAINT role_binding_once UNIQUE NULLS NOT DISTINCT (subject_id, role_id, project_id),
        -- An owner is an owner everywhere and for ever: what protects the last one counts these rows.
        CONSTRAINT role_binding_owner CHECK (role_id <> 'owner' OR (project_id IS NULL AND expires_at IS NULL))
      );
      CREATE INDEX role_binding_project ON rbac.role_binding (project_id);
      CREATE INDEX role_binding_role ON rbac.role_binding (role_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA rbac CASCADE');
  }
}

/** Policy is the application's. Workers act for whoever queued the job and were decided about then. */
export const rbacGrants: Grants = [
  { on: 'SCHEMA rbac', app: 'USAGE' },
  { on: 'TABLE rbac.project', app: 'SELECT, INSERT, UPDATE (name, archived_at, version)' },
  { on: 'TABLE rbac.role', app: 'SELECT' },
  { on: 'TABLE rbac.role_binding', app: 'SELECT, INSERT, DELETE' },
];
