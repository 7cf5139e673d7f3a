import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { IonqCircuitRequest, IonqJobRequest } from '#pure/ionq/job-request.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Job } from '../domain/job.js';
import type { JobStatus } from '../domain/job-status.js';
import { FILTERED_JOBS, JOB_COLUMNS, type JobRow, SEEN_JOB, SHOWN_STATUS, toJob } from './job.repository.js';

/** A circuit of a job of several: clients ask for it as for a job. */
export interface IonqCircuit extends Pick<IonqCircuitRequest, 'name' | 'registers'> {
  readonly id: string;
}

/** What clients of IonQ's API know of a job that the job does not. Its qubits are the declared ones. */
export interface IonqRecord extends Pick<IonqJobRequest, 'qubits' | 'metadata' | 'registers'> {
  /** In the order of the job's items; null: a job of one circuit, which is the job. */
  readonly circuits: readonly IonqCircuit[] | null;
}

/** Of the circuits' ids there is an index: they have a column of their own. */
interface Row extends Omit<IonqRecord, 'qubits' | 'circuits'> {
  readonly ionqQubits: number;
  readonly circuitIds: readonly string[] | null;
  readonly circuits: readonly Omit<IonqCircuit, 'id'>[] | null;
}

const COLUMNS = 'ionq.qubits AS "ionqQubits", ionq.metadata, ionq.registers, ionq.circuit_ids AS "circuitIds", ionq.circuits';

const RECORD: Statement = {
  name: 'simulation.ionq-job',
  text: `SELECT ionq.job_id AS "jobId", ${COLUMNS} FROM simulation.ionq_job AS ionq WHERE (job_id = $1 OR circuit_ids @> ARRAY[$1]::uuid[]) AND deleted_at IS NULL`,
};

const INSERT: Statement = {
  name: 'simulation.insert-ionq-job',
  text: 'INSERT INTO simulation.ionq_job (job_id, qubits, metadata, registers, circuit_ids, circuits) VALUES ($1, $2, $3, $4, $5, $6)',
};

const ERASE: Statement = {
  name: 'simulation.erase-ionq-job',
  text: `UPDATE simulation.ionq_job SET metadata = '{}', registers = NULL, circuits = NULL, deleted_at = now() WHERE job_id = $1 AND deleted_at IS NULL RETURNING job_id`,
};

const LIST = `
  SELECT ${JOB_COLUMNS}, ${COLUMNS}
    FROM ${SEEN_JOB} JOIN simulation.ionq_job AS ionq ON ionq.job_id = job.id
   WHERE {filter} AND ionq.deleted_at IS NULL AND ($1::uuid IS NULL OR job.id < $1) AND ($3::text[] IS NULL OR ${SHOWN_STATUS} = ANY($3) OR job.status = ANY($3))
   ORDER BY job.id DESC LIMIT $2`;

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));

/** Which jobs came in through the IonQ-compatible door, and what belongs to them there. */
@Injectable()
export class IonqJobRepository {
  async insert(tx: Tx, jobId: string, { qubits, metadata, registers, circuits }: IonqRecord): Promise<void> {
    const ids = circuits?.map(({ id }) => id) ?? null;
    const own = circuits?.map(({ name, registers }) => ({ name, registers })) ?? null;
    await rowsOf(tx, INSERT, [jobId, qubits, json(metadata), json(registers), ids, json(own)]);
  }

  /** By a job's id or by that of one of its circuits. Null for a job of another door, and for one that was deleted at this one. */
  async find(reading: Reading, id: string): Promise<{ readonly jobId: string; readonly record: IonqRecord } | null> {
    const [row] = await rowsOf<Row & { jobId: string }>(reading, RECORD, [id]);
    return row === undefined ? null : { jobId: row.jobId, record: recordOf(row) };
  }

  /** Newest first, strictly before `beforeId`; of these statuses, or of all. */
  async list(reading: Reading, filter: RowFilter, limit: number, beforeId: string | null, statuses: readonly JobStatus[] | null): Promise<readonly { readonly job: Job; readonly record: IonqRecord }[]> {
    const rows = await filteredRowsOf<JobRow & Row>(reading, LIST, FILTERED_JOBS, filter, [beforeId, limit, statuses]);
    return rows.map((row) => ({ job: toJob(row), record: recordOf(row) }));
  }

  /** Whether there was something to erase. */
  async erase(tx: Tx, jobId: string): Promise<boolean> {
    return (await rowsOf(tx, ERASE, [jobId])).length === 1;
  }
}

function recordOf({ ionqQubits: qubits, metadata, registers, circuitIds, circuits }: Row): IonqRecord {
  return { qubits, metadata, registers, circuits: circuits?.map((circuit, item) => ({ id: (circuitIds as readonly string[])[item] as string, ...circuit })) ?? null };
}
