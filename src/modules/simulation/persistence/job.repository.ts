import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Job, Priority, RunOrder } from '../domain/job.js';
import type { JobStatus, ShownStatus } from '../domain/job-status.js';
import { SIMULATION_ATTRIBUTES } from '../domain/simulation.permissions.js';
import type { JobEntity } from './job.entity.js';

/** What a submission stores; the rest of the row has its defaults, which the application's login may not write. */
export interface NewJob extends RunOrder {
  readonly id: string;
  readonly projectId: string;
  readonly projectSlug: string;
  readonly submittedBy: string;
  readonly name: string | null;
  readonly qubits: number;
  readonly memoryBytes: number;
  /** What it is estimated to cost, at least 1: what its submitter is charged, and what counts when turns are taken. */
  readonly costUnits: number;
  readonly priority: Priority;
  readonly deadline: Date | null;
}

export type Program = Pick<RunOrder, 'language' | 'source' | 'parameters'>;

/** How far a job is. */
export interface JobStanding {
  readonly id: string;
  readonly status: ShownStatus;
  readonly progress: number;
  readonly ended: boolean;
}

/** A job with what is known of its result. Without the source, which can be a megabyte. */
export type JobRow = Omit<JobEntity, 'source' | 'seed' | 'result' | 'status'> & {
  readonly status: ShownStatus;
  /** bigint comes as text. */
  readonly seed: string;
  readonly sizeBytes: number | null;
  readonly algorithm: string | null;
  readonly keyId: string | null;
  readonly signature: Buffer | null;
};

const SHOWN_STATUS = `CASE job.status WHEN 'signing' THEN 'running' ELSE job.status END`;

export const JOB_COLUMNS = `
  job.id, job.project_id AS "projectId", job.project_slug AS "projectSlug", job.submitted_by AS "submittedBy", job.name, job.program_digest AS "programDigest",
  job.shots, job.seed, job.method, job.precision, job.qubits, job.priority, job.deadline, ${SHOWN_STATUS} AS status, job.progress, job.cancel_requested AS "cancelRequested",
  job.created_at AS "createdAt", job.started_at AS "startedAt", job.finished_at AS "finishedAt",
  job.error_code AS "errorCode", job.error_detail AS "errorDetail", job.end_entry_id AS "endEntryId",
  result.size_bytes AS "sizeBytes", result.algorithm, result.key_id AS "keyId", result.signature`;

/** The second value is how large the result's bytes may be to come along; without a limit it is `Infinity`. */
const JOB: Statement = {
  name: 'simulation.job',
  text: `
    SELECT ${JOB_COLUMNS}, CASE WHEN result.size_bytes <= $2::float8 THEN result.body END AS body
      FROM simulation.job LEFT JOIN simulation.result ON result.job_id = job.id
     WHERE job.id = $1`,
};

const STANDINGS: Statement = {
  name: 'simulation.job-standings',
  text: `SELECT id, ${SHOWN_STATUS} AS status, progress, finished_at IS NOT NULL AS ended FROM simulation.job WHERE id = ANY($1::uuid[])`,
};

const PROGRAM: Statement = {
  name: 'simulation.job-program',
  text: 'SELECT language, source, parameters FROM simulation.job WHERE id = $1',
};

const LIST = `
  SELECT ${JOB_COLUMNS}
    FROM simulation.job LEFT JOIN simulation.result ON result.job_id = job.id
   WHERE {filter} AND ($1::uuid IS NULL OR job.id < $1)
   ORDER BY job.id DESC LIMIT $2`;
export const FILTERED_JOBS = rowColumns(SIMULATION_ATTRIBUTES, 'job.project_id', {
  createdBy: 'job.submitted_by::text',
  name: 'job.name',
  status: SHOWN_STATUS,
  priority: 'job.priority',
  method: 'job.method',
  precision: 'job.precision',
  shots: 'job.shots',
  qubits: 'job.qubits',
  createdAt: 'job.created_at',
});

/** Counts the queue no further than its limit, in the statement that joins it. No row: the queue is full. */
const INSERT: Statement = {
  name: 'simulation.insert-job',
  text: `
    INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, name, language, source, program_digest, shots,
      seed, method, precision, qubits, memory_bytes, parameters, outputs, noise, cost_units, priority, deadline, status)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17, $18, $19, $20, $21, 'queued'
     WHERE (SELECT count(*) FROM (SELECT 1 FROM simulation.job WHERE project_id = $2 AND status = 'queued' LIMIT $15) AS waiting) < $15
    RETURNING created_at`,
};

/** Jobs as the application's login may touch them: insert, read, and demand an end. */
@Injectable()
export class JobRepository {
  /**
   * Queues the job, and gives it back as its readers will see it; null when `queuedMax` jobs of the project wait already.
   * Concurrent submissions may overshoot by as many as there are: the limit is against scripts that run wild.
   */
  async insert(tx: Tx, job: NewJob, queuedMax: number): Promise<Job | null> {
    const rows = await rowsOf<{ created_at: Date }>(tx, INSERT, [
      job.id, job.projectId, job.projectSlug, job.submittedBy, job.name, job.language, job.source, job.programDigest,
      job.shots, job.seed, job.method, job.precision, job.qubits, job.memoryBytes, queuedMax, JSON.stringify(job.parameters), JSON.stringify(job.outputs), job.noise === null ? null : JSON.stringify(job.noise),
      job.costUnits, job.priority, job.deadline,
    ]);
    if (rows[0] === undefined) return null;
    const { id, projectId, projectSlug, submittedBy, name, programDigest, shots, seed, method, precision, qubits, priority, deadline } = job;
    return {
      ...{ id, projectId, projectSlug, submittedBy, name, programDigest, shots, seed, method, precision, qubits, priority, deadline },
      ...{ status: 'queued', progress: 0, cancelRequested: false, createdAt: rows[0].created_at, startedAt: null, finishedAt: null },
      ...{ error: null, endEntryId: null, signature: null, resultSizeBytes: null },
    };
  }

  async find(reading: Reading, id: string): Promise<Job | null> {
    return (await this.findWithResult(reading, id, -1))?.job ?? null;
  }

  /** With the result's bytes, if there are at most so many. */
  async findWithResult(reading: Reading, id: string, bytesMax: number): Promise<{ readonly job: Job; readonly body: Buffer | null } | null> {
    const [row] = await rowsOf<JobRow & { body: Buffer | null }>(reading, JOB, [id, bytesMax]);
    return row === undefined ? null : { job: toJob(row), body: row.body };
  }

  /** What the job runs, of a job that exists. */
  async programOf(reading: Reading, id: string): Promise<Program> {
    const [row] = await rowsOf<Program>(reading, PROGRAM, [id]);
    return row!; // Jobs are never deleted.
  }

  /** Newest first (UUIDv7 order), strictly before `beforeId`. */
  async list(reading: Reading, filter: RowFilter, limit: number, beforeId: string | null): Promise<readonly Job[]> {
    return (await filteredRowsOf<JobRow>(reading, LIST, FILTERED_JOBS, filter, [beforeId, limit])).map(toJob);
  }

  /** The job's status, held still until the transaction ends. */
  async lockStatus(tx: Tx, id: string): Promise<JobStatus | null> {
    const rows: { status: JobStatus }[] = await entityManagerOf(tx).query('SELECT status FROM simulation.job WHERE id = $1 FOR UPDATE', [id]);
    return rows[0]?.status ?? null;
  }

  /** queued → cancelled. */
  async cancelQueued(tx: Tx, id: string, entryId: string): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'cancelled', cancel_requested = true, finished_at = now(), end_entry_id = $2
       WHERE id = $1 AND status = 'queued'`,
      [id, entryId],
    );
  }

  /** Leaves the status alone: the worker that holds the job sees the demand at its next heartbeat. */
  async demandCancellation(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE simulation.job SET cancel_requested = true WHERE id = $1 AND status IN ('running', 'signing')`, [id]);
  }

  /** How far these jobs are. */
  async standings(reading: Reading, ids: readonly string[]): Promise<readonly JobStanding[]> {
    return rowsOf<JobStanding>(reading, STANDINGS, [ids]);
  }
}

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    projectId: row.projectId,
    projectSlug: row.projectSlug,
    submittedBy: row.submittedBy,
    name: row.name,
    programDigest: row.programDigest,
    shots: row.shots,
    seed: Number(row.seed),
    method: row.method,
    precision: row.precision,
    qubits: row.qubits,
    priority: row.priority,
    deadline: row.deadline,
    status: row.status,
    progress: row.progress,
    cancelRequested: row.cancelRequested,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: row.errorCode === null ? null : { code: row.errorCode, detail: row.errorDetail ?? '' },
    endEntryId: row.endEntryId,
    signature: signatureOf(row),
    resultSizeBytes: row.sizeBytes,
  };
}

function signatureOf({ algorithm, keyId, signature }: JobRow): Job['signature'] {
  if (signature === null || algorithm === null || keyId === null) return null;
  return { algorithm, keyId, value: signature.toString('base64url') };
}
