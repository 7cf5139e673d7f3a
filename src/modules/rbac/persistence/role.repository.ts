import { Injectable, Logger } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { builtinRole } from '../domain/builtin-roles.js';
import { RBAC_FAULTS } from '../domain/rbac.faults.js';
import type { Role, RoleContent, RoleVersion } from '../domain/role.js';
import { RoleGraph } from '../domain/role-graph.js';
import { readRules, type Rule } from '../domain/rule.js';
import { violatedConstraint } from './constraint-violation.js';
import { RoleParentRow, RoleRow, RoleVersionRow } from './role.entity.js';

const logger = new Logger('rbac');

/** As the statements below name the columns; the parents come sorted. */
type RoleRead = RoleRow & { readonly parents: readonly string[] };

/**
 * The rules of a builtin role are the code's, whatever its row says. A builtin that this version no longer knows
 * allows nothing, nor does a role with a rule that cannot be read.
 */
export function rulesOf({ id, builtin, rules: stored }: Pick<RoleRow, 'id' | 'builtin' | 'rules'>): readonly Rule[] {
  if (builtin) return builtinRole(id)?.rules ?? [];
  const { rules, malformed } = readRules(stored);
  if (malformed > 0) logger.error('a role has rules that cannot be read: it allows nothing until they are put right, and denies all the same', { role: id, malformed });
  return rules;
}

function roleOf(row: RoleRead): Role {
  const builtin = row.builtin ? builtinRole(row.id) : undefined;
  return { ...row, description: builtin?.description ?? row.description ?? '', rules: rulesOf(row), unlimited: builtin?.unlimited ?? false };
}

const COLUMNS = `role.id, role.name, role.builtin, role.description, role.rules, role.version, role.created_at AS "createdAt", role.updated_at AS "updatedAt",
  (SELECT coalesce(array_agg(parent_id ORDER BY parent_id), '{}') FROM rbac.role_parent WHERE role_id = role.id) AS parents`;
const BY_REFERENCE: Statement = { name: 'rbac.role-by-reference', text: `SELECT ${COLUMNS} FROM rbac.role WHERE id = $1 OR name = $1` };
const LINEAGE: Statement = {
  name: 'rbac.role-lineage',
  text: `
    WITH RECURSIVE line (id) AS (
      SELECT id FROM rbac.role WHERE id = $1 OR name = $1
      UNION
      SELECT parent.parent_id FROM line JOIN rbac.role_parent parent ON parent.role_id = line.id
    )
    SELECT ${COLUMNS} FROM line JOIN rbac.role role USING (id)`,
};
const ALL: Statement = { name: 'rbac.roles', text: `SELECT ${COLUMNS} FROM rbac.role` };
const PAGE: Statement = { name: 'rbac.role-page', text: `SELECT ${COLUMNS} FROM rbac.role WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2` };
const VERSION_COLUMNS = 'version, name, description, rules, parents, created_at AS "createdAt", created_by AS "createdBy"';
const VERSIONS: Statement = { name: 'rbac.role-versions', text: `SELECT ${VERSION_COLUMNS} FROM rbac.role_version WHERE role_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3` };
const VERSION: Statement = { name: 'rbac.role-version', text: `SELECT ${VERSION_COLUMNS} FROM rbac.role_version WHERE role_id = $1 AND version = $2` };
const UPDATE: Statement = { name: 'rbac.role-update', text: 'UPDATE rbac.role SET name = $2, description = $3, rules = $4, version = $5, updated_at = $6 WHERE id = $1 AND NOT builtin' };

/** Above every version, and within the integer that the column is. */
const BEYOND_VERSIONS = 2 ** 31 - 1;

@Injectable()
export class RoleRepository {
  /** By id or name. No name is written like an id, so that one reference means one role. */
  async find(reading: Reading, reference: string): Promise<Role | null> {
    const [row] = await rowsOf<RoleRead>(reading, BY_REFERENCE, [reference]);
    return row === undefined ? null : roleOf(row);
  }

  /** The role, by id or name, with all that it inherits from; empty when there is none. */
  async lineage(tx: Tx, reference: string): Promise<RoleGraph> {
    return new RoleGraph((await rowsOf<RoleRead>(tx, LINEAGE, [reference])).map(roleOf));
  }

  /** Every role there is: some hundreds. Stable only under the policy version's lock. */
  async all(tx: Tx): Promise<RoleGraph> {
    return new RoleGraph((await rowsOf<RoleRead>(tx, ALL)).map(roleOf));
  }

  async list(reading: Reading, page: PageRequest): Promise<Page<Role>> {
    return pageOf((await rowsOf<RoleRead>(reading, PAGE, [page.after, page.limit + 1])).map(roleOf), page.limit);
  }

  /** Faults: role-name-taken. */
  async insert(tx: Tx, role: Role, createdBy: string): Promise<void> {
    const { id, name, builtin, description, rules, version, createdAt, updatedAt } = role;
    await named(() => entityManagerOf(tx).insert(RoleRow, { id, name, builtin, description, rules, version, createdAt, updatedAt } as object));
    await this.#keep(tx, role, createdBy);
  }

  /** Faults: role-name-taken. */
  async update(tx: Tx, role: Role, updatedBy: string): Promise<void> {
    const { id, name, description, rules, version, updatedAt } = role;
    await named(() => rowsOf(tx, UPDATE, [id, name, description, JSON.stringify(rules), version, updatedAt]));
    await entityManagerOf(tx).delete(RoleParentRow, { roleId: id });
    await this.#keep(tx, role, updatedBy);
  }

  /** Faults: role-in-use where a binding, an heir or a separation refers to it. Its versions stay. */
  async delete(tx: Tx, id: string): Promise<void> {
    try {
      await entityManagerOf(tx).delete(RoleRow, { id });
    } catch (error) {
      if (violatedConstraint(error)?.kind === 'foreign-key') throw new Fault(RBAC_FAULTS['role-in-use']);
      throw error;
    }
  }

  /** The newest first, those before `before`. */
  async versions(reading: Reading, id: string, before: number | null, limit: number): Promise<Page<RoleVersion>> {
    const rows = (await rowsOf<RoleVersionRow>(reading, VERSIONS, [id, before ?? BEYOND_VERSIONS, limit + 1])).map(versionOf);
    const items = rows.slice(0, limit);
    return { items, next: rows.length > limit ? String(items.at(-1)!.version) : null };
  }

  async version(reading: Reading, id: string, version: number): Promise<RoleVersion | null> {
    const [row] = await rowsOf<RoleVersionRow>(reading, VERSION, [id, version]);
    return row === undefined ? null : versionOf(row);
  }

  async #keep(tx: Tx, { id, name, description, rules, parents, version, updatedAt }: Role, by: string): Promise<void> {
    const manager = entityManagerOf(tx);
    if (parents.length > 0) await manager.insert(RoleParentRow, parents.map((parentId) => ({ roleId: id, parentId })));
    await manager.insert(RoleVersionRow, { roleId: id, version, name, description, rules, parents: [...parents], createdAt: updatedAt, createdBy: by } as object);
  }
}

async function named(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (violatedConstraint(error)?.constraint === 'role_name_key') throw Fault.at(RBAC_FAULTS['role-name-taken'], '/name', 'taken');
    throw error;
  }
}

function versionOf({ version, name, description, rules, parents, createdAt, createdBy }: RoleVersionRow): RoleVersion {
  const content: RoleContent = { name, description, rules: readRules(rules).rules, parents };
  return { ...content, version, createdAt, createdBy };
}
