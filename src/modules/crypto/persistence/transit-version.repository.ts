import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';
import { type TransitKeyVersion, VERSION_MAX, type WrappedTransitVersion } from '../domain/transit-key.js';

const SEEN = 'version, public_key AS "publicKey", created_at AS "createdAt"';
const WHOLE = `${SEEN}, wrapped_secret AS "wrappedSecret", wrapped_hmac_key AS "wrappedHmacKey", encryptions_reserved AS "encryptionsReserved"`;
/** By the primary key, from the end that is asked for: the same few rows of the index whatever lies behind them. */
const ONE: Statement = { name: 'crypto.transit-version', text: `SELECT ${WHOLE} FROM crypto.transit_key_version WHERE key_id = $1 AND version = $2` };
const NEWEST: Statement = { name: 'crypto.transit-versions-newest', text: `SELECT ${SEEN} FROM crypto.transit_key_version WHERE key_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3` };
const NEWEST_WHOLE: Statement = { name: 'crypto.transit-versions-whole', text: `SELECT ${WHOLE} FROM crypto.transit_key_version WHERE key_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3` };
const INSERT: Statement = {
  name: 'crypto.transit-version-insert',
  text: `INSERT INTO crypto.transit_key_version (key_id, version, public_key, wrapped_secret, wrapped_hmac_key, encryptions_reserved, created_at)
         SELECT $1, * FROM unnest($2::integer[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bigint[], $7::timestamptz[])`,
};
const TRIM: Statement = { name: 'crypto.transit-versions-trim', text: 'DELETE FROM crypto.transit_key_version WHERE key_id = $1 AND version < $2' };

type Row = Omit<WrappedTransitVersion, 'encryptionsReserved'> & { readonly encryptionsReserved: string };
/** bigint comes as text; 2^32 at most. */
const versionOf = (row: Row): WrappedTransitVersion => ({ ...row, encryptionsReserved: Number(row.encryptionsReserved) });

/** Above every version that there can be: `before` of the first page. */
export const NO_VERSION = VERSION_MAX;

@Injectable()
export class TransitVersionRepository {
  async find(reading: Reading, keyId: string, version: number): Promise<WrappedTransitVersion | null> {
    const row = (await rowsOf<Row>(reading, ONE, [keyId, version]))[0];
    return row === undefined ? null : versionOf(row);
  }

  /** The newest first. */
  async page(reading: Reading, keyId: string, before: number, limit: number): Promise<readonly TransitKeyVersion[]> {
    return rowsOf<TransitKeyVersion>(reading, NEWEST, [keyId, before, limit]);
  }

  async wholePage(reading: Reading, keyId: string, before: number, limit: number): Promise<readonly WrappedTransitVersion[]> {
    return (await rowsOf<Row>(reading, NEWEST_WHOLE, [keyId, before, limit])).map(versionOf);
  }

  async insert(tx: Tx, keyId: string, rows: readonly WrappedTransitVersion[]): Promise<void> {
    const column = <N extends keyof WrappedTransitVersion>(name: N): WrappedTransitVersion[N][] => rows.map((row) => row[name]);
    const wrapped = [column('publicKey'), column('wrappedSecret'), column('wrappedHmacKey')];
    await rowsOf(tx, INSERT, [keyId, column('version'), ...wrapped, column('encryptionsReserved'), column('createdAt')]);
  }

  /** Destroys the versions below. */
  async trim(tx: Tx, keyId: string, below: number): Promise<void> {
    await rowsOf(tx, TRIM, [keyId, below]);
  }
}
