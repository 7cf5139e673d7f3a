import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Grants } from '#platform/database/grants.js';

/** What the readiness tick commits to find out whether commits work. */
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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.heartbeat');
  }
}

const WRITE = 'SELECT, INSERT, UPDATE';

export const healthGrants: Grants = [{ on: 'TABLE platform.heartbeat', app: WRITE, sequencer: WRITE, worker: WRITE }];
