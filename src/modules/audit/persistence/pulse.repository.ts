import { Injectable } from '@nestjs/common';
import { rowsOf, type Statement, type Tx } from '#platform/database/unit-of-work.js';

export interface Pulse {
  readonly id: string;
  /** How long ago the time began that it is about. */
  readonly durationMillis: number;
  readonly answered: number;
}

/** The flow of requests beside the growth of the tree, both by the database's clock. */
export interface Flow {
  /** Answers that vouched for an entry, all of them given after the tree last grew, inside the time that was asked about. */
  readonly answered: number;
  /** No leaf was added in that time. */
  readonly isSilent: boolean;
  readonly now: Date;
}

const ADD: Statement = {
  name: 'alerts.add-pulse',
  text: "INSERT INTO alerts.request_pulse (id, since, answered) VALUES ($1, clock_timestamp() - $2 * interval '1 millisecond', $3)",
};

const FLOW: Statement = {
  name: 'alerts.flow',
  text: `
    SELECT n.now, g.at IS NULL OR g.at < n.now - n.span AS is_silent,
           coalesce((SELECT sum(p.answered) FROM alerts.request_pulse p WHERE p.until > n.now - n.span AND p.since > coalesce(g.at, '-infinity')), 0) AS answered
      FROM (SELECT clock_timestamp() AS now, $1 * interval '1 millisecond' AS span) AS n,
           LATERAL (SELECT (SELECT h.sequenced_at FROM audit.tree_head h ORDER BY h.size DESC LIMIT 1) AS at) AS g`,
};

const FORGET: Statement = { name: 'alerts.forget-pulses', text: "DELETE FROM alerts.request_pulse WHERE until < clock_timestamp() - $1 * interval '1 millisecond'" };

@Injectable()
export class PulseRepository {
  async add(tx: Tx, { id, durationMillis, answered }: Pulse): Promise<void> {
    await rowsOf(tx, ADD, [id, durationMillis, answered]);
  }

  async flow(tx: Tx, timespanMillis: number): Promise<Flow> {
    const [row] = await rowsOf<{ now: Date; is_silent: boolean; answered: string }>(tx, FLOW, [timespanMillis]);
    return { answered: Number(row!.answered), isSilent: row!.is_silent, now: row!.now };
  }

  async forget(tx: Tx, olderThanMillis: number): Promise<void> {
    await rowsOf(tx, FORGET, [olderThanMillis]);
  }
}
