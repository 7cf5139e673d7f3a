/**
 * The language of a rule's `where`: a closed one, a JSON value that people write and the database keeps. An object of
 * `attribute: test` pairs, all of which must hold, beside `$and` and `$or`; a test is an object of operators, all of
 * which must hold. No patterns and no negation: a pattern from a table can hold up the event loop, and whether one
 * condition contains another must be decided wherever roles are given.
 *
 * Its logic is SQL's, three-valued (Kleene): a comparison with what is missing, or of another type, is unknown. An allow
 * applies only where its condition is true, a deny unless it is false. So it says the same of one object, where plain
 * code evaluates it, and of a list, where Postgres does.
 */
export interface Condition {
  readonly [attribute: string]: Test | readonly Condition[];
}

/** Literals, or exactly one variable (`VARIABLES`). Instants are RFC 3339, addresses IPv4 or IPv6, both as text. */
export type Value = string | number | boolean;

export interface Test {
  readonly $eq?: Value;
  readonly $ne?: Value;
  readonly $in?: readonly Value[];
  readonly $nin?: readonly Value[];
  readonly $lt?: Value;
  readonly $lte?: Value;
  readonly $gt?: Value;
  readonly $gte?: Value;
  readonly $exists?: boolean;
  /** Of an address: inside one of these networks. */
  readonly $cidr?: string | readonly string[];
  readonly $within?: Span;
}

/** From, included, to, excluded: two instants, or two times of the day in UTC (`08:00`), over midnight where `to` is the earlier. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export type Operator = keyof Test;
export type AttributeType = 'text' | 'number' | 'boolean' | 'instant' | 'address';

/** What can be asked of objects of one resource, and of what type it is. */
export type AttributeSchema = Readonly<Record<string, AttributeType>>;

/** What a resource calls none of its attributes: of the request and of who makes it. */
export const CIRCUMSTANCES = {
  'env.ip': 'address',
  'env.acr': 'text',
  'env.now': 'instant',
  'subject.id': 'text',
  'subject.kind': 'text',
} as const satisfies AttributeSchema;

/** What stands in a condition for what is known only when it is asked. */
export const VARIABLES = {
  '${subject.id}': 'text',
  '${subject.projectId}': 'text',
  '${env.ip}': 'address',
  '${env.acr}': 'text',
  '${env.now}': 'instant',
} as const satisfies AttributeSchema;
export type Variable = keyof typeof VARIABLES;

export const isVariable = (value: unknown): value is Variable => typeof value === 'string' && Object.hasOwn(VARIABLES, value);

/** Of a condition as a whole: tests, `$and` and `$or`. Deciding one takes about a microsecond for ten. */
export const NODES_MAX = 64;
/** The condition itself is the first level. */
export const DEPTH_MAX = 4;
export const LIST_MAX = 256;
export const TEXT_MAX = 1024;

/** Kleene's three: null is unknown. */
export type Truth = boolean | null;

export function allOf(truths: Iterable<Truth>): Truth {
  let all: Truth = true;
  for (const truth of truths) {
    if (truth === false) return false;
    if (truth === null) all = null;
  }
  return all;
}

export function anyOf(truths: Iterable<Truth>): Truth {
  let any: Truth = false;
  for (const truth of truths) {
    if (truth === true) return true;
    if (truth === null) any = null;
  }
  return any;
}

export const not = (truth: Truth): Truth => (truth === null ? null : !truth);
