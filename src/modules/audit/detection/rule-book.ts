import type { SigmaRule } from '#pure/sigma/rule.js';
import { RuleSet } from '#pure/sigma/rule-set.js';
import { SigmaError } from '#pure/sigma/sigma-error.js';
import { type FiledRule, RuleFileError, rulesOfDirectory, SHIPPED_RULES_DIRECTORY } from './rule-files.js';

/** A rule that this process knows. */
export interface BookedRule {
  readonly rule: SigmaRule;
  readonly source: unknown;
  readonly file: string;
  readonly origin: 'shipped' | 'own';
  /** Whether what it finds is raised: not a part of others alone, and not switched off. */
  readonly raises: boolean;
}

/**
 * The rules of this process: those that ship, and the operator's own, of which one with the same id replaces it. Read
 * once, at the start: a rule that cannot be used stops it there, where somebody looks, since a rule that is silently
 * left out is an alert that never comes.
 */
export class RuleBook {
  readonly rules: readonly BookedRule[];
  readonly set: RuleSet;

  /** Throws RuleFileError. */
  constructor(ownDirectory: string, shippedDirectory: string = SHIPPED_RULES_DIRECTORY) {
    const own = rulesOfDirectory(ownDirectory).map((rule) => ({ ...rule, origin: 'own' as const }));
    refuseTwice(own, ownDirectory);
    const replaced = new Set(own.map(({ rule }) => rule.id));
    const shipped = rulesOfDirectory(shippedDirectory).map((rule) => ({ ...rule, origin: 'shipped' as const }));
    if (shipped.length === 0) throw new RuleFileError(`the rules that ship are not at ${shippedDirectory}: the installation is incomplete`);
    const all = [...shipped.filter(({ rule }) => !replaced.has(rule.id)), ...own];
    this.set = linked(all, ownDirectory);
    const raising = new Set([...this.set.ordered, ...this.set.signals].filter(({ raises }) => raises).map(({ rule }) => rule.id));
    this.rules = all.map((rule) => ({ ...rule, raises: raising.has(rule.rule.id) }));
  }

  /** Rules that are tried, over those that are known: they alone may raise, also where they are switched off. Throws SigmaError. */
  setOf(tried: readonly SigmaRule[]): RuleSet {
    const ids = new Set(tried.map(({ id }) => id));
    const known = this.rules.map(({ rule }) => rule).filter(({ id, name }) => !ids.has(id) && !tried.some((other) => name !== null && other.name === name));
    return new RuleSet([...known, ...tried.map((rule) => ({ ...rule, isEnabled: true }))], ids);
  }
}

function refuseTwice(own: readonly FiledRule[], directory: string): void {
  const files = new Map<string, string>();
  for (const { rule, file } of own) {
    const other = files.get(rule.id);
    if (other !== undefined) throw new RuleFileError(`two detection rules in ${directory} have the id ${rule.id}: ${other} and ${file}`);
    files.set(rule.id, file);
  }
}

function linked(rules: readonly FiledRule[], directory: string): RuleSet {
  try {
    return new RuleSet(rules.map(({ rule }) => rule));
  } catch (error) {
    if (!(error instanceof SigmaError)) throw error;
    const file = rules.find(({ rule }) => error.place.startsWith(rule.id))?.file ?? 'a rule';
    throw new RuleFileError(`the detection rule ${file}, with those of ${directory}, is refused: ${error.message}`, { cause: error });
  }
}
