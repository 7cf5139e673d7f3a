import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { BreakGlassAccount, BreakGlassUse } from '../domain/break-glass.js';

const ACCOUNT = 'SELECT principal_id AS id, enrolled_at AS "enrolledAt", enrolled_by AS "enrolledBy" FROM rbac.break_glass_account';
const USE = `SELECT id, principal_id AS "principalId", reason, opened_at AS "openedAt", ends_at AS "endsAt", reviewed_by AS "reviewedBy", reviewed_at AS "reviewedAt", findings FROM rbac.break_glass_use`;

@Injectable()
export class BreakGlassRepository {
  /** False when it is enrolled already. */
  async enroll(tx: Tx, { id, enrolledAt, enrolledBy }: BreakGlassAccount): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>('INSERT INTO rbac.break_glass_account (principal_id, enrolled_at, enrolled_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1', [id, enrolledAt, enrolledBy]);
    return rows.length === 1;
  }

  /** False when it was not enrolled. */
  async remove(tx: Tx, principalId: string): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM rbac.break_glass_account WHERE principal_id = $1', [principalId]);
    return count === 1;
  }

  /** Held until the transaction ends. */
  async isEnrolled(tx: Tx, principalId: string): Promise<boolean> {
    return (await entityManagerOf(tx).query<unknown[]>(`${ACCOUNT} WHERE principal_id = $1 FOR UPDATE`, [principalId])).length === 1;
  }

  async accounts(tx: Tx, { limit, after }: PageRequest): Promise<Page<BreakGlassAccount>> {
    return pageOf(await entityManagerOf(tx).query<BreakGlassAccount[]>(`${ACCOUNT} WHERE $1::uuid IS NULL OR principal_id > $1 ORDER BY principal_id LIMIT $2`, [after, limit + 1]), limit);
  }

  async insertUse(tx: Tx, { id, principalId, reason, openedAt, endsAt }: BreakGlassUse): Promise<void> {
    await entityManagerOf(tx).query('INSERT INTO rbac.break_glass_use (id, principal_id, reason, opened_at, ends_at) VALUES ($1, $2, $3, $4, $5)', [id, principalId, reason, openedAt, endsAt]);
  }

  /** What nobody has looked at yet; there is at most one. */
  async unreviewed(tx: Tx, principalId: string): Promise<BreakGlassUse | null> {
    return (await entityManagerOf(tx).query<BreakGlassUse[]>(`${USE} WHERE principal_id = $1 AND reviewed_at IS NULL`, [principalId]))[0] ?? null;
  }

  async lockUse(tx: Tx, id: string): Promise<BreakGlassUse | null> {
    return (await entityManagerOf(tx).query<BreakGlassUse[]>(`${USE} WHERE id = $1 FOR UPDATE`, [id]))[0] ?? null;
  }

  async review(tx: Tx, id: string, by: string, at: Date, findings: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE rbac.break_glass_use SET reviewed_by = $2, reviewed_at = $3, findings = $4 WHERE id = $1', [id, by, at, findings]);
  }

  async uses(tx: Tx, { limit, after }: PageRequest): Promise<Page<BreakGlassUse>> {
    return pageOf(await entityManagerOf(tx).query<BreakGlassUse[]>(`${USE} WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`, [after, limit + 1]), limit);
  }
}
