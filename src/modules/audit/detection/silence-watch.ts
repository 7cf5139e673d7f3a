import { Injectable } from '@nestjs/common';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { SignalRule } from '#pure/sigma/rule.js';
import type { Linked } from '#pure/sigma/rule-set.js';
import { Alerts } from '../alerting/alerts.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { type Flow, PulseRepository } from '../persistence/pulse.repository.js';
import { RuleBook } from './rule-book.js';

const WATCH = systemPrincipal('silence-watch');

/** Whether requests were answered as recorded, and nothing of it reached the tree. */
export function isLedgerSilent({ rule }: Pick<Linked<SignalRule>, 'rule'>, { answered, isSilent }: Pick<Flow, 'answered' | 'isSilent'>): boolean {
  return isSilent && rule.signal.condition.holds(answered);
}

/**
 * Evaluates the rules about the ledger itself, which no entry can meet. One replica at a time; while the silence lasts
 * each look adds to the alert. The alert is a row of the database as the ledger is: who keeps both from being written is
 * found by what watches from outside, the age of the last checkpoint.
 */
@Injectable()
export class SilenceWatch {
  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly cursors: CursorRepository,
    private readonly pulses: PulseRepository,
    private readonly alerts: Alerts,
    private readonly book: RuleBook,
  ) {}

  async look(): Promise<void> {
    const { signals } = this.book.set;
    if (signals.length === 0) return;
    await this.units.run(WATCH, async (tx) => {
      if ((await this.cursors.take(tx, 'detection')) === null) return;
      for (const linked of signals) await this.evaluate(tx, linked);
      await this.pulses.forget(tx, Math.max(...signals.map(({ rule }) => rule.signal.timespanMillis)));
    });
  }

  private async evaluate(tx: Tx, linked: Linked<SignalRule>): Promise<void> {
    const { rule, level } = linked;
    const flow = await this.pulses.flow(tx, rule.signal.timespanMillis);
    if (!isLedgerSilent(linked, flow)) return;
    const nowMillis = flow.now.getTime();
    const finding = {
      ruleId: rule.id, title: rule.title, severity: level, group: {}, subjects: [], loginNames: [], count: 1,
      firstSeenMillis: nowMillis - rule.signal.timespanMillis, lastSeenMillis: nowMillis, entryIds: [],
    };
    await this.alerts.raise(tx, finding, nowMillis);
  }
}
