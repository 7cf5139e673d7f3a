import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { isUuid } from '#pure/uuid/uuid.js';
import type { ServiceAccount } from '../domain/account.js';
import { AUTH_FAULTS } from '../domain/auth.faults.js';
import { ServiceAccountEntity } from './service-account.entity.js';

/** The nil UUID is nobody's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

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

  async page(tx: Tx, { status, name, ownerId }: ServiceAccountFilter, limit: number, after: string | null): Promise<readonly ServiceAccount[]> {
    const query = entityManagerOf(tx)
      .createQueryBuilder(ServiceAccountEntity, 'account')
      .innerJoinAndSelect('account.principal', 'principal')
      .innerJoinAndSelect('account.owner', 'owner');
    if (after !== null) query.andWhere('account.principal_id > :after', { after });
    if (status !== undefined) query.andWhere('principal.status = :status', { status });
    if (name !== undefined) query.andWhere('account.name = :name', { name });
    if (ownerId !== undefined) query.andWhere('account.owner_id = :ownerId', { ownerId });
    return (await query.orderBy('account.principal_id', 'ASC').limit(limit).getMany()).map(serviceAccountOf);
  }
}

function serviceAccountOf({ principalId: id, name, ownerId, owner, principal: { status, createdAt, createdBy, version } }: ServiceAccountEntity): ServiceAccount {
  return { id, name, status, ownerId, ownerStatus: owner.status, createdAt, createdBy, version: Number(version) };
}
