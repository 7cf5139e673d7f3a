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
const projectOf = (row: ProjectRow): Project => ({ ...row });

const COLUMNS = 'id, slug, name, created_at AS "createdAt", archived_at AS "archivedAt"';
const BY_ID: Statement = { name: 'rbac.project-by-id', text: `SELECT ${COLUMNS} FROM rbac.project WHERE id = $1` };
const BY_SLUG: Statement = { name: 'rbac.project-by-slug', text: `SELECT ${COLUMNS} FROM rbac.project WHERE slug = $1` };

@Injectable()
export class ProjectRepository {
  async insert(tx: Tx, project: Project): Promise<void> {
    try {
      await entityManagerOf(tx).insert(ProjectRow, project);
    } catch (error) {
      if (violatedConstraint(error)?.constraint === 'project_slug_key') throw Fault.at(RBAC_FAULTS['slug-taken'], '/slug', 'taken');
      throw error;
    }
  }

  async find(reading: Reading, id: string): Promise<Project | null> {
    return (await rowsOf<Project>(reading, BY_ID, [id]))[0] ?? null;
  }

  async findBySlug(reading: Reading, slug: string): Promise<Project | null> {
    return (await rowsOf<Project>(reading, BY_SLUG, [slug]))[0] ?? null;
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
