import { Injectable } from '@nestjs/common';
import { filteredRowsOf } from '#platform/database/filtered-rows.js';
import { entityManagerOf, type Reading, type Tx } from '#platform/database/unit-of-work.js';
import { rowColumns } from '#pure/policy/filter-sql.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { User } from '../domain/account.js';
import { USER_ATTRIBUTES } from '../domain/auth.permissions.js';
import { UserAccountEntity } from './user-account.entity.js';

/** What a password is checked against. */
export interface Credential {
  readonly principalId: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
  readonly active: boolean;
  /** An account for emergencies. */
  readonly sealed: boolean;
}

export interface NewUserAccount extends Omit<Credential, 'active' | 'sealed'> {
  readonly passwordChangedAt: Date;
  readonly email?: string | null;
}

export type UserFilter = Partial<Pick<User, 'status' | 'username'>>;

const LIST = `
  SELECT account.principal_id AS id, account.username, account.display_name AS "displayName", account.must_change_password AS "mustChangePassword",
         principal.status, principal.created_at AS "createdAt", principal.created_by AS "createdBy", principal.version
    FROM auth.user_account AS account JOIN auth.principal AS principal ON principal.id = account.principal_id
   WHERE {filter} AND ($1::text IS NULL OR principal.status = $1) AND ($2::text IS NULL OR account.username = $2) AND ($3::uuid IS NULL OR account.principal_id > $3)
   ORDER BY account.principal_id LIMIT $4`;
const FILTERED = rowColumns(USER_ATTRIBUTES, null, {
  username: 'account.username',
  status: 'principal.status',
  createdBy: 'principal.created_by::text',
  createdAt: 'principal.created_at',
});

const CREDENTIAL = `
  SELECT account.principal_id AS "principalId", account.username, account.display_name AS "displayName", account.password_hash AS "passwordHash",
         account.must_change_password AS "mustChangePassword", principal.status = 'active' AS active, principal.sealed
    FROM auth.user_account AS account JOIN auth.principal AS principal ON principal.id = account.principal_id`;

@Injectable()
export class UserAccountRepository {
  /** False when the name is taken, also by a transaction that commits while this one waits for it. */
  async insert(tx: Tx, account: NewUserAccount): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.user_account (principal_id, username, display_name, password_hash, must_change_password, password_changed_at, email)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (username) DO NOTHING RETURNING principal_id`,
      [account.principalId, account.username, account.displayName, account.passwordHash, account.mustChangePassword, account.passwordChangedAt, account.email ?? null],
    );
    return rows.length === 1;
  }

  /** Where links go to; null for nowhere. Locked with the principal. */
  async emailOf(tx: Tx, principalId: string): Promise<string | null> {
    const rows = await entityManagerOf(tx).query<{ email: string | null }[]>('SELECT email FROM auth.user_account WHERE principal_id = $1', [principalId]);
    return rows[0]?.email ?? null;
  }

  async setEmail(tx: Tx, principalId: string, email: string | null): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.user_account SET email = $2 WHERE principal_id = $1', [principalId, email]);
  }

  /** Whether the password is too short to stand alone: without a second factor it opens nothing but the way to a longer one. */
  async hasShortPassword(tx: Tx, principalId: string): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>('SELECT FROM auth.user_account WHERE principal_id = $1 AND password_is_short', [principalId]);
    return rows.length > 0;
  }

  /** Whether there is any user at all. */
  async any(tx: Tx): Promise<boolean> {
    return entityManagerOf(tx).exists(UserAccountEntity);
  }

  async credentialByUsername(tx: Tx, username: string): Promise<Credential | null> {
    return this.credential(tx, `${CREDENTIAL} WHERE account.username = $1`, username);
  }

  async credentialOf(tx: Tx, principalId: string): Promise<Credential | null> {
    return this.credential(tx, `${CREDENTIAL} WHERE account.principal_id = $1`, principalId);
  }

  async find(tx: Tx, principalId: string): Promise<User | null> {
    const row = await entityManagerOf(tx).findOne(UserAccountEntity, { where: { principalId }, relations: { principal: true } });
    return row === null ? null : userOf(row);
  }

  /** In order of creation, since ids are UUIDv7; `after` is the last id of the page before. */
  async page(reading: Reading, { status, username }: UserFilter, filter: RowFilter, limit: number, after: string | null): Promise<readonly User[]> {
    const rows = await filteredRowsOf<Omit<User, 'version'> & { version: string }>(reading, LIST, FILTERED, filter, [status ?? null, username ?? null, after, limit]);
    return rows.map((row) => ({ ...row, version: Number(row.version) }));
  }

  async rename(tx: Tx, principalId: string, displayName: string | null): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.user_account SET display_name = $2 WHERE principal_id = $1', [principalId, displayName]);
  }

  async setPassword(tx: Tx, principalId: string, passwordHash: string, mustChangePassword: boolean, at: Date, isShort = false): Promise<void> {
    await entityManagerOf(tx).query(
      'UPDATE auth.user_account SET password_hash = $2, must_change_password = $3, password_changed_at = $4, password_is_short = $5 WHERE principal_id = $1',
      [principalId, passwordHash, mustChangePassword, at, isShort],
    );
  }

  /** The password stays what it is, and opens the own account alone until there is another. */
  async requireChange(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.user_account SET must_change_password = true WHERE principal_id = $1', [principalId]);
  }

  /** That somebody else set the password, or took a factor away; null: a component did. */
  async noteReset(tx: Tx, principalId: string, by: string | null, at: Date): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.user_account SET credentials_reset_by = $2, credentials_reset_at = $3 WHERE principal_id = $1', [principalId, by, at]);
  }

  /** The same password under newer parameters: not a change of password, so its date stays. */
  async rehash(tx: Tx, principalId: string, passwordHash: string): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.user_account SET password_hash = $2 WHERE principal_id = $1', [principalId, passwordHash]);
  }

  /** Nothing of the person stays; what stands in the password's place verifies no password. */
  async erase(tx: Tx, principalId: string, pseudonym: string): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE auth.user_account SET username = $2, display_name = NULL, email = NULL, password_hash = '$argon2id$erased', must_change_password = true WHERE principal_id = $1`,
      [principalId, pseudonym],
    );
  }

  private async credential(tx: Tx, sql: string, parameter: string): Promise<Credential | null> {
    const rows = await entityManagerOf(tx).query<Credential[]>(sql, [parameter]);
    return rows[0] ?? null;
  }
}

function userOf({ principalId: id, username, displayName, mustChangePassword, principal: { status, createdAt, createdBy, version } }: UserAccountEntity): User {
  return { id, username, displayName, status, mustChangePassword, createdAt, createdBy, version: Number(version) };
}
