import type { JsonObject } from '../canonical-json/json-value.js';
import { SigmaError } from './sigma-error.js';
import { wildcardTest } from './wildcard.js';

type Predicate = (event: JsonObject) => boolean;
type Selections = ReadonlyMap<string, Predicate>;

const CHARACTERS_MAX = 1_000;
const CONDITIONS_MAX = 16;
const DEPTH_MAX = 32;

/** A condition, or a list of them of which one must hold. Binding from the loosest: or, and, not, `x of`, parentheses. */
export function parseCondition(condition: unknown, selections: Selections, place: string): Predicate {
  if (!Array.isArray(condition)) return new ConditionParser(condition, selections, place).parse();
  if (condition.length === 0 || condition.length > CONDITIONS_MAX) throw new SigmaError(place, `one condition, or up to ${CONDITIONS_MAX}`);
  return some(condition.map((item, at) => new ConditionParser(item, selections, `${place}[${at}]`).parse()));
}

const some = (tests: readonly Predicate[]): Predicate => (event) => tests.some((holds) => holds(event));
const every = (tests: readonly Predicate[]): Predicate => (event) => tests.every((holds) => holds(event));

const QUANTITIES: ReadonlyMap<string, (tests: readonly Predicate[]) => Predicate> = new Map([['1', some], ['all', every]]);

class ConditionParser {
  private readonly words: readonly string[];
  private at = 0;

  constructor(
    condition: unknown,
    private readonly selections: Selections,
    private readonly place: string,
  ) {
    if (typeof condition !== 'string') throw this.wrong('must be a text');
    if (condition.length > CHARACTERS_MAX) throw this.wrong(`longer than ${CHARACTERS_MAX} characters`);
    if (condition.includes('|')) throw this.wrong('aggregations were replaced by correlations in Sigma 2');
    this.words = condition.match(/[()]|[^\s()]+/g) ?? [];
  }

  parse(): Predicate {
    const predicate = this.or(0);
    if (this.at < this.words.length) throw this.wrong(this.peek() === ')' ? 'a ) without its (' : 'two terms without and or or between them');
    return predicate;
  }

  private or(depth: number): Predicate {
    if (depth > DEPTH_MAX) throw this.wrong(`nested deeper than ${DEPTH_MAX}`);
    const terms = [this.and(depth)];
    while (this.take('or')) terms.push(this.and(depth));
    return some(terms);
  }

  private and(depth: number): Predicate {
    const terms = [this.not(depth)];
    while (this.take('and')) terms.push(this.not(depth));
    return every(terms);
  }

  private not(depth: number): Predicate {
    let isNegated = false;
    while (this.take('not')) isNegated = !isNegated;
    const term = this.term(depth);
    return isNegated ? (event) => !term(event) : term;
  }

  private term(depth: number): Predicate {
    if (this.take('(')) {
      const inner = this.or(depth + 1);
      if (!this.take(')')) throw this.wrong('a ( without its )');
      return inner;
    }
    const word = this.next();
    if (this.words[this.at]?.toLowerCase() === 'of') return this.quantified(word);
    const selection = this.selections.get(word);
    if (selection === undefined) throw this.wrong('names a selection that is not there');
    return selection;
  }

  /** `1 of them`, `all of selection_*`. Names that begin with an underscore are not among «them». */
  private quantified(quantity: string): Predicate {
    const join = QUANTITIES.get(quantity.toLowerCase());
    if (join === undefined) throw this.wrong('1 of, or all of');
    this.at += 1;
    const pattern = this.next();
    const isMeant = pattern.toLowerCase() === 'them' ? (name: string) => !name.startsWith('_') : wildcardTest(pattern, 'whole', true);
    const meant = [...this.selections].filter(([name]) => isMeant(name)).map(([, predicate]) => predicate);
    if (meant.length === 0) throw this.wrong('a pattern that no selection has');
    return join(meant);
  }

  private next(): string {
    const word = this.words[this.at];
    if (word === undefined) throw this.wrong('ends where a selection is expected');
    if (['and', 'or', 'of', ')'].includes(word.toLowerCase())) throw this.wrong('a selection is expected where a joining word stands');
    this.at += 1;
    return word;
  }

  private peek(): string | undefined {
    return this.words[this.at];
  }

  private take(word: string): boolean {
    if (this.peek()?.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }

  private wrong(problem: string): SigmaError {
    return new SigmaError(this.place, problem);
  }
}
