import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { Detector, type PreparedEvent, type RuleFinding } from '#pure/sigma/detector.js';
import { MatchStore } from '#pure/sigma/match-store.js';
import { Alerts } from '../alerting/alerts.js';
import { type FollowedEntry, LogFollower } from '../log-follower.js';
import { type GroupReference, MatchRepository } from '../persistence/match.repository.js';
import { evidenceAt, findingOf } from './finding-details.js';
import { RuleBook } from './rule-book.js';
import { streamEvent } from './stream-event.js';

/** Entries a transaction: some milliseconds of rules, and two statements for the memory of all of them. */
export const PAGE_ENTRIES = 500;

interface Completed {
  readonly found: RuleFinding;
  /** Time of the entry that completed it. */
  readonly atMillis: number;
}

/**
 * Reads the log on, in leaf order, and raises what the rules find. What correlations remember, the alerts and the place
 * that was reached are one transaction: killed at any line, or raced by another replica, an entry is evaluated once; and
 * the same log, read from its beginning into an empty database, raises the same alerts. To that end nothing here looks
 * at a clock: an alert is raised at the time of the entry that completed it.
 */
@Injectable()
export class DetectionEvaluator {
  private readonly detector: Detector;

  constructor(
    private readonly follower: LogFollower,
    book: RuleBook,
    private readonly matches: MatchRepository,
    private readonly alerts: Alerts,
  ) {
    this.detector = new Detector(book.set);
  }

  /** One page. Returns how many entries it had: 0 when there is nothing new, or another replica is at it. */
  evaluate(limit: number = PAGE_ENTRIES): Promise<number> {
    return this.follower.follow('detection', limit, (tx, page) => this.page(tx, page));
  }

  private async page(tx: Tx, page: readonly FollowedEntry[]): Promise<void> {
    const events = page.flatMap(({ index, body }) => streamEvent(index, body) ?? []);
    if (events.length > 0) {
      const prepared = events.map((event) => this.detector.prepare(event));
      const memory = new MatchStore(await this.matches.load(tx, touchedBy(prepared)));
      const completed = prepared.flatMap((each): Completed[] => this.detector.step(each, memory).map((found) => ({ found, atMillis: each.event.atMillis })));
      await this.remember(tx, memory, Math.max(...events.map(({ atMillis }) => atMillis)));
      crashPoint('audit.detection.after-matches');
      await this.raise(tx, completed);
    }
    crashPoint('audit.detection.before-cursor');
  }

  /** The old first: among the new may be some that happened as long ago, and came later. */
  private async remember(tx: Tx, memory: MatchStore, latestMillis: number): Promise<void> {
    await this.matches.forget(tx, this.detector.cutoffs(latestMillis), this.detector.strangersCutoff(latestMillis));
    const { added, removed } = memory.changes();
    await this.matches.remove(tx, removed);
    await this.matches.add(tx, added);
  }

  private async raise(tx: Tx, completed: readonly Completed[]): Promise<void> {
    const evidence = await evidenceAt(this.matches, tx, completed.flatMap(({ found }) => found.indexes));
    for (const { found, atMillis } of completed) {
      await this.alerts.raise(tx, findingOf(found, evidence), atMillis);
      crashPoint('audit.detection.after-alert');
    }
  }
}

function touchedBy(prepared: readonly PreparedEvent[]): GroupReference[] {
  const groups = prepared.flatMap(({ touched }) => touched);
  return [...new Map(groups.map((group) => [`${group.ruleId} ${group.groupKey}`, group])).values()];
}
