import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { OWNER } from '../domain/builtin-roles.js';
import { BINDING_ATTRIBUTES } from '../domain/rbac.permissions.js';
import type { HeldRole, RoleBinding } from '../domain/role-binding.js';
import { violatedConstraint } from './constraint-violation.js';
import { RoleBindingRow } from './role-binding.entity.js';
import type { RoleRow } from './role.entity.js';
import { rulesOf } from './role.repository.js';

/** What the caller asks for, of what it may see. */
export interface BindingFilter {
  readonly subjectId?: string;
  /** By id or name. */
  readonly roleId?: string;
}

type HeldRow = Pick<RoleBindingRow, 'roleId' | 'projectId' | 'expiresAt'> & Pick<RoleRow, 'builtin' | 'rules'> & { readonly bindingId: string; readonly definedIn: string };

/** The lineage is a set: roles that inherit from one another in a circle, which only a planted row makes, end it too. */
const HELD_BY: Statement = {
  name: 'rbac.held-by',
  text: `
    WITH RECURSIVE line (role_id, definer_id) AS (
      SELECT DISTINCT role_id, role_id FROM rbac.role_binding WHERE subject_id = $1
      UNION
      SELECT line.role_id, parent.parent_id FROM line JOIN rbac.role_parent parent ON parent.role_id = line.definer_id
    )
    SELECT binding.id AS "bindingId", binding.role_id AS "roleId", binding.project_id AS "projectId", binding.expires_at AS "expiresAt",
           definer.id AS "definedIn", definer.builtin, definer.rules
    FROM rbac.role_binding binding JOIN line USING (role_id) JOIN rbac.role definer ON definer.id = line.definer_id
    WHERE binding.subject_id = $1`,
};

const LIST = `
  SELECT id, subject_id AS "subjectId", role_id AS "roleId", project_id AS "projectId", expires_at AS "expiresAt", created_at AS "createdAt", created_by AS "createdBy"
  FROM rbac.role_binding
  WHERE {filter} AND ($1::uuid IS NULL OR subject_id = $1) AND ($2::text IS NULL OR role_id IN (SELECT id FROM rbac.role WHERE id = $2 OR name = $2)) AND ($3::uuid IS NULL OR id > $3)
  ORDER BY id LIMIT $4`;
const FILTERED = rowColumns(BINDING_ATTRIBUTES, 'project_id', { role: 'role_id', subjectId: 'subject_id::text', createdBy: 'created_by', expiresAt: 'expires_at' });
const HOLDERS_OF: Statement = { name: 'rbac.holders-of-roles', text: 'SELECT DISTINCT subject_id AS id FROM rbac.role_binding WHERE role_id = ANY($1::text[]) ORDER BY subject_id LIMIT $2' };
const SUBJECTS_IN: Statement = {
  name: 'rbac.subjects-in-project',
  text: 'SELECT DISTINCT subject_id AS id FROM rbac.role_binding WHERE project_id = $1 AND ($2::uuid IS NULL OR subject_id > $2) ORDER BY subject_id LIMIT $3',
};

/** A value and not a row: callers compare and spread it. */
const bindingOf = (row: RoleBindingRow): RoleBinding => ({ ...row });

@Injectable()
export class RoleBindingRepository {
  /**
   * Everything that was ever given to the subject and not taken back, the expired too: what is live depends on when.
   * Of each binding one for the role itself and one for each that it inherits from.
   */
  async heldBy(tx: Tx, subjectId: string): Promise<readonly HeldRole[]> {
    const rows = await rowsOf<HeldRow>(tx, HELD_BY, [subjectId]);
    return rows.map(({ bindingId, roleId, projectId, expiresAt, definedIn, builtin, rules }) => ({
      bindingId,
      roleId,
      projectId,
      expiresAtMillis: expiresAt?.getTime() ?? null,
      definedIn,
      rules: rulesOf({ id: definedIn, builtin, rules }),
    }));
  }

  /** A subject that does not exist is refused by its foreign key: rbac knows principals by their ids alone. */
  async insert(tx: Tx, binding: RoleBinding): Promise<void> {
    try {
      await entityManagerOf(tx).insert(RoleBindingRow, binding);
    } catch (error) {
      if (violatedConstraint(error)?.constraint === 'role_binding_subject') {
        throw Fault.at(REQUEST_FAULTS['invalid-request'], '/subjectId', 'unknown', 'There is no such principal.');
      }
      throw error;
    }
  }

  async find(tx: Tx, id: string): Promise<RoleBinding | null> {
    const row = await entityManagerOf(tx).findOneBy(RoleBindingRow, { id });
    return row && bindingOf(row);
  }

  async findSame(tx: Tx, { subjectId, roleId, projectId }: Pick<RoleBinding, 'subjectId' | 'roleId' | 'projectId'>): Promise<RoleBinding | null> {
    const row = await entityManagerOf(tx).findOneBy(RoleBindingRow, { subjectId, roleId, projectId: projectId ?? IsNull() });
    return row && bindingOf(row);
  }

  async list(reading: Reading, { subjectId, roleId }: BindingFilter, filter: RowFilter, page: PageRequest): Promise<Page<RoleBinding>> {
    const values = [subjectId ?? null, roleId ?? null, page.after, page.limit + 1];
    return pageOf(await filteredRowsOf<RoleBinding>(reading, LIST, FILTERED, filter, values), page.limit);
  }

  /** Who was given any of these roles, each once. */
  async holdersOf(tx: Tx, roleIds: readonly string[], limit: number): Promise<readonly string[]> {
    return (await rowsOf<{ id: string }>(tx, HOLDERS_OF, [roleIds, limit])).map(({ id }) => id);
  }

  /** Who was given something in the project, each once. */
  async subjectsIn(tx: Tx, projectId: string, { limit, after }: PageRequest): Promise<Page<string>> {
    const rows = await rowsOf<{ id: string }>(tx, SUBJECTS_IN, [projectId, after, limit + 1]);
    const { items, next } = pageOf(rows, limit);
    return { items: items.map(({ id }) => id), next };
  }

  /** What was given to these subjects in the project, oldest first. */
  async ofSubjectsIn(tx: Tx, projectId: string, subjectIds: readonly string[]): Promise<readonly RoleBinding[]> {
    return (await entityManagerOf(tx).find(RoleBindingRow, { where: { projectId, subjectId: In([...subjectIds]) }, order: { id: 'ASC' } })).map(bindingOf);
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await entityManagerOf(tx).delete(RoleBindingRow, { id });
  }

  /** Whether the account is one for emergencies, open or not. */
  async isSealed(tx: Tx, principalId: string): Promise<boolean> {
    return (await entityManagerOf(tx).query<unknown[]>('SELECT FROM rbac.break_glass_account WHERE principal_id = $1', [principalId])).length > 0;
  }

  /** Principals who are owners. Stable only under the policy version's lock. */
  async owners(tx: Tx): Promise<readonly string[]> {
    const rows = await entityManagerOf(tx).findBy(RoleBindingRow, { roleId: OWNER });
    return rows.map((row) => row.subjectId);
  }
}
