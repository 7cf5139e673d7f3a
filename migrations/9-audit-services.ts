import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/**
 * What stands around the ledger's tree: who has attested its checkpoints, the search table, the keys of personal data,
 * verifications and pruning. None of it is under the root; all of it but the subject keys can be made again from the
 * entries and the checkpoints.
 */
export class AuditServices1763769600009 implements MigrationInterface {
  readonly name = 'AuditServices1763769600009';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ATTESTATION, ...SEARCH, ...PRIVACY, ...VERIFICATION, ...PRUNING, ...ITEMS, REVOKED]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE audit.entry_item;
      DROP FUNCTION audit.keep_items(uuid, bytea), audit.refuse_removal_alone();
      DROP TRIGGER only_pruned ON audit.entry;
      DROP TRIGGER append_only ON audit.entry;
      DROP FUNCTION audit.prune(bigint), audit.time_of(uuid), audit.refuse_removal(), audit.fork(text);
      CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
      ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only;
      DROP TABLE audit.pruning, audit.mismatch, audit.verification, audit.erased_subject, audit.subject_key, audit.search, audit.search_kind, audit.search_span, audit.cursor,
        audit.former_log, audit.standing, audit.attestor, audit.publication, audit.cosignature;
    `);
  }
}

const ATTESTATION = [
  // Signature lines of a checkpoint beyond the log's own: the ML-DSA-44 cosignature (2.4 kB) and those of witnesses.
  // They may be thinned for checkpoints that later ones supersede; the chain hashes only the note with the log's own.
  `CREATE TABLE audit.cosignature (
     checkpoint bigint      NOT NULL REFERENCES audit.checkpoint (number),
     signer     text        NOT NULL CHECK (length(signer) BETWEEN 1 AND 400),
     line       text        NOT NULL CHECK (length(line) BETWEEN 1 AND 8000),
     signed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
     PRIMARY KEY (checkpoint, signer)
   )`,

  // Checkpoints that have what the witness policy demands, and are shown. Without a policy: every one.
  `CREATE TABLE audit.publication (
     checkpoint   bigint      PRIMARY KEY REFERENCES audit.checkpoint (number),
     published_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,

  // What each witness and anchor outside of this database has last confirmed.
  `CREATE TABLE audit.attestor (
     name          text        PRIMARY KEY,
     kind          text        NOT NULL CHECK (kind IN ('witness', 'anchor')),
     size          bigint      NOT NULL DEFAULT 0 CHECK (size >= 0),
     confirmed_at  timestamptz,
     failing_since timestamptz,
     failure       text,
     -- When the ledger was told that it has been failing for too long.
     lapsed_at     timestamptz
   )`,

  // One row: whether the log may be signed. FORKED is left by an operator's command alone, which has the owner's login:
  // the sequencer's may ask for it and can never take it back.
  `CREATE TABLE audit.standing (
     singleton boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
     forked_at timestamptz,
     reason    text,
     CHECK ((forked_at IS NULL) = (reason IS NULL))
   )`,
  'INSERT INTO audit.standing (singleton) VALUES (true)',
  `CREATE FUNCTION audit.fork(reason text) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
   BEGIN ATOMIC
     WITH forked AS (UPDATE audit.standing s SET forked_at = clock_timestamp(), reason = fork.reason WHERE s.forked_at IS NULL AND fork.reason IS NOT NULL RETURNING true)
     SELECT EXISTS (SELECT FROM forked);
   END`,

  // Logs that were abandoned for a successor, each with the last note that was signed under its name.
  `CREATE TABLE audit.former_log (
     origin   text        PRIMARY KEY,
     size     bigint      NOT NULL,
     root     bytea       NOT NULL CHECK (octet_length(root) = 32),
     note     text        NOT NULL,
     ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
];

const SEARCH = [
  // How far each reader of the log in leaf order has come. Locked by whoever reads on, so that one replica does.
  `CREATE TABLE audit.cursor (
     name       text   PRIMARY KEY CHECK (name IN ('search', 'detection', 'webhooks', 'self-check', 'self-check-chain', 'self-check-entries')),
     next_index bigint NOT NULL DEFAULT 0 CHECK (next_index >= 0),
     -- What was read in a log before this one, by the entries' seq: all below the first, and the others one by one.
     read_before  bigint   NOT NULL DEFAULT 0,
     read_besides bigint[] NOT NULL DEFAULT '{}'
   )`,
  "INSERT INTO audit.cursor (name) VALUES ('search'), ('detection'), ('webhooks'), ('self-check'), ('self-check-chain'), ('self-check-entries')",

  // What many entries have in common, once: some two hundred rows. A filter by code, class or outcome is a set of them.
  `CREATE TABLE audit.search_kind (
     id        integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
     code      text    NOT NULL COLLATE "C",
     class_uid integer NOT NULL,
     outcome   text    NOT NULL CHECK (outcome IN ('success', 'failure', 'denied')),
     UNIQUE (code, class_uid, outcome)
   )`,

  // Made from the entries, and made again by a command: no part of any proof. It finds and does not tell: actors and
  // targets are 64 bits of a digest. Every index ends with the leaf's, so that the newest are found without sorting.
  `CREATE TABLE audit.search (
     index      bigint      PRIMARY KEY CHECK (index >= 0),
     time       timestamptz NOT NULL,
     actor      bigint      NOT NULL,
     project_id uuid,
     kind       integer     NOT NULL,
     targets    bigint[]    NOT NULL
   )`,
  'CREATE INDEX search_kind_index ON audit.search (kind, index)',
  'CREATE INDEX search_actor_index ON audit.search (actor, index)',
  'CREATE INDEX search_project_index ON audit.search (project_id, index) WHERE project_id IS NOT NULL',
  'CREATE INDEX search_targets ON audit.search USING gin (targets)',

  // The times in each 1024 leaves: the order of the log is nearly that of time, and a stretch of time is thereby one of
  // leaves. What was sequenced late only makes its span wider.
  `CREATE TABLE audit.search_span (
     first_index bigint      PRIMARY KEY CHECK (first_index % 1024 = 0),
     first_time  timestamptz NOT NULL,
     last_time   timestamptz NOT NULL CHECK (last_time >= first_time)
   )`,
];

const PRIVACY = [
  // One data key a subject and month, wrapped. Deleting a row erases what was encrypted under it, in every entry, every
  // copy of an entry and every backup of one: entries name the key and hold only ciphertext.
  `CREATE TABLE audit.subject_key (
     id          uuid        PRIMARY KEY,
     subject     text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 100),
     period      text        NOT NULL CHECK (period ~ '^\\d{4}-\\d{2}(-\\d{2})?$'),
     wrapped_key bytea       NOT NULL CHECK (octet_length(wrapped_key) BETWEEN 48 AND 128),
     created_at  timestamptz NOT NULL,
     UNIQUE (subject, period)
   )`,

  // Whom nothing is kept of any more: no key is made for them again.
  `CREATE TABLE audit.erased_subject (
     subject   text        PRIMARY KEY,
     erased_at timestamptz NOT NULL
   )`,
];

const VERIFICATION = [
  // Full verifications: asked for by a person or by the night. Claimed by one process, which keeps its heartbeat.
  `CREATE TABLE audit.verification (
     id           uuid        PRIMARY KEY,
     requested_by text        NOT NULL,
     requested_at timestamptz NOT NULL,
     state        text        NOT NULL CHECK (state IN ('queued', 'running', 'passed', 'failed')),
     claim_token  uuid,
     heartbeat_at timestamptz,
     finished_at  timestamptz,
     size         bigint      NOT NULL DEFAULT 0 CHECK (size >= 0),
     verified     bigint      NOT NULL DEFAULT 0 CHECK (verified >= 0),
     mismatches   text[]      NOT NULL DEFAULT '{}'
   )`,
  "CREATE UNIQUE INDEX verification_open ON audit.verification ((true)) WHERE state IN ('queued', 'running')",

  // What was found and told: the continuous check meets a changed row in every round, and tells it once.
  `CREATE TABLE audit.mismatch (
     sentence text        PRIMARY KEY CHECK (length(sentence) BETWEEN 1 AND 500),
     index    bigint,
     entry_id uuid,
     found_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
];

const PRUNING = [
  // The minimum index of c2sp.org/tlog-tiles: below it the bodies of entries are gone, hashes and tiles stay.
  `CREATE TABLE audit.pruning (
     singleton     boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
     minimum_index bigint      NOT NULL DEFAULT 0 CHECK (minimum_index >= 0 AND minimum_index % 256 = 0),
     pruned_at     timestamptz
   )`,
  'INSERT INTO audit.pruning (singleton) VALUES (true)',

  // The time that a UUIDv7 was made at; an entry's id is given when it is recorded, and nobody can change it.
  `CREATE FUNCTION audit.time_of(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
   RETURN to_timestamp(('x' || left(replace(time_of.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)`,

  // The one way in which entries go, and the floor under every retention policy: whole tiles, published, and older than
  // 90 days both by the checkpoint that covered them and by when every single one was recorded (not its id, which
  // whoever appends chooses: one from the future would keep its tile for ever). The second is against whoever
  // has the login that may call this: it writes leaves, and could put a fresh entry into a gap that it left below.
  // Serialised by the lock on the one row; what the trigger lets through is what stands below the minimum.
  //
  // With the entries go the keys that none of those which stay can name: of months that were over a day before the
  // first publication of the last checkpoint that is pruned whole, and before the oldest of the next entries.
  `CREATE FUNCTION audit.prune(minimum bigint, OUT entries_removed bigint, OUT keys_removed bigint)
   LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
   DECLARE
     floor timestamptz := clock_timestamp() - interval '90 days';
     before bigint;
     kept_from timestamptz;
   BEGIN
     SELECT minimum_index INTO before FROM audit.pruning FOR UPDATE;
     IF prune.minimum IS NULL OR prune.minimum <= before OR prune.minimum % 256 <> 0
        OR NOT EXISTS (SELECT FROM audit.checkpoint c JOIN audit.publication p ON p.checkpoint = c.number WHERE c.size >= prune.minimum AND c.published_at < floor)
        OR EXISTS (SELECT FROM audit.leaf l JOIN audit.entry e ON e.id = l.entry_id WHERE l.index >= before AND l.index < prune.minimum AND e.recorded_at >= floor)
     THEN
       RAISE EXCEPTION 'the log cannot be pruned to %', prune.minimum USING ERRCODE = 'insufficient_privilege';
     END IF;
     UPDATE audit.pruning SET minimum_index = prune.minimum, pruned_at = clock_timestamp();
     DELETE FROM audit.entry e USING audit.leaf l WHERE l.entry_id = e.id AND l.index >= before AND l.index < prune.minimum;
     GET DIAGNOSTICS entries_removed = ROW_COUNT;
     SELECT least(
       (SELECT min(c.published_at) FROM audit.checkpoint c WHERE c.size = (SELECT max(size) FROM audit.checkpoint WHERE size <= prune.minimum)),
       (SELECT min(audit.time_of(l.entry_id)) FROM audit.leaf l WHERE l.index >= prune.minimum AND l.index < prune.minimum + 8192)
     ) INTO kept_from;
     -- A day's key goes with its month: '2026-10-31' stands before '2026-11', and '2026-11-01' after.
     DELETE FROM audit.subject_key WHERE period COLLATE "C" < to_char((kept_from - interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM');
     GET DIAGNOSTICS keys_removed = ROW_COUNT;
   END $$`,
  `CREATE FUNCTION audit.refuse_removal() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM audit.leaf l, audit.pruning p WHERE l.entry_id = OLD.id AND l.index < p.minimum_index) THEN
       RAISE EXCEPTION 'audit.entry is append-only: DELETE refused' USING ERRCODE = 'insufficient_privilege';
     END IF;
     RETURN OLD;
   END $$`,
  'DROP TRIGGER append_only ON audit.entry',
  `CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.entry FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()`,
  'ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only',
  `CREATE TRIGGER only_pruned BEFORE DELETE ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal()`,
  'ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER only_pruned',
];

const ITEMS = [
  // What one request did the same to, where an entry has no room for the digests: it has their root instead. One row a
  // list, 32 bytes a digest. It comes in the transaction of its entry, goes with it when that is pruned, and not before.
  `CREATE TABLE audit.entry_item (
     entry_id uuid  PRIMARY KEY REFERENCES audit.entry (id) ON DELETE CASCADE,
     digests  bytea NOT NULL CHECK (octet_length(digests) BETWEEN 32 AND 1048576 AND octet_length(digests) % 32 = 0)
   )`,
  // Digests do not compress.
  'ALTER TABLE audit.entry_item ALTER COLUMN digests SET STORAGE EXTERNAL',
  `CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.entry_item FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()`,
  'ALTER TABLE audit.entry_item ENABLE ALWAYS TRIGGER append_only',
  `CREATE FUNCTION audit.refuse_removal_alone() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF EXISTS (SELECT FROM audit.entry e WHERE e.id = OLD.entry_id) THEN
       RAISE EXCEPTION 'audit.entry_item is append-only: DELETE refused' USING ERRCODE = 'insufficient_privilege';
     END IF;
     RETURN OLD;
   END $$`,
  `CREATE TRIGGER only_with_entry BEFORE DELETE ON audit.entry_item FOR EACH ROW EXECUTE FUNCTION audit.refuse_removal_alone()`,
  'ALTER TABLE audit.entry_item ENABLE ALWAYS TRIGGER only_with_entry',
  // As audit.append: nobody gives a list to an entry that another transaction wrote.
  `CREATE FUNCTION audit.keep_items(entry uuid, digests bytea) RETURNS void
   LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM audit.entry e WHERE e.id = keep_items.entry AND e.xid = pg_current_xact_id()) THEN
       RAISE EXCEPTION 'no entry of this transaction has the id %', keep_items.entry USING ERRCODE = 'insufficient_privilege';
     END IF;
     INSERT INTO audit.entry_item (entry_id, digests) VALUES (keep_items.entry, keep_items.digests);
   END $$`,
];

const REVOKED = 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC';

/**
 * The application searches, reads attestations, holds the subject keys (it alone sees whom they are about) and asks for
 * verifications. The sequencer does the rest, and prunes through the function alone.
 */
export const auditServicesGrants: Grants = [
  { on: 'TABLE audit.cosignature', app: 'SELECT', sequencer: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE audit.publication', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.attestor', app: 'SELECT', sequencer: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE audit.standing', app: 'SELECT', sequencer: 'SELECT' },
  { on: 'FUNCTION audit.fork(text)', sequencer: 'EXECUTE' },
  { on: 'TABLE audit.former_log', app: 'SELECT', sequencer: 'SELECT' },
  { on: 'TABLE audit.cursor', app: 'SELECT', sequencer: 'SELECT, UPDATE' },
  { on: 'TABLE audit.search', app: 'SELECT', sequencer: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE audit.search_kind', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.search_span', app: 'SELECT', sequencer: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE audit.subject_key', app: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE audit.erased_subject', app: 'SELECT, INSERT', sequencer: 'SELECT' },
  { on: 'TABLE audit.verification', app: 'SELECT, INSERT', sequencer: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE audit.mismatch', sequencer: 'SELECT, INSERT, DELETE' },
  { on: 'TABLE audit.pruning', app: 'SELECT', sequencer: 'SELECT' },
  { on: 'FUNCTION audit.prune(bigint)', sequencer: 'EXECUTE' },
  { on: 'TABLE audit.entry_item', app: 'SELECT' },
  { on: 'FUNCTION audit.keep_items(uuid, bytea)', app: 'EXECUTE' },
];
