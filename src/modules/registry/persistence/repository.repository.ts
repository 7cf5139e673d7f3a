import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { RowFilter } from '#pure/policy/row-filter.js';

/** A repository that is made when it is new: `newId` is its id then. */
export interface NamedRepository {
  readonly newId: string;
  readonly name: string;
  readonly projectId: string;
}

const FIND: Statement = { name: 'registry.repository.find', text: 'SELECT id FROM registry.repository WHERE name = $1 AND project_id = $2' };
const MAKE: Statement = { name: 'registry.repository.make', text: 'INSERT INTO registry.repository (id, project_id, name) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING' };

/** Names, each of one project. */
@Injectable()
export class RepositoryRepository {
  async find(reading: Reading, name: string, projectId: string): Promise<string | null> {
    const [row] = await rowsOf<{ id: string }>(reading, FIND, [name, projectId]);
    return row?.id ?? null;
  }

  async findOrMake(tx: Tx, { newId, name, projectId }: NamedRepository): Promise<string> {
    const known = await this.find(tx, name, projectId);
    if (known !== null) return known;
    await rowsOf(tx, MAKE, [newId, projectId, name]);
    // A statement of its own: under READ COMMITTED it sees the row that a concurrent push has won with.
    return (await this.find(tx, name, projectId))!;
  }

  /** Names behind `after` in the order of their bytes, of projects that the filter shows. */
  async names(reading: Reading, filter: RowFilter, after: string, limit: number): Promise<readonly string[]> {
    const text = 'SELECT name FROM registry.repository WHERE name COLLATE "C" > $1 AND {filter} ORDER BY name COLLATE "C" LIMIT $2';
    return (await filteredRowsOf<{ name: string }>(reading, text, { project: 'project_id', attributes: {} }, filter, [after, limit])).map(({ name }) => name);
  }
}
