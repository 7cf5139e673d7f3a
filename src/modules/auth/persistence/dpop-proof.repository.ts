import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

@Injectable()
export class DpopProofRepository {
  /** False for one that is there already. Of two that come at once the second waits for the first. */
  async insert(tx: Tx, hash: Buffer, expiresAt: Date): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>('INSERT INTO auth.dpop_proof (proof_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true', [hash, expiresAt]);
    return rows.length === 1;
  }

  /** At most `limit` that nobody would take any more. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.dpop_proof WHERE proof_hash IN (SELECT proof_hash FROM auth.dpop_proof WHERE expires_at < $1 LIMIT $2)', [before, limit]);
    return count;
  }
}
