import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { Passkey } from '../domain/passkey.js';

/** What an assertion is checked against. */
export interface PasskeyKey {
  readonly id: string;
  readonly principalId: string;
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly synced: boolean;
}

export interface NewPasskey extends PasskeyKey {
  readonly label: string | null;
  readonly createdAt: Date;
}

const KEY = `SELECT id, principal_id AS "principalId", credential_id AS "credentialId", public_key AS "publicKey", counter, transports, synced FROM auth.passkey`;

@Injectable()
export class PasskeyRepository {
  /** False when the authenticator's credential is known already, of whomever. */
  async insert(tx: Tx, passkey: NewPasskey): Promise<boolean> {
    const { id, principalId, credentialId, publicKey, counter, transports, synced, label, createdAt } = passkey;
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.passkey (id, principal_id, credential_id, public_key, counter, transports, synced, label, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (credential_id) DO NOTHING RETURNING id`,
      [id, principalId, credentialId, publicKey, counter, transports, synced, label, createdAt],
    );
    return rows.length === 1;
  }

  async findByCredential(tx: Tx, credentialId: Buffer): Promise<PasskeyKey | null> {
    const [row] = await this.keys(tx, `${KEY} WHERE credential_id = $1`, credentialId);
    return row ?? null;
  }

  async keysOf(tx: Tx, principalId: string): Promise<readonly PasskeyKey[]> {
    return this.keys(tx, `${KEY} WHERE principal_id = $1 ORDER BY id`, principalId);
  }

  async list(tx: Tx, principalId: string): Promise<readonly Passkey[]> {
    return entityManagerOf(tx).query<Passkey[]>('SELECT id, label, synced, created_at AS "createdAt", last_used_at AS "lastUsedAt" FROM auth.passkey WHERE principal_id = $1 ORDER BY id', [principalId]);
  }

  /**
   * Compare and set (WebAuthn §6.1.1): a counter that does not go up is that of a copy, or of an assertion that was shown
   * before. One that stays at 0 does not count. False also when the passkey has gone.
   */
  async use(tx: Tx, id: string, counter: number, at: Date): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'UPDATE auth.passkey SET counter = $2, last_used_at = $3 WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))',
      [id, counter, at],
    );
    return count === 1;
  }

  async remove(tx: Tx, principalId: string, id: string): Promise<boolean> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.passkey WHERE principal_id = $1 AND id = $2', [principalId, id]);
    return count === 1;
  }

  private async keys(tx: Tx, sql: string, parameter: unknown): Promise<readonly PasskeyKey[]> {
    const rows = await entityManagerOf(tx).query<(Omit<PasskeyKey, 'counter'> & { readonly counter: string })[]>(sql, [parameter]);
    return rows.map((row) => ({ ...row, counter: Number(row.counter) }));
  }
}
