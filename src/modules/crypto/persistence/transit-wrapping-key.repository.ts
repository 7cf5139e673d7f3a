import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

export interface TransitWrappingKey {
  /** SubjectPublicKeyInfo DER. */
  readonly publicKey: Buffer;
  readonly wrappedSecret: Buffer;
  readonly createdAt: Date;
}

const FIND: Statement = {
  name: 'crypto.transit-wrapping-key',
  text: 'SELECT public_key AS "publicKey", wrapped_secret AS "wrappedSecret", created_at AS "createdAt" FROM crypto.transit_wrapping_key',
};
const INSERT: Statement = {
  name: 'crypto.transit-wrapping-key-insert',
  text: 'INSERT INTO crypto.transit_wrapping_key (public_key, wrapped_secret, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING created_at',
};

@Injectable()
export class TransitWrappingKeyRepository {
  async find(reading: Reading): Promise<TransitWrappingKey | null> {
    return (await rowsOf<TransitWrappingKey>(reading, FIND))[0] ?? null;
  }

  /** Whether it is now this one. The primary key is the lock: the second of two waits here, and is told that it came late. */
  async insert(tx: Tx, { publicKey, wrappedSecret, createdAt }: TransitWrappingKey): Promise<boolean> {
    return (await rowsOf(tx, INSERT, [publicKey, wrappedSecret, createdAt])).length > 0;
  }
}
