import { Injectable } from '@nestjs/common';
import { entityManagerOf, leaveToCommit, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { SessionEntity } from './session.entity.js';

/** A session as it is kept. */
export type SessionRow = SessionEntity;

/** A session as its holder and administrators see it. */
export type ListedSession = Pick<SessionEntity, 'id' | 'createdAt' | 'expiresAt' | 'authenticatedAt' | 'scopes' | 'assurance' | 'methods' | 'clientId' | 'endsAt' | 'lastUsedAt' | 'source' | 'userAgent'> & {
  readonly boundTo: 'certificate' | 'dpop' | null;
};

/** Any number in one statement of one text; the rows come as JSON, since an array of arrays is no array of rows. */
const INSERT: Statement = {
  name: 'auth.insert-sessions',
  text: `
  INSERT INTO auth.session (id, principal_id, created_at, expires_at, auth_time, scopes, project_id, acr, methods, client_id, credential_id, ends_at, last_used_at, certificate_thumbprint, dpop_jkt, source, user_agent)
  SELECT id, "principalId", "createdAt", "expiresAt", "authenticatedAt", scopes, "projectId", assurance, methods, "clientId", "credentialId", "endsAt", "lastUsedAt",
         decode("certificateThumbprint", 'hex'), decode("dpopThumbprint", 'hex'), source, "userAgent"
    FROM json_to_recordset($1) AS session (id uuid, "principalId" uuid, "createdAt" timestamptz, "expiresAt" timestamptz, "authenticatedAt" timestamptz, scopes text[], "projectId" uuid, assurance text, methods text[],
         "clientId" uuid, "credentialId" uuid, "endsAt" timestamptz, "lastUsedAt" timestamptz, "certificateThumbprint" text, "dpopThumbprint" text, source text, "userAgent" text)`,
};

@Injectable()
export class SessionRepository {
  /** Sessions that have just begun. Left to the commit: whoever refers to one in the same transaction comes behind it. */
  insert(tx: Tx, sessions: readonly SessionEntity[]): void {
    const rows = sessions.map(({ certificateThumbprint, dpopThumbprint, ...session }) => ({ ...session, certificateThumbprint: certificateThumbprint?.toString('hex'), dpopThumbprint: dpopThumbprint?.toString('hex') }));
    leaveToCommit(tx, rowsOf(tx, INSERT, [JSON.stringify(rows)]));
  }

  async find(tx: Tx, id: string): Promise<SessionEntity | null> {
    return entityManagerOf(tx).findOneBy(SessionEntity, { id });
  }

  /** One change of a session after another. Who locks the principal too does that first. */
  async lock(tx: Tx, id: string): Promise<SessionEntity | null> {
    return entityManagerOf(tx).findOne(SessionEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** A session that is used again lives as long as its newest token, to its end at most. False when it has ended. */
  async extend(tx: Tx, id: string, expiresAt: Date, now: Date): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.session SET expires_at = least($2, ends_at), last_used_at = $3 WHERE id = $1 AND revoked_at IS NULL AND expires_at > $3', [id, expiresAt, now]);
    return count === 1;
  }

  /** At least until then, and its end with it: who holds it has just proved who they are. */
  async prolong(tx: Tx, id: string, expiresAt: Date, now: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.session SET expires_at = greatest(expires_at, $2), ends_at = greatest(ends_at, $2), last_used_at = $3 WHERE id = $1', [id, expiresAt, now]);
  }

  async raise(tx: Tx, { id, assurance, methods, authenticatedAt, expiresAt, endsAt }: SessionEntity): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.session SET acr = $2, methods = $3, auth_time = $4, expires_at = $5, ends_at = $6, last_used_at = $4 WHERE id = $1', [id, assurance, methods, authenticatedAt, expiresAt, endsAt]);
  }

  async revoke(tx: Tx, id: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [id, at]);
  }

  /** Those that go on, oldest first. */
  async live(tx: Tx, principalId: string, now: Date, limit: number, after: string | null): Promise<readonly ListedSession[]> {
    return entityManagerOf(tx).query<ListedSession[]>(
      `SELECT id, created_at AS "createdAt", expires_at AS "expiresAt", auth_time AS "authenticatedAt", scopes, acr AS assurance, methods, client_id AS "clientId",
              ends_at AS "endsAt", last_used_at AS "lastUsedAt", source, user_agent AS "userAgent",
              CASE WHEN certificate_thumbprint IS NOT NULL THEN 'certificate' WHEN dpop_jkt IS NOT NULL THEN 'dpop' END AS "boundTo"
         FROM auth.session
        WHERE principal_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $3`,
      [principalId, now, limit, after],
    );
  }

  /** False for one that is not the principal's, or has ended. */
  async end(tx: Tx, principalId: string, id: string, at: Date): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.session SET revoked_at = $3 WHERE id = $2 AND principal_id = $1 AND revoked_at IS NULL AND expires_at > $3', [principalId, id, at]);
    return count === 1;
  }

  /** Every session of the principal but `keptId`; returns how many were live. */
  async revokeAll(tx: Tx, principalId: string, at: Date, keptId: string | null): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'UPDATE auth.session SET revoked_at = $2 WHERE principal_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND ($3::uuid IS NULL OR id <> $3)',
      [principalId, at, keptId],
    );
    return count;
  }

  /** Those of the principal whose tokens whoever has them may use; returns how many were live. */
  async revokeUnbound(tx: Tx, principalId: string, at: Date): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'UPDATE auth.session SET revoked_at = $2 WHERE principal_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND dpop_jkt IS NULL AND certificate_thumbprint IS NULL',
      [principalId, at],
    );
    return count;
  }

  /** What began with a secret or key that is taken away; the account is locked, so that none begins meanwhile. */
  async revokeAllOfCredential(tx: Tx, principalId: string, credentialId: string, at: Date): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.session SET revoked_at = $3 WHERE principal_id = $1 AND credential_id = $2 AND revoked_at IS NULL AND expires_at > $3', [principalId, credentialId, at]);
    return count;
  }

  async revokeAllOfClient(tx: Tx, clientId: string, at: Date): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('UPDATE auth.session SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL AND expires_at > $2', [clientId, at]);
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
