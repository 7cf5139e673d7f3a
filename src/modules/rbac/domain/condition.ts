/** What a rule is about, beyond resource and verb: of a key its `name`, of a signature its `hash`. */
export type Attributes = Readonly<Record<string, string>>;

/** Before the object is known: whether there is anything at all that somebody might be permitted. */
export const NOT_YET_KNOWN = Symbol('not yet known');
export type Knowledge = Attributes | typeof NOT_YET_KNOWN;

/**
 * When a rule applies: every attribute that is named must be one of the list. `in` is all that there is: a language of
 * conditions would have to be decided, for what may be granted (`narrows`) as much as for a request.
 */
export type Where = Readonly<Record<string, { readonly in: readonly string[] }>>;

/** Rules come out of the database, where nothing checked them: what is written there may be anything. */
export function isWhere(value: unknown): value is Where {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const tests = Object.values(value);
  // Without a test it would be no condition, though whoever wrote it meant one.
  return tests.length > 0 && tests.every(isTest);
}

function isTest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'in') return false;
  const list = (value as { in: unknown }).in;
  return Array.isArray(list) && list.length > 0 && list.every((each) => typeof each === 'string');
}

/** `undecidable`: an attribute is not there, and nothing that is there settles it; or the condition cannot be read. */
export type Truth = 'holds' | 'fails' | 'undecidable';

export function truthOf(where: unknown, attributes: Attributes): Truth {
  if (where === undefined) return 'holds';
  if (!isWhere(where)) return 'undecidable';
  let truth: Truth = 'holds';
  for (const [name, test] of Object.entries(where)) {
    if (!Object.hasOwn(attributes, name)) truth = 'undecidable';
    else if (!test.in.includes(attributes[name]!)) return 'fails';
  }
  return truth;
}

/** Whether a rule of this effect applies. What cannot be decided is refused: it allows nothing, and it denies. */
export function applies(effect: 'allow' | 'deny', where: unknown, known: Knowledge): boolean {
  // Whether the object will be one of those is decided when it is known: until then an allow is a possibility, a deny none.
  if (known === NOT_YET_KNOWN) return where === undefined || isWhere(where) === (effect === 'allow');
  const truth = truthOf(where, known);
  return effect === 'allow' ? truth === 'holds' : truth !== 'fails';
}

/** Whether what `granted` lets through is let through by `held`, for every object. What cannot be read lets nobody grant. */
export function narrows(granted: unknown, held: unknown): boolean {
  if (held === undefined) return true;
  if (!isWhere(held) || !isWhere(granted)) return false;
  return Object.entries(held).every(([name, test]) => Object.hasOwn(granted, name) && granted[name]!.in.every((value) => test.in.includes(value)));
}
