import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/**
 * The ledger. Entries are appended by whoever does a deed, in the deed's transaction; leaves, tiles, heads and
 * checkpoints are written by the sequencer's login alone. What the triggers refuse, they refuse every login including
 * a superuser in replica mode; who owns a table can still switch a trigger off, and then the tree tells.
 */
export class Audit1763769600003 implements MigrationInterface {
  readonly name = 'Audit1763769600003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...GUARDS, APPEND, APPEND_MANY, REVOKED]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA audit CASCADE');
  }
}

const TABLES = [
  'CREATE SCHEMA audit',

  // xid: the top-level transaction that appended it, never given by the caller. With it the sequencer knows a point
  // before which every transaction has ended. seq orders the entries of one transaction, and tells what was there from
  // what comes for whoever holds appends back (succession.repository.ts); nothing else relies on it.
  // recorded_at is the database's to say too: what is too young to be removed is judged by it.
  `CREATE TABLE audit.entry (
     id   uuid   PRIMARY KEY,
     xid  xid8   NOT NULL DEFAULT pg_current_xact_id(),
     seq  bigint GENERATED ALWAYS AS IDENTITY,
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     body bytea  NOT NULL CHECK (octet_length(body) BETWEEN 2 AND 16384)
   )`,
  'CREATE INDEX entry_xid_seq ON audit.entry (xid, seq)',

  // The order of the log. No foreign key to entry: entries cannot be deleted, the insert reads them in its own
  // transaction, and the key would lock and dirty every entry's row a second time.
  `CREATE TABLE audit.leaf (
     index    bigint PRIMARY KEY CHECK (index >= 0),
     entry_id uuid   NOT NULL UNIQUE,
     hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
   )`,

  // One row a tile, widened in place: a partial tile is a prefix of the wider one, so every width that a checkpoint
  // needed can still be served. EXTERNAL: hashes do not compress, and a prefix is read without the rest.
  `CREATE TABLE audit.tile (
     level  smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
     index  bigint   NOT NULL CHECK (index >= 0),
     width  smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
     hashes bytea    NOT NULL CHECK (octet_length(hashes) = 32 * width),
     PRIMARY KEY (level, index)
   )`,
  'ALTER TABLE audit.tile ALTER COLUMN hashes SET STORAGE EXTERNAL',

  `CREATE TABLE audit.tree_head (
     size         bigint      PRIMARY KEY CHECK (size > 0),
     root         bytea       NOT NULL CHECK (octet_length(root) = 32),
     sequenced_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,

  // Where the anti-join may start, and in which cluster that number means anything: a dump restored elsewhere meets
  // transaction ids that are younger than the stored one.
  `CREATE TABLE audit.low_water (
     singleton         boolean PRIMARY KEY DEFAULT true CHECK (singleton),
     xid               xid8    NOT NULL,
     system_identifier bigint  NOT NULL
   )`,
  `INSERT INTO audit.low_water (xid, system_identifier) VALUES ('0', (SELECT system_identifier FROM pg_control_system()))`,

  `CREATE TABLE audit.checkpoint (
     number        bigint      PRIMARY KEY CHECK (number > 0),
     size          bigint      NOT NULL REFERENCES audit.tree_head (size),
     note          text        NOT NULL,
     previous_hash bytea       CHECK (octet_length(previous_hash) = 32),
     published_at  timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  'CREATE INDEX checkpoint_size ON audit.checkpoint (size, number)',

  // The log's name, given once: keys and witnesses are bound to it, so a changed PUBLIC_URL must not fork the log.
  `CREATE TABLE audit.log (
     singleton  boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
     origin     text        NOT NULL CHECK (origin ~ '^[^[:space:]+]{1,255}$'),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
];

const GUARDS = [
  `CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     RAISE EXCEPTION 'audit.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
   END $$`,
  ...['entry', 'leaf', 'tree_head', 'checkpoint', 'log'].flatMap((table) => [
    `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.${table}
       FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()`,
    `ALTER TABLE audit.${table} ENABLE ALWAYS TRIGGER append_only`,
  ]),
  `CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON audit.tile FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()`,
  'ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER never_removed',

  `CREATE FUNCTION audit.only_widen() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF (NEW.level, NEW.index) <> (OLD.level, OLD.index) OR NEW.width <= OLD.width
        OR substring(NEW.hashes FOR octet_length(OLD.hashes)) <> OLD.hashes THEN
       RAISE EXCEPTION 'audit.tile %/% may only be widened', OLD.level, OLD.index USING ERRCODE = 'insufficient_privilege';
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER only_widen BEFORE UPDATE ON audit.tile FOR EACH ROW EXECUTE FUNCTION audit.only_widen()',
  'ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER only_widen',

  // A head stands for exactly the leaves below it, and each is larger than the one before.
  `CREATE FUNCTION audit.only_grow() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF NEW.size <= coalesce((SELECT max(size) FROM audit.tree_head), 0)
        OR NEW.size <> (SELECT max(index) + 1 FROM audit.leaf) THEN
       RAISE EXCEPTION 'audit.tree_head of size % does not extend the log', NEW.size USING ERRCODE = 'insufficient_privilege';
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER only_grow BEFORE INSERT ON audit.tree_head FOR EACH ROW EXECUTE FUNCTION audit.only_grow()',
  'ALTER TABLE audit.tree_head ENABLE ALWAYS TRIGGER only_grow',

  // Checkpoints are a chain: numbered without gaps, never smaller, each naming the hash of the one before. Of two
  // publishers at once the second meets the primary key. When it was published is the database's to say: what may be
  // pruned is judged by it.
  `CREATE FUNCTION audit.only_advance() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
   DECLARE
     last audit.checkpoint%ROWTYPE;
   BEGIN
     SELECT * INTO last FROM audit.checkpoint ORDER BY number DESC LIMIT 1;
     IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.size < coalesce(last.size, 0)
        OR NEW.previous_hash IS DISTINCT FROM sha256(convert_to(last.note, 'UTF8')) THEN
       RAISE EXCEPTION 'audit.checkpoint % of size % does not follow the last one', NEW.number, NEW.size
         USING ERRCODE = 'serialization_failure';
     END IF;
     NEW.published_at := clock_timestamp();
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER only_advance BEFORE INSERT ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION audit.only_advance()',
  'ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER only_advance',
];

/**
 * The only way in. SECURITY DEFINER, so that a login that may append needs no privilege on the table and cannot choose
 * xid or seq. It turns synchronous_commit back on for the transaction: with it off, an acknowledged deed could be
 * lost with its entry. The length is checked before the insert, because a violated CHECK prints the row, and with it
 * the body, to the server's log.
 */
const APPEND = `CREATE FUNCTION audit.append(id uuid, body bytea) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF octet_length(append.body) NOT BETWEEN 2 AND 16384 THEN
      RAISE EXCEPTION 'an entry is 2 to 16384 bytes, not %', octet_length(append.body) USING ERRCODE = 'program_limit_exceeded';
    END IF;
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    INSERT INTO audit.entry (id, body) VALUES (append.id, append.body);
  END $$`;

/**
 * The same for the entries of a group commit, their bodies one after another: one call and one insert for all of them,
 * and no body is spelled in hex on its way, as the elements of an array would be. It takes the privilege of both, so that
 * there is one to take away.
 */
const APPEND_MANY = `CREATE FUNCTION audit.append_many(ids uuid[], lengths integer[], bodies bytea) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF NOT has_function_privilege(session_user, 'audit.append(uuid, bytea)', 'EXECUTE') THEN
      RAISE EXCEPTION 'permission denied for function append' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF cardinality(ids) <> cardinality(lengths) OR octet_length(bodies) <> (SELECT coalesce(sum(length), 0) FROM unnest(lengths) length)
       OR EXISTS (SELECT FROM unnest(lengths) length WHERE length IS NULL OR length NOT BETWEEN 2 AND 16384) THEN
      RAISE EXCEPTION 'an entry is 2 to 16384 bytes, and each has its id' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    INSERT INTO audit.entry (id, body)
    SELECT e.id, substring(bodies FROM e.after FOR e.length)
      FROM (SELECT u.id, u.length, u.place, 1 + (sum(u.length) OVER (ORDER BY u.place))::integer - u.length AS after
              FROM unnest(ids, lengths) WITH ORDINALITY AS u (id, length, place)) e
     ORDER BY e.place;
  END $$`;

const REVOKED = 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC';

/**
 * Application and worker append through the functions and write nothing else. The application also reads, for receipts
 * and tiles: bodies by column, never xid and seq, so that it cannot watch other transactions. The sequencer reads
 * entries and writes everything above them; tiles alone may be updated (widened).
 */
export const auditGrants: Grants = [
  { on: 'SCHEMA audit', app: 'USAGE', worker: 'USAGE', sequencer: 'USAGE' },
  { on: 'FUNCTION audit.append(uuid, bytea)', app: 'EXECUTE', worker: 'EXECUTE', sequencer: 'EXECUTE' },
  { on: 'FUNCTION audit.append_many(uuid[], integer[], bytea)', app: 'EXECUTE', worker: 'EXECUTE', sequencer: 'EXECUTE' },
  { on: 'TABLE audit.entry', app: 'SELECT (id, body)', sequencer: 'SELECT' },
  { on: 'TABLE audit.leaf', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.tile', app: 'SELECT', sequencer: 'SELECT, INSERT, UPDATE' },
  { on: 'TABLE audit.tree_head', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.checkpoint', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.log', app: 'SELECT', sequencer: 'SELECT, INSERT' },
  { on: 'TABLE audit.low_water', sequencer: 'SELECT, UPDATE' },
];
