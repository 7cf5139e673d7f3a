import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** Second factors of people, and what stands between a password and a session while one is being asked for. */
export class Mfa1763769600012 implements MigrationInterface {
  readonly name = 'Mfa1763769600012';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [FACTORS, CEREMONIES]) await runner.query(statements);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE auth.webauthn_challenge, auth.login_ticket, auth.recovery_code, auth.passkey, auth.totp;
      ALTER TABLE auth.user_account DROP COLUMN has_second_factor;
    `);
  }
}

const FACTORS = `
  -- Whether there is a confirmed row for the person in totp or passkey, said again where every request looks: changed in
  -- the transactions that change those.
  ALTER TABLE auth.user_account ADD COLUMN has_second_factor boolean NOT NULL DEFAULT false;

  -- One generator of codes a person (RFC 6238). last_step is the time step of the newest code that was taken: every code
  -- of it and of those before is used up. failures counts wrong codes since the last right one.
  CREATE TABLE auth.totp (
    principal_id    uuid PRIMARY KEY REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT,
    -- Under the key hierarchy, with the principal as associated data: the row of one person opens as nobody else's.
    sealed_secret   bytea NOT NULL CHECK (octet_length(sealed_secret) BETWEEN 44 AND 128),
    created_at      timestamptz NOT NULL,
    -- Null while the person has not shown yet that their device makes the right codes.
    confirmed_at    timestamptz,
    last_step       bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0),
    failures        integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    last_attempt_at timestamptz
  );

  -- Public keys of authenticators (WebAuthn). A counter of 0 is of one that does not count.
  CREATE TABLE auth.passkey (
    id            uuid PRIMARY KEY,
    principal_id  uuid NOT NULL REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT,
    credential_id bytea NOT NULL CONSTRAINT passkey_once UNIQUE CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
    -- COSE_Key, as the authenticator gave it.
    public_key    bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 4096),
    counter       bigint NOT NULL CHECK (counter >= 0),
    transports    text[] NOT NULL,
    -- Whether its private key may be copied to other devices.
    synced        boolean NOT NULL,
    label         text CHECK (char_length(label) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
  );
  CREATE INDEX passkey_principal ON auth.passkey (principal_id);

  -- 80 random bits each, so that a plain hash is enough. A used one stays, so that the person sees how many are left.
  CREATE TABLE auth.recovery_code (
    principal_id uuid NOT NULL REFERENCES auth.user_account (principal_id) ON DELETE RESTRICT,
    code_hash    bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    created_at   timestamptz NOT NULL,
    used_at      timestamptz,
    PRIMARY KEY (principal_id, code_hash)
  );
`;

const CEREMONIES = `
  -- The password was right, and the second factor is still owed. Good once, for minutes, in the epoch that it was given in.
  CREATE TABLE auth.login_ticket (
    ticket_hash  bytea PRIMARY KEY CHECK (octet_length(ticket_hash) = 32),
    principal_id uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    epoch        bigint NOT NULL CHECK (epoch >= 0),
    scopes       text[] NOT NULL,
    failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at)
  );
  CREATE INDEX login_ticket_principal ON auth.login_ticket (principal_id);
  CREATE INDEX login_ticket_end ON auth.login_ticket (expires_at);

  -- What an authenticator is asked to sign: gone with its first use. bound_to says for what and whom it was made.
  CREATE TABLE auth.webauthn_challenge (
    challenge_hash bytea PRIMARY KEY CHECK (octet_length(challenge_hash) = 32),
    bound_to       text NOT NULL CHECK (char_length(bound_to) BETWEEN 1 AND 100),
    expires_at     timestamptz NOT NULL
  );
  CREATE INDEX webauthn_challenge_end ON auth.webauthn_challenge (expires_at);
`;

export const mfaGrants: Grants = [
  { on: 'TABLE auth.totp', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE auth.passkey', app: 'SELECT, INSERT, UPDATE (counter, synced, last_used_at), DELETE' },
  { on: 'TABLE auth.recovery_code', app: 'SELECT, INSERT, UPDATE (used_at), DELETE' },
  { on: 'TABLE auth.login_ticket', app: 'SELECT, INSERT, UPDATE (failures), DELETE' },
  { on: 'TABLE auth.webauthn_challenge', app: 'SELECT, INSERT, UPDATE (expires_at), DELETE' },
];
