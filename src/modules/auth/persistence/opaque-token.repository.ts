import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { HeldToken, VaultMethod } from '../domain/vault-token.js';

export interface NewOpaqueToken {
  readonly hash: Buffer;
  readonly sessionId: string;
  readonly epoch: number;
  readonly method: VaultMethod;
  readonly endsAt: Date;
  /** The secret that the login was made with, if it was one. */
  readonly clientSecretId: string | null;
}

/** Tokens by their hash. Each has a session of its own, and goes where the session goes. */
@Injectable()
export class OpaqueTokenRepository {
  async insert(tx: Tx, { hash, sessionId, epoch, method, endsAt, clientSecretId }: NewOpaqueToken): Promise<void> {
    await entityManagerOf(tx).query(
      'INSERT INTO auth.opaque_token (token_hash, session_id, epoch, method, ends_at, client_secret_id) VALUES ($1, $2, $3, $4, $5, $6)',
      [hash, sessionId, epoch, method, endsAt, clientSecretId],
    );
  }

  /** Whatever credential the session has. Null when the session has gone. */
  async held(tx: Tx, sessionId: string): Promise<HeldToken | null> {
    const rows = await entityManagerOf(tx).query<HeldToken[]>(
      `SELECT session.principal_id AS "principalId", session.id AS "sessionId", coalesce(account.username, service.name, '') AS name, token.method,
              session.created_at AS "createdAt", session.expires_at AS "expiresAt", token.ends_at AS "endsAt"
         FROM auth.session AS session
         LEFT JOIN auth.opaque_token AS token ON token.session_id = session.id
         LEFT JOIN auth.user_account AS account ON account.principal_id = session.principal_id
         LEFT JOIN auth.service_account AS service ON service.principal_id = session.principal_id
        WHERE session.id = $1`,
      [sessionId],
    );
    return rows[0] ?? null;
  }
}
