import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import type { AttemptHistory } from '../domain/login-throttle.js';

/** Failures of a row that nobody logged in behind are forgotten after this; must exceed the policy's window. */
const FORGOTTEN_AFTER = '1 hour';
/** Dead rows removed by each attempt: more than the two that it can add, so that the table cannot outgrow its live rows. */
const PRUNED_PER_ATTEMPT = 8;

@Injectable()
export class LoginThrottleRepository {
  /**
   * Locks both rows until the transaction ends and tells their past, by the database's clock, which all replicas
   * share. In order of key: two attempts that meet can wait for each other, never in a circle.
   */
  async lock(tx: Tx, keys: readonly Buffer[], account: Buffer): Promise<readonly AttemptHistory[]> {
    const manager = entityManagerOf(tx);
    const sorted = keys.toSorted(Buffer.compare);
    await manager.query(
      `INSERT INTO auth.login_throttle (key, account, failures, last_attempt_at)
       SELECT key, $2, 0, clock_timestamp() FROM unnest($1::bytea[]) AS wanted(key) ORDER BY key ON CONFLICT (key) DO NOTHING`,
      [sorted, account],
    );
    const rows = await manager.query<{ key: Buffer; failures: number; age: number; success: number | null }[]>(
      `SELECT key, failures, extract(epoch FROM clock_timestamp() - last_attempt_at)::float8 AS age,
              extract(epoch FROM clock_timestamp() - last_success_at)::float8 AS success
         FROM auth.login_throttle WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE`,
      [sorted],
    );
    return keys.map((key) => {
      const row = rows.find((candidate) => candidate.key.equals(key));
      return row === undefined
        ? { failures: 0, lastAttemptAgeSeconds: 0, lastSuccessAgeSeconds: null }
        : { failures: row.failures, lastAttemptAgeSeconds: row.age, lastSuccessAgeSeconds: row.success };
    });
  }

  async charge(tx: Tx, key: Buffer, failures: number): Promise<void> {
    await entityManagerOf(tx).query('UPDATE auth.login_throttle SET failures = $2, last_attempt_at = clock_timestamp() WHERE key = $1', [key, failures]);
  }

  /** `known` becomes a source that a login came from; null when there is none to remember. */
  async clear(tx: Tx, keys: readonly Buffer[], known: Buffer | null): Promise<void> {
    await entityManagerOf(tx).query(
      `UPDATE auth.login_throttle SET failures = 0, last_success_at = CASE WHEN key = $2 THEN clock_timestamp() ELSE last_success_at END
        WHERE key IN (SELECT key FROM auth.login_throttle WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE)`,
      [keys, known],
    );
  }

  async removeOf(tx: Tx, account: Buffer): Promise<void> {
    await entityManagerOf(tx).query('DELETE FROM auth.login_throttle WHERE account = $1', [account]);
  }

  async prune(tx: Tx): Promise<void> {
    await entityManagerOf(tx).query(
      `DELETE FROM auth.login_throttle WHERE key IN (
         SELECT key FROM auth.login_throttle WHERE last_success_at IS NULL AND last_attempt_at < clock_timestamp() - $1::interval
          LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [FORGOTTEN_AFTER, PRUNED_PER_ATTEMPT],
    );
  }
}
