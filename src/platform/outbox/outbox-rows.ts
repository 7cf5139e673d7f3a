import { Injectable } from '@nestjs/common';
import { type Reading, rowsOf, type Statement, type Tx } from '../database/unit-of-work.js';
import { type Page, pageOf, type PageRequest } from '#pure/paging/page.js';
import type { OutboxMessage } from './outbox-sink.js';
import { MESSAGE_LIFE_MILLIS, ORDERED_ATTEMPTS } from './retry-schedule.js';

/** Messages are tried, and ended ones are shown, in this many days at least: 7. */
const ENDED_KEPT_MILLIS = 7 * 24 * 60 * 60 * 1000;
const SWEPT_AT_ONCE = 1_000;

/** `outb` in ASCII: claims come one after another, so that each sees what the one before has taken. */
const CLAIM_LOCK: Statement = { name: 'platform.outbox-claim-lock', text: 'SELECT pg_try_advisory_xact_lock(1870034018) AS taken' };

/**
 * For every destination that nobody is delivering to: the first message in order, if it is due; of webhooks no more than
 * $4. The recursion hops from one destination to the next in the index, so that a backlog of one costs the others nothing.
 */
const CLAIM: Statement = {
  name: 'platform.outbox-claim',
  text: `
    WITH RECURSIVE destinations AS (
      (SELECT destination FROM platform.outbox WHERE state = 'pending' ORDER BY destination LIMIT 1)
      UNION ALL
      SELECT (SELECT o.destination FROM platform.outbox o WHERE o.state = 'pending' AND o.destination > d.destination ORDER BY o.destination LIMIT 1)
        FROM destinations d WHERE d.destination IS NOT NULL
    ), ready AS (
      SELECT head.id, head.next_attempt_at, head.sink = 'webhook' AS is_webhook,
             row_number() OVER (PARTITION BY head.sink = 'webhook' ORDER BY head.next_attempt_at) AS place FROM destinations d CROSS JOIN LATERAL (
        SELECT o.id, o.sink, o.attempts, o.next_attempt_at FROM platform.outbox o
         WHERE o.state = 'pending' AND o.destination = d.destination AND (o.attempts < ${ORDERED_ATTEMPTS} OR o.next_attempt_at <= $1)
         ORDER BY o.place LIMIT 1) AS head
       -- What was never tried is due, and a lease ends when one can that is given now: an hour ahead a clock was that is right again.
       WHERE (head.attempts = 0 OR head.next_attempt_at <= $1)
         AND NOT EXISTS (SELECT FROM platform.outbox o WHERE o.destination = d.destination AND o.leased_until > $1 AND o.leased_until <= $2::timestamptz + interval '1 minute')
    ), heads AS (
      SELECT id FROM ready WHERE NOT is_webhook OR place <= $4 ORDER BY next_attempt_at LIMIT $3
    ), free AS (
      SELECT id FROM platform.outbox WHERE id IN (SELECT id FROM heads) FOR UPDATE SKIP LOCKED
    )
    UPDATE platform.outbox o SET attempts = o.attempts + 1, leased_until = $2 FROM free WHERE o.id = free.id
    RETURNING o.id, o.sink, o.destination, o.subject, o.attempts AS attempt, o.created_at AS "createdAt"`,
};

/** The attempt's number stands for the claim: whose lease ran out, and whose message another has taken, changes nothing. */
const settle = (name: string, changes: string): Statement => ({
  name: `platform.outbox-${name}`,
  text: `UPDATE platform.outbox SET leased_until = NULL, ${changes} WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
});
const END = settle('end', 'state = $3, ended_at = $4, failure = $5');
const POSTPONE = settle('postpone', 'next_attempt_at = $3, failure = $4');
const RELEASE = settle('release', 'attempts = attempts - 1, next_attempt_at = $3');

const EXPIRE: Statement = {
  name: 'platform.outbox-expire',
  text: `UPDATE platform.outbox SET state = 'failed', ended_at = $1, failure = coalesce(failure, 'expired') WHERE id IN (
           SELECT id FROM platform.outbox WHERE state = 'pending' AND created_at < $2 AND (leased_until IS NULL OR leased_until <= $1) LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)
         RETURNING id`,
};
const SWEEP: Statement = {
  name: 'platform.outbox-sweep',
  text: `DELETE FROM platform.outbox WHERE id IN (
           SELECT id FROM platform.outbox WHERE state <> 'pending' AND ended_at < $1 LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)
         RETURNING id`,
};

const FORGET: Statement = { name: 'platform.outbox-forget', text: 'DELETE FROM platform.outbox WHERE destination = $1' };
const FORGET_PENDING: Statement = { name: 'platform.outbox-forget-pending', text: "DELETE FROM platform.outbox WHERE destination = $1 AND state = 'pending'" };
const PENDING: Statement = {
  name: 'platform.outbox-pending',
  text: `SELECT d.destination, (SELECT count(*) FROM (SELECT FROM platform.outbox o WHERE o.state = 'pending' AND o.destination = d.destination LIMIT $2) AS waiting)::int AS count
           FROM unnest($1::text[]) AS d (destination)`,
};
const LIST: Statement = {
  name: 'platform.outbox-list',
  text: `SELECT id, subject, state, attempts, created_at AS "createdAt", CASE WHEN state = 'pending' THEN next_attempt_at END AS "nextAttemptAt", ended_at AS "endedAt", failure
           FROM platform.outbox WHERE destination = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
};

export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dropped';

/** What became of a message, for whoever keeps its destination. */
export interface DeliveryRecord {
  readonly id: string;
  readonly subject: OutboxMessage['subject'];
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  /** Null when it has ended. */
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
  /** Why the last attempt failed. */
  readonly failure: string | null;
}

@Injectable()
export class OutboxRows {
  /** Takes what is due until `leasedUntil`, one message a destination; nothing while another replica is claiming. */
  async claim(tx: Tx, now: Date, leasedUntil: Date, { all, webhooks }: { readonly all: number; readonly webhooks: number }): Promise<readonly OutboxMessage[]> {
    const [lock] = await rowsOf<{ taken: boolean }>(tx, CLAIM_LOCK);
    return lock!.taken ? rowsOf<OutboxMessage>(tx, CLAIM, [now, leasedUntil, all, webhooks]) : [];
  }

  async end(tx: Tx, { id, attempt }: OutboxMessage, state: Exclude<DeliveryState, 'pending'>, at: Date, failure: string | null): Promise<void> {
    await rowsOf(tx, END, [id, attempt, state, at, failure]);
  }

  async postpone(tx: Tx, { id, attempt }: OutboxMessage, until: Date, failure: string): Promise<void> {
    await rowsOf(tx, POSTPONE, [id, attempt, until, failure]);
  }

  /** As if it had not been claimed: the process ends. */
  async release(tx: Tx, { id, attempt }: OutboxMessage, at: Date): Promise<void> {
    await rowsOf(tx, RELEASE, [id, attempt, at]);
  }

  /** Gives up what is too old, and removes what ended long ago. Returns how many messages were given up. */
  async sweep(tx: Tx, now: Date): Promise<number> {
    const expired = await rowsOf(tx, EXPIRE, [now, new Date(now.getTime() - MESSAGE_LIFE_MILLIS)]);
    await rowsOf(tx, SWEEP, [new Date(now.getTime() - ENDED_KEPT_MILLIS)]);
    return expired.length;
  }

  /** The destination is no more, and what became of its messages neither. */
  async forget(tx: Tx, destination: string): Promise<void> {
    await rowsOf(tx, FORGET, [destination]);
  }

  /** What waits for the destination is not to be delivered; what is under way may be. */
  async forgetPending(tx: Tx, destination: string): Promise<void> {
    await rowsOf(tx, FORGET_PENDING, [destination]);
  }

  /** How many messages wait for each destination, counted up to `max`. */
  async pending(tx: Tx, destinations: readonly string[], max: number): Promise<ReadonlyMap<string, number>> {
    const rows = await rowsOf<{ destination: string; count: number }>(tx, PENDING, [destinations, max]);
    return new Map(rows.map(({ destination, count }) => [destination, count]));
  }

  /** The youngest first. */
  async list(reading: Reading, destination: string, page: PageRequest): Promise<Page<DeliveryRecord>> {
    return pageOf(await rowsOf<DeliveryRecord>(reading, LIST, [destination, page.after, page.limit + 1]), page.limit);
  }
}
