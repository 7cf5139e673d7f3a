import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { IonqJobRequest } from '#pure/ionq/job-request.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Job } from '../domain/job.js';
import type { JobStatus } from '../domain/job-status.js';
import { FILTERED_JOBS, JOB_COLUMNS, type JobRow, SEEN_JOB, SHOWN_STATUS, toJob } from './job.repository.js';

/** What clients of IonQ's API know of a job that the job does not. Its qubits are the declared ones. */
export type IonqRecord = Pick<IonqJobRequest, 'qubits' | 'metadata' | 'registers'>;

const RECORD: Statement = {
  name: 'simulation.ionq-job',
  text: 'SELECT qubits, metadata, registers FROM simulation.ionq_job WHERE job_id = $1 AND deleted_at IS NULL',
};

const INSERT: Statement = {
  name: 'simulation.insert-ionq-job',
  text: 'INSERT INTO simulation.ionq_job (job_id, qubits, metadata, registers) VALUES ($1, $2, $3, $4)',
};

const ERASE: Statement = {
  name: 'simulation.erase-ionq-job',
  text: `UPDATE simulation.ionq_job SET metadata = '{}', registers = NULL, deleted_at = now() WHERE job_id = $1 AND deleted_at IS NULL RETURNING job_id`,
};

const LIST = `
  SELECT ${JOB_COLUMNS}, ionq.qubits AS "ionqQubits", ionq.metadata, ionq.registers
    FROM ${SEEN_JOB} JOIN simulation.ionq_job AS ionq ON ionq.job_id = job.id
   WHERE {filter} AND ionq.deleted_at IS NULL AND ($1::uuid IS NULL OR job.id < $1) AND ($3::text[] IS NULL OR ${SHOWN_STATUS} = ANY($3) OR job.status = ANY($3))
   ORDER BY job.id DESC LIMIT $2`;

/** Which jobs came in through the IonQ-compatible door, and what belongs to them there. */
@Injectable()
export class IonqJobRepository {
  async insert(tx: Tx, jobId: string, { qubits, metadata, registers }: IonqRecord): Promise<void> {
    await rowsOf(tx, INSERT, [jobId, qubits, JSON.stringify(metadata), registers === null ? null : JSON.stringify(registers)]);
  }

  /** Null for a job of another door, and for one that was deleted at this one. */
  async find(reading: Reading, jobId: string): Promise<IonqRecord | null> {
    return (await rowsOf<IonqRecord>(reading, RECORD, [jobId]))[0] ?? null;
  }

  /** Newest first, strictly before `beforeId`; of these statuses, or of all. */
  async list(reading: Reading, filter: RowFilter, limit: number, beforeId: string | null, statuses: readonly JobStatus[] | null): Promise<readonly { readonly job: Job; readonly record: IonqRecord }[]> {
    const rows = await filteredRowsOf<JobRow & IonqRecord & { ionqQubits: number }>(reading, LIST, FILTERED_JOBS, filter, [beforeId, limit, statuses]);
    return rows.map((row) => ({ job: toJob(row), record: { qubits: row.ionqQubits, metadata: row.metadata, registers: row.registers } }));
  }

  /** Whether there was something to erase. */
  async erase(tx: Tx, jobId: string): Promise<boolean> {
    return (await rowsOf(tx, ERASE, [jobId])).length === 1;
  }
}
