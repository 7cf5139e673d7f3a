import { Injectable, Logger } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { builtinRole } from '../domain/builtin-roles.js';
import type { Role } from '../domain/role.js';
import { readRules, type Rule } from '../domain/rule.js';
import { RoleRow } from './role.entity.js';

const logger = new Logger('rbac');

/**
 * The rules of a builtin role are the code's, whatever its row says. A builtin that this version no longer knows
 * allows nothing, nor does a role with a rule that cannot be read.
 */
export function roleOf(row: RoleRow): Role {
  const builtin = row.builtin ? builtinRole(row.id) : undefined;
  return {
    id: row.id,
    builtin: row.builtin,
    description: builtin?.description ?? row.description ?? '',
    rules: row.builtin ? (builtin?.rules ?? []) : ownRules(row),
    unlimited: builtin?.unlimited ?? false,
  };
}

function ownRules({ id, rules: stored }: RoleRow): readonly Rule[] {
  const { rules, malformed } = readRules(stored);
  if (malformed > 0) logger.error('a role has rules that cannot be read: it allows nothing until they are put right, and denies all the same', { role: id, malformed });
  return rules;
}

@Injectable()
export class RoleRepository {
  async find(tx: Tx, id: string): Promise<Role | null> {
    const row = await entityManagerOf(tx).findOneBy(RoleRow, { id });
    return row === null ? null : roleOf(row);
  }

  async list(tx: Tx, page: PageRequest): Promise<Page<Role>> {
    const where = page.after === null ? {} : { id: MoreThan(page.after) };
    const rows = await entityManagerOf(tx).find(RoleRow, { where, order: { id: 'ASC' }, take: page.limit + 1 });
    return pageOf(rows.map(roleOf), page.limit);
  }
}
