import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import type { OAuthClient } from '../domain/oauth-client.js';

const COLUMNS = `id, name, scopes, dpop_required AS "dpopRequired", CASE WHEN disabled_at IS NULL THEN 'active' ELSE 'disabled' END AS status,
  created_at AS "createdAt", created_by AS "createdBy", version`;
const PAGE: Statement = { name: 'auth.client-page', text: `SELECT ${COLUMNS} FROM auth.client WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2` };
const ONE: Statement = { name: 'auth.client', text: `SELECT ${COLUMNS} FROM auth.client WHERE id = $1` };

type Row = Omit<OAuthClient, 'version'> & { readonly version: string };
const clientOf = (row: Row): OAuthClient => ({ ...row, version: Number(row.version) });

@Injectable()
export class OAuthClientRepository {
  /** False when the name is taken. */
  async insert(tx: Tx, { id, name, scopes, dpopRequired, createdAt, createdBy }: OAuthClient): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      'INSERT INTO auth.client (id, name, scopes, dpop_required, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING RETURNING id',
      [id, name, scopes, dpopRequired, createdAt, createdBy],
    );
    return rows.length === 1;
  }

  async find(reading: Reading, id: string): Promise<OAuthClient | null> {
    const [row] = await rowsOf<Row>(reading, ONE, [id]);
    return row === undefined ? null : clientOf(row);
  }

  /** `share` for who only needs it to stay as it is, `update` for who changes it. */
  async lock(tx: Tx, id: string, strength: 'share' | 'update'): Promise<OAuthClient | null> {
    const rows = await entityManagerOf(tx).query<Row[]>(`SELECT ${COLUMNS} FROM auth.client WHERE id = $1 FOR ${strength === 'share' ? 'SHARE' : 'UPDATE'}`, [id]);
    return rows[0] === undefined ? null : clientOf(rows[0]);
  }

  /** Fault: client-name-taken. The transaction is lost then. */
  async update(tx: Tx, { id, name, scopes, dpopRequired }: Pick<OAuthClient, 'id' | 'name' | 'scopes' | 'dpopRequired'>): Promise<void> {
    try {
      await entityManagerOf(tx).query('UPDATE auth.client SET name = $2, scopes = $3, dpop_required = $4, version = version + 1 WHERE id = $1', [id, name, scopes, dpopRequired]);
    } catch (error) {
      const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
      throw constraint === 'client_name_key' ? Fault.at(AUTH_FAULTS['client-name-taken'], '/name', 'taken') : error;
    }
  }

  /** Null enables it. */
  async disable(tx: Tx, id: string, at: Date | null): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.client SET disabled_at = $2, version = version + 1 WHERE id = $1', [id, at]);
  }

  async page(reading: Reading, limit: number, after: string | null): Promise<readonly OAuthClient[]> {
    return (await rowsOf<Row>(reading, PAGE, [after, limit])).map(clientOf);
  }
}
