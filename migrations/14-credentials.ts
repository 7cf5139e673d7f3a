import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '../src/platform/database/grants.js';

/** What people prove themselves by beside their password: keys for their programs, and links that are good once. */
export class Credentials1763769600014 implements MigrationInterface {
  readonly name = 'Credentials1763769600014';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [API_KEYS, LINKS]) await runner.query(statements);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.reset_request; DROP TABLE auth.password_reset; DROP TABLE auth.invite; DROP TABLE auth.api_key');
  }
}

const API_KEYS = `
  -- Keys for programs, of a person or of a service account: each is its owner, narrowed to scopes and perhaps to one project. The secret
  -- has 256 random bits, so that a plain hash is enough; public_id is the part of the text that may be shown.
  CREATE TABLE auth.api_key (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    public_id    text NOT NULL UNIQUE CHECK (public_id ~ '^[0-9A-Za-z]{12}$'),
    secret_hash  bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    label        text CHECK (char_length(label) BETWEEN 1 AND 100),
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
    project_id   uuid REFERENCES rbac.project (id) ON DELETE RESTRICT,
    created_at   timestamptz NOT NULL,
    -- Whoever made it has seen it.
    created_by   uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    -- To the minute, and written after the request: a hint for who clears up, and no record.
    last_used_at timestamptz
  );
  CREATE INDEX api_key_principal ON auth.api_key (principal_id);
  CREATE INDEX api_key_end ON auth.api_key (expires_at);
`;

const LINKS = `
  -- Accounts that somebody was asked to make for themselves. A row is gone once it is used or taken back. What the one who
  -- invited had at that time bounds what it gives, and what they have at the acceptance does so again.
  CREATE TABLE auth.invite (
    id              uuid PRIMARY KEY,
    token_hash      bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    username        text NOT NULL CHECK (username ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    display_name    text CHECK (char_length(display_name) BETWEEN 1 AND 200),
    email           text CHECK (char_length(email) BETWEEN 3 AND 254),
    -- [{roleId, projectId, expiresAt}]
    roles           jsonb NOT NULL,
    invited_by      uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    inviter_scopes  text[] NOT NULL,
    inviter_acr     text NOT NULL CHECK (inviter_acr IN ('aal1', 'aal2', 'aal3')),
    inviter_project uuid,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL CHECK (expires_at > created_at)
  );
  CREATE INDEX invite_inviter ON auth.invite (invited_by);
  CREATE INDEX invite_end ON auth.invite (expires_at);

  -- The one link by which a password can be set anew. epoch is the account's when it was made: whatever ends the account's
  -- tokens ends the link, a change of the password before all.
  CREATE TABLE auth.password_reset (
    principal_id uuid PRIMARY KEY REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT,
    token_hash   bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    epoch        bigint NOT NULL CHECK (epoch >= 0),
    -- Null: whoever knew the name asked for it, and it went to the account's address.
    made_by      uuid REFERENCES auth.principal (id) ON DELETE RESTRICT,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at)
  );

  -- Links that were asked for and are not made yet: a row each, whether there is such an account or not, so that the
  -- request takes the same time for all names.
  CREATE TABLE auth.reset_request (
    id           uuid PRIMARY KEY,
    principal_id uuid REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT
  );
`;

export const credentialsGrants: Grants = [
  { on: 'TABLE auth.api_key', app: 'SELECT, INSERT, UPDATE (last_used_at), DELETE' },
  { on: 'TABLE auth.invite', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.password_reset', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE auth.reset_request', app: 'SELECT, INSERT, DELETE' },
];
