import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Tx } from '#platform/database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { TrustedKey, TrustedKeyKind } from '../domain/trusted-key.js';

const COLUMNS = 'id, project_id, label, kind, material, fingerprint, added_by, added_at';

/** Whom projects believe. */
@Injectable()
export class TrustedKeyRepository {
  /** False: the project lists it already. */
  async insert(tx: Tx, { id, projectId, label, kind, material, fingerprint, addedBy, addedAt }: TrustedKey): Promise<boolean> {
    const text = `INSERT INTO registry.trusted_key (id, project_id, label, kind, material, fingerprint, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                  ON CONFLICT (project_id, fingerprint) DO NOTHING RETURNING id`;
    return (await rowsOf(tx, { name: 'registry.trusted-key.insert', text }, [id, projectId, label, kind, material, fingerprint, addedBy, addedAt])).length === 1;
  }

  async find(reading: Reading, projectId: string, id: string): Promise<TrustedKey | null> {
    const text = `SELECT ${COLUMNS} FROM registry.trusted_key WHERE project_id = $1 AND id = $2`;
    const [row] = await rowsOf<TrustedKeyRow>(reading, { name: 'registry.trusted-key.find', text }, [projectId, id]);
    return row === undefined ? null : keyOf(row);
  }

  async list(reading: Reading, projectId: string, { after, limit }: PageRequest): Promise<Page<TrustedKey>> {
    const text = `SELECT ${COLUMNS} FROM registry.trusted_key WHERE project_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`;
    const rows = await rowsOf<TrustedKeyRow>(reading, { name: 'registry.trusted-key.list', text }, [projectId, after, limit + 1]);
    return pageOf(rows.map(keyOf), limit);
  }

  async count(tx: Tx, projectId: string): Promise<number> {
    const text = 'SELECT count(*)::integer AS count FROM registry.trusted_key WHERE project_id = $1';
    const [row] = await rowsOf<{ count: number }>(tx, { name: 'registry.trusted-key.count', text }, [projectId]);
    return row!.count;
  }

  /** With it goes what was found to be signed by it. */
  async remove(tx: Tx, projectId: string, id: string): Promise<boolean> {
    const text = 'DELETE FROM registry.trusted_key WHERE project_id = $1 AND id = $2 RETURNING id';
    return (await rowsOf(tx, { name: 'registry.trusted-key.remove', text }, [projectId, id])).length === 1;
  }
}

interface TrustedKeyRow {
  readonly id: string;
  readonly project_id: string;
  readonly label: string;
  readonly kind: TrustedKeyKind;
  readonly material: string;
  readonly fingerprint: string;
  readonly added_by: string;
  readonly added_at: Date;
}

function keyOf(row: TrustedKeyRow): TrustedKey {
  return { id: row.id, projectId: row.project_id, label: row.label, kind: row.kind, material: row.material, fingerprint: row.fingerprint, addedBy: row.added_by, addedAt: row.added_at };
}
