import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** The same in every installation, so that scripts may hold it; an id gives nobody access. */
const DEFAULT_PROJECT_ID = '01900000-0000-7000-8000-000000000001';

/** Projects, roles and bindings. */
export class Rbac1763769600004 implements MigrationInterface {
  readonly name = 'Rbac1763769600004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PROJECTS);
    await runner.query(`
      -- A builtin role has its name as id and no rules: those are code, so that no write to this table changes them.
      CREATE TABLE rbac.role (
        id          text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,63}$'),
        name        text NOT NULL CONSTRAINT role_name_key UNIQUE CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        builtin     boolean NOT NULL,
        description text,
        rules       jsonb,
        version     integer NOT NULL DEFAULT 1 CHECK (version > 0),
        created_at  timestamptz NOT NULL DEFAULT now(),
        updated_at  timestamptz NOT NULL DEFAULT now(),
        UNIQUE (id, builtin),
        CHECK (builtin = (rules IS NULL)),
        CHECK (NOT builtin OR name = id)
      );
      INSERT INTO rbac.role (id, name, builtin) SELECT name, name, true FROM unnest(ARRAY[
        'viewer', 'researcher', 'operator', 'key-manager', 'auditor', 'access-admin', 'security-admin', 'break-glass', 'owner']) AS name;

      -- What a role inherits from. That there is no way round in a circle is the application's, under the lock on the
      -- policy's version; who reads follows the edges as a set, so that a circle somebody planted ends all the same.
      -- No builtin role is an heir, or a row here would change what it says; and of the owner's there is none.
      CREATE TABLE rbac.role_parent (
        role_id   text NOT NULL,
        parent_id text NOT NULL REFERENCES rbac.role (id) ON DELETE RESTRICT,
        builtin   boolean NOT NULL DEFAULT false CHECK (NOT builtin),
        PRIMARY KEY (role_id, parent_id),
        FOREIGN KEY (role_id, builtin) REFERENCES rbac.role (id, builtin) ON DELETE CASCADE,
        CHECK (role_id <> parent_id AND parent_id <> 'owner')
      );
      CREATE INDEX role_parent_parent ON rbac.role_parent (parent_id);

      -- What a role ever said: written once, also of roles that are gone, so that it can be told what somebody could do.
      CREATE TABLE rbac.role_version (
        role_id     text NOT NULL,
        version     integer NOT NULL,
        name        text NOT NULL,
        description text NOT NULL,
        rules       jsonb NOT NULL,
        parents     text[] NOT NULL,
        created_at  timestamptz NOT NULL,
        created_by  text NOT NULL,
        PRIMARY KEY (role_id, version)
      );

      -- Two roles that nobody may hold together, in whatever scope. The pairs of the product are code.
      CREATE TABLE rbac.separation (
        id           uuid PRIMARY KEY,
        first_role   text NOT NULL REFERENCES rbac.role (id) ON DELETE RESTRICT,
        second_role  text NOT NULL REFERENCES rbac.role (id) ON DELETE RESTRICT,
        reason       text NOT NULL CHECK (char_length(reason) <= 500),
        created_at   timestamptz NOT NULL,
        created_by   text NOT NULL,
        CONSTRAINT separation_once UNIQUE (first_role, second_role),
        CHECK (first_role < second_role)
      );
      CREATE INDEX separation_second ON rbac.separation (second_role);
    `);
    await runner.query(BINDINGS);
    await runner.query(APPROVALS);
    await runner.query(BREAK_GLASS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA rbac CASCADE');
  }
}

const PROJECTS = `
  CREATE SCHEMA IF NOT EXISTS rbac;

  CREATE TABLE rbac.project (
    id          uuid PRIMARY KEY,
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    -- Counts the changes: its entity tag.
    version     bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- Whether its gravest deeds take two people.
    approvals_required boolean NOT NULL DEFAULT true
  );
  -- There is one person at first, who has to be able to try everything.
  INSERT INTO rbac.project (id, slug, name, approvals_required) VALUES ('${DEFAULT_PROJECT_ID}', 'default', 'Default project', false);
`;

const BINDINGS = `
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
`;

const APPROVALS = `
  -- A deed that waits for a second person. request_hash covers the request to the last byte, and nothing else of it is
  -- kept. Requesters and approvers are principals of another module, by their bare ids.
  CREATE TABLE rbac.approval (
    id             uuid PRIMARY KEY,
    requester_id   uuid NOT NULL,
    request_hash   bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    route          text NOT NULL,
    permission     text NOT NULL,
    project_id     uuid REFERENCES rbac.project (id) ON DELETE RESTRICT,
    target_type    text NOT NULL,
    target_uid     text NOT NULL,
    target_version bigint,
    summary        text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 500),
    state          text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'withdrawn', 'used', 'expired')),
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL CHECK (expires_at > created_at),
    decided_by     uuid,
    decided_at     timestamptz,
    reason         text CHECK (char_length(reason) BETWEEN 1 AND 500),
    used_at        timestamptz,
    CHECK ((used_at IS NOT NULL) = (state = 'used')),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    -- Nobody approves for themselves, whatever the code believes.
    CONSTRAINT approval_independent CHECK (state NOT IN ('approved', 'used') OR (decided_by IS NOT NULL AND decided_by <> requester_id))
  );
  CREATE UNIQUE INDEX approval_open ON rbac.approval (requester_id, request_hash) WHERE state IN ('pending', 'approved');
  CREATE INDEX approval_project ON rbac.approval (project_id);
  CREATE INDEX approval_end ON rbac.approval (expires_at);
`;

const BREAK_GLASS = `
  -- Accounts that hold no role until an emergency, by bare ids as above.
  CREATE TABLE rbac.break_glass_account (
    principal_id uuid PRIMARY KEY,
    enrolled_at  timestamptz NOT NULL,
    enrolled_by  uuid NOT NULL
  );

  CREATE TABLE rbac.break_glass_use (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL,
    reason       text NOT NULL CHECK (char_length(reason) BETWEEN 10 AND 500),
    opened_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL CHECK (ends_at > opened_at AND ends_at <= opened_at + interval '1 hour'),
    reviewed_by  uuid CHECK (reviewed_by <> principal_id),
    reviewed_at  timestamptz,
    findings     text CHECK (char_length(findings) BETWEEN 1 AND 2000),
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL))
  );
  CREATE UNIQUE INDEX break_glass_unreviewed ON rbac.break_glass_use (principal_id) WHERE reviewed_at IS NULL;
`;

/** Policy is the application's. Workers act for whoever queued the job and were decided about then. */
export const rbacGrants: Grants = [
  { on: 'SCHEMA rbac', app: 'USAGE' },
  { on: 'TABLE rbac.project', app: 'SELECT, INSERT, UPDATE (name, archived_at, version, approvals_required)' },
  { on: 'TABLE rbac.role', app: 'SELECT, INSERT, DELETE, UPDATE (name, description, rules, version, updated_at)' },
  { on: 'TABLE rbac.role_parent', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE rbac.role_version', app: 'SELECT, INSERT' },
  { on: 'TABLE rbac.separation', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE rbac.role_binding', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE rbac.break_glass_account', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE rbac.break_glass_use', app: 'SELECT, INSERT, UPDATE (reviewed_by, reviewed_at, findings)' },
  { on: 'TABLE rbac.approval', app: 'SELECT, INSERT, DELETE, UPDATE (state, decided_by, decided_at, reason, used_at)' },
];
