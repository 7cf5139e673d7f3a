import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** Named keys of projects, their versions and use. Behind rbac's migration for the foreign key on projects. */
export class Transit1763769600011 implements MigrationInterface {
  readonly name = 'Transit1763769600011';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE crypto.project_key DROP CONSTRAINT project_key_project');
    await runner.query('DROP TABLE crypto.transit_wrapping_key, crypto.transit_usage, crypto.transit_key_version, crypto.transit_key');
  }
}

const STATEMENTS = [
  'ALTER TABLE crypto.project_key ADD CONSTRAINT project_key_project FOREIGN KEY (project_id) REFERENCES rbac.project (id) ON DELETE RESTRICT',
  `CREATE TABLE crypto.transit_key (
     id                     uuid        PRIMARY KEY,
     project_id             uuid        NOT NULL REFERENCES rbac.project (id) ON DELETE RESTRICT,
     name                   text COLLATE "C" NOT NULL CHECK (name ~ '^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$'),
     type                   text        NOT NULL,
     -- How long the secrets of an \`hmac\` key are; every other type says it itself.
     key_bytes              integer     CHECK ((type = 'hmac') = (key_bytes IS NOT NULL) AND key_bytes BETWEEN 32 AND 512),
     derived                boolean     NOT NULL,
     convergent             boolean     NOT NULL CHECK (derived OR NOT convergent),
     exportable             boolean     NOT NULL,
     allow_plaintext_backup boolean     NOT NULL,
     deletion_allowed       boolean     NOT NULL,
     imported               boolean     NOT NULL,
     allow_rotation         boolean     NOT NULL,
     latest_version         integer     NOT NULL CHECK (latest_version >= 1),
     min_available_version  integer     NOT NULL CHECK (min_available_version >= 0),
     min_decryption_version integer     NOT NULL CHECK (min_decryption_version BETWEEN 1 AND latest_version AND min_decryption_version >= min_available_version),
     min_encryption_version integer     NOT NULL CHECK (min_encryption_version = 0 OR min_encryption_version BETWEEN min_decryption_version AND latest_version),
     auto_rotate_seconds    bigint      NOT NULL CHECK (auto_rotate_seconds = 0 OR auto_rotate_seconds >= 3600),
     rotate_at              timestamptz CHECK ((rotate_at IS NULL) = (auto_rotate_seconds = 0)),
     soft_deleted_at        timestamptz,
     created_at             timestamptz NOT NULL,
     UNIQUE (project_id, name)
   )`,
  'CREATE INDEX transit_key_rotate_at ON crypto.transit_key (rotate_at) WHERE rotate_at IS NOT NULL AND soft_deleted_at IS NULL',

  // One row a version: a key of a thousand versions is read no slower than one of ten, and rotated by one INSERT. Each
  // secret is bound to project, key, version and type. Of an imported public key there is no secret.
  `CREATE TABLE crypto.transit_key_version (
     key_id           uuid        NOT NULL REFERENCES crypto.transit_key (id) ON DELETE CASCADE,
     version          integer     NOT NULL CHECK (version >= 1),
     public_key       bytea,
     wrapped_secret   bytea       CHECK (octet_length(wrapped_secret) > 28),
     wrapped_hmac_key bytea       NOT NULL CHECK (octet_length(wrapped_hmac_key) > 28),
     -- Encryptions under random nonces that processes have reserved: 2^32 are all that a version may ever do.
     encryptions_reserved bigint  NOT NULL DEFAULT 0 CHECK (encryptions_reserved BETWEEN 0 AND 4294967296),
     created_at       timestamptz NOT NULL,
     PRIMARY KEY (key_id, version)
   )`,

  // How often and when last, by what was done: counted in memory and added up every few seconds.
  `CREATE TABLE crypto.transit_usage (
     key_id       uuid        NOT NULL REFERENCES crypto.transit_key (id) ON DELETE CASCADE,
     version      integer     NOT NULL,
     operation    text        NOT NULL,
     uses         bigint      NOT NULL CHECK (uses > 0),
     last_used_at timestamptz NOT NULL,
     PRIMARY KEY (key_id, version, operation)
   )`,

  // The RSA key under which clients wrap what they import; made when it is first asked for.
  `CREATE TABLE crypto.transit_wrapping_key (
     singleton      boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
     public_key     bytea       NOT NULL,
     wrapped_secret bytea       NOT NULL CHECK (octet_length(wrapped_secret) > 28),
     created_at     timestamptz NOT NULL
   )`,
];

/** What of a key ever changes: never which one it is, whose, or of what type. */
const CHANGING = [
  'exportable', 'allow_plaintext_backup', 'deletion_allowed', 'imported', 'latest_version', 'min_available_version', 'min_decryption_version',
  'min_encryption_version', 'auto_rotate_seconds', 'rotate_at', 'soft_deleted_at',
];

/** Keys of projects are the application's: workers and the sequencer never see one. */
export const transitGrants: Grants = [
  { on: 'TABLE crypto.transit_key', app: `SELECT, INSERT, DELETE, UPDATE (${CHANGING.join(', ')})` },
  { on: 'TABLE crypto.transit_key_version', app: 'SELECT, INSERT, UPDATE (encryptions_reserved), DELETE' },
  { on: 'TABLE crypto.transit_usage', app: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE crypto.transit_wrapping_key', app: 'SELECT, INSERT' },
];
