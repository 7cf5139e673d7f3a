import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** The hierarchy of keys under its seal, and the versions of the house's own signing keys. */
export class Crypto1763769600002 implements MigrationInterface {
  readonly name = 'Crypto1763769600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS crypto;

      -- One row at most: the primary key is the lock by which two replicas agree on one seal. What a seal needs besides
      -- its secret stands in parameters: a salt and its cost, how many shares, what another server encrypted.
      CREATE TABLE crypto.seal (
        singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        type        text NOT NULL CHECK (type IN ('key-file', 'passphrase', 'shamir', 'transit')),
        parameters  jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
        check_value bytea NOT NULL CHECK (octet_length(check_value) = 32),
        created_at  timestamptz NOT NULL DEFAULT now()
      );

      -- The seal key wraps the root key, the root key the keys of projects, those the keys in them: a new seal or a new
      -- root key writes one level and no more. Each wrapped key is nonce, 32 bytes, tag.
      CREATE TABLE crypto.root_key (
        version     integer PRIMARY KEY CHECK (version >= 1),
        wrapped_key bytea NOT NULL CHECK (octet_length(wrapped_key) = 60),
        created_at  timestamptz NOT NULL
      );
      -- Without a project it is the house's own key. The reference makes whoever wraps under a root key that is being
      -- replaced wait, and then fail.
      CREATE TABLE crypto.project_key (
        project_id   uuid UNIQUE NULLS NOT DISTINCT,
        root_version integer NOT NULL REFERENCES crypto.root_key (version) ON DELETE RESTRICT,
        wrapped_key  bytea NOT NULL CHECK (octet_length(wrapped_key) = 60),
        created_at   timestamptz NOT NULL
      );
      CREATE VIEW crypto.house_key AS
        SELECT * FROM crypto.project_key WHERE project_id IS NULL WITH CHECK OPTION;

      -- One row a version and not one blob a keyring: a keyring that grows never outgrows a row, and a rotation
      -- writes only what it changes.
      CREATE TABLE crypto.key_version (
        id                  text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{43}$'),
        purpose             text NOT NULL CHECK (purpose IN ('jwt', 'registry', 'registry-token', 'attestation', 'audit-checkpoint', 'audit-cosign', 'result')),
        version             integer NOT NULL CHECK (version >= 1),
        algorithm           text NOT NULL CHECK (algorithm IN ('ES256', 'Ed25519', 'RS256', 'ML-DSA-44')),
        state               text NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'revoked')),
        public_key          bytea NOT NULL,
        wrapped_private_key bytea NOT NULL CHECK (octet_length(wrapped_private_key) > 16),
        nonce               bytea NOT NULL UNIQUE CHECK (octet_length(nonce) = 12),
        created_at          timestamptz NOT NULL,
        -- Since when it is in its state: by the clock of whoever changed it.
        state_since         timestamptz NOT NULL DEFAULT now(),
        UNIQUE (purpose, version)
      );
      CREATE UNIQUE INDEX key_version_one_active ON crypto.key_version (purpose) WHERE state = 'active';
      CREATE UNIQUE INDEX key_version_one_next ON crypto.key_version (purpose) WHERE state = 'next';

      -- A key's life runs one way, whoever writes: a revoked key cannot be made to verify again by an UPDATE.
      CREATE FUNCTION crypto.refuse_state_backwards() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
      BEGIN
        IF (OLD.state, NEW.state) NOT IN (
          ('next', 'active'), ('next', 'revoked'), ('active', 'retiring'), ('active', 'revoked'), ('retiring', 'revoked')
        ) THEN
          RAISE EXCEPTION 'a key version does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER key_version_state BEFORE UPDATE ON crypto.key_version
        FOR EACH ROW EXECUTE FUNCTION crypto.refuse_state_backwards();
    `);
    await runner.query(FIRST_ROOT_KEY);
    await runner.query(VIEWS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA crypto CASCADE');
  }
}

const FIRST_ROOT_KEY = `
  -- A login that serves begins a hierarchy and no more: a second root key, or one of a version out of turn, would stand
  -- in the way of every new root key and new seal. Who may destroy root keys may also add one.
  CREATE FUNCTION crypto.refuse_further_root_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF NOT has_table_privilege(current_user, TG_RELID, 'DELETE') AND (NEW.version <> 1 OR EXISTS (SELECT FROM crypto.root_key)) THEN
      RAISE EXCEPTION 'this login begins a hierarchy of keys and adds no root key' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER root_key_first BEFORE INSERT ON crypto.root_key
    FOR EACH ROW EXECUTE FUNCTION crypto.refuse_further_root_key();
`;

const VIEWS = `
  -- No login reaches the table. Who serves requests gets the wrapped keys of the api, who sequences those of the
  -- ledger, and everybody what is public anyway; CHECK OPTION keeps each to its own side when it writes.
  CREATE VIEW crypto.public_key_version AS
    SELECT id, purpose, version, algorithm, state, public_key, created_at, state_since FROM crypto.key_version;
  CREATE VIEW crypto.api_key_version AS
    SELECT * FROM crypto.key_version WHERE purpose IN ('jwt', 'registry', 'registry-token', 'attestation') WITH CHECK OPTION;
  CREATE VIEW crypto.ledger_key_version AS
    SELECT * FROM crypto.key_version WHERE purpose IN ('audit-checkpoint', 'audit-cosign', 'result') WITH CHECK OPTION;
`;

/**
 * Of a signing key's version only the state ever changes; nothing is deleted, so that an old signature's key stays
 * known. A login that serves can begin a hierarchy and add to it; to replace a root key or a seal takes the owner's.
 */
export const cryptoGrants: Grants = [
  { on: 'SCHEMA crypto', app: 'USAGE', sequencer: 'USAGE', worker: 'USAGE' },
  { on: 'TABLE crypto.seal', app: 'SELECT, INSERT (type, parameters, check_value)', sequencer: 'SELECT, INSERT (type, parameters, check_value)' },
  { on: 'TABLE crypto.root_key', app: 'SELECT, INSERT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE crypto.house_key', app: 'SELECT, INSERT (root_version, wrapped_key, created_at)', sequencer: 'SELECT, INSERT (root_version, wrapped_key, created_at)' },
  { on: 'TABLE crypto.project_key', app: 'SELECT, INSERT' },
  { on: 'TABLE crypto.public_key_version', app: 'SELECT', sequencer: 'SELECT', worker: 'SELECT' },
  { on: 'TABLE crypto.api_key_version', app: 'SELECT, INSERT, UPDATE (state, state_since)' },
  { on: 'TABLE crypto.ledger_key_version', sequencer: 'SELECT, INSERT, UPDATE (state, state_since)' },
];
