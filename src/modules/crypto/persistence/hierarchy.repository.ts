import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

/** A root key under the seal key. */
export interface RootKeyRow {
  readonly version: number;
  readonly wrapped_key: Buffer;
}

/** The key of a project, or of the house where it names none, under the root key of that version. */
export interface ProjectKeyRow {
  readonly project_id: string | null;
  readonly root_version: number;
  readonly wrapped_key: Buffer;
}

const PROJECT_KEY = 'project_id, root_version, wrapped_key';

const ROOT_KEYS: Statement = { name: 'crypto.root-keys', text: 'SELECT version, wrapped_key FROM crypto.root_key ORDER BY version' };
const INSERT_ROOT_KEY: Statement = { name: 'crypto.root-key-insert', text: 'INSERT INTO crypto.root_key (version, wrapped_key, created_at) VALUES ($1, $2, $3)' };
const HOUSE_KEY: Statement = { name: 'crypto.house-key', text: `SELECT ${PROJECT_KEY} FROM crypto.house_key` };
const INSERT_HOUSE_KEY: Statement = { name: 'crypto.house-key-insert', text: 'INSERT INTO crypto.house_key (root_version, wrapped_key, created_at) VALUES ($1, $2, $3)' };
const PROJECT_KEY_OF: Statement = { name: 'crypto.project-key', text: `SELECT ${PROJECT_KEY} FROM crypto.project_key WHERE project_id = $1` };
const INSERT_PROJECT_KEY: Statement = {
  name: 'crypto.project-key-insert',
  text: 'INSERT INTO crypto.project_key (project_id, root_version, wrapped_key, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (project_id) DO NOTHING',
};

/** What wraps what. Of two replicas that make the same row, the second waits for the first and then finds its row. */
@Injectable()
export class HierarchyRepository {
  async rootKeys(reading: Reading): Promise<RootKeyRow[]> {
    return rowsOf<RootKeyRow>(reading, ROOT_KEYS);
  }

  async insertRootKey(tx: Tx, { version, wrapped_key: wrapped }: RootKeyRow, now: Date): Promise<void> {
    await rowsOf(tx, INSERT_ROOT_KEY, [version, wrapped, now]);
  }

  /** By a view of its own: it is all that the login of the ledger sees of these keys. */
  async houseKey(reading: Reading): Promise<ProjectKeyRow | null> {
    return (await rowsOf<ProjectKeyRow>(reading, HOUSE_KEY))[0] ?? null;
  }

  async insertHouseKey(tx: Tx, { root_version: version, wrapped_key: wrapped }: Omit<ProjectKeyRow, 'project_id'>, now: Date): Promise<void> {
    await rowsOf(tx, INSERT_HOUSE_KEY, [version, wrapped, now]);
  }

  async projectKey(reading: Reading, projectId: string): Promise<ProjectKeyRow | null> {
    return (await rowsOf<ProjectKeyRow>(reading, PROJECT_KEY_OF, [projectId]))[0] ?? null;
  }

  /** Leaves the row that is there, if there is one. A foreign key refuses a root key that has been replaced. */
  async insertProjectKey(tx: Tx, { project_id: projectId, root_version: version, wrapped_key: wrapped }: ProjectKeyRow, now: Date): Promise<void> {
    await rowsOf(tx, INSERT_PROJECT_KEY, [projectId, version, wrapped, now]);
  }
}
