import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** One refresh token and where it stands in its chain. */
export interface RefreshTokenRow {
  readonly sessionId: string;
  readonly principalId: string;
  readonly generation: number;
  readonly epoch: number;
  readonly replacedAt: Date | null;
  /** Of the newest one of the same session. */
  readonly newestGeneration: number;
}

interface NewRefreshToken {
  readonly hash: Buffer;
  readonly sessionId: string;
  readonly generation: number;
  readonly epoch: number;
  readonly issuedAt: Date;
}

@Injectable()
export class RefreshTokenRepository {
  async insert(tx: Tx, { hash, sessionId, generation, epoch, issuedAt }: NewRefreshToken): Promise<void> {
    await entityManagerOf(tx).query('INSERT INTO auth.refresh_token (token_hash, session_id, generation, epoch, issued_at) VALUES ($1, $2, $3, $4, $5)', [hash, sessionId, generation, epoch, issuedAt]);
  }

  /** Exact while the session is locked. */
  async find(tx: Tx, hash: Buffer): Promise<RefreshTokenRow | null> {
    const rows = await entityManagerOf(tx).query<(Omit<RefreshTokenRow, 'epoch'> & { epoch: string })[]>(
      `SELECT token.session_id AS "sessionId", session.principal_id AS "principalId", token.generation, token.epoch, token.replaced_at AS "replacedAt",
              (SELECT max(generation) FROM auth.refresh_token AS newest WHERE newest.session_id = token.session_id) AS "newestGeneration"
         FROM auth.refresh_token AS token JOIN auth.session AS session ON session.id = token.session_id
        WHERE token.token_hash = $1`,
      [hash],
    );
    const row = rows[0];
    return row === undefined ? null : { ...row, epoch: Number(row.epoch) };
  }

  /** Of the newest; 0 for a session that has none. */
  async newestGeneration(tx: Tx, sessionId: string): Promise<number> {
    const rows = await entityManagerOf(tx).query<{ newest: number | null }[]>('SELECT max(generation) AS newest FROM auth.refresh_token WHERE session_id = $1', [sessionId]);
    return rows[0]?.newest ?? 0;
  }

  async markReplaced(tx: Tx, hash: Buffer, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.refresh_token SET replaced_at = $2 WHERE token_hash = $1 AND replaced_at IS NULL', [hash, at]);
  }
}
