import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { ApiKey } from '../domain/api-key.js';

const COLUMNS = `id, public_id AS "publicId", principal_id AS "ownerId", (SELECT kind FROM auth.principal WHERE principal.id = principal_id) AS "ownerKind", label, scopes,
         project_id AS "projectId", created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt", last_used_at AS "lastUsedAt"`;

export interface ApiKeyFilter {
  /** Whose; null: of everybody. */
  readonly ownerId: string | null;
  readonly publicId: string | null;
}

const LIST: Statement = {
  name: 'auth.api-keys',
  text: `SELECT ${COLUMNS} FROM auth.api_key
   WHERE ($1::uuid IS NULL OR principal_id = $1) AND ($2::text IS NULL OR public_id = $2) AND ($3::uuid IS NULL OR id > $3)
   ORDER BY id LIMIT $4`,
};

@Injectable()
export class ApiKeyRepository {
  async insert(tx: Tx, hash: Buffer, key: ApiKey): Promise<void> {
    await entityManagerOf(tx).query(
      `INSERT INTO auth.api_key (id, principal_id, public_id, secret_hash, label, scopes, project_id, created_at, created_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [key.id, key.ownerId, key.publicId, hash, key.label, key.scopes, key.projectId, key.createdAt, key.createdBy, key.expiresAt],
    );
  }

  /** In order of creation, since ids are UUIDv7; the expired too, until they are cleared away. */
  async page(reading: Reading | Tx, { ownerId, publicId }: ApiKeyFilter, limit: number, after: string | null): Promise<readonly ApiKey[]> {
    return rowsOf<ApiKey>(reading, LIST, [ownerId, publicId, after, limit]);
  }

  async find(tx: Tx, id: string): Promise<ApiKey | null> {
    const rows = await entityManagerOf(tx).query<ApiKey[]>(`SELECT ${COLUMNS} FROM auth.api_key WHERE id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** How many of theirs are good at `now`. */
  async count(tx: Tx, ownerId: string, now: Date): Promise<number> {
    const rows = await entityManagerOf(tx).query<{ count: number }[]>('SELECT count(*)::integer AS count FROM auth.api_key WHERE principal_id = $1 AND expires_at > $2', [ownerId, now]);
    return rows[0]?.count ?? 0;
  }

  /** False when it had gone. */
  async remove(tx: Tx, id: string): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.api_key WHERE id = $1', [id]);
    return count === 1;
  }

  /** The one with this hash; null when there is none. */
  async removeByHash(tx: Tx, hash: Buffer): Promise<ApiKey | null> {
    const [rows] = await entityManagerOf(tx).query<[ApiKey[], number]>(`DELETE FROM auth.api_key WHERE secret_hash = $1 RETURNING ${COLUMNS}`, [hash]);
    return rows[0] ?? null;
  }

  /** Returns how many there were. */
  async removeAll(tx: Tx, ownerId: string): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.api_key WHERE principal_id = $1', [ownerId]);
    return count;
  }

  /** Of replicas that note the same use, the latest instant stays. What somebody holds is left to the next time. */
  async noteUses(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE auth.api_key SET last_used_at = $2
        WHERE id IN (SELECT id FROM auth.api_key WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at < $2) FOR UPDATE SKIP LOCKED)`,
      [ids, at],
    );
  }

  /** At most `limit` that have been of no use since `before`. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.api_key WHERE id IN (SELECT id FROM auth.api_key WHERE expires_at < $1 ORDER BY id LIMIT $2)', [before, limit]);
    return count;
  }
}
