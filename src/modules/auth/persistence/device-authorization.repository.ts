import { Injectable } from '@nestjs/common';
import type { Scope } from '#pure/principal/principal.js';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';

/** A device that waits, or that a person has said something about. */
export interface DeviceAuthorization {
  readonly deviceCodeHash: Buffer;
  readonly clientId: string;
  readonly scopes: readonly Scope[];
  readonly source: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly intervalSeconds: number;
  readonly polledAt: Date | null;
  /** Null: nobody has said anything. */
  readonly isApproved: boolean | null;
  readonly principalId: string | null;
  readonly sessionId: string | null;
  readonly epoch: number | null;
}

export type NewDeviceAuthorization = Pick<DeviceAuthorization, 'deviceCodeHash' | 'clientId' | 'scopes' | 'source' | 'createdAt' | 'expiresAt' | 'intervalSeconds'> & { readonly userCodeDigest: Buffer };

const COLUMNS = `device_code_hash AS "deviceCodeHash", client_id AS "clientId", scopes, source, created_at AS "createdAt", expires_at AS "expiresAt",
  interval_seconds AS "intervalSeconds", polled_at AS "polledAt", is_approved AS "isApproved", principal_id AS "principalId", session_id AS "sessionId", epoch::integer AS epoch`;

@Injectable()
export class DeviceAuthorizationRepository {
  /** False when a device waits with this user code: draw another one. */
  async insert(tx: Tx, { deviceCodeHash, userCodeDigest, clientId, scopes, source, createdAt, expiresAt, intervalSeconds }: NewDeviceAuthorization): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>(
      `INSERT INTO auth.device_authorization (device_code_hash, user_code_digest, client_id, scopes, source, created_at, expires_at, interval_seconds)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_code_digest) DO NOTHING RETURNING client_id`,
      [deviceCodeHash, userCodeDigest, clientId, scopes, source, createdAt, expiresAt, intervalSeconds],
    );
    return rows.length === 1;
  }

  /** Locked, so that of many polls at once one is first. */
  async lockByDeviceCode(tx: Tx, hash: Buffer): Promise<DeviceAuthorization | null> {
    return this.lockBy(tx, 'device_code_hash', hash);
  }

  async lockByUserCode(tx: Tx, digest: Buffer): Promise<DeviceAuthorization | null> {
    return this.lockBy(tx, 'user_code_digest', digest);
  }

  async polled(tx: Tx, hash: Buffer, at: Date, intervalSeconds: number): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.device_authorization SET polled_at = $2, interval_seconds = $3 WHERE device_code_hash = $1', [hash, at, intervalSeconds]);
  }

  async decide(tx: Tx, hash: Buffer, decision: { readonly isApproved: boolean; readonly principalId: string; readonly sessionId: string | null; readonly epoch: number; readonly scopes: readonly Scope[] }): Promise<void> {
    const { isApproved, principalId, sessionId, epoch, scopes } = decision;
    await entityManagerOf(tx).query('UPDATE auth.device_authorization SET is_approved = $2, principal_id = $3, session_id = $4, epoch = $5, scopes = $6 WHERE device_code_hash = $1', [hash, isApproved, principalId, sessionId, epoch, scopes]);
  }

  async remove(tx: Tx, hash: Buffer): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.device_authorization WHERE device_code_hash = $1', [hash]);
  }

  /** Of a person who is erased: what they decided, and is not yet used. */
  async removeOf(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.device_authorization WHERE principal_id = $1', [principalId]);
  }

  async removeOfClient(tx: Tx, clientId: string): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.device_authorization WHERE client_id = $1', [clientId]);
  }

  /** At most `limit` that ended before `before`. */
  async prune(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>(
      'DELETE FROM auth.device_authorization WHERE device_code_hash IN (SELECT device_code_hash FROM auth.device_authorization WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)',
      [before, limit],
    );
    return count;
  }

  private async lockBy(tx: Tx, column: 'device_code_hash' | 'user_code_digest', value: Buffer): Promise<DeviceAuthorization | null> {
    const rows = await entityManagerOf(tx).query<DeviceAuthorization[]>(`SELECT ${COLUMNS} FROM auth.device_authorization WHERE ${column} = $1 FOR UPDATE`, [value]);
    return rows[0] ?? null;
  }
}
