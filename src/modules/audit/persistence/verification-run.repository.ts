import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { RunState, VerificationRun } from '../domain/verification-run.js';

interface RunRow {
  readonly id: string;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly state: RunState;
  readonly finished_at: Date | null;
  readonly size: string;
  readonly verified: string;
  readonly mismatches: string[];
}

const COLUMNS = 'id, requested_by, requested_at, state, finished_at, size, verified, mismatches';

/** Runs as the application asks for them and as the ledger's role works through them. Times of claims are the database's. */
@Injectable()
export class VerificationRunRepository {
  /** Queues one unless one is open; null then. The partial unique index decides between two at once. */
  async queue(tx: Tx, run: Pick<VerificationRun, 'id' | 'requestedBy' | 'requestedAt'>): Promise<VerificationRun | null> {
    const rows: RunRow[] = await entityManagerOf(tx).query(
      `INSERT INTO audit.verification (id, requested_by, requested_at, state) VALUES ($1, $2, $3, 'queued')
       ON CONFLICT ((true)) WHERE state IN ('queued', 'running') DO NOTHING RETURNING ${COLUMNS}`,
      [run.id, run.requestedBy, run.requestedAt],
    );
    return rows.map(runOf)[0] ?? null;
  }

  async open(tx: Tx): Promise<VerificationRun | null> {
    const rows: RunRow[] = await entityManagerOf(tx).query(`SELECT ${COLUMNS} FROM audit.verification WHERE state IN ('queued', 'running')`);
    return rows.map(runOf)[0] ?? null;
  }

  async find(tx: Tx, id: string): Promise<VerificationRun | null> {
    const rows: RunRow[] = await entityManagerOf(tx).query(`SELECT ${COLUMNS} FROM audit.verification WHERE id = $1`, [id]);
    return rows.map(runOf)[0] ?? null;
  }

  /** Newest first, from below this id on. */
  async list(tx: Tx, before: string | null, limit: number): Promise<VerificationRun[]> {
    const rows: RunRow[] = await entityManagerOf(tx).query(`SELECT ${COLUMNS} FROM audit.verification WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`, [before, limit]);
    return rows.map(runOf);
  }

  /** Whether the log is older than this time and no run was asked for since. */
  async isNightDue(tx: Tx, night: Date): Promise<boolean> {
    const [row]: { due: boolean }[] = await entityManagerOf(tx).query(
      `SELECT EXISTS (SELECT FROM audit.log WHERE created_at < $1) AND NOT EXISTS (SELECT FROM audit.verification WHERE requested_at >= $1) AS due`,
      [night],
    );
    return row?.due === true;
  }

  /** Claims the open run if nobody has, or if whoever did has not been heard of for this long. Returns its id. */
  async claim(tx: Tx, token: string, silenceMillis: number): Promise<string | null> {
    const [rows]: [{ id: string }[], number] = await entityManagerOf(tx).query(
      `UPDATE audit.verification SET state = 'running', claim_token = $1, heartbeat_at = clock_timestamp(), verified = 0
        WHERE id = (SELECT id FROM audit.verification
                     WHERE state = 'queued' OR (state = 'running' AND heartbeat_at < clock_timestamp() - $2 * interval '1 millisecond')
                     LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id`,
      [token, silenceMillis],
    );
    return rows[0]?.id ?? null;
  }

  /** False when another process has taken it over. */
  async beat(tx: Tx, id: string, token: string, verified: number, size: number): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query(
      `UPDATE audit.verification SET heartbeat_at = clock_timestamp(), verified = $3, size = $4 WHERE id = $1 AND claim_token = $2 AND state = 'running'`,
      [id, token, verified, size],
    );
    return count === 1;
  }

  /** False when another process has taken it over: that one's result counts. */
  async finish(tx: Tx, id: string, token: string, result: { readonly size: number; readonly mismatches: readonly string[] }): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query(
      `UPDATE audit.verification
          SET state = CASE WHEN cardinality($4::text[]) = 0 THEN 'passed' ELSE 'failed' END, finished_at = clock_timestamp(), size = $3, verified = $3, mismatches = $4
        WHERE id = $1 AND claim_token = $2 AND state = 'running'`,
      [id, token, result.size, result.mismatches],
    );
    return count === 1;
  }
}

function runOf(row: RunRow): VerificationRun {
  return {
    id: row.id,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    state: row.state,
    finishedAt: row.finished_at,
    size: Number(row.size),
    verified: Number(row.verified),
    mismatches: row.mismatches,
  };
}
