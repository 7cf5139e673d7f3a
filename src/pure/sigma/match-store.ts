import { COUNT_MAX } from './correlation-rule.js';
import { inTime, type Match } from './match-window.js';

/** Of a rule and group. */
export interface HeldMatch extends Match {
  readonly ruleId: string;
  readonly groupKey: string;
}

const keyOf = (ruleId: string, groupKey: string): string => `${ruleId} ${groupKey}`;

/**
 * What correlations remember, for the groups that a page touches: loaded before it, changed by it, and told apart after
 * it into what is to be stored and what is to be forgotten.
 */
export class MatchStore {
  private readonly groups = new Map<string, HeldMatch[]>();
  private readonly stored: ReadonlySet<HeldMatch>;
  private held = 0;

  constructor(loaded: readonly HeldMatch[] = []) {
    this.stored = new Set(loaded);
    this.held = loaded.length;
    for (const match of loaded) this.group(match.ruleId, match.groupKey).push(match);
    for (const matches of this.groups.values()) matches.sort(inTime);
  }

  /** Matches of all groups. */
  get size(): number {
    return this.held;
  }

  of(ruleId: string, groupKey: string): readonly HeldMatch[] {
    return this.groups.get(keyOf(ruleId, groupKey)) ?? [];
  }

  add(match: HeldMatch): void {
    const matches = this.group(match.ruleId, match.groupKey);
    let at = matches.length;
    while (at > 0 && inTime(matches[at - 1]!, match) > 0) at -= 1;
    matches.splice(at, 0, match);
    this.held += 1;
    const ofBase = matches.filter(({ base }) => base === match.base);
    if (ofBase.length > COUNT_MAX) this.remove(match.ruleId, match.groupKey, [superfluous(ofBase)]);
  }

  remove(ruleId: string, groupKey: string, gone: readonly Match[]): void {
    const key = keyOf(ruleId, groupKey);
    const before = this.groups.get(key) ?? [];
    const left = before.filter((match) => !gone.includes(match));
    this.held -= before.length - left.length;
    if (left.length === 0) this.groups.delete(key);
    else this.groups.set(key, left);
  }

  /** Forgets what happened before, of each rule; a rule that is not named is not touched. */
  forgetBefore(cutoffs: ReadonlyMap<string, number>): void {
    for (const matches of this.groups.values()) {
      const { ruleId, groupKey } = matches[0]!;
      const cutoff = cutoffs.get(ruleId) ?? -Infinity;
      if (matches[0]!.atMillis >= cutoff) continue;
      this.remove(ruleId, groupKey, matches.filter(({ atMillis }) => atMillis < cutoff));
    }
  }

  changes(): { readonly added: readonly HeldMatch[]; readonly removed: readonly HeldMatch[] } {
    const held = new Set([...this.groups.values()].flat());
    return { added: [...held].filter((match) => !this.stored.has(match)), removed: [...this.stored].filter((match) => !held.has(match)) };
  }

  private group(ruleId: string, groupKey: string): HeldMatch[] {
    const key = keyOf(ruleId, groupKey);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const made: HeldMatch[] = [];
    this.groups.set(key, made);
    return made;
  }
}

/** The oldest whose value is held once more, so that a flood of one value drives no other out; else the oldest. */
function superfluous(matches: readonly Match[]): Match {
  const times = new Map<string, number>();
  for (const { value } of matches) times.set(value, (times.get(value) ?? 0) + 1);
  return matches.find(({ value }) => times.get(value)! > 1) ?? matches[0]!;
}
