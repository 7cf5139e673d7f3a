import { Ability, subject } from '@casl/ability';
import type { Resource } from '#pure/capability/permission.js';
import type { Condition } from '#pure/policy/condition.js';
import type { Circumstances, Facts } from '#pure/policy/facts.js';
import { rowFilter, type RowFilter } from '#pure/policy/row-filter.js';
import { applies, decidable, type Knowledge, NOT_YET_KNOWN } from './domain/condition.js';
import { type HeldRole, isLive } from './domain/role-binding.js';
import { ANY, type Rule } from './domain/rule.js';

/** What a permission is asked for: in one project, or globally, and of what. */
interface Question {
  readonly projectId: string | null;
  readonly known: Knowledge;
}

/** When a rule applies. A project of null: in every project, and globally. */
interface Application {
  readonly effect: Rule['effect'];
  readonly projectId: string | null;
  readonly where: Condition | undefined;
}

/**
 * How much of the object is asked for. `whole`: all that there is of it, for which an allow of some fields is not
 * enough, and a deny of some fields too much. `any`: whether there is something to show of it.
 */
export type Part = 'whole' | 'any';

/** The fields of an object that may be shown; its id always may. */
export type Fields = 'all' | ReadonlySet<string>;

type Verdict = 'allowed' | 'denied' | 'no-rule';
type PolicyAbility = Ability<[string, string | object], Application>;
type RawRules = NonNullable<ConstructorParameters<typeof Ability<[string, string | object], Application>>[0]>;

/** Asked for as if it were a field: denies of fields name it among theirs, allows of fields do not. No field is called so. */
const WHOLE = '(whole)';

/** Plain code in place of CASL's query language, whose `$regex` lets a rule in the database stop the event loop. */
const conditionsMatcher = ({ effect, projectId, where }: Application) => (asked: object): boolean => {
  const question = asked as Question;
  return (projectId === null || projectId === question.projectId) && applies(effect, where, question.known);
};

const fieldMatcher = (fields: string[]) => (field: string): boolean => fields.includes(field);

function abilityOf(held: readonly HeldRole[]): PolicyAbility {
  const [allows, denies]: [RawRules, RawRules] = [[], []];
  for (const { projectId, rules } of held) {
    for (const { effect, resource, verbs, fields, where } of rules) {
      const condition = decidable(effect, where);
      if (condition === 'never') continue;
      const inverted = effect === 'deny';
      const limited = fields === undefined ? {} : { fields: inverted ? [...fields, WHOLE] : [...fields] };
      (inverted ? denies : allows).push({ action: [...verbs], subject: resource, inverted, conditions: { effect, projectId, where: condition }, ...limited });
    }
  }
  // CASL lets the last matching rule win: only denies after every allow make «deny overrides» true.
  return new Ability([...allows, ...denies], { anyAction: ANY, anySubjectType: ANY, conditionsMatcher, fieldMatcher });
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

  /** Of what is not known yet, anything may turn out to be enough. */
  decide(resource: string, verb: string, projectId: string | null, nowMillis: number, known: Knowledge, part: Part = known === NOT_YET_KNOWN ? 'any' : 'whole'): Verdict {
    // Always an instance: asked about a bare type, CASL ignores conditions and would let one project's rule speak for all.
    const rule = this.#abilityAt(nowMillis).relevantRuleFor(verb, subject(resource, { projectId, known }), part === 'whole' ? WHOLE : undefined);
    if (rule === null) return 'no-rule';
    return rule.inverted ? 'denied' : 'allowed';
  }

  /** Of an object for which `decide` of `any` says allowed: what may be shown. */
  fieldsOf(resource: Resource, verb: string, projectId: string | null, nowMillis: number, known: Facts): Fields {
    const rules = this.#abilityAt(nowMillis).possibleRulesFor(verb, resource.name);
    const every = resource.fields ?? [];
    if (rules.every(({ fields }) => fields === undefined)) return 'all';
    const asked = subject(resource.name, { projectId, known });
    const applying = rules.filter((rule) => rule.matchesConditions(asked));
    const named = (isDeny: boolean): readonly string[] => applying.filter(({ inverted }) => inverted === isDeny).flatMap(({ fields }) => fields ?? every);
    const [allowed, denied] = [new Set(named(false)), new Set(named(true))];
    const shown = every.filter((field) => allowed.has(field) && !denied.has(field));
    return shown.length === every.length ? 'all' : new Set(shown);
  }

  /** What a list of these may show; `only` as a token's project. */
  filterOf(resource: string, verb: string, nowMillis: number, asking: Circumstances, part: Part, only: string | null): RowFilter {
    const rules = this.#abilityAt(nowMillis).possibleRulesFor(verb, resource);
    const counted = part === 'whole' ? WHOLE : undefined;
    return rowFilter(rules.filter((rule) => rule.matchesField(counted)).map(({ conditions }) => conditions!), asking, only);
  }

  /** Whether the subject has to do with the project at all: what it may know to exist. */
  sees(projectId: string, nowMillis: number): boolean {
    return this.liveAt(nowMillis).some(
      (held) => (held.projectId === null || held.projectId === projectId) && held.rules.some(({ effect, where }) => effect === 'allow' && decidable(effect, where) !== 'never'),
    );
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
