import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Project } from '../domain/project.js';
import { PROJECT_ATTRIBUTES } from '../domain/rbac.permissions.js';
import { RBAC_FAULTS } from '../domain/rbac.faults.js';
import { violatedConstraint } from './constraint-violation.js';
import { ProjectRow } from './project.entity.js';

/** A value and not a row: callers compare and spread it. */
const projectOf = (row: ProjectRow): Project => ({ ...row, version: Number(row.version) });

const COLUMNS = 'id, slug, name, created_at AS "createdAt", archived_at AS "archivedAt", approvals_required AS "approvalsRequired", version';
const BY_ID: Statement = { name: 'rbac.project-by-id', text: `SELECT ${COLUMNS} FROM rbac.project WHERE id = $1` };
const LOCKED: Statement = { name: 'rbac.project-locked', text: `SELECT ${COLUMNS} FROM rbac.project WHERE id = $1 FOR UPDATE` };
const ARCHIVED: Statement = { name: 'rbac.projects-archived', text: 'SELECT id FROM rbac.project WHERE archived_at IS NOT NULL' };
const BY_SLUG: Statement = { name: 'rbac.project-by-slug', text: `SELECT ${COLUMNS} FROM rbac.project WHERE slug = $1` };
const LIST = `SELECT ${COLUMNS} FROM rbac.project WHERE {filter} AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`;
const IDS = 'SELECT id FROM rbac.project WHERE {filter}';
const FILTERED = rowColumns(PROJECT_ATTRIBUTES, 'id', { slug: 'slug', createdAt: 'created_at' });
/** A project as the place of something else: what is asked of that is nothing of the project's. */
const PLACES = { project: 'id', attributes: {} };

const one = (rows: readonly ProjectRow[]): Project | null => (rows[0] === undefined ? null : projectOf(rows[0]));

@Injectable()
export class ProjectRepository {
  async insert(tx: Tx, project: Project): Promise<void> {
    try {
      await entityManagerOf(tx).insert(ProjectRow, { ...project, version: String(project.version) });
    } catch (error) {
      if (violatedConstraint(error)?.constraint === 'project_slug_key') throw Fault.at(RBAC_FAULTS['slug-taken'], '/slug', 'taken');
      throw error;
    }
  }

  async find(reading: Reading, id: string): Promise<Project | null> {
    return one(await rowsOf<ProjectRow>(reading, BY_ID, [id]));
  }

  async findBySlug(reading: Reading, slug: string): Promise<Project | null> {
    return one(await rowsOf<ProjectRow>(reading, BY_SLUG, [slug]));
  }

  /** As it is now and stays until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<Project | null> {
    return one(await rowsOf<ProjectRow>(tx, LOCKED, [id]));
  }

  async archived(reading: Reading): Promise<ReadonlySet<string>> {
    return new Set((await rowsOf<Pick<Project, 'id'>>(reading, ARCHIVED, [])).map(({ id }) => id));
  }

  /** To be locked before. Returns what stands there now. */
  async update(tx: Tx, { version, ...project }: Project, changes: Partial<Pick<Project, 'name' | 'archivedAt'>>): Promise<Project> {
    const changed = { ...project, ...changes, version: version + 1 };
    await entityManagerOf(tx).update(ProjectRow, { id: project.id }, { ...changes, version: String(changed.version) });
    return changed;
  }

  async list(reading: Reading, filter: RowFilter, page: PageRequest): Promise<Page<Project>> {
    return pageOf((await filteredRowsOf<ProjectRow>(reading, LIST, FILTERED, filter, [page.after, page.limit + 1])).map(projectOf), page.limit);
  }

  /** The projects in which the filter shows something. */
  async places(reading: Reading, filter: RowFilter): Promise<readonly string[]> {
    return (await filteredRowsOf<{ id: string }>(reading, IDS, PLACES, filter, [])).map(({ id }) => id);
  }
}
