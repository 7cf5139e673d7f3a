import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface UnsignedResult {
  readonly jobId: string;
  readonly digest: string;
}

export interface StoredSignature {
  readonly jobId: string;
  readonly algorithm: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

/** Results as the sequencer's login may touch them: it sees digests, never bodies, and may sign each once. */
@Injectable()
export class SignatureRepository {
  async unsigned(tx: Tx, limit: number): Promise<readonly UnsignedResult[]> {
    const rows: { job_id: string; digest: string }[] = await entityManagerOf(tx).query(
      'SELECT job_id, digest FROM simulation.result WHERE signed_at IS NULL ORDER BY job_id LIMIT $1',
      [limit],
    );
    return rows.map((row) => ({ jobId: row.job_id, digest: row.digest }));
  }

  /** Leaves alone what another replica has signed meanwhile. Returns the jobs whose results are signed by it. */
  async store(tx: Tx, signatures: readonly StoredSignature[]): Promise<readonly string[]> {
    const [rows]: [{ job_id: string }[], number] = await entityManagerOf(tx).query(
      `UPDATE simulation.result AS result
       SET algorithm = signed.algorithm, key_id = signed.key_id, signature = signed.signature, signed_at = now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS signed (job_id, algorithm, key_id, signature)
       WHERE result.job_id = signed.job_id AND result.signed_at IS NULL
       RETURNING result.job_id`,
      [signatures.map((s) => s.jobId), signatures.map((s) => s.algorithm), signatures.map((s) => s.keyId), signatures.map((s) => s.signature)],
    );
    return rows.map((row) => row.job_id);
  }

  /** signing → succeeded; the table refuses it of a job whose result has no signature. */
  async succeed(tx: Tx, jobIds: readonly string[]): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE simulation.job SET status = 'succeeded', finished_at = now() WHERE id = ANY($1::uuid[]) AND status = 'signing'`, [jobIds]);
  }
}
