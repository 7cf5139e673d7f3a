import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { isUuid } from '#pure/uuid/uuid.js';
import type { ServiceAccount } from '../domain/account.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { SERVICE_ACCOUNT_ATTRIBUTES } from '../domain/auth.permissions.js';
import { ServiceAccountEntity } from './service-account.entity.js';

/** The nil UUID is nobody's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const LIST = `
  SELECT account.principal_id AS id, account.name, account.owner_id AS "ownerId", owner.status AS "ownerStatus",
         principal.status, principal.dpop_required AS "dpopRequired", principal.created_at AS "createdAt", principal.created_by AS "createdBy", principal.version
    FROM auth.service_account AS account
    JOIN auth.principal AS principal ON principal.id = account.principal_id
    JOIN auth.principal AS owner ON owner.id = account.owner_id
   WHERE {filter} AND ($1::text IS NULL OR principal.status = $1) AND ($2::text IS NULL OR account.name = $2) AND ($3::uuid IS NULL OR account.owner_id = $3)
     AND ($4::uuid IS NULL OR account.principal_id > $4)
   ORDER BY account.principal_id LIMIT $5`;
const FILTERED = rowColumns(SERVICE_ACCOUNT_ATTRIBUTES, null, {
  name: 'account.name',
  status: 'principal.status',
  ownerId: 'account.owner_id::text',
  createdBy: 'principal.created_by::text',
  createdAt: 'principal.created_at',
});

export type ServiceAccountFilter = Partial<Pick<ServiceAccount, 'status' | 'name' | 'ownerId'>>;

@Injectable()
export class ServiceAccountRepository {
  /** False when the name is taken. Its owner is who made it; of what a program makes, the person who answers for that. */
  async insert(tx: Tx, account: { principalId: string; name: string; creatorId: string }): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.service_account (principal_id, name, owner_id)
       VALUES ($1, $2, coalesce((SELECT owner_id FROM auth.service_account WHERE principal_id = $3), $3))
       ON CONFLICT (name) DO NOTHING RETURNING principal_id`,
      [account.principalId, account.name, account.creatorId],
    );
    return rows.length === 1;
  }

  async find(tx: Tx, principalId: string): Promise<ServiceAccount | null> {
    const row = await entityManagerOf(tx).findOne(ServiceAccountEntity, { where: { principalId }, relations: { principal: true, owner: true } });
    return row === null ? null : serviceAccountOf(row);
  }

  /** By its id, or else by its name. */
  async findByReference(tx: Tx, reference: string): Promise<Pick<ServiceAccount, 'id' | 'name'> | null> {
    const rows = await entityManagerOf(tx).query<{ id: string; name: string }[]>(
      'SELECT principal_id AS id, name FROM auth.service_account WHERE principal_id = $1 OR name = $2 ORDER BY principal_id = $1 DESC LIMIT 1',
      [isUuid(reference) ? reference : NOBODY, reference],
    );
    return rows[0] ?? null;
  }

  async erase(tx: Tx, principalId: string, pseudonym: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.service_account SET name = $2 WHERE principal_id = $1', [principalId, pseudonym]);
  }

  /** Fault: name-taken. The transaction is lost then. */
  async rename(tx: Tx, principalId: string, name: string): Promise<void> {
    try {
      await entityManagerOf(tx).query('UPDATE auth.service_account SET name = $2 WHERE principal_id = $1', [principalId, name]);
    } catch (error) {
      const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
      throw constraint === 'service_account_name_key' ? Fault.at(AUTH_FAULTS['name-taken'], '/name', 'taken') : error;
    }
  }

  async setOwner(tx: Tx, principalId: string, ownerId: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.service_account SET owner_id = $2 WHERE principal_id = $1', [principalId, ownerId]);
  }

  async noteGiven(tx: Tx, principalId: string, by: string, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.service_account SET credentials_given_by = $2, credentials_given_at = $3 WHERE principal_id = $1', [principalId, by, at]);
  }

  async page(reading: Reading, { status, name, ownerId }: ServiceAccountFilter, filter: RowFilter, limit: number, after: string | null): Promise<readonly ServiceAccount[]> {
    const values = [status ?? null, name ?? null, ownerId ?? null, after, limit];
    const rows = await filteredRowsOf<Omit<ServiceAccount, 'version'> & { version: string }>(reading, LIST, FILTERED, filter, values);
    return rows.map((row) => ({ ...row, version: Number(row.version) }));
  }
}

function serviceAccountOf({ principalId: id, name, ownerId, owner, principal: { status, dpopRequired, createdAt, createdBy, version } }: ServiceAccountEntity): ServiceAccount {
  return { id, name, status, ownerId, ownerStatus: owner.status, dpopRequired, createdAt, createdBy, version: Number(version) };
}
