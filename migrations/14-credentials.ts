import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '../src/platform/database/grants.js';

/** What people prove themselves by beside their password: keys for their programs, and links that are good once. */
export class Credentials1763769600014 implements MigrationInterface {
  readonly name = 'Credentials1763769600014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(API_KEYS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE auth.api_key');
  }
}

const API_KEYS = `
  -- A person's keys for their programs: each is the person, narrowed to scopes and perhaps to one project. The secret
  -- has 256 random bits, so that a plain hash is enough; public_id is the part of the text that may be shown.
  CREATE TABLE auth.api_key (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT,
    public_id    text NOT NULL UNIQUE CHECK (public_id ~ '^[0-9A-Za-z]{12}$'),
    secret_hash  bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    label        text CHECK (char_length(label) BETWEEN 1 AND 100),
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
    project_id   uuid REFERENCES rbac.project (id) ON DELETE RESTRICT,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    -- To the minute, and written after the request: a hint for who clears up, and no record.
    last_used_at timestamptz
  );
  CREATE INDEX api_key_principal ON auth.api_key (principal_id);
  CREATE INDEX api_key_end ON auth.api_key (expires_at);
`;

export const credentialsGrants: Grants = [
  { on: 'TABLE auth.api_key', app: 'SELECT, INSERT, UPDATE (last_used_at), DELETE' },
];
