import { QasmRefusal, quoted } from './qasm-error.js';

/** The last line's kinds are OpenQASM 3's. */
export type TokenKind = 'name' | 'keyword' | 'integer' | 'real' | 'string' | 'symbol' | 'end'
  | 'imaginary' | 'duration' | 'hardware-qubit' | 'directive';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, what stands between the quotes. */
  readonly text: string;
  /** UTF-16 offset of its first character. */
  readonly offset: number;
}

/** Words that are never names of registers, gates, parameters or qubits. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'OPENQASM', 'include', 'qreg', 'creg', 'gate', 'opaque', 'measure', 'reset', 'barrier', 'if',
  'U', 'CX', 'pi', 'sin', 'cos', 'tan', 'exp', 'ln', 'sqrt',
]);

const SYMBOLS: ReadonlySet<string> = new Set([';', ',', '(', ')', '[', ']', '{', '}', '+', '-', '*', '/', '^']);

export const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
export const isLetter = (unit: number): boolean => (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f;

const isLineEnd = (unit: number): boolean => unit === 0x0a || unit === 0x0d;

/** Where the next token begins. Blank, tab, the line ends, vertical tab and form feed; `//` to the end of its line. There are no block comments. */
export function afterBlanks(source: string, start: number): number {
  for (let position = start; ;) {
    const unit = source.charCodeAt(position);
    if (unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)) {
      position++;
    } else if (unit === 0x2f && source.charCodeAt(position + 1) === 0x2f) {
      position += 2;
      while (position < source.length && !isLineEnd(source.charCodeAt(position))) position++;
    } else {
      return position;
    }
  }
}

/**
 * Cuts the source into tokens, one on demand, with one of lookahead. Loops only, so that no input can exhaust the
 * stack. Grammar (paper, appendix A): names `[a-z][A-Za-z0-9_]*`, integers `0|[1-9][0-9]*`, reals with a point, an
 * exponent, or both: `1e-5` without a point is what Python's `repr` prints, and programs are full of it.
 */
export class Lexer {
  private position: number;
  /** Scanned only when asked for, so that what is wrong with a token is not reported before what stands left of it. */
  private lookahead: Token | null = null;

  constructor(private readonly source: string) {
    // A byte order mark is what some Windows editors save first; it is no part of the program.
    this.position = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  /** Where the next token, or blanks before it, begin: for whoever reads on without tokens. */
  get offset(): number {
    return this.lookahead?.offset ?? this.position;
  }

  goOn(offset: number): void {
    this.position = offset;
    this.lookahead = null;
  }

  peek(): Token {
    this.lookahead ??= this.scan();
    return this.lookahead;
  }

  next(): Token {
    const token = this.peek();
    this.lookahead = null;
    return token;
  }

  private scan(): Token {
    const offset = afterBlanks(this.source, this.position);
    this.position = offset;
    const unit = this.source.charCodeAt(offset);
    if (offset >= this.source.length) return { kind: 'end', text: '', offset };
    if (isLetter(unit)) return this.scanWord(offset);
    // A point alone is no number; it falls through to the characters without a meaning.
    if (isDigit(unit) || (unit === 0x2e && isDigit(this.source.charCodeAt(offset + 1)))) return this.scanNumber(offset);
    const character = this.source[offset] as string;
    if (character === '"' || character === "'") return this.scanString(offset, character);
    const pair = this.source.slice(offset, offset + 2);
    if (pair === '->' || pair === '==') return this.symbol(pair, offset);
    if (SYMBOLS.has(character)) return this.symbol(character, offset);
    throw this.unexpectedCharacter(offset);
  }

  private symbol(text: string, offset: number): Token {
    this.position = offset + text.length;
    return { kind: 'symbol', text, offset };
  }

  private scanWord(offset: number): Token {
    let end = offset;
    while (isLetter(this.source.charCodeAt(end)) || isDigit(this.source.charCodeAt(end))) end++;
    const text = this.source.slice(offset, end);
    this.position = end;
    if (KEYWORDS.has(text)) return { kind: 'keyword', text, offset };
    const first = text.charCodeAt(0);
    if (first < 0x61 || first > 0x7a) {
      throw new QasmRefusal('syntax-error', offset, `${quoted(text)} is not a name: names start with a lower-case letter.`, 'a name');
    }
    return { kind: 'name', text, offset };
  }

  private scanNumber(offset: number): Token {
    const { source } = this;
    let end = this.afterDigits(offset);
    const integerDigits = end - offset;
    const hasPoint = source[end] === '.';
    if (hasPoint) end = this.afterDigits(end + 1);
    const hasExponent = source[end] === 'e' || source[end] === 'E';
    if (hasExponent) {
      const digits = source[end + 1] === '+' || source[end + 1] === '-' ? end + 2 : end + 1;
      end = this.afterDigits(digits);
      if (end === digits) throw new QasmRefusal('syntax-error', offset, 'The exponent of this number has no digits.', 'a number');
    }
    // `2pi` and `1.5.5` would otherwise be two tokens, and the message would be about the second.
    const follower = source.charCodeAt(end);
    if (isLetter(follower) || follower === 0x2e) {
      throw new QasmRefusal('syntax-error', end, 'A number must be followed by an operator or a separator.', 'an operator');
    }
    this.position = end;
    const text = source.slice(offset, end);
    if (hasPoint || hasExponent) return { kind: 'real', text, offset };
    if (integerDigits > 1 && text.startsWith('0')) {
      throw new QasmRefusal('syntax-error', offset, 'An integer has no leading zeros.', 'an integer');
    }
    return { kind: 'integer', text, offset };
  }

  private afterDigits(start: number): number {
    let end = start;
    while (isDigit(this.source.charCodeAt(end))) end++;
    return end;
  }

  /** No escapes: a file name of the one file that there is needs none. */
  private scanString(offset: number, quote: string): Token {
    let end = offset + 1;
    while (end < this.source.length && this.source[end] !== quote && this.source[end] !== '\n' && this.source[end] !== '\r') end++;
    if (this.source[end] !== quote) {
      throw new QasmRefusal('syntax-error', offset, 'This quoted name is not closed on its line.', `a closing ${quote}`);
    }
    this.position = end + 1;
    return { kind: 'string', text: this.source.slice(offset + 1, end), offset };
  }

  private unexpectedCharacter(offset: number): QasmRefusal {
    const point = this.source.codePointAt(offset) as number;
    // The slip of whoever comes from another language.
    if (point === 0x3d) return new QasmRefusal('syntax-error', offset, 'A comparison is written "==".', '"=="');
    const shown = point > 0x20 && point < 0x7f ? quoted(String.fromCodePoint(point))
      : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    return new QasmRefusal('syntax-error', offset, `The character ${shown} has no meaning in OpenQASM 2 outside a comment.`);
  }
}
