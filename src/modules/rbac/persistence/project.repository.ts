import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { Project } from '../domain/project.js';
import { RBAC_FAULTS } from '../domain/rbac.faults.js';
import { violatedConstraint } from './constraint-violation.js';
import { ProjectRow } from './project.entity.js';

/** A value and not a row: callers compare and spread it. */
const projectOf = (row: ProjectRow): Project => ({ ...row });

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

  async find(tx: Tx, id: string): Promise<Project | null> {
    const row = await entityManagerOf(tx).findOneBy(ProjectRow, { id });
    return row && projectOf(row);
  }

  async findBySlug(tx: Tx, slug: string): Promise<Project | null> {
    const row = await entityManagerOf(tx).findOneBy(ProjectRow, { slug });
    return row && projectOf(row);
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
