import { Injectable } from '@nestjs/common';
import { rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { SealParameters, SealRow, SealType } from '../domain/seal.js';
import type { ProjectKeyRow, RootKeyRow } from './hierarchy.repository.js';

const LOCK_ROOT_KEYS: Statement = { name: 'crypto.root-keys-lock', text: 'SELECT version, wrapped_key FROM crypto.root_key ORDER BY version FOR UPDATE' };
const UNDER_ROOT: Statement = { name: 'crypto.project-keys-under', text: 'SELECT project_id, root_version, wrapped_key FROM crypto.project_key WHERE root_version = $1 LIMIT $2' };
const REWRAP: Statement = {
  name: 'crypto.project-keys-rewrap',
  text: `UPDATE crypto.project_key AS k SET root_version = $1, wrapped_key = w.wrapped_key
           FROM unnest($2::uuid[], $3::bytea[]) AS w (project_id, wrapped_key) WHERE k.project_id IS NOT DISTINCT FROM w.project_id`,
};
const DELETE_PROJECT_KEYS: Statement = { name: 'crypto.project-keys-delete', text: 'DELETE FROM crypto.project_key WHERE project_id = ANY($1::uuid[])' };
const DELETE_ROOT_KEY: Statement = { name: 'crypto.root-key-delete', text: 'DELETE FROM crypto.root_key WHERE version = $1' };
const LOCK_SEAL: Statement = { name: 'crypto.seal-lock', text: 'SELECT type, parameters, check_value AS "checkValue" FROM crypto.seal FOR UPDATE' };
const CHANGE_SEAL: Statement = { name: 'crypto.seal-change', text: 'UPDATE crypto.seal SET type = $1, parameters = $2, check_value = $3' };
const REWRAP_ROOT_KEY: Statement = { name: 'crypto.root-key-rewrap', text: 'UPDATE crypto.root_key SET wrapped_key = $2 WHERE version = $1' };

/** What replaces a level of the hierarchy: by the login that owns the schema, since no other has the rights. */
@Injectable()
export class HierarchyChangeRepository {
  /** Whoever wraps a project's key under one of these meanwhile waits for the end of this transaction. */
  async lockRootKeys(tx: Tx): Promise<RootKeyRow[]> {
    return rowsOf<RootKeyRow>(tx, LOCK_ROOT_KEYS);
  }

  /** Some of those that are under this root key: rewrapped ones are not among them any more. */
  async underRoot(tx: Tx, version: number, limit: number): Promise<ProjectKeyRow[]> {
    return rowsOf<ProjectKeyRow>(tx, UNDER_ROOT, [version, limit]);
  }

  async rewrap(tx: Tx, version: number, rows: readonly Pick<ProjectKeyRow, 'project_id' | 'wrapped_key'>[]): Promise<void> {
    await rowsOf(tx, REWRAP, [version, rows.map(({ project_id: id }) => id), rows.map(({ wrapped_key: wrapped }) => wrapped)]);
  }

  async deleteProjectKeys(tx: Tx, projectIds: readonly string[]): Promise<void> {
    if (projectIds.length > 0) await rowsOf(tx, DELETE_PROJECT_KEYS, [projectIds]);
  }

  async deleteRootKey(tx: Tx, version: number): Promise<void> {
    await rowsOf(tx, DELETE_ROOT_KEY, [version]);
  }

  async lockSeal(tx: Tx): Promise<SealRow | null> {
    return (await rowsOf<SealRow>(tx, LOCK_SEAL))[0] ?? null;
  }

  async changeSeal(tx: Tx, type: SealType, parameters: SealParameters, checkValue: Buffer): Promise<void> {
    await rowsOf(tx, CHANGE_SEAL, [type, parameters, checkValue]);
  }

  async rewrapRootKey(tx: Tx, { version, wrapped_key: wrapped }: RootKeyRow): Promise<void> {
    await rowsOf(tx, REWRAP_ROOT_KEY, [version, wrapped]);
  }
}
