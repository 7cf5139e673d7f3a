import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { SessionEntity } from './session.entity.js';

export type NewSession = Omit<SessionEntity, 'revokedAt'>;

@Injectable()
export class SessionRepository {
  /** Also removes this principal's long dead sessions: no token of theirs can be valid, and the table stays small without a job. */
  async insert(tx: Tx, session: NewSession): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query(`DELETE FROM auth.session WHERE principal_id = $1 AND expires_at < $2::timestamptz - interval '1 day'`, [session.principalId, session.createdAt]);
    await manager.insert(SessionEntity, { ...session, revokedAt: null });
  }

  async find(tx: Tx, id: string): Promise<SessionEntity | null> {
    return entityManagerOf(tx).findOneBy(SessionEntity, { id });
  }

  /** A session that is used again lives as long as its newest token. False when it has ended. */
  async extend(tx: Tx, id: string, expiresAt: Date, now: Date): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.session SET expires_at = $2 WHERE id = $1 AND revoked_at IS NULL AND expires_at > $3', [id, expiresAt, now]);
    return count === 1;
  }

  async revoke(tx: Tx, id: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [id, at]);
  }

  /** Every session of the principal but `keptId`; returns how many were live. */
  async revokeAll(tx: Tx, principalId: string, at: Date, keptId: string | null): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'UPDATE auth.session SET revoked_at = $2 WHERE principal_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND ($3::uuid IS NULL OR id <> $3)',
      [principalId, at, keptId],
    );
    return count;
  }

  /** At most `limit` that ended before `before`, of whomever; skips what somebody holds. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.session WHERE id IN (SELECT id FROM auth.session WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)', [before, limit]);
    return count;
  }

  /** The rows themselves; returns how many there were. */
  async removeAll(tx: Tx, principalId: string): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.session WHERE principal_id = $1', [principalId]);
    return count;
  }
}
