import { setImmediate as others } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock } from '#platform/system/clock.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import type { Principal } from '#pure/principal/principal.js';
import { Detector, LATENESS_MILLIS, type RuleFinding } from '#pure/sigma/detector.js';
import { MatchStore } from '#pure/sigma/match-store.js';
import type { RuleSet } from '#pure/sigma/rule-set.js';
import type { Finding } from '../domain/finding.js';
import { EntryRepository, type SequencedEntry } from '../persistence/entry.repository.js';
import { MatchRepository } from '../persistence/match.repository.js';
import { SearchLookupRepository } from '../persistence/search-lookup.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { evidenceAt, findingOf, shownIndexes } from './finding-details.js';
import { streamEvent } from './stream-event.js';

/** What one trial may cost, and what it has ended at where it says that it is not complete. */
export interface TrialLimits {
  readonly entries: number;
  readonly durationMillis: number;
  /** Matches that correlations hold at once, some 300 bytes each. */
  readonly matches: number;
  readonly alerts: number;
}

export const TRIAL_LIMITS: TrialLimits = { entries: 200_000, durationMillis: 10_000, matches: 50_000, alerts: 100 };

export interface TrialRange {
  readonly fromMillis: number;
  /** Not in it. */
  readonly toMillis: number;
}

/** An alert as it would stand: everything that was found of one rule and group. */
export interface TriedAlert extends Finding {
  /** How often the rule would have fired for it. */
  readonly fired: number;
}

export interface Trial {
  readonly alerts: readonly TriedAlert[];
  /** Entries of the time that were looked at. */
  readonly entries: number;
  /** Null when the whole time was looked at; else what ended it, and the time of the entry before which it did. */
  readonly ended: { readonly by: keyof TrialLimits; readonly atMillis: number } | null;
}

const PAGE_ENTRIES = 500;
/** So long the entries of a page keep requests waiting; a single one that was made to be slow may take longer. */
const SLICE_MILLIS = 20;

interface State {
  readonly detector: Detector;
  readonly memory: MatchStore;
  readonly found: Map<string, { finding: RuleFinding; fired: number }>;
  readonly deadline: number;
  entries: number;
}

/**
 * Runs rules over a part of the past and shows what they would have raised. Nothing is written, and nothing is
 * remembered from before the time asked for. One at a time in a process, and one that waits; who comes beyond that is
 * refused with 503. What else the process does goes on between two entries.
 */
@Injectable()
export class RuleTrial {
  private readonly turns = new Semaphore(1, 1);

  constructor(
    private readonly units: UnitOfWork,
    private readonly entries: EntryRepository,
    private readonly tree: TreeRepository,
    private readonly lookups: SearchLookupRepository,
    private readonly matches: MatchRepository,
    private readonly clock: Clock,
  ) {}

  run(principal: Principal, rules: RuleSet, range: TrialRange, limits: TrialLimits = TRIAL_LIMITS): Promise<Trial> {
    return this.turns.run(async () => {
      const state = { detector: new Detector(rules), memory: new MatchStore(), found: new Map(), deadline: this.clock.monotonicMillis() + limits.durationMillis, entries: 0 };
      const ended = await this.read(principal, range, limits, state);
      const alerts = await this.units.run(principal, (tx) => this.alertsOf(tx, state));
      return { alerts, entries: state.entries, ended };
    });
  }

  private async read(principal: Principal, range: TrialRange, limits: TrialLimits, state: State): Promise<Trial['ended']> {
    const stretch = await this.units.run(principal, (tx) => this.stretch(tx, range));
    if (stretch === null) return null;
    for (let next = stretch.from; next < stretch.below; ) {
      const page = await this.units.run(principal, (tx) => this.entries.sequenced(tx, next, Math.min(PAGE_ENTRIES, stretch.below - next)));
      if (page.length === 0) return null;
      const ended = await this.page(page, range, limits, state);
      if (ended !== null) return ended;
      next = page.at(-1)!.index + 1;
    }
    return null;
  }

  private async page(page: readonly SequencedEntry[], range: TrialRange, limits: TrialLimits, state: State): Promise<Trial['ended']> {
    let sinceMillis = this.clock.monotonicMillis();
    for (const entry of page) {
      const ended = this.step(entry, range, limits, state);
      if (ended !== null) return ended;
      if (this.clock.monotonicMillis() - sinceMillis < SLICE_MILLIS) continue;
      await others();
      sinceMillis = this.clock.monotonicMillis();
    }
    return null;
  }

  /** Where the log has entries of that time: also those that came late, or early. */
  private async stretch(tx: Tx, { fromMillis, toMillis }: TrialRange): Promise<{ from: number; below: number } | null> {
    const size = (await this.tree.head(tx))?.size ?? 0;
    return this.lookups.resolve(tx, { fromMillis: Math.max(0, fromMillis - LATENESS_MILLIS), toMillis }, 'all', size);
  }

  private step({ index, body }: SequencedEntry, { fromMillis, toMillis }: TrialRange, limits: TrialLimits, state: State): Trial['ended'] {
    const event = streamEvent(index, body);
    if (event === null || event.atMillis < fromMillis || event.atMillis >= toMillis) return null;
    const spent: Readonly<Record<keyof TrialLimits, boolean>> = {
      entries: state.entries >= limits.entries,
      durationMillis: this.clock.monotonicMillis() >= state.deadline,
      matches: state.memory.size > limits.matches,
      alerts: state.found.size >= limits.alerts,
    };
    const by = (Object.keys(spent) as (keyof TrialLimits)[]).find((limit) => spent[limit]);
    if (by !== undefined) return { by, atMillis: event.atMillis };
    state.entries += 1;
    for (const finding of state.detector.step(state.detector.prepare(event), state.memory)) add(state.found, finding);
    return null;
  }

  private async alertsOf(tx: Tx, { found }: State): Promise<TriedAlert[]> {
    const evidence = await evidenceAt(this.matches, tx, [...found.values()].flatMap(({ finding }) => shownIndexes(finding)));
    return [...found.values()].map(({ finding, fired }) => ({ ...findingOf(finding, evidence), fired }));
  }
}

/** As an alert that is not over takes what is found again. */
function add(found: State['found'], finding: RuleFinding): void {
  const key = `${finding.rule.rule.id} ${finding.group.key}`;
  const known = found.get(key);
  if (known === undefined) return void found.set(key, { finding, fired: 1 });
  const { finding: before, fired } = known;
  const indexes = shownIndexes({ indexes: [...new Set([...before.indexes, ...finding.indexes])].sort((one, other) => one - other) });
  const merged = {
    ...finding,
    indexes,
    count: before.count + finding.count,
    firstMillis: Math.min(before.firstMillis, finding.firstMillis),
    lastMillis: Math.max(before.lastMillis, finding.lastMillis),
  };
  found.set(key, { finding: merged, fired: fired + 1 });
}
