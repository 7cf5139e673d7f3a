import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/**
 * What the floor under every module keeps. The schema `platform` itself belongs to the migration runner, whose own
 * table stands in it: `down` leaves it.
 */
export class Platform1763769600001 implements MigrationInterface {
  readonly name = 'Platform1763769600001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION platform.take_hits(bytea, bigint, bigint, bigint)');
    await runner.query('DROP TABLE platform.idempotency_key, platform.version_counter, platform.rate_limit, platform.restoration');
  }
}

const STATEMENTS = [
  // One row a creating request with an Idempotency-Key, written in the transaction of its deed. It holds what a
  // replay needs to find the resource again and never a body: a body can hold a secret.
  `CREATE TABLE platform.idempotency_key (
     principal_id text        NOT NULL,
     route        text        NOT NULL,
     key          text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
     body_digest  bytea       NOT NULL CHECK (octet_length(body_digest) = 32),
     resource_id  text,
     status       smallint    NOT NULL DEFAULT 201 CHECK (status BETWEEN 200 AND 299),
     shown_once   boolean     NOT NULL DEFAULT false,
     expires_at   timestamptz NOT NULL,
     PRIMARY KEY (principal_id, route, key)
   )`,
  'CREATE INDEX idempotency_key_expires_at ON platform.idempotency_key (expires_at)',

  // Numbers that change whenever what they stand for changes: replicas compare, and build anew what they cached.
  `CREATE TABLE platform.version_counter (
     name    text   PRIMARY KEY,
     version bigint NOT NULL CHECK (version >= 0)
   )`,
  "INSERT INTO platform.version_counter (name, version) VALUES ('policy', 1), ('keyring', 1), ('transit', 1)",

  // A row while a restore is under way: from the loading of a backup to the end of what has to be done after it. No
  // process starts on a database that has one (boot-checks.ts), and only the same backup may go on.
  `CREATE TABLE platform.restoration (
     singleton boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
     backup    text        NOT NULL CHECK (backup ~ '^[0-9a-f]{64}$'),
     began_at  timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,

  // Counters of the rate limits where Postgres keeps them: a row a key and second, which the window needs for 61 seconds.
  // Not logged: after a crash it is empty, as the counters of a process are. The keys are keyed digests.
  `CREATE UNLOGGED TABLE platform.rate_limit (
     key  bytea  NOT NULL CHECK (octet_length(key) = 16),
     slot bigint NOT NULL,
     hits bigint NOT NULL CHECK (hits >= 0),
     PRIMARY KEY (key, slot)
   )`,
  'CREATE INDEX rate_limit_slot ON platform.rate_limit (slot)',

  // One hit, or what costs as much as so many, unless there would be more than at_most of them in the last minute. With the
  // rights of the caller. The lock is of the key alone, and what it orders sees what came before: each statement of a
  // volatile function has a snapshot of its own. at_millis is for tests; null is the database's clock.
  `CREATE FUNCTION platform.take_hits(of_key bytea, at_most bigint, cost bigint, at_millis bigint)
     RETURNS TABLE (used bigint, in_slot bigint, wait_millis bigint)
     LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
   DECLARE
     now_millis bigint;
     newest bigint;
     target bigint;
   BEGIN
     PERFORM pg_advisory_xact_lock(1919247469, hashtext(encode(of_key, 'hex')));
     now_millis := coalesce(at_millis, (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
     -- A clock that stepped back counts in the newest slot; by more than the window, anew.
     SELECT greatest(now_millis / 1000, max(r.slot)) INTO newest FROM platform.rate_limit r WHERE r.key = of_key AND r.slot <= now_millis / 1000 + 61;
     SELECT coalesce(sum(r.hits), 0) INTO used FROM platform.rate_limit r WHERE r.key = of_key AND r.slot BETWEEN newest - 60 AND newest;
     IF used + cost <= at_most THEN
       INSERT INTO platform.rate_limit AS r (key, slot, hits) VALUES (of_key, newest, cost)
         ON CONFLICT (key, slot) DO UPDATE SET hits = r.hits + excluded.hits;
       used := used + cost;
       in_slot := newest;
       target := used - 1;
     ELSE
       in_slot := NULL;
       target := at_most - cost;
     END IF;
     SELECT (w.slot + 61) * 1000 - now_millis INTO wait_millis FROM (
       SELECT r.slot, used - sum(r.hits) OVER (ORDER BY r.slot) AS remaining
         FROM platform.rate_limit r WHERE r.key = of_key AND r.slot BETWEEN newest - 60 AND newest) AS w
      WHERE w.remaining <= target ORDER BY w.slot LIMIT 1;
     RETURN NEXT;
   END $$`,
  'REVOKE ALL ON FUNCTION platform.take_hits(bytea, bigint, bigint, bigint) FROM PUBLIC',
];

export const platformGrants: Grants = [
  { on: 'SCHEMA platform', app: 'USAGE', sequencer: 'USAGE', worker: 'USAGE' },
  // A process that does not migrate looks here, as its own login, whether the schema is the one that it knows.
  { on: 'TABLE platform.migration', app: 'SELECT', sequencer: 'SELECT', worker: 'SELECT' },
  { on: 'TABLE platform.restoration', app: 'SELECT', sequencer: 'SELECT', worker: 'SELECT' },
  // The app login removes expired keys as well: it is the one that makes them.
  { on: 'TABLE platform.idempotency_key', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE platform.rate_limit', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'FUNCTION platform.take_hits(bytea, bigint, bigint, bigint)', app: 'EXECUTE' },
  { on: 'TABLE platform.version_counter', app: 'SELECT, UPDATE', sequencer: 'SELECT, UPDATE', worker: 'SELECT' },
];
