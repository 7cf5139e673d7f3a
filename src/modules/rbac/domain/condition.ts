import type { Condition } from '#pure/policy/condition.js';
import type { Facts } from '#pure/policy/facts.js';
import { isCondition } from '#pure/policy/read-condition.js';
import { type Decision, decisionOn } from '#pure/policy/truth.js';

/** Before the object is known: whether there is anything at all that somebody might be permitted. */
export const NOT_YET_KNOWN = Symbol('not yet known');
export type Knowledge = Facts | typeof NOT_YET_KNOWN;

/**
 * Whether a rule of this effect applies, its condition being one that can be read. What cannot be decided is refused:
 * it allows nothing, and it denies. A rule is asked about thousands of times: its condition is made ready at the first.
 */
export function application(effect: 'allow' | 'deny', where: Condition | undefined): (known: Knowledge) => boolean {
  if (where === undefined) return () => true;
  let decision: Decision | null = null;
  // Whether the object will be one of those is decided when it is known: until then an allow is a possibility, a deny none.
  return (known) => {
    if (known === NOT_YET_KNOWN) return effect === 'allow';
    decision ??= decisionOn(where);
    const truth = decision(known);
    return effect === 'allow' ? truth === true : truth !== false;
  };
}

/**
 * The condition of a rule as a decision has it: `never` for an allow whose condition cannot be read. A deny whose
 * condition cannot be read has none: it denies whatever it names.
 */
export function decidable(effect: 'allow' | 'deny', where: unknown): Condition | undefined | 'never' {
  if (where === undefined || isCondition(where)) return where;
  return effect === 'allow' ? 'never' : undefined;
}
