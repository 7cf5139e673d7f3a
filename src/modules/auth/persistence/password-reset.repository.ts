import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

export interface PasswordReset {
  readonly principalId: string;
  /** The account's when the link was made. */
  readonly epoch: number;
  /** Null: it went to the account's address. */
  readonly madeBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

type Row = Omit<PasswordReset, 'epoch'> & { readonly epoch: string };
const COLUMNS = `principal_id AS "principalId", epoch, made_by AS "madeBy", created_at AS "createdAt", expires_at AS "expiresAt"`;

@Injectable()
export class PasswordResetRepository {
  /** The same statement for every name: null where there is no account that a link could be for. */
  async request(tx: Tx, id: string, principalId: string | null): Promise<void> {
    await entityManagerOf(tx).query('INSERT INTO auth.reset_request (id, principal_id) VALUES ($1, $2)', [id, principalId]);
  }

  /** Takes what was asked for, at most `limit`; each account once. Of two who work at once, the second waits for the first, and finds what is new by then at its next turn. */
  async takeRequests(tx: Tx, limit: number): Promise<{ readonly taken: number; readonly principalIds: readonly string[] }> {
    const [rows, taken] = await entityManagerOf(tx).query<[{ principalId: string | null }[], number]>(
      `DELETE FROM auth.reset_request WHERE id IN (SELECT id FROM auth.reset_request ORDER BY id LIMIT $1) RETURNING principal_id AS "principalId"`,
      [limit],
    );
    return { taken, principalIds: [...new Set(rows.flatMap(({ principalId }) => (principalId === null ? [] : [principalId])))].sort() };
  }

  /** In place of the one before: an account has one link at most. */
  async put(tx: Tx, hash: Buffer, { principalId, epoch, madeBy, createdAt, expiresAt }: PasswordReset): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO auth.password_reset (principal_id, token_hash, epoch, made_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (principal_id) DO UPDATE SET token_hash = $2, epoch = $3, made_by = $4, created_at = $5, expires_at = $6`,
      [principalId, hash, epoch, madeBy, createdAt, expiresAt],
    );
  }

  async of(tx: Tx, principalId: string): Promise<PasswordReset | null> {
    return resetOf(await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.password_reset WHERE principal_id = $1`, [principalId]));
  }

  async byHash(tx: Tx, hash: Buffer): Promise<PasswordReset | null> {
    return resetOf(await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.password_reset WHERE token_hash = $1`, [hash]));
  }

  /** Takes it: of two who come with the same one, the second finds nothing. */
  async take(tx: Tx, hash: Buffer): Promise<PasswordReset | null> {
    const [rows] = await entityManagerOf(tx).query<[Row[], number]>(`DELETE FROM auth.password_reset WHERE token_hash = $1 RETURNING ${COLUMNS}`, [hash]);
    return resetOf(rows);
  }

  async removeOf(tx: Tx, principalId: string): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('DELETE FROM auth.password_reset WHERE principal_id = $1', [principalId]);
    await manager.query('DELETE FROM auth.reset_request WHERE principal_id = $1', [principalId]);
  }

  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.password_reset WHERE principal_id IN (SELECT principal_id FROM auth.password_reset WHERE expires_at < $1 LIMIT $2)', [before, limit]);
    return count;
  }
}

function resetOf(rows: readonly Row[]): PasswordReset | null {
  return rows[0] === undefined ? null : { ...rows[0], epoch: Number(rows[0].epoch) };
}
