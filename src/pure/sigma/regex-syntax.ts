/** The syntax of Sigma's `re`: `.`, `^`, `$`, `* + ? {n,m}`, `[a-z]`, `[^a-z]`, `|`, `( )`, and `\d \w \s` for their sets. */

export class RegexError extends Error {
  override readonly name = 'RegexError';
}

export type RegexNode =
  | { readonly kind: 'set'; readonly takes: (codePoint: number) => boolean }
  | { readonly kind: 'anchor'; readonly at: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly item: RegexNode; readonly least: number; readonly most: number | null };

type Takes = (codePoint: number) => boolean;

const SOURCE_CHARACTERS_MAX = 250;
const DEPTH_MAX = 20;
const REPETITIONS_MAX = 100;

const between = (low: string, high: string): Takes => (point) => point >= low.codePointAt(0)! && point <= high.codePointAt(0)!;
const any = (...sets: readonly Takes[]): Takes => (point) => sets.some((takes) => takes(point));
const digit = between('0', '9');
const word = any(digit, between('a', 'z'), between('A', 'Z'), (point) => point === 0x5f);
const space: Takes = (point) => point === 0x20 || (point >= 0x09 && point <= 0x0d);

const SHORTHANDS: Readonly<Record<string, Takes>> = {
  d: digit, D: (point) => !digit(point),
  w: word, W: (point) => !word(point),
  s: space, S: (point) => !space(point),
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export function parseRegex(source: string, isCaseless: boolean): RegexNode {
  if (source.length > SOURCE_CHARACTERS_MAX) throw new RegexError(`longer than ${SOURCE_CHARACTERS_MAX} characters`);
  return new RegexParser([...source], isCaseless).parse();
}

class RegexParser {
  private at = 0;

  constructor(
    private readonly source: readonly string[],
    private readonly isCaseless: boolean,
  ) {}

  parse(): RegexNode {
    const node = this.choice(0);
    if (this.at < this.source.length) throw this.wrong('a ) without its (');
    return node;
  }

  private choice(depth: number): RegexNode {
    if (depth > DEPTH_MAX) throw this.wrong(`nested deeper than ${DEPTH_MAX}`);
    const branches = [this.sequence(depth)];
    while (this.take('|')) branches.push(this.sequence(depth));
    return branches.length === 1 ? branches[0]! : { kind: 'choice', branches };
  }

  private sequence(depth: number): RegexNode {
    const items: RegexNode[] = [];
    for (;;) {
      const next = this.source[this.at];
      if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', items };
      items.push(this.repeated(depth));
    }
  }

  private repeated(depth: number): RegexNode {
    const item = this.atom(depth);
    const bounds = this.quantifier();
    if (bounds === null) return item;
    if (item.kind === 'anchor') throw this.wrong('an anchor cannot be repeated');
    if (this.quantifier() !== null) throw this.wrong('lazy and possessive repetition are not supported');
    return { kind: 'repeat', item, ...bounds };
  }

  private quantifier(): { least: number; most: number | null } | null {
    if (this.take('*')) return { least: 0, most: null };
    if (this.take('+')) return { least: 1, most: null };
    if (this.take('?')) return { least: 0, most: 1 };
    const counted = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.source.slice(this.at, this.at + 12).join(''));
    if (counted === null) return null;
    this.at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === undefined ? least : counted[3] === undefined ? null : Number(counted[3]);
    if (most !== null && most < least) throw this.wrong('{n,m} with m below n');
    if (Math.max(least, most ?? 0) > REPETITIONS_MAX) throw this.wrong(`counted repetition beyond ${REPETITIONS_MAX}`);
    return { least, most };
  }

  private atom(depth: number): RegexNode {
    const character = this.source[this.at]!;
    this.at += 1;
    if (character === '(') return this.group(depth);
    if (character === '[') return this.characterClass();
    if (character === '^' || character === '$') return { kind: 'anchor', at: character === '^' ? 'start' : 'end' };
    if (character === '.') return this.set((point) => point !== 0x0a);
    if (character === '\\') return this.set(this.escaped());
    if ('*+?{'.includes(character)) throw this.wrong('nothing to repeat');
    return this.set(between(character, character));
  }

  private group(depth: number): RegexNode {
    if (this.source[this.at] === '?') {
      this.at += 1;
      if (!this.take(':')) throw this.wrong('of groups that begin with (? only (?: is supported');
    }
    const inner = this.choice(depth + 1);
    if (!this.take(')')) throw this.wrong('a ( without its )');
    return inner;
  }

  private characterClass(): RegexNode {
    const isNegated = this.take('^');
    const sets: Takes[] = [];
    for (;;) {
      const low = this.source[this.at];
      if (low === undefined) throw this.wrong('a [ without its ]');
      if (low === ']' && sets.length > 0) break;
      this.at += 1;
      sets.push(this.classItem(low));
    }
    this.at += 1;
    const takes = this.folded(any(...sets));
    return { kind: 'set', takes: isNegated ? (point) => !takes(point) : takes };
  }

  private classItem(low: string): Takes {
    if (low === '\\') return this.escaped();
    const high = this.source[this.at + 1];
    if (this.source[this.at] !== '-' || high === undefined || high === ']') return between(low, low);
    if (high === '\\') throw this.wrong('a range ends with a plain character');
    this.at += 2;
    if (high.codePointAt(0)! < low.codePointAt(0)!) throw this.wrong('a range that ends before it begins');
    return between(low, high);
  }

  /** What a backslash makes of the next character: a set, a control character, or a plain one if it is no letter or digit. */
  private escaped(): Takes {
    const character = this.source[this.at];
    if (character === undefined) throw this.wrong('a backslash at the end');
    this.at += 1;
    const shorthand = SHORTHANDS[character];
    if (shorthand !== undefined) return shorthand;
    const plain = CONTROLS[character] ?? character;
    if (plain === character && /[A-Za-z0-9]/.test(character)) throw this.wrong(`\\${character} is not supported`);
    return between(plain, plain);
  }

  private set(takes: Takes): RegexNode {
    return { kind: 'set', takes: this.folded(takes) };
  }

  private folded(takes: Takes): Takes {
    if (!this.isCaseless) return takes;
    return (point) => {
      const character = String.fromCodePoint(point);
      return takes(point) || takes(character.toLowerCase().codePointAt(0)!) || takes(character.toUpperCase().codePointAt(0)!);
    };
  }

  private take(character: string): boolean {
    if (this.source[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private wrong(problem: string): RegexError {
    return new RegexError(`${problem} (at character ${Math.max(1, this.at)})`);
  }
}
