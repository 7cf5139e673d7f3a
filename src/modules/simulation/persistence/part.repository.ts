import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { ClaimedJob, FinishedRun, Item, JobError, Language, PartOf } from '../domain/job.js';
import type { JobStatus } from '../domain/job-status.js';

/** The job that a part belongs to, held still until the transaction ends. */
export interface WholeJob {
  readonly id: string;
  readonly projectId: string;
  readonly submittedBy: string;
  readonly programDigest: string;
  readonly status: JobStatus;
}

interface OrderRow {
  language: Language;
  source: string;
  parameters: ProgramInputs;
  outputs: readonly unknown[];
  noise: object | null;
  program_digest: string;
  items: readonly Item[] | null;
}

const WHOLE = 'SELECT id, project_id AS "projectId", submitted_by AS "submittedBy", program_digest AS "programDigest", status FROM simulation.job WHERE id = $1';

/**
 * Parts of jobs as the worker's login may touch them. Whoever needs the rows of a part and of its job locks the job
 * first, or does not wait for it: a claim and a heartbeat hold rows of parts only.
 */
@Injectable()
export class PartRepository {
  /** A claimed part with what its job keeps for all of its parts; the merge with what they gave. Others as they are. */
  async complete(tx: Tx, job: ClaimedJob): Promise<ClaimedJob> {
    if (job.part !== null) return { ...job, ...(await this.orderOf(tx, job.part)) };
    return job.parts === 0 ? job : { ...job, results: await this.resultsOf(tx, job.id) };
  }

  async lockJob(tx: Tx, { jobId }: Pick<PartOf, 'jobId'>): Promise<WholeJob> {
    const [row]: WholeJob[] = await entityManagerOf(tx).query(`${WHOLE} FOR NO KEY UPDATE`, [jobId]);
    return row!; // Jobs are never deleted.
  }

  /** Null where somebody else is at it. For who holds a part already: to wait would be to wait for each other. */
  async tryLockJob(tx: Tx, jobId: string): Promise<WholeJob | null> {
    const [row]: WholeJob[] = await entityManagerOf(tx).query(`${WHOLE} FOR NO KEY UPDATE SKIP LOCKED`, [jobId]);
    return row ?? null;
  }

  /** running → done, by the worker that holds it. False: it no longer does. */
  async end(tx: Tx, id: string, token: string, succeeded: boolean): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'done', claim_token = NULL, lease_until = NULL, progress = CASE WHEN $3 THEN 1 ELSE progress END
       WHERE id = $1 AND claim_token = $2 AND status = 'running'`,
      [id, token, succeeded],
    );
    return count === 1;
  }

  /** running → done, of a part whose row is locked as that of a lost one. */
  async endLost(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE simulation.job SET status = 'done', claim_token = NULL, lease_until = NULL WHERE id = $1 AND status = 'running'`, [id]);
  }

  /** Returns the bytes that all parts of the job have given so far. */
  async insertResult(tx: Tx, partId: string, jobId: string, { body }: FinishedRun): Promise<number> {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    await entityManagerOf(tx).query('INSERT INTO simulation.part_result (part_id, job_id, body, size_bytes) VALUES ($1, $2, $3, $4)', [partId, jobId, bytes, bytes.byteLength]);
    const [row]: { bytes: string }[] = await entityManagerOf(tx).query('SELECT sum(size_bytes) AS bytes FROM simulation.part_result WHERE job_id = $1', [jobId]);
    return Number(row!.bytes);
  }

  /** spread → queued, if all parts are done. The job is locked, so of two that end at once the later sees the other. */
  async queueMerge(tx: Tx, jobId: string): Promise<boolean> {
    const [, count]: [unknown, number] = await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'queued' WHERE id = $1 AND status = 'spread'
         AND NOT EXISTS (SELECT FROM simulation.job AS part WHERE part.parent_id = $1 AND part.status <> 'done')`,
      [jobId],
    );
    return count === 1;
  }

  /** spread → failed. */
  async failJob(tx: Tx, jobId: string, entryId: string, error: JobError): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE simulation.job SET status = 'failed', finished_at = now(), end_entry_id = $2, error_code = $3, error_detail = $4 WHERE id = $1 AND status = 'spread'`,
      [jobId, entryId, error.code, error.detail],
    );
  }

  /** After the end of a job: its parts that still wait are not run any more, and what others gave is of no use. */
  async discard(tx: Tx, jobId: string): Promise<void> {
    await entityManagerOf(tx).query(DISCARD_WAITING, [jobId]);
    await entityManagerOf(tx).query(DISCARD_RESULTS, [jobId]);
  }

  /** Items are cut out in the database: a part of a large sweep does not fetch all of it. */
  private async orderOf(tx: Tx, { jobId, firstItem, items }: PartOf): Promise<Partial<ClaimedJob>> {
    const [row]: OrderRow[] = await entityManagerOf(tx).query(
      `SELECT language, source, parameters, outputs, noise, program_digest,
         CASE WHEN items IS NOT NULL THEN jsonb_path_query_array(items, '$[$from to $to]', jsonb_build_object('from', $2::integer, 'to', $3::integer)) END AS items
       FROM simulation.job WHERE id = $1`,
      [jobId, firstItem, firstItem + items - 1],
    );
    const { program_digest: programDigest, ...order } = row!; // Jobs are never deleted.
    return { ...order, programDigest };
  }

  private async resultsOf(tx: Tx, jobId: string): Promise<ClaimedJob['results']> {
    return entityManagerOf(tx).query(
      `SELECT part.first_item AS "firstItem", part.first_shot AS "firstShot", result.body
       FROM simulation.part_result AS result JOIN simulation.job AS part ON part.id = result.part_id
       WHERE result.job_id = $1 ORDER BY part.first_item, part.first_shot`,
      [jobId],
    );
  }
}

export const DISCARD_WAITING = `UPDATE simulation.job SET status = 'done' WHERE parent_id = $1 AND status = 'queued'`;
export const DISCARD_RESULTS = 'DELETE FROM simulation.part_result WHERE job_id = $1';
