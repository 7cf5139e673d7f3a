import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { Job, RunOrder } from '../domain/job.js';
import type { JobStatus } from '../domain/job-status.js';
import { JobEntity } from './job.entity.js';
import { ResultEntity } from './result.entity.js';

/** What a submission stores; the rest of the row has its defaults, which the application's login may not write. */
export interface NewJob extends RunOrder {
  readonly id: string;
  readonly projectId: string;
  readonly projectSlug: string;
  readonly submittedBy: string;
  readonly name: string | null;
  readonly qubits: number;
  readonly memoryBytes: number;
}

/** Jobs as the application's login may touch them: insert, read, and demand an end. */
@Injectable()
export class JobRepository {
  /** Queues the job, and gives it back as its readers will see it. */
  async insert(tx: Tx, job: NewJob): Promise<Job> {
    const rows: { created_at: Date }[] = await entityManagerOf(tx).query(
      `INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, name, language, source, program_digest, shots,
         seed, method, precision, qubits, memory_bytes, status)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'queued')
       RETURNING created_at`,
      [
        job.id, job.projectId, job.projectSlug, job.submittedBy, job.name, job.language, job.source, job.programDigest,
        job.shots, job.seed, job.method, job.precision, job.qubits, job.memoryBytes,
      ],
    );
    const { id, projectId, projectSlug, name, programDigest, shots, seed, method, precision, qubits } = job;
    return {
      ...{ id, projectId, projectSlug, name, programDigest, shots, seed, method, precision, qubits },
      ...{ status: 'queued', progress: 0, cancelRequested: false, createdAt: rows[0]!.created_at, startedAt: null, finishedAt: null },
      ...{ error: null, endEntryId: null, signature: null, resultSizeBytes: null },
    };
  }

  /** How many jobs of the project wait; counts no further than `limit`. */
  async countQueued(tx: Tx, projectId: string, limit: number): Promise<number> {
    const rows: { count: number }[] = await entityManagerOf(tx).query(
      `SELECT count(*)::integer AS count
       FROM (SELECT 1 FROM simulation.job WHERE project_id = $1 AND status = 'queued' LIMIT $2) AS waiting`,
      [projectId, limit],
    );
    return rows[0]!.count;
  }

  async find(tx: Tx, id: string): Promise<Job | null> {
    const row = await jobs(tx).where('job.id = :id', { id }).getOne();
    return row === null ? null : toJob(row);
  }

  /** Newest first (UUIDv7 order), strictly before `beforeId`. */
  async list(tx: Tx, projects: 'all' | readonly string[], limit: number, beforeId: string | null): Promise<readonly Job[]> {
    if (projects.length === 0) return [];
    const query = jobs(tx).orderBy('job.id', 'DESC').limit(limit);
    if (projects !== 'all') query.andWhere('job.projectId = ANY(:projects)', { projects });
    if (beforeId !== null) query.andWhere('job.id < :beforeId', { beforeId });
    return (await query.getMany()).map(toJob);
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
    await entityManagerOf(tx).query(`UPDATE simulation.job SET cancel_requested = true WHERE id = $1 AND status = 'running'`, [id]);
  }

  /** Which of these jobs have ended. */
  async endedAmong(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
    const rows: { id: string }[] = await entityManagerOf(tx).query(
      'SELECT id FROM simulation.job WHERE id = ANY($1::uuid[]) AND finished_at IS NOT NULL',
      [ids],
    );
    return rows.map((row) => row.id);
  }

  async resultBody(tx: Tx, jobId: string): Promise<Buffer | null> {
    const row = await entityManagerOf(tx)
      .createQueryBuilder(ResultEntity, 'result')
      .select(['result.jobId', 'result.body'])
      .where('result.jobId = :jobId', { jobId })
      .getOne();
    return row?.body ?? null;
  }
}

function jobs(tx: Tx): SelectQueryBuilder<JobEntity> {
  return entityManagerOf(tx).createQueryBuilder(JobEntity, 'job').leftJoinAndSelect('job.result', 'result');
}

function toJob(row: JobEntity): Job {
  const { result } = row;
  return {
    id: row.id,
    projectId: row.projectId,
    projectSlug: row.projectSlug,
    name: row.name,
    programDigest: row.programDigest,
    shots: row.shots,
    seed: row.seed,
    method: row.method,
    precision: row.precision,
    qubits: row.qubits,
    status: row.status,
    progress: row.progress,
    cancelRequested: row.cancelRequested,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    error: row.errorCode === null ? null : { code: row.errorCode, detail: row.errorDetail ?? '' },
    endEntryId: row.endEntryId,
    signature: signatureOf(result),
    resultSizeBytes: result?.sizeBytes ?? null,
  };
}

function signatureOf(result: ResultEntity | null): Job['signature'] {
  if (!result?.signature || result.algorithm === null || result.keyId === null) return null;
  return { algorithm: result.algorithm, keyId: result.keyId, value: result.signature.toString('base64url') };
}
