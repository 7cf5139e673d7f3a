import { Ability } from '@casl/ability';
import type { Resource } from '#pure/capability/permission.js';
import type { Condition } from '#pure/policy/condition.js';
import type { Circumstances, Facts } from '#pure/policy/facts.js';
import { bothOf, rowFilter, type RowFilter } from '#pure/policy/row-filter.js';
import { application, decidable, type Knowledge, NOT_YET_KNOWN } from './domain/condition.js';
import { type HeldRole, isLive } from './domain/role-binding.js';
import { ANY, type Rule } from './domain/rule.js';

/** What a permission is asked for: in one project, or globally, and of what. */
interface Question {
  readonly resource: string;
  readonly projectId: string | null;
  readonly known: Knowledge;
}

/** When a rule applies. A project of null: in every project, and globally. */
interface Application {
  readonly effect: Rule['effect'];
  readonly projectId: string | null;
  readonly where: Condition | undefined;
  readonly source: RuleSource;
}

/** Where a rule stands: the binding by which it is held, and the how manieth of the role that defines it. */
export interface RuleSource {
  readonly held: HeldRole;
  readonly index: number;
}

/** What settled a question. */
export interface Deciding {
  readonly verdict: Verdict;
  /** What the subject's own roles say, and the rule that says it; null when there is none. */
  readonly own: Verdict;
  readonly by: RuleSource | null;
  /** What the roles of the person say who answers for a program; null for a person. */
  readonly guarantor: Deciding | null;
}

/**
 * How much of the object is asked for. `whole`: all that there is of it, for which an allow of some fields is not
 * enough, and a deny of some fields too much. `any`: whether there is something to show of it.
 */
export type Part = 'whole' | 'any';

/** The fields of an object that may be shown; its id always may. */
export type Fields = 'all' | ReadonlySet<string>;

export type Verdict = 'allowed' | 'denied' | 'no-rule';
type PolicyAbility = Ability<[string, string | object], Application>;
type RawRules = NonNullable<ConstructorParameters<typeof Ability<[string, string | object], Application>>[0]>;

/** Asked for as if it were a field: denies of fields name it among theirs, allows of fields do not. No field is called so. */
const WHOLE = '(whole)';

/** Plain code in place of CASL's query language, whose `$regex` lets a rule in the database stop the event loop. */
const conditionsMatcher = ({ effect, projectId, where }: Application) => {
  const applies = application(effect, where);
  return (asked: object): boolean => {
    const question = asked as Question;
    return (projectId === null || projectId === question.projectId) && applies(question.known);
  };
};

/** Told to CASL here, and not by its `subject()`, which defines a property on each object at a third of a decision's cost. */
const typeOfQuestion = (asked: object | string): string => (typeof asked === 'string' ? asked : (asked as Question).resource);

const fieldMatcher = (fields: string[]) => (field: string): boolean => fields.includes(field);

function abilityOf(held: readonly HeldRole[]): PolicyAbility {
  const [allows, denies]: [RawRules, RawRules] = [[], []];
  for (const each of held) {
    const { projectId } = each;
    for (const [index, { effect, resource, verbs, fields, where }] of each.rules.entries()) {
      const condition = decidable(effect, where);
      if (condition === 'never') continue;
      const inverted = effect === 'deny';
      const limited = fields === undefined ? {} : { fields: inverted ? [...fields, WHOLE] : [...fields] };
      (inverted ? denies : allows).push({ action: [...verbs], subject: resource, inverted, conditions: { effect, projectId, where: condition, source: { held: each, index } }, ...limited });
    }
  }
  // CASL lets the last matching rule win: only denies after every allow make «deny overrides» true.
  return new Ability([...allows, ...denies], { anyAction: ANY, anySubjectType: ANY, conditionsMatcher, fieldMatcher, detectSubjectType: typeOfQuestion });
}

/**
 * What one subject's roles allow, at any instant. The ability is built once and again when a binding has expired; the
 * database is not asked again for that.
 */
export class SubjectPolicy {
  readonly #held: readonly HeldRole[];
  readonly #guarantor: SubjectPolicy | null;
  #live: readonly HeldRole[] = [];
  #ability: PolicyAbility | null = null;
  #validUntilMillis = -Infinity;
  #builtAtMillis = Infinity;

  /**
   * `guarantor` is the policy of the person who answers for a program: nothing is allowed that both do not allow, and
   * what either denies is denied. Its rules are read for who asks: «one's own» is the program's own, not the person's.
   */
  constructor(held: readonly HeldRole[], guarantor: SubjectPolicy | null = null) {
    this.#held = held;
    this.#guarantor = guarantor;
  }

  /** Roles that are in force now. */
  liveAt(nowMillis: number): readonly HeldRole[] {
    this.#abilityAt(nowMillis);
    return this.#live;
  }

  /** The roles in force of each who must have what is granted: the subject, and the person who answers for it. */
  groundsAt(nowMillis: number): readonly (readonly HeldRole[])[] {
    return [this.liveAt(nowMillis), ...(this.#guarantor?.groundsAt(nowMillis) ?? [])];
  }

  /** Of what is not known yet, anything may turn out to be enough. */
  decide(resource: string, verb: string, projectId: string | null, nowMillis: number, known: Knowledge, part: Part = known === NOT_YET_KNOWN ? 'any' : 'whole'): Verdict {
    return this.deciding(resource, verb, projectId, nowMillis, known, part).verdict;
  }

  /** `decide`, with what decided. */
  deciding(resource: string, verb: string, projectId: string | null, nowMillis: number, known: Knowledge, part: Part): Deciding {
    // Always an instance: asked about a bare type, CASL ignores conditions and would let one project's rule speak for all.
    const rule = this.#abilityAt(nowMillis).relevantRuleFor(verb, { resource, projectId, known } satisfies Question, part === 'whole' ? WHOLE : undefined);
    const own = rule === null ? 'no-rule' : rule.inverted ? 'denied' : 'allowed';
    const guarantor = this.#guarantor?.deciding(resource, verb, projectId, nowMillis, known, part) ?? null;
    return { verdict: guarantor === null ? own : weaker(own, guarantor.verdict), own, by: rule?.conditions?.source ?? null, guarantor };
  }

  /** Of an object for which `decide` of `any` says allowed: what may be shown. */
  fieldsOf(resource: Resource, verb: string, projectId: string | null, nowMillis: number, known: Facts): Fields {
    const own = this.#ownFieldsOf(resource, verb, projectId, nowMillis, known);
    return this.#guarantor === null ? own : common(own, this.#guarantor.fieldsOf(resource, verb, projectId, nowMillis, known));
  }

  #ownFieldsOf(resource: Resource, verb: string, projectId: string | null, nowMillis: number, known: Facts): Fields {
    const rules = this.#abilityAt(nowMillis).possibleRulesFor(verb, resource.name);
    const every = resource.fields ?? [];
    if (rules.every(({ fields }) => fields === undefined)) return 'all';
    const asked = { resource: resource.name, projectId, known } satisfies Question;
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
    const own = rowFilter(rules.filter((rule) => rule.matchesField(counted)).map(({ conditions }) => conditions!), asking, only);
    return this.#guarantor === null ? own : bothOf(own, this.#guarantor.filterOf(resource, verb, nowMillis, asking, part, only));
  }

  /** The rules that have a say there, as a text that is the same for the same rules. */
  rulesAbout(resource: string, verb: string, projectId: string | null, nowMillis: number): string {
    const rules = this.#abilityAt(nowMillis).possibleRulesFor(verb, resource).map((rule) => ({ ...rule.conditions!, fields: rule.fields ?? null }));
    const here = rules.filter((rule) => rule.projectId === null || rule.projectId === projectId).map(({ effect, where, fields }) => JSON.stringify([effect, fields, where ?? null]));
    return [[...new Set(here)].sort().join(), this.#guarantor?.rulesAbout(resource, verb, projectId, nowMillis) ?? ''].join(' & ');
  }

  /** Whether the subject has to do with the project at all: what it may know to exist. */
  sees(projectId: string, nowMillis: number): boolean {
    const isSeen = this.liveAt(nowMillis).some(
      (held) => (held.projectId === null || held.projectId === projectId) && held.rules.some(({ effect, where }) => effect === 'allow' && decidable(effect, where) !== 'never'),
    );
    return isSeen && (this.#guarantor?.sees(projectId, nowMillis) ?? true);
  }

  /** Null for the global scope, then the projects in which it, or who answers for it, has a binding of its own; each once. */
  scopes(nowMillis: number): readonly (string | null)[] {
    return [...new Set([null, ...this.groundsAt(nowMillis).flatMap((live) => live.map((held) => held.projectId))])];
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

function weaker(one: Verdict, other: Verdict): Verdict {
  if (one === 'denied' || other === 'denied') return 'denied';
  return one === 'allowed' ? other : one;
}

function common(one: Fields, other: Fields): Fields {
  if (one === 'all') return other;
  return other === 'all' ? one : new Set([...one].filter((field) => other.has(field)));
}
