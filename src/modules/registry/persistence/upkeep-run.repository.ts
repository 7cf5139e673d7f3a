import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { NewRun, OpenRun, RunReport, RunScope, UpkeepKind, UpkeepRun } from '../domain/upkeep-run.js';

interface RunRow {
  readonly id: string;
  readonly kind: UpkeepKind;
  readonly project_id: string | null;
  readonly dry_run: boolean;
  readonly started_by: string;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly cursor: string;
  readonly report: RunReport;
}

const COLUMNS = 'id, kind, project_id, dry_run, started_by, started_at, finished_at, cursor, report';

/** Of those that wait or were left; who works on one says so more often than this. */
const CLAIM: Statement = {
  name: 'registry.upkeep.claim',
  text: `UPDATE registry.upkeep_run SET touched_at = now() WHERE id = (
           SELECT id FROM registry.upkeep_run WHERE kind = $1 AND finished_at IS NULL AND touched_at < now() - $2 * interval '1 millisecond' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING ${COLUMNS}, scope`,
};


/** What keeping the store in order has done, run by run. */
@Injectable()
export class UpkeepRunRepository {
  async start(tx: Tx, { id, kind, projectId = null, dryRun, startedBy }: NewRun): Promise<void> {
    const text = 'INSERT INTO registry.upkeep_run (id, kind, project_id, dry_run, started_by) VALUES ($1, $2, $3, $4, $5)';
    await rowsOf(tx, { name: 'registry.upkeep.start', text }, [id, kind, projectId, dryRun, startedBy]);
  }

  async finish(tx: Tx, id: string, report: RunReport, cursor = ''): Promise<UpkeepRun> {
    const text = `UPDATE registry.upkeep_run SET finished_at = clock_timestamp(), report = $2, cursor = $3 WHERE id = $1 RETURNING ${COLUMNS}`;
    const [row] = await rowsOf<RunRow>(tx, { name: 'registry.upkeep.finish', text }, [id, JSON.stringify(report), cursor]);
    return runOf(row!);
  }

  /** Newest first, those below `before`; of one project, or of all that there are. */
  async list(reading: Reading, kind: UpkeepKind, before: string | null, limit: number, projectId: string | null = null): Promise<readonly UpkeepRun[]> {
    const text = `SELECT ${COLUMNS} FROM registry.upkeep_run WHERE kind = $1 AND ($2::uuid IS NULL OR id < $2) AND ($4::uuid IS NULL OR project_id = $4) ORDER BY id DESC LIMIT $3`;
    return (await rowsOf<RunRow>(reading, { name: 'registry.upkeep.list', text }, [kind, before, limit, projectId])).map(runOf);
  }

  /** Whether one of the project was begun within so long, and has not ended. */
  async isUnderWay(reading: Reading, kind: UpkeepKind, projectId: string, withinMillis: number): Promise<boolean> {
    const text = `SELECT 1 AS one FROM registry.upkeep_run WHERE kind = $1 AND project_id = $2 AND finished_at IS NULL AND started_at > now() - $3 * interval '1 millisecond' LIMIT 1`;
    return (await rowsOf(reading, { name: 'registry.upkeep.is-under-way', text }, [kind, projectId, withinMillis])).length > 0;
  }

  async latest(reading: Reading, kind: UpkeepKind): Promise<UpkeepRun | null> {
    return (await this.list(reading, kind, null, 1))[0] ?? null;
  }

  async latestFinished(reading: Reading, kind: UpkeepKind): Promise<UpkeepRun | null> {
    const text = `SELECT ${COLUMNS} FROM registry.upkeep_run WHERE kind = $1 AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1`;
    const [row] = await rowsOf<RunRow>(reading, { name: 'registry.upkeep.latest-finished', text }, [kind]);
    return row === undefined ? null : runOf(row);
  }

  async find(reading: Reading, kind: UpkeepKind, id: string): Promise<UpkeepRun | null> {
    const text = `SELECT ${COLUMNS} FROM registry.upkeep_run WHERE kind = $1 AND id = $2`;
    const [row] = await rowsOf<RunRow>(reading, { name: 'registry.upkeep.find', text }, [kind, id]);
    return row === undefined ? null : runOf(row);
  }

  /**
   * Lets the run wait if none of everything was begun for so long, in whatever process: false when one was. One that was not
   * finished within `patienceMillis` has crashed, and does not count.
   */
  async queueDue(tx: Tx, run: NewRun, everyMillis: number, patienceMillis: number): Promise<boolean> {
    await rowsOf(tx, { name: 'registry.upkeep.turn', text: `SELECT pg_advisory_xact_lock(hashtextextended('registry.upkeep ' || $1, 0))` }, [run.kind]);
    const text = `SELECT 1 AS one FROM registry.upkeep_run WHERE kind = $1 AND project_id IS NULL AND scope IS NULL AND started_at > now() - $2 * interval '1 millisecond'
                  AND (finished_at IS NOT NULL OR started_at > now() - $3 * interval '1 millisecond') LIMIT 1`;
    if ((await rowsOf(tx, { name: 'registry.upkeep.recent', text }, [run.kind, everyMillis, patienceMillis])).length > 0) return false;
    await this.queue(tx, run, null);
    return true;
  }

  /** As one that waits for whoever claims it. */
  async queue(tx: Tx, { id, kind, dryRun, startedBy }: NewRun, scope: RunScope | null): Promise<void> {
    const text = `INSERT INTO registry.upkeep_run (id, kind, dry_run, started_by, scope, touched_at) VALUES ($1, $2, $3, $4, $5, '-infinity')`;
    await rowsOf(tx, { name: 'registry.upkeep.queue', text }, [id, kind, dryRun, startedBy, scope === null ? null : JSON.stringify(scope)]);
  }

  /** The oldest that waits, or that nobody has touched for so long. */
  async claim(tx: Tx, kind: UpkeepKind, silenceMillis: number): Promise<OpenRun | null> {
    const [row] = await rowsOf<RunRow & { scope: RunScope | null }>(tx, CLAIM, [kind, silenceMillis]);
    return row === undefined ? null : { ...runOf(row), scope: row.scope };
  }

  /** How far it has come, and what was found until there. */
  async advance(tx: Tx, id: string, cursor: string, report: RunReport): Promise<void> {
    const text = 'UPDATE registry.upkeep_run SET cursor = $2, report = $3, touched_at = now() WHERE id = $1';
    await rowsOf(tx, { name: 'registry.upkeep.advance', text }, [id, cursor, JSON.stringify(report)]);
  }

  /** For somebody else to go on with at once. */
  async letGo(tx: Tx, id: string): Promise<void> {
    await rowsOf(tx, { name: 'registry.upkeep.let-go', text: `UPDATE registry.upkeep_run SET touched_at = '-infinity' WHERE id = $1 AND finished_at IS NULL` }, [id]);
  }
}

function runOf(row: RunRow): UpkeepRun {
  return {
    id: row.id,
    kind: row.kind,
    projectId: row.project_id,
    dryRun: row.dry_run,
    startedBy: row.started_by,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cursor: row.cursor,
    report: row.report,
  };
}
