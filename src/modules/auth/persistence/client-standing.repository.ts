import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import type { AssertionKey } from '../domain/client-assertion.js';

/** What a program could prove itself by, as it stands now, and whether it may. */
export interface ClientStanding {
  readonly accountId: string;
  readonly isActive: boolean;
  /** Of the secret that was asked for; null when the account has none such that is good now. */
  readonly secretId: string | null;
  /** Of the certificate, likewise. */
  readonly certificateId: string | null;
}

/** One statement whoever asks: what is not found takes no other way than what is. */
const STANDING: Statement = {
  name: 'auth.client-standing',
  text: `
  SELECT account.principal_id AS "accountId", principal.status = 'active' AS "isActive", secret.id AS "secretId", certificate.id AS "certificateId"
    FROM auth.service_account AS account
    JOIN auth.principal AS principal ON principal.id = account.principal_id
    LEFT JOIN auth.client_secret AS secret ON secret.secret_hash = $2 AND secret.principal_id = account.principal_id AND secret.expires_at > $4
    LEFT JOIN auth.client_certificate AS certificate ON certificate.thumbprint = $3 AND certificate.principal_id = account.principal_id AND certificate.expires_at > $4
   WHERE account.principal_id = $1`,
};
const KEYS: Statement = {
  name: 'auth.client-keys',
  text: 'SELECT id, algorithm, kid, thumbprint, public_key AS "publicKey" FROM auth.client_key WHERE principal_id = $1 AND expires_at > $2 ORDER BY id',
};

/** Hashes of no secret and of no certificate. */
const NOTHING = Buffer.alloc(32);

/** What a client shows of itself, by hash. */
export interface Shown {
  readonly secretHash: Buffer | null;
  readonly certificateThumbprint: Buffer | null;
}

@Injectable()
export class ClientStandingRepository {
  async find(reading: Reading, clientId: string, { secretHash, certificateThumbprint }: Shown, now: Date): Promise<ClientStanding | null> {
    const [row] = await rowsOf<ClientStanding>(reading, STANDING, [clientId, secretHash ?? NOTHING, certificateThumbprint ?? NOTHING, now]);
    return row ?? null;
  }

  /** Those that are good now. */
  async keysOf(reading: Reading, clientId: string, now: Date): Promise<readonly AssertionKey[]> {
    return rowsOf<AssertionKey>(reading, KEYS, [clientId, now]);
  }

  /** False when it was used before: by whomever, on whatever replica. */
  async useAssertion(tx: Tx, digest: Buffer, expiresAt: Date): Promise<boolean> {
    const rows = await entityManagerOf(tx).query<unknown[]>('INSERT INTO auth.client_assertion (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING digest', [digest, expiresAt]);
    return rows.length === 1;
  }

  /** At most `limit` that have ended by themselves. */
  async pruneAssertions(tx: Tx, before: Date, limit: number): Promise<number> {
    const [, count] = await entityManagerOf(tx).query<[unknown, number]>('DELETE FROM auth.client_assertion WHERE digest IN (SELECT digest FROM auth.client_assertion WHERE expires_at < $1 LIMIT $2)', [before, limit]);
    return count;
  }
}
