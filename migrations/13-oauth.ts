import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '../src/platform/database/grants.js';

/** Clients, the keys of programs, assertions that were used, and devices that wait for a person. Behind auth's migration. */
export class Oauth1763769600013 implements MigrationInterface {
  readonly name = 'Oauth1763769600013';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE auth.session DROP CONSTRAINT session_client_known, DROP COLUMN credential_id');
    await runner.query('DROP TABLE auth.device_authorization, auth.client_assertion, auth.client_key, auth.client');
  }
}

const STATEMENTS = [
  // Programs that people use and that keep no secret (RFC 6749 §2.1, "public"). Never deleted: sessions and entries of the
  // ledger name them. A program that keeps one is a service account, and its own client.
  `CREATE TABLE auth.client (
     id            uuid        PRIMARY KEY,
     name          text        NOT NULL CONSTRAINT client_name_key UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
     -- The most that its sessions may be given.
     scopes        text[]      NOT NULL CHECK (cardinality(scopes) > 0),
     dpop_required boolean     NOT NULL,
     disabled_at   timestamptz,
     created_at    timestamptz NOT NULL,
     -- Null: it is a part of the product.
     created_by    uuid        REFERENCES auth.principal (id) ON DELETE RESTRICT,
     version       bigint      NOT NULL DEFAULT 1 CHECK (version >= 1)
   )`,
  `INSERT INTO auth.client (id, name, scopes, dpop_required, created_at, created_by)
   VALUES ('01981b7e-0000-7000-8000-000000000001', 'quantonium-cli',
           '{read:data,run:simulation,write:data,manage:keys,manage:registry,read:audit,manage:identity,manage:policy}', false, now(), NULL)`,

  // The secret or key that a program proved itself by: with it the session ends. No foreign key: it is of one table or another.
  `ALTER TABLE auth.session ADD COLUMN credential_id uuid,
     ADD CONSTRAINT session_client_known FOREIGN KEY (client_id) REFERENCES auth.client (id) ON DELETE RESTRICT`,

  // Public keys that programs sign assertions with (RFC 7523). The thumbprint is RFC 7638's.
  `CREATE TABLE auth.client_key (
     id           uuid        PRIMARY KEY,
     principal_id uuid        NOT NULL REFERENCES auth.service_account (principal_id) ON DELETE RESTRICT,
     thumbprint   bytea       NOT NULL CHECK (octet_length(thumbprint) = 32),
     -- The key id that its holder gave it; null: only the thumbprint names it.
     kid          text        CHECK (char_length(kid) BETWEEN 1 AND 200),
     algorithm    text        NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA', 'RS256', 'PS256')),
     public_key   bytea       NOT NULL,
     label        text        CHECK (char_length(label) BETWEEN 1 AND 100),
     created_at   timestamptz NOT NULL,
     created_by   uuid        NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
     expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
     CONSTRAINT client_key_once UNIQUE (principal_id, thumbprint)
   )`,
  'CREATE INDEX client_key_end ON auth.client_key (expires_at)',

  // Assertions that were used, by a digest of client and jti, until they would have ended by themselves.
  `CREATE TABLE auth.client_assertion (
     digest     bytea       PRIMARY KEY CHECK (octet_length(digest) = 32),
     expires_at timestamptz NOT NULL
   )`,
  'CREATE INDEX client_assertion_end ON auth.client_assertion (expires_at)',

  // Devices that wait for a person (RFC 8628). The code that the device keeps is 264 random bits, and a plain hash is enough;
  // the one that the person types is 34, so it is a keyed digest. source is personal, of whoever asked: it is shown to the
  // person who decides and goes with the row, which is swept within two hours.
  `CREATE TABLE auth.device_authorization (
     device_code_hash bytea       PRIMARY KEY CHECK (octet_length(device_code_hash) = 32),
     user_code_digest bytea       NOT NULL CONSTRAINT device_user_code_once UNIQUE CHECK (octet_length(user_code_digest) = 32),
     client_id        uuid        NOT NULL REFERENCES auth.client (id) ON DELETE RESTRICT,
     scopes           text[]      NOT NULL,
     source           text        CHECK (char_length(source) <= 64),
     created_at       timestamptz NOT NULL,
     expires_at       timestamptz NOT NULL CHECK (expires_at > created_at),
     interval_seconds integer     NOT NULL CHECK (interval_seconds BETWEEN 1 AND 3600),
     polled_at        timestamptz,
     -- What the person said, and what they were when they said it; null while nobody has.
     is_approved      boolean,
     principal_id     uuid        REFERENCES auth.principal (id) ON DELETE RESTRICT,
     session_id       uuid,
     epoch            bigint      CHECK (epoch >= 0),
     CHECK ((is_approved IS NULL) = (principal_id IS NULL)),
     CHECK ((is_approved IS NOT TRUE) OR (session_id IS NOT NULL AND epoch IS NOT NULL))
   )`,
  'CREATE INDEX device_authorization_end ON auth.device_authorization (expires_at)',
  'CREATE INDEX device_authorization_principal ON auth.device_authorization (principal_id) WHERE principal_id IS NOT NULL',
];

/** Only the application authenticates. */
export const oauthGrants: Grants = [
  { on: 'TABLE auth.client', app: 'SELECT, INSERT, UPDATE (name, scopes, dpop_required, disabled_at, version)' },
  { on: 'TABLE auth.client_key', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.client_assertion', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.device_authorization', app: 'SELECT, INSERT, DELETE, UPDATE (interval_seconds, polled_at, is_approved, principal_id, session_id, epoch, scopes)' },
];
