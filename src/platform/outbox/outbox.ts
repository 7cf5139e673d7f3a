import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#pure/canonical-json/json-value.js';
import { rowsOf, type Statement, type Tx } from '../database/unit-of-work.js';
import { Clock } from '../system/clock.js';
import { Randomness } from '../system/randomness.js';

/** By what a message can leave. */
export const SINK_NAMES = ['webhook', 'email', 'syslog', 'alertmanager'] as const;
export type SinkName = (typeof SINK_NAMES)[number];

export interface OutboxOrder {
  readonly sink: SinkName;
  /** Whom it goes to, within the sink: messages to one destination go one after another. */
  readonly destination: string;
  /** What it is about: ids and codes alone, never what they stand for. The sink makes the payload at delivery. */
  readonly subject: JsonObject;
}

const ENQUEUE: Statement = {
  name: 'platform.outbox-enqueue',
  text: `INSERT INTO platform.outbox (id, sink, destination, subject, created_at, next_attempt_at)
         SELECT o.id, o.sink, o.destination, o.subject, $5, $5
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS o (id, sink, destination, subject, place) ORDER BY o.place`,
};

/** What is to leave this system is written in the transaction of what it tells of: both are so, or neither is. */
@Injectable()
export class Outbox {
  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {}

  /** Returns the messages' ids, UUIDv7, in order: they are the receivers' key against repetition. */
  async enqueue(tx: Tx, ...orders: readonly OutboxOrder[]): Promise<readonly string[]> {
    if (orders.length === 0) return [];
    const now = this.clock.now();
    const ids = orders.map(() => this.randomness.uuidv7(now.getTime()));
    const columns = [orders.map(({ sink }) => sink), orders.map(({ destination }) => destination), orders.map(({ subject }) => JSON.stringify(subject))];
    await rowsOf(tx, ENQUEUE, [ids, ...columns, now]);
    return ids;
  }
}
