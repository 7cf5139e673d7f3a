import type { Correlation, CorrelationType } from './correlation-rule.js';

/** That an entry met one of the rules of a correlation, in one group. Plain data: it survives the process. */
export interface Match {
  /** Leaf index of the entry; of a correlation, of the one that completed it. */
  readonly index: number;
  /** Id of the rule that was met. */
  readonly base: string;
  /** Time of the event, milliseconds since 1970. */
  readonly atMillis: number;
  /** What value_count counts; empty for others. */
  readonly value: string;
  /** How often it happened: a collapsed entry stands for several. */
  readonly weight: number;
}

/** What a correlation found: the matches, how many of what it counts, and those that it has used up. */
export interface Window {
  readonly matches: readonly Match[];
  readonly count: number;
  readonly usedUp: readonly Match[];
}

/** The order in which things happened, as far as their clocks tell; the log's order where they do not. */
export function inTime(one: Match, other: Match): number {
  return one.atMillis - other.atMillis || one.index - other.index || compare(one.base, other.base) || compare(one.value, other.value);
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const COUNTS: Readonly<Record<Exclude<CorrelationType, 'temporal_ordered'>, (matches: readonly Match[]) => number>> = {
  event_count: (matches) => matches.reduce((sum, { weight }) => sum + weight, 0),
  value_count: (matches) => new Set(matches.map(({ value }) => value)).size,
  temporal: (matches) => new Set(matches.map(({ base }) => base)).size,
};

/**
 * The window that the arrived matches complete, or null. A window is as long as the time span at most and has one of the
 * arrived in it, which may be in its middle: entries come in the order of the log. What fired before is used up, so that the
 * next finding needs as many again.
 *
 * @param held of one rule and group, in time, with those that have arrived.
 * @param arrived of one entry, so of one time.
 */
export function completedWindow(correlation: Correlation, bases: readonly string[], held: readonly Match[], arrived: readonly Match[]): Window | null {
  if (correlation.type === 'temporal_ordered') return arrived.map((match) => completedSequence(correlation, bases, held, match)).find((window) => window !== null) ?? null;
  const count = COUNTS[correlation.type];
  const { timespanMillis: span, condition } = correlation;
  const at = arrived[0]!.atMillis;
  let reached = -1;
  for (let first = held.findIndex((match) => match.atMillis >= at - span); first >= 0 && first < held.length && held[first]!.atMillis <= at; first += 1) {
    const from = held[first]!.atMillis;
    let end = Math.max(first, reached);
    while (end < held.length && held[end]!.atMillis <= from + span) end += 1;
    // Nothing has joined since the last one, and a part of what was too few is too few.
    if (condition.isMonotone && end === reached) continue;
    reached = end;
    const matches = held.slice(first, end);
    const counted = count(matches);
    if (condition.holds(counted)) return { matches, count: counted, usedUp: matches };
  }
  return null;
}

/**
 * The tightest sequence of all steps through one match: the latest step before it, and so on back, and the earliest
 * after it. Only the last step is used up: what follows the same beginning again is told again.
 */
function completedSequence({ timespanMillis: span }: Correlation, bases: readonly string[], held: readonly Match[], arrived: Match): Window | null {
  const step = bases.indexOf(arrived.base);
  const sequence = [arrived];
  for (let before = step - 1; before >= 0; before -= 1) {
    const match = held.findLast((candidate) => candidate.base === bases[before] && candidate.index !== sequence[0]!.index && inTime(candidate, sequence[0]!) < 0);
    if (match === undefined) return null;
    sequence.unshift(match);
  }
  for (let after = step + 1; after < bases.length; after += 1) {
    const match = held.find((candidate) => candidate.base === bases[after] && candidate.index !== sequence.at(-1)!.index && inTime(candidate, sequence.at(-1)!) > 0);
    if (match === undefined) return null;
    sequence.push(match);
  }
  const last = sequence.at(-1)!;
  return last.atMillis - sequence[0]!.atMillis > span ? null : { matches: sequence, count: sequence.length, usedUp: [last] };
}
