import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { Factor } from '../domain/factor.js';

/** What is said of all kinds of factors together. */
@Injectable()
export class SecondFactorRepository {
  async factorsOf(tx: Tx, principalId: string): Promise<readonly Factor[]> {
    const [row] = await entityManagerOf(tx).query<{ passkey: boolean; totp: boolean; recovery: boolean }[]>(
      `SELECT EXISTS (SELECT FROM auth.passkey WHERE principal_id = $1) AS passkey,
              EXISTS (SELECT FROM auth.totp WHERE principal_id = $1 AND confirmed_at IS NOT NULL) AS totp,
              EXISTS (SELECT FROM auth.recovery_code WHERE principal_id = $1 AND used_at IS NULL) AS recovery`,
      [principalId],
    );
    const own: Factor[] = [...(row?.passkey === true ? ['webauthn' as const] : []), ...(row?.totp === true ? ['totp' as const] : [])];
    return own.length > 0 && row?.recovery === true ? [...own, 'recovery'] : own;
  }

  /** To be called after whatever adds or removes a factor, in its transaction, with the principal locked. */
  async note(tx: Tx, principalId: string): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE auth.user_account SET has_second_factor = EXISTS (SELECT FROM auth.passkey WHERE principal_id = $1) OR EXISTS (SELECT FROM auth.totp WHERE principal_id = $1 AND confirmed_at IS NOT NULL)
        WHERE principal_id = $1`,
      [principalId],
    );
  }

  /** Every factor of the person, and the codes that stand in for them; returns how many factors there were. */
  async removeAll(tx: Tx, principalId: string): Promise<number> {
    const manager = entityManagerOf(tx);
    const [, passkeys] = await manager.query<[unknown, number]>('DELETE FROM auth.passkey WHERE principal_id = $1', [principalId]);
    const [confirmed] = await manager.query<[{ confirmed: boolean }[], number]>('DELETE FROM auth.totp WHERE principal_id = $1 RETURNING confirmed_at IS NOT NULL AS confirmed', [principalId]);
    await manager.query('DELETE FROM auth.recovery_code WHERE principal_id = $1', [principalId]);
    await manager.query('DELETE FROM auth.login_ticket WHERE principal_id = $1', [principalId]);
    await this.note(tx, principalId);
    return passkeys + (confirmed[0]?.confirmed === true ? 1 : 0);
  }
}
