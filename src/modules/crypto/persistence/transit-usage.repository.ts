import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

export interface Usage {
  readonly keyId: string;
  readonly version: number;
  readonly operation: string;
  readonly uses: number;
  readonly lastUsedMillis: number;
}

/** The keys are locked against their destruction, or the foreign key would fail the whole. Ordered: two processes add at once. */
const ADD: Statement = {
  name: 'crypto.usage-add',
  text: `
    WITH used AS (
      SELECT u.key_id, u.version, u.operation, u.uses, u.last_used_millis
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::bigint[], $5::double precision[]) AS u (key_id, version, operation, uses, last_used_millis)
        JOIN crypto.transit_key k ON k.id = u.key_id
       ORDER BY u.key_id, u.version, u.operation FOR KEY SHARE OF k)
    INSERT INTO crypto.transit_usage AS t (key_id, version, operation, uses, last_used_at)
    SELECT key_id, version, operation, uses, to_timestamp(last_used_millis / 1000) FROM used
    ON CONFLICT (key_id, version, operation) DO UPDATE
      SET uses = t.uses + excluded.uses, last_used_at = greatest(t.last_used_at, excluded.last_used_at)`,
};

const OF_VERSIONS: Statement = {
  name: 'crypto.usage-of-versions',
  text: `SELECT key_id AS "keyId", version, operation, uses::float8 AS uses, extract(epoch FROM last_used_at)::float8 * 1000 AS "lastUsedMillis"
           FROM crypto.transit_usage WHERE key_id = $1 AND version = ANY ($2::integer[]) ORDER BY version, operation`,
};

/** As many as are wanted, or what is left. */
const RESERVE: Statement = {
  name: 'crypto.encryptions-reserve',
  text: `
    WITH was AS (SELECT encryptions_reserved AS reserved FROM crypto.transit_key_version WHERE key_id = $1 AND version = $2 FOR UPDATE)
    UPDATE crypto.transit_key_version v SET encryptions_reserved = least(was.reserved + $3::bigint, $4::bigint)
      FROM was WHERE v.key_id = $1 AND v.version = $2 RETURNING v.encryptions_reserved - was.reserved AS got`,
};

/** What is counted of keys while they are used. */
@Injectable()
export class TransitUsageRepository {
  async add(tx: Tx, usages: readonly Usage[]): Promise<void> {
    await rowsOf(tx, ADD, [
      usages.map(({ keyId }) => keyId),
      usages.map(({ version }) => version),
      usages.map(({ operation }) => operation),
      usages.map(({ uses }) => uses),
      usages.map(({ lastUsedMillis }) => lastUsedMillis),
    ]);
  }

  /** At most a row for each of the versions and operations. */
  async ofVersions(reading: Reading, keyId: string, versions: readonly number[]): Promise<readonly Usage[]> {
    return rowsOf<Usage>(reading, OF_VERSIONS, [keyId, versions]);
  }

  /** How many encryptions were reserved: fewer than wanted once the version is nearly spent, 0 when it is or is gone. */
  async reserve(tx: Tx, keyId: string, version: number, wanted: number, max: number): Promise<number> {
    const rows = await rowsOf<{ got: string }>(tx, RESERVE, [keyId, version, wanted, max]);
    return Number(rows[0]?.got ?? 0);
  }
}
