import { Injectable } from '@nestjs/common';
import type { PrincipalStanding } from '#modules/rbac/index.js';
import { entityManagerOf, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { PrincipalEntity } from './principal.entity.js';

/** A principal under a lock: what it is now and will be until the transaction ends. */
export interface LockedPrincipal {
  readonly id: string;
  readonly kind: 'user' | 'service';
  readonly status: 'active' | 'disabled';
  readonly epoch: number;
  /** Nobody's any more: it stays disabled for ever. */
  readonly erased: boolean;
  readonly version: number;
  /** Of a program: no session of it is opened that is not bound to a key or a certificate. */
  readonly dpopRequired: boolean;
  /** Of an account for emergencies: the last that it was opened for, and until when. */
  readonly breakGlass: { readonly id: string; readonly until: Date } | null;
}

const LOCK_IDLE: Statement = {
  name: 'auth.lock-idle-principals',
  text: `
  SELECT id, kind, status, epoch, erased_at AS "erasedAt", version, dpop_required AS "dpopRequired", break_glass_id AS "breakGlassId", break_glass_until AS "breakGlassUntil"
    FROM auth.principal WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE SKIP LOCKED`,
};

function lockedOf({ id, kind, status, epoch, erasedAt, version, dpopRequired, breakGlassId, breakGlassUntil }: Omit<PrincipalEntity, 'createdAt' | 'createdBy' | 'disabledAt'>): LockedPrincipal {
  const breakGlass = breakGlassId === null ? null : { id: breakGlassId, until: breakGlassUntil! };
  return { id, kind, status, epoch: Number(epoch), erased: erasedAt !== null, version: Number(version), dpopRequired, breakGlass };
}

type BreakGlassBeginning = Parameters<PrincipalStanding['beginBreakGlass']>[1];

/** Told by the port: a name more on rbac's face would say the same. */
type Guarantor = NonNullable<Awaited<ReturnType<PrincipalStanding['guarantorOf']>>>;

@Injectable()
export class PrincipalRepository {
  async insert(tx: Tx, principal: { id: string; kind: 'user' | 'service'; createdAt: Date; createdBy: string | null; dpopRequired?: boolean }): Promise<void> {
    await entityManagerOf(tx).insert(PrincipalEntity, { dpopRequired: false, ...principal, status: 'active', epoch: '0', version: '1', disabledAt: null, erasedAt: null });
  }

  /** `share` for who only needs it to stay as it is (a login), `update` for who changes it. */
  async lock(tx: Tx, id: string, strength: 'share' | 'update'): Promise<LockedPrincipal | null> {
    const row = await entityManagerOf(tx).findOne(PrincipalEntity, {
      where: { id },
      lock: { mode: strength === 'share' ? 'pessimistic_read' : 'pessimistic_write' },
    });
    return row === null ? null : lockedOf(row);
  }

  /** `share` of those of these that nobody is changing at this moment: it waits for nobody. In the order of their ids. */
  async lockIdle(tx: Tx, ids: readonly string[]): Promise<readonly LockedPrincipal[]> {
    return (await rowsOf<Parameters<typeof lockedOf>[0]>(tx, LOCK_IDLE, [ids])).map(lockedOf);
  }

  async disable(tx: Tx, id: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE auth.principal SET status = 'disabled', disabled_at = $2, epoch = epoch + 1, version = version + 1 WHERE id = $1`, [id, at]);
  }

  /** What is shown of the account has changed elsewhere. */
  async touch(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.principal SET version = version + 1 WHERE id = $1', [id]);
  }

  async setDpopRequired(tx: Tx, id: string, dpopRequired: boolean): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.principal SET dpop_required = $2 WHERE id = $1', [id, dpopRequired]);
  }

  /** Disabled from now on, or since before; for good either way. */
  async erase(tx: Tx, id: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE auth.principal SET status = 'disabled', disabled_at = coalesce(disabled_at, $2), erased_at = coalesce(erased_at, $2), epoch = epoch + 1, version = version + 1 WHERE id = $1`, [id, at]);
  }

  /** The epoch moves on enabling too: no token from before the pause comes back to life. */
  async enable(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE auth.principal SET status = 'active', disabled_at = NULL, epoch = epoch + 1, version = version + 1 WHERE id = $1`, [id]);
  }

  /** Ends every token of the principal, whose credentials have changed; returns the new epoch. */
  async bumpEpoch(tx: Tx, id: string): Promise<number> {
    const [rows] = await entityManagerOf(tx).query<[{ epoch: string }[], number]>('UPDATE auth.principal SET epoch = epoch + 1, version = version + 1 WHERE id = $1 RETURNING epoch', [id]);
    const row = rows[0];
    if (row === undefined) throw new Error('a principal that was locked before has gone');
    return Number(row.epoch);
  }

  /** Of these, the people whose accounts are active. */
  async activeUsers(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
    const rows = await entityManagerOf(tx).query<{ id: string }[]>(`SELECT id FROM auth.principal WHERE id = ANY($1::uuid[]) AND kind = 'user' AND status = 'active' ORDER BY id`, [ids]);
    return rows.map((row) => row.id);
  }

  async isPerson(tx: Tx, id: string): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(`SELECT FROM auth.principal WHERE id = $1 AND kind = 'user'`, [id]);
    return rows.length > 0;
  }

  /** Whether `makerId` made the account, or reset its credentials at `sinceMillis` or later. */
  async isBeholdenTo(tx: Tx, id: string, makerId: string, sinceMillis: number): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `SELECT FROM auth.principal AS principal LEFT JOIN auth.user_account AS account ON account.principal_id = principal.id
        WHERE principal.id = $1 AND (principal.created_by = $2 OR (account.credentials_reset_by = $2 AND account.credentials_reset_at >= $3))`,
      [id, makerId, new Date(sinceMillis)],
    );
    return rows.length > 0;
  }

  /** The other by themselves, or by a program that they answer for. What a program was given they know for as long as it is good. */
  async wasResetBy(tx: Tx, id: string, otherId: string, sinceMillis: number): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `WITH hand AS (SELECT $2::uuid AS id UNION ALL SELECT principal_id FROM auth.service_account WHERE owner_id = $2),
            given AS (SELECT principal_id, created_by, expires_at FROM auth.client_secret UNION ALL SELECT principal_id, created_by, expires_at FROM auth.api_key
                      UNION ALL SELECT principal_id, created_by, expires_at FROM auth.client_certificate UNION ALL SELECT principal_id, created_by, expires_at FROM auth.client_key)
       SELECT FROM hand WHERE EXISTS (SELECT FROM auth.user_account WHERE principal_id = $1 AND credentials_reset_by = hand.id AND credentials_reset_at >= $3)
          OR EXISTS (SELECT FROM auth.service_account WHERE principal_id = $1 AND credentials_given_by = hand.id AND credentials_given_at >= $3)
          OR EXISTS (SELECT FROM given WHERE principal_id = $1 AND created_by = hand.id AND expires_at > $3)`,
      [id, otherId, new Date(sinceMillis)],
    );
    return rows.length > 0;
  }

  /** The person who answers for a service account, and whether they can log in; null for everybody else. */
  async guarantorOf(tx: Tx, id: string): Promise<Guarantor | null> {
    const rows = await entityManagerOf(tx).query<Guarantor[]>(
      `SELECT owner.id, owner.status = 'active' AS "isActive"
         FROM auth.service_account AS account JOIN auth.principal AS owner ON owner.id = account.owner_id
        WHERE account.principal_id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  async programsOf(tx: Tx, ownerIds: readonly string[]): Promise<readonly string[]> {
    const rows = await entityManagerOf(tx).query<{ id: string }[]>('SELECT principal_id AS id FROM auth.service_account WHERE owner_id = ANY($1::uuid[]) ORDER BY principal_id', [ownerIds]);
    return rows.map(({ id }) => id);
  }

  async isActive(tx: Tx, id: string): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(`SELECT FROM auth.principal WHERE id = $1 AND status = 'active'`, [id]);
    return rows.length > 0;
  }

  async setSealed(tx: Tx, id: string, sealed: boolean): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.principal SET sealed = $2, break_glass_until = CASE WHEN break_glass_until > now() THEN now() ELSE break_glass_until END WHERE id = $1', [id, sealed]);
  }

  /** The session that asked ends with the use, as do those that are opened meanwhile; the lookup sees to it. */
  async beginBreakGlass(tx: Tx, { principalId, sessionId, useId, endsAt }: BreakGlassBeginning): Promise<void> {
    const manager = entityManagerOf(tx);
    await manager.query('UPDATE auth.principal SET break_glass_id = $2, break_glass_until = $3, break_glass_session = $4 WHERE id = $1', [principalId, useId, endsAt, sessionId]);
    await manager.query('UPDATE auth.session SET revoked_at = now() WHERE principal_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2', [principalId, sessionId]);
  }
}
