import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Item, Job, Priority, RunOrder } from '../domain/job.js';
import type { JobStatus, ShownStatus } from '../domain/job-status.js';
import type { PartRange } from '../domain/parts.js';
import { SIMULATION_ATTRIBUTES } from '../domain/simulation.permissions.js';
import type { JobEntity } from './job.entity.js';
import { DISCARD_RESULTS, DISCARD_WAITING } from './part.repository.js';

/** What a submission stores; the rest of the row has its defaults, which the application's login may not write. */
export interface NewJob extends RunOrder {
  readonly id: string;
  readonly projectId: string;
  readonly projectSlug: string;
  readonly submittedBy: string;
  readonly name: string | null;
  readonly qubits: number;
  /** Of its largest part. */
  readonly memoryBytes: number;
  /** What it is estimated to cost, at least 1: what its submitter is charged, and what counts when turns are taken. */
  readonly costUnits: number;
  readonly priority: Priority;
  readonly deadline: Date | null;
  /** Empty: it is run as it stands. */
  readonly parts: readonly NewPart[];
}

/** A part of a job that is cut: a row of its own, which has its place in the job and nothing else. */
export interface NewPart extends PartRange {
  readonly id: string;
  readonly memoryBytes: number;
  readonly costUnits: number;
}

/** `name`: an item's own. */
export type Program = Pick<RunOrder, 'language' | 'source' | 'parameters'> & { readonly name?: string };

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

export const SHOWN_STATUS = `CASE WHEN job.status = 'signing' THEN 'running'
  WHEN job.parts > 0 AND job.status IN ('spread', 'queued') THEN CASE WHEN spread.started_at IS NULL THEN 'queued' ELSE 'running' END
  ELSE job.status END`;

export const JOB_COLUMNS = `
  job.id, job.project_id AS "projectId", job.project_slug AS "projectSlug", job.submitted_by AS "submittedBy", job.name, job.program_digest AS "programDigest", job.program_references AS "programReferences",
  job.shots, job.seed, job.method, job.precision, job.qubits, job.priority, job.deadline, job.item_count AS "itemCount", ${SHOWN_STATUS} AS status, coalesce(spread.progress, job.progress) AS progress, job.cancel_requested AS "cancelRequested",
  job.created_at AS "createdAt", coalesce(spread.started_at, job.started_at) AS "startedAt", job.finished_at AS "finishedAt",
  job.error_code AS "errorCode", job.error_detail AS "errorDetail", job.end_entry_id AS "endEntryId",
  result.size_bytes AS "sizeBytes", result.algorithm, result.key_id AS "keyId", result.signature`;

/** Of a job that is cut, what its parts tell; of any other, nothing is looked for. Parts themselves are seen by nobody. */
const WITH_PARTS = `simulation.job LEFT JOIN LATERAL (SELECT min(part.started_at) AS started_at, avg(part.progress) AS progress
                       FROM simulation.job AS part WHERE part.parent_id = job.id AND job.parts > 0) AS spread ON true`;

export const SEEN_JOB = `${WITH_PARTS} LEFT JOIN simulation.result ON result.job_id = job.id`;

/** The second value is how large the result's bytes may be to come along; without a limit it is `Infinity`. */
const JOB: Statement = {
  name: 'simulation.job',
  text: `
    SELECT ${JOB_COLUMNS}, CASE WHEN result.size_bytes <= $2::float8 THEN result.body END AS body
      FROM ${SEEN_JOB}
     WHERE job.id = $1 AND job.parent_id IS NULL`,
};

const STANDINGS: Statement = {
  name: 'simulation.job-standings',
  text: `SELECT job.id, ${SHOWN_STATUS} AS status, coalesce(spread.progress, job.progress) AS progress, job.finished_at IS NOT NULL AS ended FROM ${WITH_PARTS} WHERE job.id = ANY($1::uuid[])`,
};

/** Of one of its items, where it has several: only that one leaves the database. */
const PROGRAM: Statement = {
  name: 'simulation.job-program',
  text: 'SELECT language, source, parameters, items -> $2::integer AS item FROM simulation.job WHERE id = $1',
};

const LIST = `
  SELECT ${JOB_COLUMNS}
    FROM ${SEEN_JOB}
   WHERE {filter} AND job.parent_id IS NULL AND ($1::uuid IS NULL OR job.id < $1)
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
      seed, method, precision, qubits, memory_bytes, parameters, outputs, noise, cost_units, priority, deadline, items, item_count, parts, program_references, status)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16, $17, $18, $19, $20, $21, $22, $23, $24::integer, $25, CASE WHEN $24::integer > 0 THEN 'spread' ELSE 'queued' END
     WHERE (SELECT count(*) FROM (SELECT 1 FROM simulation.job WHERE project_id = $2 AND status IN ('queued', 'spread') AND parent_id IS NULL LIMIT $15) AS waiting) < $15
    RETURNING created_at`,
};

const INSERT_PARTS: Statement = {
  name: 'simulation.insert-parts',
  text: `
    INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, language, source, program_digest, shots, seed, method, precision, qubits,
      memory_bytes, cost_units, priority, parent_id, first_item, item_count, first_shot, status)
    SELECT part.id, project_id, project_slug, submitted_by, language, '', program_digest, part.shots, seed, method, precision, qubits,
      part."memoryBytes", part."costUnits", priority, job.id, part."firstItem", part.items, part."firstShot", 'queued'
      FROM simulation.job, jsonb_to_recordset($2::jsonb) AS part (id uuid, "firstItem" integer, items integer, "firstShot" integer, shots integer, "memoryBytes" bigint, "costUnits" bigint)
     WHERE job.id = $1`,
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
      job.costUnits, job.priority, job.deadline, job.items === null ? null : JSON.stringify(job.items), job.items?.length ?? 1, job.parts.length, job.programReferences,
    ]);
    if (rows[0] === undefined) return null;
    if (job.parts.length > 0) await rowsOf(tx, INSERT_PARTS, [job.id, JSON.stringify(job.parts)]);
    const { id, projectId, projectSlug, submittedBy, name, programDigest, programReferences, shots, seed, method, precision, qubits, priority, deadline } = job;
    return {
      ...{ id, projectId, projectSlug, submittedBy, name, programDigest, programReferences, shots, seed, method, precision, qubits, priority, deadline },
      ...{ items: job.items?.length ?? 1, status: 'queued', progress: 0, cancelRequested: false, createdAt: rows[0].created_at, startedAt: null, finishedAt: null },
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

  /** What the job runs, of a job that exists, or what one of its items runs. */
  async programOf(reading: Reading, id: string, item: number): Promise<Program> {
    const [row] = await rowsOf<Program & { item: Item | null }>(reading, PROGRAM, [id, item]);
    const { item: own, language, source, parameters } = row!; // Jobs are never deleted.
    return { language, source, parameters, ...own };
  }

  /** Newest first (UUIDv7 order), strictly before `beforeId`. */
  async list(reading: Reading, filter: RowFilter, limit: number, beforeId: string | null): Promise<readonly Job[]> {
    return (await filteredRowsOf<JobRow>(reading, LIST, FILTERED_JOBS, filter, [beforeId, limit])).map(toJob);
  }

  /** The job's status, held still until the transaction ends, and whether it is cut into parts. */
  async lockStatus(tx: Tx, id: string): Promise<{ readonly status: JobStatus; readonly hasParts: boolean } | null> {
    const rows: { status: JobStatus; hasParts: boolean }[] = await entityManagerOf(tx).query('SELECT status, parts > 0 AS "hasParts" FROM simulation.job WHERE id = $1 FOR UPDATE', [id]);
    return rows[0] ?? null;
  }

  /** With the end of the job: its parts that wait, and what others gave. Those that run are stopped by their workers. */
  async discardParts(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(DISCARD_WAITING, [id]);
    await entityManagerOf(tx).query(DISCARD_RESULTS, [id]);
  }

  /** queued or spread → cancelled. */
  async cancelQueued(tx: Tx, id: string, entryId: string): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'cancelled', cancel_requested = true, finished_at = now(), end_entry_id = $2
       WHERE id = $1 AND status IN ('queued', 'spread')`,
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
    programReferences: row.programReferences,
    shots: row.shots,
    seed: Number(row.seed),
    method: row.method,
    precision: row.precision,
    items: row.itemCount,
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
