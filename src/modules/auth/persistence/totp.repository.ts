import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface TotpRow {
  readonly sealedSecret: Buffer;
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
  readonly lastStep: number;
  readonly failures: number;
  readonly lastAttemptAt: Date | null;
}

@Injectable()
export class TotpRepository {
  /** Locked until the transaction ends: who tries codes at once tries them in a row. */
  async lock(tx: Tx, principalId: string): Promise<TotpRow | null> {
    const [row] = await entityManagerOf(tx).query<(Omit<TotpRow, 'lastStep'> & { readonly lastStep: string })[]>(
      `SELECT sealed_secret AS "sealedSecret", created_at AS "createdAt", confirmed_at AS "confirmedAt", last_step AS "lastStep", failures, last_attempt_at AS "lastAttemptAt"
         FROM auth.totp WHERE principal_id = $1 FOR UPDATE`,
      [principalId],
    );
    return row === undefined ? null : { ...row, lastStep: Number(row.lastStep) };
  }

  /** In place of one that was never confirmed; a confirmed one stays, and this is false. */
  async begin(tx: Tx, principalId: string, sealedSecret: Buffer, at: Date): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.totp (principal_id, sealed_secret, created_at) VALUES ($1, $2, $3)
       ON CONFLICT (principal_id) DO UPDATE SET sealed_secret = $2, created_at = $3, last_step = 0, failures = 0, last_attempt_at = NULL WHERE totp.confirmed_at IS NULL
       RETURNING principal_id`,
      [principalId, sealedSecret, at],
    );
    return rows.length === 1;
  }

  /** Compare and set: false when a code of this step, or of a later one, was used before. */
  async use(tx: Tx, principalId: string, step: number): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.totp SET last_step = $2, failures = 0 WHERE principal_id = $1 AND last_step < $2', [principalId, step]);
    return count === 1;
  }

  async fail(tx: Tx, principalId: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.totp SET failures = failures + 1, last_attempt_at = $2 WHERE principal_id = $1', [principalId, at]);
  }

  async confirm(tx: Tx, principalId: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.totp SET confirmed_at = $2 WHERE principal_id = $1', [principalId, at]);
  }

  /** Whether there was one. */
  async remove(tx: Tx, principalId: string): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.totp WHERE principal_id = $1 AND confirmed_at IS NOT NULL', [principalId]);
    return count === 1;
  }

  async find(tx: Tx, principalId: string): Promise<Pick<TotpRow, 'confirmedAt'> | null> {
    const [row] = await entityManagerOf(tx).query<Pick<TotpRow, 'confirmedAt'>[]>('SELECT confirmed_at AS "confirmedAt" FROM auth.totp WHERE principal_id = $1', [principalId]);
    return row ?? null;
  }

  /** Enrolments that nobody finished. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'DELETE FROM auth.totp WHERE principal_id IN (SELECT principal_id FROM auth.totp WHERE confirmed_at IS NULL AND created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)',
      [before, limit],
    );
    return count;
  }
}
