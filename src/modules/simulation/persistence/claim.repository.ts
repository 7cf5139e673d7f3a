import { Injectable } from '@nestjs/common';
import { entityManagerOf, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { ClaimedJob, FinishedRun, Item, JobError, JobMethod, Language, Precision, Priority } from '../domain/job.js';
import { CLAIM } from './fair-claim.js';

/** What a worker has left to give: memory in bytes of simulated state. */
export interface WorkerOffer {
  /** Free now: a job above it has to wait. */
  readonly freeBytes: number;
  /** Free when nothing runs: a job above it is left to a larger worker. */
  readonly totalBytes: number;
  /** Of whom so many run already, on whichever worker, is passed over. */
  readonly runningPerPrincipalMax: number;
}

/** One running job as its heartbeat reports it. */
export interface Beat {
  readonly id: string;
  readonly token: string;
  /** 0 to 1. */
  readonly progress: number;
}

/** A running job that somebody wants cancelled, or else whose deadline has passed. */
export interface Stop {
  readonly id: string;
  readonly why: 'cancel' | 'expire';
}

/** What the entry of a job's end tells of it. */
export interface EndingJob {
  readonly id: string;
  readonly projectId: string;
  readonly submittedBy: string;
  readonly programDigest: string;
}

export interface LostJob extends EndingJob {
  /** Of a part: the job that it is one of. */
  readonly parentId: string | null;
  readonly workersLost: number;
  readonly cancelRequested: boolean;
}

/** How a job ends; every end is bound to its entry in the ledger. */
export interface JobEnd {
  /** `signing` where there is a result. */
  readonly status: 'signing' | 'failed' | 'cancelled';
  readonly entryId: string;
  readonly error: JobError | null;
}

/** Jobs that have not ended, of all projects. */
export interface QueueStanding {
  readonly queued: number;
  readonly running: number;
  readonly oldestSeconds: number;
}

/** As the driver gives it: bigint columns are text. */
interface ClaimedRow {
  id: string;
  project_id: string;
  submitted_by: string;
  language: Language;
  source: string;
  parameters: ProgramInputs;
  outputs: readonly unknown[];
  noise: object | null;
  program_digest: string;
  program_references: readonly string[];
  shots: number;
  seed: string;
  method: JobMethod;
  precision: Precision;
  memory_bytes: string;
  priority: Priority;
  waited_seconds: number;
  items: readonly Item[] | null;
  item_count: number;
  parts: number;
  parent_id: string | null;
  first_item: number;
  first_shot: number;
  others_wait: boolean;
}

/**
 * Jobs as the worker's login may touch them. All times are the database's: workers whose clocks differ agree on whether
 * a lease has run out. Every statement names the status it leaves and, where a claim exists, its token, so that a worker
 * that lost its lease changes nothing.
 */
@Injectable()
export class ClaimRepository {
  /** Read from the partial indexes of what waits and what runs: those that ended are not looked at. */
  async standing(tx: Tx): Promise<QueueStanding> {
    const [row]: { queued: string; running: string; oldest: string }[] = await entityManagerOf(tx).query(
      `SELECT (SELECT count(*) FROM simulation.job WHERE status = 'queued') AS queued,
              (SELECT count(*) FROM simulation.job WHERE status = 'running') AS running,
              coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) FROM simulation.job WHERE status = 'queued' ORDER BY id LIMIT 1), 0) AS oldest`,
    );
    return { queued: Number(row!.queued), running: Number(row!.running), oldestSeconds: Math.max(0, Number(row!.oldest)) };
  }

  /** queued → running, for the job whose turn it is. */
  async claim(tx: Tx, token: string, worker: string, leaseMillis: number, offer: WorkerOffer): Promise<ClaimedJob | null> {
    const [row] = await rowsOf<ClaimedRow>(tx, CLAIM, [token, worker, leaseMillis, offer.freeBytes, offer.totalBytes, offer.runningPerPrincipalMax]);
    // No row: nothing waits that could be run, all of it is being claimed by others, or what is next does not fit now.
    return row === undefined ? null : toClaimedJob(row, token);
  }

  /** Renews the leases and reports progress. Returns the ids that are still ours. */
  async renew(tx: Tx, beats: readonly Beat[], leaseMillis: number): Promise<readonly string[]> {
    const [rows]: [{ id: string }[], number] = await entityManagerOf(tx).query(
      `UPDATE simulation.job AS job
       SET lease_until = clock_timestamp() + $4 * interval '1 millisecond', progress = greatest(job.progress, beat.progress)
       FROM unnest($1::uuid[], $2::uuid[], $3::real[]) AS beat (id, token, progress)
       WHERE job.id = beat.id AND job.claim_token = beat.token AND job.status = 'running'
       RETURNING job.id`,
      [beats.map((beat) => beat.id), beats.map((beat) => beat.token), beats.map((beat) => beat.progress), leaseMillis],
    );
    return rows.map((row) => row.id);
  }

  /** Which of these running jobs are to be stopped, and why. */
  async stopsAmong(tx: Tx, ids: readonly string[]): Promise<readonly Stop[]> {
    return rowsOf<Stop>(tx, STOPS, [ids]);
  }

  /** running → queued, by the worker that holds it. Not counted as a loss: the job was not the cause. */
  async release(tx: Tx, id: string, token: string): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query(
      `UPDATE simulation.job
       SET status = 'queued', claim_token = NULL, claimed_by = NULL, lease_until = NULL, started_at = NULL, progress = 0
       WHERE id = $1 AND claim_token = $2 AND status = 'running'`,
      [id, token],
    );
    return count === 1;
  }

  /** running → failed or cancelled, by the worker that holds it. False: it no longer does. */
  async end(tx: Tx, id: string, token: string, end: JobEnd): Promise<boolean> {
    return (await rowsOf(tx, END, [...endParameters(id, end), token])).length === 1;
  }

  /** running → signing, and the result with it. False: it is no longer ours, and there is no result. */
  async finish(tx: Tx, id: string, token: string, entryId: string, { body, digest }: FinishedRun): Promise<boolean> {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return (await rowsOf(tx, FINISH, [...endParameters(id, { status: 'signing', entryId, error: null }), token, bytes, bytes.byteLength, digest])).length === 1;
  }

  /**
   * A running job whose lease has run out, or ends when none can that was given by this clock, which was set back then: an
   * hour would be waited for a worker that is gone. Held still until the transaction ends.
   */
  async lockLost(tx: Tx, leaseMillis: number): Promise<LostJob | null> {
    const rows: { id: string; project_id: string; submitted_by: string; program_digest: string; parent_id: string | null; workers_lost: number; cancel_requested: boolean }[] =
      await entityManagerOf(tx).query(
        `SELECT id, project_id, submitted_by, program_digest, parent_id, workers_lost, cancel_requested FROM simulation.job
         WHERE status = 'running' AND (lease_until < clock_timestamp() OR lease_until > clock_timestamp() + 2 * $1 * interval '1 millisecond')
         ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
        [leaseMillis],
      );
    const row = rows[0];
    if (row === undefined) return null;
    return { id: row.id, projectId: row.project_id, submittedBy: row.submitted_by, programDigest: row.program_digest, parentId: row.parent_id, workersLost: row.workers_lost, cancelRequested: row.cancel_requested };
  }

  /** A job that waits, or whose parts do, and whose deadline has passed, held still until the transaction ends. */
  async lockExpired(tx: Tx): Promise<(EndingJob & { readonly hasParts: boolean }) | null> {
    const [row] = await rowsOf<EndingJob & { hasParts: boolean }>(tx, LOCK_EXPIRED);
    return row ?? null;
  }

  /** queued or spread → failed, for a job that `lockExpired` holds. */
  async endExpired(tx: Tx, id: string, entryId: string, error: JobError): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'failed', finished_at = now(), end_entry_id = $2, error_code = $3, error_detail = $4
       WHERE id = $1 AND status IN ('queued', 'spread')`,
      [id, entryId, error.code, error.detail],
    );
  }

  /** running → queued, for a job that `lockLost` holds. */
  async requeueLost(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE simulation.job
       SET status = 'queued', claim_token = NULL, claimed_by = NULL, lease_until = NULL, started_at = NULL, progress = 0,
         workers_lost = workers_lost + 1
       WHERE id = $1 AND status = 'running'`,
      [id],
    );
  }

  /** running → failed or cancelled, for a job that `lockLost` holds. */
  async endLost(tx: Tx, id: string, end: JobEnd): Promise<void> {
    await entityManagerOf(tx).query(END_SQL, endParameters(id, end));
  }
}

const STOPS: Statement = {
  name: 'simulation.stops',
  text: `
    SELECT id, CASE WHEN deadline <= clock_timestamp() AND NOT cancel_requested THEN 'expire' ELSE 'cancel' END AS why FROM simulation.job
     WHERE id = ANY($1::uuid[]) AND status = 'running' AND (cancel_requested OR deadline <= clock_timestamp()
       -- A part whose job has ended.
       OR parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM simulation.job AS whole WHERE whole.id = job.parent_id AND whole.status = 'spread'))`,
};

const LOCK_EXPIRED: Statement = {
  name: 'simulation.lock-expired',
  text: `
    SELECT id, project_id AS "projectId", submitted_by AS "submittedBy", program_digest AS "programDigest", parts > 0 AS "hasParts" FROM simulation.job
     WHERE status IN ('queued', 'spread') AND deadline <= clock_timestamp()
     ORDER BY deadline LIMIT 1 FOR UPDATE SKIP LOCKED`,
};

/** Names the status it leaves, so that an end is never replaced by another; who ends it adds what it holds it by. */
const END_SQL = `UPDATE simulation.job
  SET status = $2, claim_token = NULL, lease_until = NULL, finished_at = CASE WHEN $2 = 'signing' THEN NULL ELSE now() END, end_entry_id = $3,
    error_code = $4, error_detail = $5, progress = CASE WHEN $2 = 'signing' THEN 1 ELSE progress END
  WHERE id = $1 AND status = 'running'`;

const END: Statement = { name: 'simulation.end-job', text: `${END_SQL} AND claim_token = $6 RETURNING id` };

const FINISH: Statement = {
  name: 'simulation.finish-job',
  text: `WITH finished AS (${END.text}), stored AS (
      INSERT INTO simulation.result (job_id, body, size_bytes, digest) SELECT id, $7::bytea, $8::integer, $9::text FROM finished)
    SELECT id FROM finished`,
};

function endParameters(id: string, end: JobEnd): (string | null)[] {
  return [id, end.status, end.entryId, end.error?.code ?? null, end.error?.detail ?? null];
}

function toClaimedJob(row: ClaimedRow, token: string): ClaimedJob {
  return {
    id: row.id,
    projectId: row.project_id,
    submittedBy: row.submitted_by,
    token,
    language: row.language,
    source: row.source,
    parameters: row.parameters,
    outputs: row.outputs,
    noise: row.noise,
    programDigest: row.program_digest,
    programReferences: row.program_references,
    shots: row.shots,
    seed: Number(row.seed),
    method: row.method,
    precision: row.precision,
    memoryBytes: Number(row.memory_bytes),
    priority: row.priority,
    waitedSeconds: row.waited_seconds,
    items: row.items,
    part: row.parent_id === null ? null : { jobId: row.parent_id, firstItem: row.first_item, items: row.item_count, firstShot: row.first_shot },
    parts: row.parts,
    results: [],
    othersWait: row.others_wait,
  };
}
