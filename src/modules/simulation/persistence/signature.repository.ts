import { Injectable } from '@nestjs/common';
import { leaveToCommit, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

export interface UnsignedResult {
  readonly jobId: string;
  readonly digest: string;
}

export interface StoredSignature extends UnsignedResult {
  readonly algorithm: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

const UNSIGNED: Statement = {
  name: 'simulation.unsigned-results',
  text: 'SELECT job_id AS "jobId", digest FROM simulation.result WHERE signed_at IS NULL ORDER BY job_id LIMIT $1',
};

/** Of the digest that is stored, whatever the signer was told. */
const STORE: Statement = {
  name: 'simulation.store-signatures',
  text: `
    UPDATE simulation.result AS result
       SET algorithm = signed.algorithm, key_id = signed.key_id, signature = signed.signature, signed_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[]) AS signed (job_id, digest, algorithm, key_id, signature)
     WHERE result.job_id = signed.job_id AND result.digest = signed.digest AND result.signed_at IS NULL`,
};

/** The table refuses it of a job whose result has no signature. */
const SUCCEED: Statement = {
  name: 'simulation.succeed',
  text: `
    UPDATE simulation.job SET status = 'succeeded', finished_at = now()
     WHERE id = ANY($1::uuid[]) AND status = 'signing' AND EXISTS (SELECT FROM simulation.result WHERE job_id = job.id AND signed_at IS NOT NULL)
    RETURNING id`,
};

/** Results as the sequencer's login may touch them: it sees digests, never bodies, and may sign each once. */
@Injectable()
export class SignatureRepository {
  async unsigned(tx: Tx, limit: number): Promise<readonly UnsignedResult[]> {
    return rowsOf<UnsignedResult>(tx, UNSIGNED, [limit]);
  }

  /**
   * Stores them, and signing → succeeded, in statements that are sent together with the commit and not waited for. What
   * another replica has signed meanwhile is left alone. The answer, the jobs that have succeeded by it, is there when the
   * transaction is over.
   */
  succeed(tx: Tx, signatures: readonly StoredSignature[]): { readonly succeeded: Promise<readonly string[]> } {
    const of = <K extends keyof StoredSignature>(member: K): StoredSignature[K][] => signatures.map((signature) => signature[member]);
    const jobIds = of('jobId');
    leaveToCommit(tx, rowsOf(tx, STORE, [jobIds, of('digest'), of('algorithm'), of('keyId'), of('signature')]));
    const succeeded = rowsOf<{ id: string }>(tx, SUCCEED, [jobIds]).then((rows) => rows.map(({ id }) => id));
    leaveToCommit(tx, succeeded);
    return { succeeded };
  }
}
