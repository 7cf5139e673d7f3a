import { matchesPattern } from './registry-policy.js';
import type { RetentionRule } from './retention-rule.js';

/** A tag as a rule sees it. */
export interface RuledTag {
  readonly name: string;
  readonly digest: string;
  readonly pushedMillis: number;
  readonly pulledMillis: number | null;
}

/** The condition of a rule that a tag is kept by; `no-rule`: none speaks of it. */
export type RuleReason = 'no-rule' | 'keep-all' | 'latest-pushed' | 'latest-pulled' | 'pushed-within' | 'pulled-within';

export const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** Why each tag is kept, null when rules speak of it and none keeps it. `rules` are those that speak of the repository. */
export function ruleReasons(tags: readonly RuledTag[], rules: readonly RetentionRule[], nowMillis: number): ReadonlyMap<string, RuleReason | null> {
  const reasons = new Map<string, RuleReason | null>();
  for (const rule of rules) {
    const spoken = tags.filter(({ name }) => rule.tags.some((pattern) => matchesPattern(pattern, name)));
    const keeps = conditionsOf(rule, spoken, nowMillis);
    for (const tag of spoken) reasons.set(tag.name, reasons.get(tag.name) ?? keeps.find(({ holds }) => holds(tag))?.reason ?? null);
  }
  return new Map(tags.map(({ name }) => [name, reasons.has(name) ? reasons.get(name)! : 'no-rule']));
}

interface Condition {
  readonly reason: RuleReason;
  readonly holds: (tag: RuledTag) => boolean;
}

function conditionsOf(rule: RetentionRule, spoken: readonly RuledTag[], nowMillis: number): readonly Condition[] {
  const pushed = ({ pushedMillis }: RuledTag): number => pushedMillis;
  const pulled = ({ pulledMillis }: RuledTag): number | null => pulledMillis;
  return [
    { reason: 'keep-all', holds: () => rule.keepAll },
    { reason: 'latest-pushed', holds: isAmongLatest(spoken, pushed, rule.keepLatestPushed) },
    { reason: 'latest-pulled', holds: isAmongLatest(spoken, pulled, rule.keepLatestPulled) },
    { reason: 'pushed-within', holds: isWithin(pushed, rule.keepPushedWithinDays, nowMillis) },
    { reason: 'pulled-within', holds: isWithin(pulled, rule.keepPulledWithinDays, nowMillis) },
  ];
}

type TimeOf = (tag: RuledTag) => number | null;

function isWithin(timeOf: TimeOf, days: number | null, nowMillis: number): Condition['holds'] {
  return (tag) => {
    const time = timeOf(tag);
    return days !== null && time !== null && nowMillis - time < days * DAY_MILLIS;
  };
}

/** Counts images and not tags: one that has five names is one. Of two of one instant the one with the lesser digest is the later, so that every run finds the same. */
function isAmongLatest(spoken: readonly RuledTag[], timeOf: TimeOf, count: number | null): Condition['holds'] {
  if (count === null) return () => false;
  const times = new Map<string, number>();
  for (const tag of spoken) {
    const time = timeOf(tag);
    if (time !== null) times.set(tag.digest, Math.max(time, times.get(tag.digest) ?? time));
  }
  const latest = new Set([...times].sort(([a, atA], [b, atB]) => atB - atA || (a < b ? -1 : 1)).slice(0, count).map(([digest]) => digest));
  return ({ digest }) => latest.has(digest);
}
