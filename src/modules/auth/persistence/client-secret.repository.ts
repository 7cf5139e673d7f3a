import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { ClientSecret } from '../domain/account.js';

const SECRET = 'id, label, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt"';

export type MatchedSecret = Pick<ClientSecret, 'id' | 'expiresAt'>;

@Injectable()
export class ClientSecretRepository {
  async insert(tx: Tx, principalId: string, hash: Buffer, { id, label, createdAt, createdBy, expiresAt }: ClientSecret): Promise<void> {
    await entityManagerOf(tx).query(
      'INSERT INTO auth.client_secret (id, principal_id, secret_hash, label, created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      [id, principalId, hash, label, createdAt, createdBy, expiresAt],
    );
  }

  /** The account's secret with this hash, if it is good at `now`. */
  async match(tx: Tx, principalId: string, hash: Buffer, now: Date): Promise<MatchedSecret | null> {
    const rows = await entityManagerOf(tx).query<MatchedSecret[]>('SELECT id, expires_at AS "expiresAt" FROM auth.client_secret WHERE secret_hash = $1 AND principal_id = $2 AND expires_at > $3', [hash, principalId, now]);
    return rows[0] ?? null;
  }

  /** Oldest first; the expired too, until they are cleared away. */
  async list(tx: Tx, principalId: string): Promise<readonly ClientSecret[]> {
    return entityManagerOf(tx).query<ClientSecret[]>(`SELECT ${SECRET} FROM auth.client_secret WHERE principal_id = $1 ORDER BY id`, [principalId]);
  }

  async find(tx: Tx, principalId: string, id: string): Promise<ClientSecret | null> {
    const rows = await entityManagerOf(tx).query<ClientSecret[]>(`SELECT ${SECRET} FROM auth.client_secret WHERE principal_id = $1 AND id = $2`, [principalId, id]);
    return rows[0] ?? null;
  }

  /** Ends the sessions of the tokens that were given for it, and then the secret; returns how many were live. */
  async remove(tx: Tx, id: string, at: Date): Promise<number> {
    const manager = entityManagerOf(tx);
    const [, sessions] = await manager.query<[unknown, number]>(
      `UPDATE auth.session SET revoked_at = $2 WHERE revoked_at IS NULL AND expires_at > $2
          AND (id IN (SELECT session_id FROM auth.opaque_token WHERE client_secret_id = $1)
           OR (credential_id = $1 AND principal_id = (SELECT principal_id FROM auth.client_secret WHERE id = $1)))`,
      [id, at],
    );
    await manager.query('DELETE FROM auth.client_secret WHERE id = $1', [id]);
    return sessions;
  }

  async removeAll(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.client_secret WHERE principal_id = $1', [principalId]);
  }

  /** At most `limit` that have been of no use since `before`. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.client_secret WHERE id IN (SELECT id FROM auth.client_secret WHERE expires_at < $1 ORDER BY id LIMIT $2)', [before, limit]);
    return count;
  }
}
