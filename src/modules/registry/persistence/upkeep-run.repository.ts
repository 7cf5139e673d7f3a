import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Tx } from '#platform/database/unit-of-work.js';
import type { NewRun, RunReport, UpkeepKind, UpkeepRun } from '../domain/upkeep-run.js';

interface RunRow {
  readonly id: string;
  readonly kind: UpkeepKind;
  readonly dry_run: boolean;
  readonly started_by: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly cursor: string;
  readonly report: RunReport;
}

const COLUMNS = 'id, kind, dry_run, started_by, started_at, finished_at, cursor, report';

/** What keeping the store in order has done, run by run. */
@Injectable()
export class UpkeepRunRepository {
  async start(tx: Tx, { id, kind, dryRun, startedBy }: NewRun): Promise<void> {
    const text = 'INSERT INTO registry.upkeep_run (id, kind, dry_run, started_by) VALUES ($1, $2, $3, $4)';
    await rowsOf(tx, { name: 'registry.upkeep.start', text }, [id, kind, dryRun, startedBy]);
  }

  async finish(tx: Tx, id: string, report: RunReport, cursor = ''): Promise<UpkeepRun> {
    const text = `UPDATE registry.upkeep_run SET finished_at = clock_timestamp(), report = $2, cursor = $3 WHERE id = $1 RETURNING ${COLUMNS}`;
    const [row] = await rowsOf<RunRow>(tx, { name: 'registry.upkeep.finish', text }, [id, JSON.stringify(report), cursor]);
    return runOf(row!);
  }

  /** Newest first, those below `before`. */
  async list(reading: Reading, kind: UpkeepKind, before: string | null, limit: number): Promise<readonly UpkeepRun[]> {
    const text = `SELECT ${COLUMNS} FROM registry.upkeep_run WHERE kind = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`;
    return (await rowsOf<RunRow>(reading, { name: 'registry.upkeep.list', text }, [kind, before, limit])).map(runOf);
  }

  async latest(reading: Reading, kind: UpkeepKind): Promise<UpkeepRun | null> {
    return (await this.list(reading, kind, null, 1))[0] ?? null;
  }
}

function runOf(row: RunRow): UpkeepRun {
  return {
    id: row.id,
    kind: row.kind,
    dryRun: row.dry_run,
    startedBy: row.started_by,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cursor: row.cursor,
    report: row.report,
  };
}
