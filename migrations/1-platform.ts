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
    await runner.query('DROP TABLE platform.idempotency_key, platform.version_counter');
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
];

export const platformGrants: Grants = [
  { on: 'SCHEMA platform', app: 'USAGE', sequencer: 'USAGE', worker: 'USAGE' },
  // A process that does not migrate looks here, as its own login, whether the schema is the one that it knows.
  { on: 'TABLE platform.migration', app: 'SELECT', sequencer: 'SELECT', worker: 'SELECT' },
  // The app login removes expired keys as well: it is the one that makes them.
  { on: 'TABLE platform.idempotency_key', app: 'SELECT, INSERT, UPDATE, DELETE' },
  { on: 'TABLE platform.version_counter', app: 'SELECT, UPDATE', sequencer: 'SELECT, UPDATE', worker: 'SELECT' },
];
