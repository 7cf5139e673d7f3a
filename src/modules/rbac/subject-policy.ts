import { Ability, subject } from '@casl/ability';
import { applies, type Knowledge, NOT_YET_KNOWN } from './domain/condition.js';
import { type HeldRole, isLive } from './domain/role-binding.js';
import { ANY, type Rule } from './domain/rule.js';

/** What a permission is asked for: in one project, or globally, and of what. */
interface Question {
  readonly projectId: string | null;
  readonly known: Knowledge;
}

/** When a rule applies. Null: in every project, and globally. */
interface Condition extends Pick<Rule, 'effect' | 'where'> {
  readonly projectId: string | null;
}

type Verdict = 'allowed' | 'denied' | 'no-rule';
type PolicyAbility = Ability<[string, string | object], Condition>;

/** Plain code in place of CASL's query language, whose `$regex` lets a rule in the database stop the event loop. */
const matcher = (condition: Condition) => (asked: object) => {
  const { projectId, known } = asked as Question;
  return (condition.projectId === null || condition.projectId === projectId) && applies(condition.effect, condition.where, known);
};

function abilityOf(held: readonly HeldRole[]): PolicyAbility {
  const allows: ConstructorParameters<typeof Ability<[string, string | object], Condition>>[0] = [];
  const denies: NonNullable<typeof allows> = [];
  for (const { projectId, rules } of held) {
    for (const { effect, resource, verbs, where } of rules) {
      const conditions = projectId === null && where === undefined ? {} : { conditions: { projectId, effect, ...(where === undefined ? {} : { where }) } };
      (effect === 'deny' ? denies : allows).push({ action: [...verbs], subject: resource, inverted: effect === 'deny', ...conditions });
    }
  }
  // CASL lets the last matching rule win: only denies after every allow make «deny overrides» true.
  return new Ability([...allows, ...denies], { anyAction: ANY, anySubjectType: ANY, conditionsMatcher: matcher });
}

/**
 * What one subject's roles allow, at any instant. The ability is built once and again when a binding has expired; the
 * database is not asked again for that.
 */
export class SubjectPolicy {
  readonly #held: readonly HeldRole[];
  #live: readonly HeldRole[] = [];
  #ability: PolicyAbility | null = null;
  #validUntilMillis = -Infinity;
  #builtAtMillis = Infinity;

  constructor(held: readonly HeldRole[]) {
    this.#held = held;
  }

  /** Roles that are in force now. */
  liveAt(nowMillis: number): readonly HeldRole[] {
    this.#abilityAt(nowMillis);
    return this.#live;
  }

  /** With nothing known of the object, rules that have a condition allow nothing and deny. */
  decide(resource: string, verb: string, projectId: string | null, nowMillis: number, known: Knowledge = {}): Verdict {
    // Always an instance: asked about a bare type, CASL ignores conditions and would let one project's rule speak for all.
    const rule = this.#abilityAt(nowMillis).relevantRuleFor(verb, subject(resource, { projectId, known }));
    if (rule === null) return 'no-rule';
    return rule.inverted ? 'denied' : 'allowed';
  }

  /** Whether the subject has to do with the project at all: what it may know to exist. */
  sees(projectId: string, nowMillis: number): boolean {
    return this.liveAt(nowMillis).some((held) => (held.projectId === null || held.projectId === projectId) && held.rules.some(({ effect, where }) => effect === 'allow' && applies(effect, where, NOT_YET_KNOWN)));
  }

  /** Null for the global scope, then the projects in which it has a binding of its own; each once. */
  scopes(nowMillis: number): readonly (string | null)[] {
    return [...new Set([null, ...this.liveAt(nowMillis).map((held) => held.projectId)])];
  }

  #abilityAt(nowMillis: number): PolicyAbility {
    // The wall clock may step back: then an expired binding may be in force again, and the ability is built anew.
    if (this.#ability !== null && nowMillis < this.#validUntilMillis && nowMillis >= this.#builtAtMillis) return this.#ability;
    this.#live = this.#held.filter((held) => isLive(held, nowMillis));
    this.#validUntilMillis = Math.min(...this.#live.map((held) => held.expiresAtMillis ?? Infinity));
    this.#builtAtMillis = nowMillis;
    this.#ability = abilityOf(this.#live);
    return this.#ability;
  }
}
