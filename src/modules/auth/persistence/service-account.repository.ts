import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { isUuid } from '#pure/uuid/uuid.js';
import type { ServiceAccount } from '../domain/account.js';
import { ServiceAccountEntity } from './service-account.entity.js';

/** The nil UUID is nobody's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

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
    const row = await entityManagerOf(tx).findOne(ServiceAccountEntity, { where: { principalId }, relations: { principal: true } });
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

  async page(tx: Tx, limit: number, after: string | null): Promise<readonly ServiceAccount[]> {
    const query = entityManagerOf(tx).createQueryBuilder(ServiceAccountEntity, 'account').innerJoinAndSelect('account.principal', 'principal');
    if (after !== null) query.where('account.principal_id > :after', { after });
    return (await query.orderBy('account.principal_id', 'ASC').limit(limit).getMany()).map(serviceAccountOf);
  }
}

function serviceAccountOf({ principalId: id, name, principal: { status, createdAt } }: ServiceAccountEntity): ServiceAccount {
  return { id, name, status, createdAt };
}
