import { REGEX_INSTRUCTIONS_MAX } from './linear-regex.js';
import { SigmaError } from './sigma-error.js';
import type { Modifiers } from './value-test.js';

/**
 * What all comparisons of a rule may cost for each character of a text, in characters of pattern: over the 16 KiB of the
 * largest entry that is a second at the very worst, for a rule and an entry that were both made to be slow.
 */
const EFFORT_MAX = 5_000;
/** Texts that are compared at one place: so many of their characters cost what one of a pattern does. */
const LITERAL_CHARACTERS = 100;

/** What is left of it, for one rule, or for rules that are to share it. */
export class Effort {
  private left = EFFORT_MAX;

  /** One value of the rule, at each text that its field has. */
  spend(value: unknown, { comparison }: Pick<Modifiers, 'comparison'>, place: string): void {
    this.left -= costOf(value, comparison);
    if (this.left < 0) throw new SigmaError(place, 'the rule has more patterns than can be tried on every entry');
  }
}

/** What stands anywhere in a text may be begun at each of its characters, and given up at the last of the pattern. */
function costOf(value: unknown, comparison: Modifiers['comparison']): number {
  if (comparison === 're') return REGEX_INSTRUCTIONS_MAX;
  if (typeof value !== 'string') return 1;
  return comparison === 'contains' || /[*?]/.test(value) ? 1 + value.length : 1 + value.length / LITERAL_CHARACTERS;
}
