import { Injectable } from '@nestjs/common';
import { entityManagerOf, type Tx } from '#platform/database/unit-of-work.js';
import { ageMillisOf } from './age.js';

export type AttestorKind = 'witness' | 'anchor';

export interface Attestor {
  /** Leaves of the last tree that it confirmed. */
  readonly size: number;
  /** Since that, by the database's clock; null when it never has. */
  readonly confirmedAgeMillis: number | null;
}

/** How an attestor's standing changed by one exchange with it. */
export type AttestorChange = 'none' | 'lapsed' | 'recovered';

/** How long it may fail before the ledger is told: a restart of theirs is no news. */
export const LAPSE_MINUTES = 5;

/** Who attests from outside, how far each has come, and whether the log may be signed at all. */
@Injectable()
export class AttestorRepository {
  /** A stranger is at size 0. */
  async find(tx: Tx, name: string): Promise<Attestor> {
    const [row]: { size: string; age: string | null }[] = await entityManagerOf(tx).query(
      'SELECT size, extract(epoch FROM clock_timestamp() - confirmed_at) * 1000 AS age FROM audit.attestor WHERE name = $1',
      [name],
    );
    return { size: Number(row?.size ?? 0), confirmedAgeMillis: row?.age == null ? null : ageMillisOf(row.age) };
  }

  /** It has this size and says so. `recovered` when the ledger had been told that it does not. */
  async confirm(tx: Tx, name: string, kind: AttestorKind, size: number): Promise<AttestorChange> {
    const manager = entityManagerOf(tx);
    const [before]: { lapsed_at: Date | null }[] = await manager.query('SELECT lapsed_at FROM audit.attestor WHERE name = $1 FOR UPDATE', [name]);
    await manager.query(
      `INSERT INTO audit.attestor (name, kind, size, confirmed_at) VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, size = excluded.size, confirmed_at = excluded.confirmed_at,
         failing_since = NULL, failure = NULL, lapsed_at = NULL`,
      [name, kind, size],
    );
    return before?.lapsed_at == null ? 'none' : 'recovered';
  }

  /** What it last said it has, without having confirmed anything: where the next proof begins. */
  async learn(tx: Tx, name: string, kind: AttestorKind, size: number): Promise<void> {
    await entityManagerOf(tx).query(
      'INSERT INTO audit.attestor (name, kind, size) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET size = excluded.size',
      [name, kind, size],
    );
  }

  /** It did not confirm. `lapsed` once, when that has gone on for longer than `patienceMinutes`. */
  async fail(tx: Tx, name: string, kind: AttestorKind, failure: string, patienceMinutes = LAPSE_MINUTES): Promise<AttestorChange> {
    const manager = entityManagerOf(tx);
    await manager.query(
      `INSERT INTO audit.attestor (name, kind, failing_since, failure) VALUES ($1, $2, clock_timestamp(), $3)
       ON CONFLICT (name) DO UPDATE SET failing_since = coalesce(attestor.failing_since, excluded.failing_since), failure = excluded.failure`,
      [name, kind, failure],
    );
    const [lapsed] = await manager.query<[unknown[], number]>(
      `UPDATE audit.attestor SET lapsed_at = clock_timestamp()
        WHERE name = $1 AND lapsed_at IS NULL AND failing_since <= clock_timestamp() - $2 * interval '1 minute' RETURNING name`,
      [name, patienceMinutes],
    );
    return lapsed.length > 0 ? 'lapsed' : 'none';
  }

  /** Why the log may not be signed; null when it may. */
  async forkReason(tx: Tx): Promise<string | null> {
    const rows: { reason: string | null }[] = await entityManagerOf(tx).query('SELECT reason FROM audit.standing');
    return rows[0]?.reason ?? null;
  }

  /** From the commit on, no replica signs. False when that was so before: the first reason stays. */
  async fork(tx: Tx, reason: string): Promise<boolean> {
    const [row]: { forked: boolean }[] = await entityManagerOf(tx).query('SELECT audit.fork($1) AS forked', [reason]);
    return row!.forked;
  }

  /** An operator's doing, with the login that owns the schema: no other may. Whether it was forked. */
  async resume(tx: Tx): Promise<boolean> {
    const [rows] = await entityManagerOf(tx).query<[unknown[], number]>('UPDATE audit.standing SET forked_at = NULL, reason = NULL WHERE forked_at IS NOT NULL RETURNING singleton');
    return rows.length > 0;
  }
}
