import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** What the readiness tick commits to find out whether commits work, and which releases have run. */
export class Health1763769600008 implements MigrationInterface {
  readonly name = 'Health1763769600008';

  async up(runner: QueryRunner): Promise<void> {
    // One row a login. Every tick of every replica writes the same row, and hot updates keep the page from growing.
    await runner.query(
      `CREATE TABLE platform.heartbeat (
         login     text        PRIMARY KEY,
         beaten_at timestamptz NOT NULL
       ) WITH (fillfactor = 10)`,
    );
    // One row a release that has run here. The highest epoch is the one that none goes back behind.
    await runner.query(
      `CREATE TABLE platform.release (
         digest       text        PRIMARY KEY CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
         version      text        NOT NULL,
         epoch        integer     NOT NULL CHECK (epoch >= 0),
         first_run_at timestamptz NOT NULL DEFAULT now()
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.heartbeat, platform.release');
  }
}

const WRITE = 'SELECT, INSERT, UPDATE';

const ADD = 'SELECT, INSERT (digest, version, epoch)';

export const healthGrants: Grants = [
  { on: 'TABLE platform.heartbeat', app: WRITE, sequencer: WRITE, worker: WRITE },
  { on: 'TABLE platform.release', app: ADD, sequencer: ADD, worker: ADD },
];
