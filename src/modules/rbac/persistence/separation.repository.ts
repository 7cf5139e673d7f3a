import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { entityManagerOf, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { RBAC_FAULTS } from '../domain/rbac.faults.js';
import type { Separation } from '../domain/separation.js';
import { violatedConstraint } from './constraint-violation.js';
import { SeparationRow } from './separation.entity.js';

const separationOf = ({ id, firstRole, secondRole, reason, createdAt, createdBy }: SeparationRow): Separation => ({ id, roles: [firstRole, secondRole], reason, createdAt, createdBy });

/** $3: among the holders of these roles; null: among all. One role of both sides, held once, is both. */
const HELD_TOGETHER: Statement = {
  name: 'rbac.held-together',
  text: `
    SELECT FROM rbac.role_binding one JOIN rbac.role_binding other USING (subject_id)
    WHERE one.role_id = ANY($1) AND other.role_id = ANY($2) AND ($3::text[] IS NULL OR one.role_id = ANY($3) OR other.role_id = ANY($3))
      AND (one.expires_at IS NULL OR one.expires_at > $4) AND (other.expires_at IS NULL OR other.expires_at > $4)
    LIMIT 1`,
};

@Injectable()
export class SeparationRepository {
  /** Faults: separation-exists. */
  async insert(tx: Tx, { id, roles: [firstRole, secondRole], reason, createdAt, createdBy }: Separation): Promise<void> {
    try {
      await entityManagerOf(tx).insert(SeparationRow, { id, firstRole, secondRole, reason, createdAt, createdBy });
    } catch (error) {
      if (violatedConstraint(error)?.constraint === 'separation_once') throw new Fault(RBAC_FAULTS['separation-exists']);
      throw error;
    }
  }

  async find(tx: Tx, id: string): Promise<Separation | null> {
    const row = await entityManagerOf(tx).findOneBy(SeparationRow, { id });
    return row && separationOf(row);
  }

  async all(tx: Tx): Promise<readonly Separation[]> {
    return (await entityManagerOf(tx).find(SeparationRow)).map(separationOf);
  }

  async list(tx: Tx, page: PageRequest): Promise<Page<Separation>> {
    const where = page.after === null ? {} : { id: MoreThan(page.after) };
    const rows = await entityManagerOf(tx).find(SeparationRow, { where, order: { id: 'ASC' }, take: page.limit + 1 });
    return pageOf(rows.map(separationOf), page.limit);
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).delete(SeparationRow, { id });
  }

  /** Whether somebody holds, now, a role of each list. Stable only under the policy version's lock. */
  async isHeldTogether(tx: Tx, first: readonly string[], second: readonly string[], among: readonly string[] | null, now: Date): Promise<boolean> {
    return (await rowsOf(tx, HELD_TOGETHER, [first, second, among, now])).length > 0;
  }
}
