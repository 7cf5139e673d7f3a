import type { CorrelationRule, DetectionRule, Level, SigmaRule, SignalRule } from './rule.js';
import { SigmaError } from './sigma-error.js';

/** A rule of a set, with what the set says of it. */
export interface Linked<R extends SigmaRule = SigmaRule> {
  readonly rule: R;
  /** Ids of the rules that it correlates, in the order in which it names them; empty for others. */
  readonly bases: readonly string[];
  /** Whether what it finds is raised; else it is a part of others alone. */
  readonly raises: boolean;
  readonly level: Level;
}

export type EntryRule = DetectionRule | CorrelationRule;

/** Rules that know each other. Throws SigmaError, its place beginning with the id of the rule. */
export class RuleSet {
  /** Each after those that it correlates. */
  readonly ordered: readonly Linked<EntryRule>[];
  readonly signals: readonly Linked<SignalRule>[];

  /** @param only rules that may raise: with it, the others are there for them to be made of. */
  constructor(rules: readonly SigmaRule[], only: ReadonlySet<string> | null = null) {
    const byReference = references(rules);
    const basesOf = (rule: SigmaRule): SigmaRule[] => (rule.kind === 'correlation' ? rule.correlation.rules.map((reference, at) => resolve(byReference, rule, reference, at)) : []);
    const generated = new Map<SigmaRule, boolean>();
    for (const rule of rules) {
      for (const base of basesOf(rule)) generated.set(base, generated.get(base) === true || (rule.kind === 'correlation' && rule.correlation.generate));
    }
    // What others are made of is no finding of its own unless it says how grave it is, or they say so.
    const raises = (rule: SigmaRule): boolean => rule.isEnabled && (only === null || only.has(rule.id)) && (!generated.has(rule) || generated.get(rule) === true || rule.level !== null);
    const link = <R extends SigmaRule>(rule: R): Linked<R> => ({ rule, bases: basesOf(rule).map(({ id }) => id), raises: raises(rule), level: rule.level ?? 'medium' });
    const linked = inOrder(rules, basesOf).map(link);
    const needed = new Set(linked.filter((one) => one.raises).flatMap((one) => [one.rule.id]));
    for (const one of linked.toReversed()) if (needed.has(one.rule.id)) one.bases.forEach((base) => needed.add(base));
    const live = linked.filter((one) => needed.has(one.rule.id));
    this.ordered = live.filter((one): one is Linked<EntryRule> => one.rule.kind !== 'signal');
    this.signals = live.filter((one): one is Linked<SignalRule> => one.rule.kind === 'signal');
  }
}

function references(rules: readonly SigmaRule[]): Map<string, SigmaRule> {
  const byReference = new Map<string, SigmaRule>();
  for (const rule of rules) {
    for (const [place, reference] of [['id', rule.id], ['name', rule.name]] as const) {
      if (reference === null) continue;
      if (byReference.has(reference)) throw new SigmaError(`${rule.id}: ${place}`, 'another rule has it');
      byReference.set(reference, rule);
    }
  }
  return byReference;
}

function resolve(byReference: ReadonlyMap<string, SigmaRule>, rule: SigmaRule, reference: string, at: number): SigmaRule {
  const base = byReference.get(reference);
  const place = `${rule.id}: correlation.rules[${at}]`;
  if (base === undefined) throw new SigmaError(place, 'no rule has this id or name');
  if (base.kind === 'signal') throw new SigmaError(place, 'a signal is no entry, and cannot be correlated');
  return base;
}

/** Depth first; a rule that is met again on its own path correlates itself. */
function inOrder(rules: readonly SigmaRule[], basesOf: (rule: SigmaRule) => readonly SigmaRule[]): SigmaRule[] {
  const ordered = new Set<SigmaRule>();
  const path = new Set<SigmaRule>();
  const visit = (rule: SigmaRule): void => {
    if (ordered.has(rule)) return;
    if (path.has(rule)) throw new SigmaError(`${rule.id}: correlation.rules`, 'it correlates itself');
    path.add(rule);
    basesOf(rule).forEach(visit);
    path.delete(rule);
    ordered.add(rule);
  };
  rules.forEach(visit);
  return [...ordered];
}
