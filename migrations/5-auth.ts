import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '../src/platform/database/grants.js';

/** Principals, their credentials and their sessions. Needs rbac's schema for the one foreign key that crosses modules. */
export class Auth1763769600005 implements MigrationInterface {
  readonly name = 'Auth1763769600005';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [ACCOUNTS, CREDENTIALS, COUNTERS]) await runner.query(statements);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE rbac.role_binding DROP CONSTRAINT role_binding_subject;
      DROP SCHEMA auth CASCADE;
    `);
  }
}

const ACCOUNTS = `
  CREATE SCHEMA IF NOT EXISTS auth;

  -- Users and service accounts. Never deleted: an id is never reused, and entries of the ledger name it for ever.
  -- epoch counts the events that end every session at once; a token carries the epoch that it was issued in.
  CREATE TABLE auth.principal (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('user', 'service')),
    status      text NOT NULL CHECK (status IN ('active', 'disabled')),
    epoch       bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz,
    -- Of whom everything was erased: nobody's account, and no one's again.
    erased_at   timestamptz,
    -- Who made it; null when a component did. Never changes: whoever made an account may not have it approve for them.
    created_by  uuid REFERENCES auth.principal (id) ON DELETE RESTRICT,
    -- Counts the changes of what others see of the account: its entity tag.
    version     bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- Of an account for emergencies: strangers cannot hold it up; and which one it was opened for, until when, by which
    -- session: no other has what it was opened for. Sessions are pruned, so it is no foreign key.
    sealed              boolean NOT NULL DEFAULT false,
    break_glass_id      uuid,
    break_glass_until   timestamptz,
    break_glass_session uuid,
    -- Of a program: what is given to it is bound to a key or a certificate that it has (RFC 9449, RFC 8705), or not given.
    dpop_required       boolean NOT NULL DEFAULT false,
    CHECK (kind = 'service' OR NOT dpop_required),
    CHECK ((break_glass_id IS NULL) = (break_glass_until IS NULL)),
    CHECK (break_glass_session IS NULL OR break_glass_id IS NOT NULL),
    UNIQUE (id, kind),
    CHECK ((status = 'disabled') = (disabled_at IS NOT NULL)),
    CHECK (erased_at IS NULL OR status = 'disabled')
  );

  -- The kind column repeats the principal's, so that the foreign key refuses a service account with a password.
  CREATE TABLE auth.user_account (
    principal_id         uuid PRIMARY KEY,
    kind                 text NOT NULL DEFAULT 'user' CHECK (kind = 'user'),
    username             text NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    display_name         text CHECK (char_length(display_name) BETWEEN 1 AND 200),
    password_hash        text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    must_change_password boolean NOT NULL,
    password_changed_at  timestamptz NOT NULL,
    -- Shorter than one that stands alone may be: the account must have a second factor.
    password_is_short    boolean NOT NULL DEFAULT false,
    -- Where links go to. Whoever moves it could take the account over: by its holder with a fresh login alone. Not a name:
    -- two accounts may have one.
    email                text CHECK (char_length(email) BETWEEN 3 AND 254),
    -- The last time that somebody else set what the person proves themselves by, and who; by is null for the recovery command.
    credentials_reset_at timestamptz,
    credentials_reset_by uuid REFERENCES auth.principal (id) ON DELETE RESTRICT,
    CHECK (credentials_reset_by IS NULL OR credentials_reset_at IS NOT NULL),
    FOREIGN KEY (principal_id, kind) REFERENCES auth.principal (id, kind) ON DELETE RESTRICT
  );

  CREATE TABLE auth.service_account (
    principal_id uuid PRIMARY KEY,
    kind         text NOT NULL DEFAULT 'service' CHECK (kind = 'service'),
    name         text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    -- The person who answers for it: it may do nothing that they may not.
    owner_id     uuid NOT NULL,
    owner_kind   text NOT NULL DEFAULT 'user' CHECK (owner_kind = 'user'),
    -- The last time that somebody gave it what it proves itself by, and who: they may have known it, though it has gone since.
    credentials_given_at timestamptz,
    credentials_given_by uuid REFERENCES auth.principal (id) ON DELETE RESTRICT,
    CHECK ((credentials_given_by IS NULL) = (credentials_given_at IS NULL)),
    FOREIGN KEY (principal_id, kind) REFERENCES auth.principal (id, kind) ON DELETE RESTRICT,
    FOREIGN KEY (owner_id, owner_kind) REFERENCES auth.principal (id, kind) ON DELETE RESTRICT
  );
  CREATE INDEX service_account_owner ON auth.service_account (owner_id);
`;

const CREDENTIALS = `
  CREATE TABLE auth.session (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at   timestamptz,
    auth_time    timestamptz NOT NULL,
    scopes       text[] NOT NULL,
    project_id   uuid,
    acr          text NOT NULL CHECK (acr IN ('aal1', 'aal2', 'aal3')),
    -- What the holder proved themselves by (RFC 8176).
    methods      text[] NOT NULL CHECK (cardinality(methods) > 0),
    -- The client that asked for it; null: a login of ours, or the service account itself.
    client_id    uuid,
    -- Whatever is refreshed or renewed: expires_at never goes beyond it.
    ends_at      timestamptz NOT NULL CHECK (ends_at >= expires_at),
    -- When its refresh token was last used; at the login, to begin with.
    last_used_at timestamptz NOT NULL,
    -- SHA-256 of the client certificate that its tokens are bound to (RFC 8705 §3), or of the key (RFC 7638) whose proofs
    -- they need (RFC 9449); neither: whoever holds one may use it.
    certificate_thumbprint bytea CHECK (octet_length(certificate_thumbprint) = 32),
    dpop_jkt               bytea CHECK (octet_length(dpop_jkt) = 32),
    -- Where it began, for the person to know it by. Personal: goes with the row.
    source       text CHECK (char_length(source) <= 64),
    user_agent   text CHECK (char_length(user_agent) <= 256),
    CHECK (certificate_thumbprint IS NULL OR dpop_jkt IS NULL)
  );
  CREATE INDEX session_principal ON auth.session (principal_id, expires_at);
  CREATE INDEX session_end ON auth.session (expires_at);
  CREATE INDEX session_client ON auth.session (client_id) WHERE client_id IS NOT NULL;

  -- Every refresh token of a session that goes on, by its hash: the last generation is good, and an earlier one that
  -- comes again tells that somebody has a copy. Which one is told by the number and never by a time.
  CREATE TABLE auth.refresh_token (
    token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    session_id  uuid NOT NULL REFERENCES auth.session (id) ON DELETE CASCADE,
    generation  integer NOT NULL CHECK (generation >= 1),
    epoch       bigint NOT NULL CHECK (epoch >= 0),
    issued_at   timestamptz NOT NULL,
    replaced_at timestamptz,
    UNIQUE (session_id, generation)
  );

  -- Proofs of possession that were used (RFC 9449 §11.1), by a hash of key and jti, until they are too old to be taken.
  CREATE TABLE auth.dpop_proof (
    proof_hash bytea PRIMARY KEY CHECK (octet_length(proof_hash) = 32),
    expires_at timestamptz NOT NULL
  );
  CREATE INDEX dpop_proof_end ON auth.dpop_proof (expires_at);

  -- What programs prove themselves by. The secrets have 264 random bits, so that a plain hash is enough.
  CREATE TABLE auth.client_secret (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL REFERENCES auth.service_account (principal_id) ON DELETE RESTRICT,
    secret_hash  bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    label        text CHECK (char_length(label) BETWEEN 1 AND 100),
    created_at   timestamptz NOT NULL,
    created_by   uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at)
  );
  CREATE INDEX client_secret_principal ON auth.client_secret (principal_id);
  CREATE INDEX client_secret_end ON auth.client_secret (expires_at);

  -- Certificates that programs log in with over TLS. A thumbprint is public: what it names is proven by the handshake.
  CREATE TABLE auth.client_certificate (
    id           uuid PRIMARY KEY,
    principal_id uuid NOT NULL REFERENCES auth.service_account (principal_id) ON DELETE RESTRICT,
    thumbprint   bytea NOT NULL CONSTRAINT client_certificate_once UNIQUE CHECK (octet_length(thumbprint) = 32),
    label        text CHECK (char_length(label) BETWEEN 1 AND 100),
    created_at   timestamptz NOT NULL,
    created_by   uuid NOT NULL REFERENCES auth.principal (id) ON DELETE RESTRICT,
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at)
  );
  CREATE INDEX client_certificate_principal ON auth.client_certificate (principal_id);
  CREATE INDEX client_certificate_end ON auth.client_certificate (expires_at);

  -- Tokens of the Vault dialect: each is a session that can be renewed until ends_at, found by a hash.
  CREATE TABLE auth.opaque_token (
    token_hash       bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    session_id       uuid NOT NULL UNIQUE REFERENCES auth.session (id) ON DELETE CASCADE,
    epoch            bigint NOT NULL CHECK (epoch >= 0),
    method           text NOT NULL CHECK (method IN ('approle', 'userpass')),
    ends_at          timestamptz NOT NULL,
    client_secret_id uuid REFERENCES auth.client_secret (id) ON DELETE SET NULL,
    CHECK (client_secret_id IS NULL OR method = 'approle')
  );
  CREATE INDEX opaque_token_secret ON auth.opaque_token (client_secret_id) WHERE client_secret_id IS NOT NULL;
`;

const COUNTERS = `
  -- Failed logins, by a keyed digest of what was tried: people type passwords into the name field, so no attempted
  -- name is stored. Rows die by themselves (LoginThrottle); account is the key of the account's own row, by which all of
  -- them are found when it is erased.
  CREATE TABLE auth.login_throttle (
    key               bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    account           bytea NOT NULL CHECK (octet_length(account) = 32),
    failures          integer NOT NULL CHECK (failures >= 0),
    last_attempt_at   timestamptz NOT NULL,
    last_success_at   timestamptz
  );
  CREATE INDEX login_throttle_account ON auth.login_throttle (account);
  CREATE INDEX login_throttle_age ON auth.login_throttle (last_attempt_at) WHERE last_success_at IS NULL;

  -- Sources that went on after they had been refused, by a keyed digest. Ends by itself; the row stays a day longer, so that
  -- who offends again is known. offences is 0 only while the transaction that adds the row is under way.
  CREATE TABLE auth.source_block (
    id       uuid PRIMARY KEY,
    source   bytea NOT NULL UNIQUE CHECK (octet_length(source) = 32),
    offences integer NOT NULL CHECK (offences >= 0),
    began_at timestamptz NOT NULL,
    ends_at  timestamptz NOT NULL
  );
  CREATE INDEX source_block_end ON auth.source_block (ends_at);

  ALTER TABLE rbac.role_binding
    ADD CONSTRAINT role_binding_subject FOREIGN KEY (subject_id) REFERENCES auth.principal (id) ON DELETE RESTRICT;
`;

/** Only the application authenticates: workers and the sequencer never see who logs in. */
export const authGrants: Grants = [
  { on: 'SCHEMA auth', app: 'USAGE' },
  { on: 'TABLE auth.principal', app: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE auth.user_account', app: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE auth.service_account', app: 'SELECT, INSERT, UPDATE (name, owner_id, credentials_given_at, credentials_given_by)' },
  { on: 'TABLE auth.session', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE auth.refresh_token', app: 'SELECT, INSERT, UPDATE (replaced_at)' },
  { on: 'TABLE auth.dpop_proof', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.client_secret', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.client_certificate', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE auth.opaque_token', app: 'SELECT, INSERT' },
  { on: 'TABLE auth.login_throttle', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE auth.source_block', app: 'SELECT, INSERT, UPDATE, DELETE' },
];
