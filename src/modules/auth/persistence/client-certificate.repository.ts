import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { ClientCertificate } from '../domain/account.js';

const COLUMNS = 'id, thumbprint, label, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt"';

interface Row extends Omit<ClientCertificate, 'thumbprint'> {
  readonly thumbprint: Buffer;
}

const certificateOf = (row: Row): ClientCertificate => ({ ...row, thumbprint: row.thumbprint.toString('base64url') });

/** Whose certificate it is, and which. */
export interface CertificateHolder {
  readonly id: string;
  readonly accountId: string;
}

@Injectable()
export class ClientCertificateRepository {
  /** False when an account has it. */
  async insert(tx: Tx, principalId: string, { id, thumbprint, label, createdAt, createdBy, expiresAt }: ClientCertificate): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.client_certificate (id, principal_id, thumbprint, label, created_at, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (thumbprint) DO NOTHING RETURNING id`,
      [id, principalId, Buffer.from(thumbprint, 'base64url'), label, createdAt, createdBy, expiresAt],
    );
    return rows.length === 1;
  }

  /** Good at `now`. */
  async holderOf(tx: Tx, thumbprint: string, now: Date): Promise<CertificateHolder | null> {
    const rows = await entityManagerOf(tx).query<CertificateHolder[]>('SELECT id, principal_id AS "accountId" FROM auth.client_certificate WHERE thumbprint = $1 AND expires_at > $2', [Buffer.from(thumbprint, 'base64url'), now]);
    return rows[0] ?? null;
  }

  /** Oldest first; the expired too, until they are cleared away. */
  async list(tx: Tx, principalId: string): Promise<readonly ClientCertificate[]> {
    return (await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.client_certificate WHERE principal_id = $1 ORDER BY id`, [principalId])).map(certificateOf);
  }

  async find(tx: Tx, principalId: string, id: string): Promise<ClientCertificate | null> {
    const rows = await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.client_certificate WHERE principal_id = $1 AND id = $2`, [principalId, id]);
    return rows[0] === undefined ? null : certificateOf(rows[0]);
  }

  /** Ends the sessions whose tokens are bound to it, and then the certificate; returns how many were live. */
  async remove(tx: Tx, principalId: string, { id, thumbprint }: ClientCertificate, at: Date): Promise<number> {
    const manager = entityManagerOf(tx);
    const [, sessions] = await manager.query<[unknown, number]>(
      'UPDATE auth.session SET revoked_at = $3 WHERE principal_id = $1 AND certificate_thumbprint = $2 AND revoked_at IS NULL AND expires_at > $3',
      [principalId, Buffer.from(thumbprint, 'base64url'), at],
    );
    await manager.query('DELETE FROM auth.client_certificate WHERE id = $1', [id]);
    return sessions;
  }

  async removeAll(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.client_certificate WHERE principal_id = $1', [principalId]);
  }

  /** At most `limit` that have been of no use since `before`. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.client_certificate WHERE id IN (SELECT id FROM auth.client_certificate WHERE expires_at < $1 ORDER BY id LIMIT $2)', [before, limit]);
    return count;
  }
}
