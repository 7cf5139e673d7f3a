import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Approval, ApprovalState } from '../domain/approval.js';
import { ApprovalRow } from './approval.entity.js';

export interface ApprovalFilter {
  /** Those that this principal asked for are among them. */
  readonly requesterId: string;
  /** Null: everywhere. The requester's own, when the token is for one project. */
  readonly ownIn: string | null;
  /** Besides: those that it shows. */
  readonly visible: RowFilter;
  readonly state?: ApprovalState;
  readonly now: Date;
}

const LIST = `
  SELECT id, requester_id AS "requesterId", request_hash AS "requestHash", route, permission, project_id AS "projectId",
         target_type AS "targetType", target_uid AS "targetUid", target_version AS "targetVersion", summary, state,
         created_at AS "createdAt", expires_at AS "expiresAt", decided_by AS "decidedBy", decided_at AS "decidedAt", reason, used_at AS "usedAt"
  FROM rbac.approval
  WHERE (requester_id = $1 AND ($2::uuid IS NULL OR project_id = $2) OR {filter})
    AND ($3::text IS NULL OR $3 = CASE WHEN state IN ('pending', 'approved') AND expires_at <= $4 THEN 'expired' ELSE state END)
    AND ($5::uuid IS NULL OR id < $5)
  ORDER BY id DESC LIMIT $6`;
const FILTERED = rowColumns({}, 'project_id', {});

/** What there was of an approval when it was decided. */
export interface Decision {
  readonly state: 'approved' | 'rejected' | 'withdrawn';
  readonly decidedBy: string;
  readonly decidedAt: Date;
  readonly reason: string | null;
}

function approvalOf({ requestHash: _hash, targetType, targetUid, targetVersion, ...row }: ApprovalRow): Approval {
  return { ...row, target: { type: targetType, uid: targetUid, version: targetVersion === null ? null : Number(targetVersion) } };
}

/** A row that is stored as open may have expired: every question names the instant at which it is asked. */
const OPEN: readonly ApprovalState[] = ['pending', 'approved'];

@Injectable()
export class ApprovalRepository {
  /** Who asks for approvals at once comes one after the other, until the transaction ends. */
  async lockRequester(tx: Tx, requesterId: string): Promise<void> {
    await entityManagerOf(tx).query(`SELECT pg_advisory_xact_lock(hashtextextended('rbac.approval ' || $1, 0))`, [requesterId]);
  }

  async insert(tx: Tx, requestHash: Buffer, { target, ...approval }: Approval): Promise<void> {
    await entityManagerOf(tx).insert(ApprovalRow, { ...approval, requestHash, targetType: target.type, targetUid: target.uid, targetVersion: target.version === null ? null : String(target.version) });
  }

  async find(tx: Tx, id: string): Promise<Approval | null> {
    const row = await entityManagerOf(tx).findOneBy(ApprovalRow, { id });
    return row && approvalOf(row);
  }

  /** Held until the transaction ends: of two who decide, the second sees what the first did. */
  async lock(tx: Tx, id: string): Promise<Approval | null> {
    const row = await entityManagerOf(tx).findOne(ApprovalRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return row && approvalOf(row);
  }

  /** The one that is open for this very request. */
  async findOpen(tx: Tx, requesterId: string, requestHash: Buffer, now: Date): Promise<Approval | null> {
    const row = await entityManagerOf(tx).findOneBy(ApprovalRow, { requesterId, requestHash, state: In([...OPEN]), expiresAt: MoreThan(now) });
    return row && approvalOf(row);
  }

  async countPending(tx: Tx, requesterId: string, now: Date): Promise<number> {
    return entityManagerOf(tx).countBy(ApprovalRow, { requesterId, state: 'pending', expiresAt: MoreThan(now) });
  }

  /** By id, the newest first: what was asked last is what somebody waits for. */
  async list(reading: Reading, { requesterId, ownIn, visible, state, now }: ApprovalFilter, page: PageRequest): Promise<Page<Approval>> {
    const values = [requesterId, ownIn, state ?? null, now, page.after, page.limit + 1];
    return pageOf((await filteredRowsOf<ApprovalRow>(reading, LIST, FILTERED, visible, values)).map(approvalOf), page.limit);
  }

  async decide(tx: Tx, id: string, decision: Decision): Promise<void> {
    await entityManagerOf(tx).update(ApprovalRow, { id }, decision);
  }

  /**
   * Uses up an approval of exactly this request. A second request with the same one waits here until the first has
   * committed, and then finds it used. Null: there is none that fits.
   */
  async use(tx: Tx, id: string, requesterId: string, requestHash: Buffer, now: Date): Promise<Approval | null> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      `UPDATE rbac.approval SET state = 'used', used_at = $4 WHERE id = $1 AND requester_id = $2 AND request_hash = $3 AND state = 'approved' AND expires_at > $4`,
      [id, requesterId, requestHash, now],
    );
    return count === 0 ? null : this.find(tx, id);
  }

  /** Before its time: nobody stands for it any more. */
  async lapse(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).query(`UPDATE rbac.approval SET state = 'expired' WHERE id = $1 AND state = 'approved'`, [id]);
  }

  /** What a project says of itself; one that there is not is not asked about. */
  async areRequired(tx: Tx, projectId: string): Promise<boolean> {
    const [row] = await entityManagerOf(tx).query<{ required: boolean }[]>('SELECT approvals_required AS required FROM rbac.project WHERE id = $1', [projectId]);
    return row?.required ?? true;
  }

  /** As above, held until the transaction ends; null where there is no such project. */
  async lockRequirement(tx: Tx, projectId: string): Promise<{ readonly slug: string; readonly required: boolean } | null> {
    const [row] = await entityManagerOf(tx).query<{ slug: string; required: boolean }[]>('SELECT slug, approvals_required AS required FROM rbac.project WHERE id = $1 FOR UPDATE', [projectId]);
    return row ?? null;
  }

  async setRequirement(tx: Tx, projectId: string, required: boolean): Promise<void> {
    await entityManagerOf(tx).query('UPDATE rbac.project SET approvals_required = $2, version = version + 1 WHERE id = $1', [projectId, required]);
  }

  /** Of this requester's, or of everybody's: those whose time is over. */
  async expire(tx: Tx, requesterId: string | null, now: Date): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      `UPDATE rbac.approval SET state = 'expired' WHERE state IN ('pending', 'approved') AND expires_at <= $2 AND ($1::uuid IS NULL OR requester_id = $1)`,
      [requesterId, now],
    );
    return count;
  }

  /** At most `limit` that ended before `before`; skips what somebody holds. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'DELETE FROM rbac.approval WHERE id IN (SELECT id FROM rbac.approval WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)',
      [before, limit],
    );
    return count;
  }
}
