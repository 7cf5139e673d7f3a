import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { ClientKey } from '../domain/oauth-client.js';

const COLUMNS = 'id, thumbprint, kid, algorithm, label, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt"';

interface Row extends Omit<ClientKey, 'thumbprint'> {
  readonly thumbprint: Buffer;
}

const keyOf = (row: Row): ClientKey => ({ ...row, thumbprint: row.thumbprint.toString('base64url') });

@Injectable()
export class ClientKeyRepository {
  /** False when the account has it. */
  async insert(tx: Tx, principalId: string, { id, thumbprint, kid, algorithm, label, createdAt, createdBy, expiresAt }: ClientKey, publicKey: Buffer): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.client_key (id, principal_id, thumbprint, kid, algorithm, public_key, label, created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (principal_id, thumbprint) DO NOTHING RETURNING id`,
      [id, principalId, Buffer.from(thumbprint, 'base64url'), kid, algorithm, publicKey, label, createdAt, createdBy, expiresAt],
    );
    return rows.length === 1;
  }

  /** Oldest first; the expired too, until they are cleared away. */
  async list(tx: Tx, principalId: string): Promise<readonly ClientKey[]> {
    return (await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.client_key WHERE principal_id = $1 ORDER BY id`, [principalId])).map(keyOf);
  }

  async find(tx: Tx, principalId: string, id: string): Promise<ClientKey | null> {
    const rows = await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.client_key WHERE principal_id = $1 AND id = $2`, [principalId, id]);
    return rows[0] === undefined ? null : keyOf(rows[0]);
  }

  async remove(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.client_key WHERE id = $1', [id]);
  }

  async removeAll(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.client_key WHERE principal_id = $1', [principalId]);
  }

  /** At most `limit` that have been of no use since `before`. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.client_key WHERE id IN (SELECT id FROM auth.client_key WHERE expires_at < $1 ORDER BY id LIMIT $2)', [before, limit]);
    return count;
  }
}
