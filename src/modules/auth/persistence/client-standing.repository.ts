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

/** One statement for all who ask at once, whoever they are: what is not found takes no other way than what is. */
const STANDINGS: Statement = {
  name: 'auth.client-standings',
  text: `
  SELECT asked.place::integer, account.principal_id AS "accountId", principal.status = 'active' AS "isActive", secret.id AS "secretId", certificate.id AS "certificateId"
    FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS asked (account_id, secret_hash, thumbprint, place)
    JOIN auth.service_account AS account ON account.principal_id = asked.account_id
    JOIN auth.principal AS principal ON principal.id = account.principal_id
    LEFT JOIN auth.client_secret AS secret ON secret.secret_hash = asked.secret_hash AND secret.principal_id = account.principal_id AND secret.expires_at > $4
    LEFT JOIN auth.client_certificate AS certificate ON certificate.thumbprint = asked.thumbprint AND certificate.principal_id = account.principal_id AND certificate.expires_at > $4`,
};
const KEYS: Statement = {
  name: 'auth.client-keys',
  text: 'SELECT id, algorithm, kid, thumbprint, public_key AS "publicKey" FROM auth.client_key WHERE principal_id = $1 AND expires_at > $2 ORDER BY id',
};

/** Hashes of no secret and of no certificate. */
const NOTHING = Buffer.alloc(32);

/** What a client shows of itself, by hash. */
export interface Shown {
  /** Null: of no account that there could be. */
  readonly clientId: string | null;
  readonly secretHash: Buffer | null;
  readonly certificateThumbprint: Buffer | null;
}

@Injectable()
export class ClientStandingRepository {
  /** In the order of what is asked: null for who is not there. */
  async find(reading: Reading, shown: readonly Shown[], now: Date): Promise<readonly (ClientStanding | null)[]> {
    const values = [shown.map(({ clientId }) => clientId), shown.map(({ secretHash }) => secretHash ?? NOTHING), shown.map(({ certificateThumbprint }) => certificateThumbprint ?? NOTHING), now];
    const rows = await rowsOf<ClientStanding & { readonly place: number }>(reading, STANDINGS, values);
    const byPlace = new Map(rows.map(({ place, ...standing }) => [place, standing]));
    return shown.map((_, at) => byPlace.get(at + 1) ?? null);
  }

  /** Those that are good now. */
  async keysOf(reading: Reading, clientId: string | null, now: Date): Promise<readonly AssertionKey[]> {
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
