/**
 * Sigma's strings: `*` for any text and `?` for one character; a backslash takes the meaning of a wildcard or of a
 * backslash before one, and is a plain backslash elsewhere.
 */

const ONE = Symbol('one character');
const MANY = Symbol('any text');
type Token = string | typeof ONE | typeof MANY;

export type Placement = 'whole' | 'contains' | 'startswith' | 'endswith';

/** The test that a pattern stands for. Takes time of at most pattern × text, whatever the pattern. */
export function wildcardTest(pattern: string, placement: Placement, cased: boolean): (text: string) => boolean {
  const folded = (text: string): string => (cased ? text : text.toLowerCase());
  const tokens = tokensOf(folded(pattern));
  const padded: Token[] = [
    ...(placement === 'contains' || placement === 'endswith' ? [MANY] : []),
    ...tokens,
    ...(placement === 'contains' || placement === 'startswith' ? [MANY] : []),
  ] as Token[];
  return literalTest(padded, folded) ?? ((text) => matches(padded, [...folded(text)]));
}

/** Most patterns are a text with wildcards around it, if any (`rbac.role.*`), which needs no search; null for the others. */
function literalTest(tokens: readonly Token[], folded: (text: string) => string): ((text: string) => boolean) | null {
  const inner = tokens.filter((token) => token !== MANY);
  if (!inner.every((token) => typeof token === 'string')) return null;
  const [first, last] = [tokens[0] === MANY, tokens.length > 1 && tokens.at(-1) === MANY];
  if (tokens.length - inner.length !== Number(first) + Number(last)) return null;
  const literal = inner.join('');
  const holds = LITERAL[first ? (last ? 'contains' : 'endswith') : last ? 'startswith' : 'whole'];
  return (text) => holds(folded(text), literal);
}

const LITERAL: Readonly<Record<Placement, (text: string, literal: string) => boolean>> = {
  whole: (text, literal) => text === literal,
  contains: (text, literal) => text.includes(literal),
  startswith: (text, literal) => text.startsWith(literal),
  endswith: (text, literal) => text.endsWith(literal),
};

function tokensOf(pattern: string): Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at]!;
    const next = characters[at + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      tokens.push(next);
      at += 1;
    } else tokens.push(character === '*' ? MANY : character === '?' ? ONE : character);
  }
  return tokens;
}

/** Only the last `*` is ever gone back to: an earlier one could not take more without this one being able to. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (tokens[token] === MANY) {
      star = token;
      starAt = at;
      token += 1;
    } else if (token < tokens.length && (tokens[token] === ONE || tokens[token] === text[at])) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (tokens[token] === MANY) token += 1;
  return token === tokens.length;
}
