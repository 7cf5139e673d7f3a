import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

@Injectable()
export class RecoveryCodeRepository {
  /** These, and none of before. */
  async replace(tx: Tx, principalId: string, hashes: readonly Buffer[], at: Date): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('DELETE FROM auth.recovery_code WHERE principal_id = $1', [principalId]);
    await manager.query('INSERT INTO auth.recovery_code (principal_id, code_hash, created_at) SELECT $1, hash, $3 FROM unnest($2::bytea[]) AS made(hash)', [principalId, hashes, at]);
  }

  /** Compare and set: false for an unknown one, and for one that was used. */
  async use(tx: Tx, principalId: string, hash: Buffer, at: Date): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.recovery_code SET used_at = $3 WHERE principal_id = $1 AND code_hash = $2 AND used_at IS NULL', [principalId, hash, at]);
    return count === 1;
  }

  async left(tx: Tx, principalId: string): Promise<number> {
    const [row] = await entityManagerOf(tx).query<{ count: number }[]>('SELECT count(*)::int AS count FROM auth.recovery_code WHERE principal_id = $1 AND used_at IS NULL', [principalId]);
    return row?.count ?? 0;
  }

  async removeAll(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.recovery_code WHERE principal_id = $1', [principalId]);
  }
}
