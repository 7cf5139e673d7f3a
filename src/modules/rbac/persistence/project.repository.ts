import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Project } from '../domain/project.js';
import { RBAC_FAULTS } from '../domain/rbac.faults.js';
import { violatedConstraint } from './constraint-violation.js';
import { ProjectRow } from './project.entity.js';

/** A value and not a row: callers compare and spread it. */
const projectOf = (row: ProjectRow): Project => ({ ...row, version: Number(row.version) });

const COLUMNS = 'id, slug, name, created_at AS "createdAt", archived_at AS "archivedAt", version';
const BY_ID: Statement = { name: 'rbac.project-by-id', text: `SELECT ${COLUMNS} FROM rbac.project WHERE id = $1` };
const LOCKED: Statement = { name: 'rbac.project-locked', text: `SELECT ${COLUMNS} FROM rbac.project WHERE id = $1 FOR UPDATE` };
const ARCHIVED: Statement = { name: 'rbac.projects-archived', text: 'SELECT id FROM rbac.project WHERE archived_at IS NOT NULL' };
const BY_SLUG: Statement = { name: 'rbac.project-by-slug', text: `SELECT ${COLUMNS} FROM rbac.project WHERE slug = $1` };

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

  async list(tx: Tx, among: 'all' | readonly string[], page: PageRequest): Promise<Page<Project>> {
    const query = entityManagerOf(tx).createQueryBuilder(ProjectRow, 'project').orderBy('project.id', 'ASC').take(page.limit + 1);
    if (among !== 'all') query.andWhere({ id: In([...among]) });
    if (page.after !== null) query.andWhere({ id: MoreThan(page.after) });
    return pageOf((await query.getMany()).map(projectOf), page.limit);
  }

  async ids(tx: Tx): Promise<readonly string[]> {
    return (await entityManagerOf(tx).find(ProjectRow, { select: { id: true } })).map(({ id }) => id);
  }
}
