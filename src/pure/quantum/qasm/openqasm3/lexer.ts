import type { Token, TokenKind } from '../lexer.js';
import { QasmRefusal, quoted } from '../qasm-error.js';

/** Words that are never names. Those of features that are refused are among them, so that they can be refused by name. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'OPENQASM', 'include', 'defcalgrammar', 'def', 'cal', 'defcal', 'gate', 'extern', 'box', 'let',
  'break', 'continue', 'if', 'else', 'end', 'return', 'for', 'while', 'in', 'switch', 'case', 'default', 'nop',
  'input', 'output', 'const', 'readonly', 'mutable', 'qreg', 'creg', 'qubit', 'void',
  'bool', 'bit', 'int', 'uint', 'float', 'angle', 'complex', 'array', 'duration', 'stretch',
  'gphase', 'inv', 'pow', 'ctrl', 'negctrl', 'durationof', 'delay', 'reset', 'measure', 'barrier', 'true', 'false',
]);

const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}_]*/uy;
const RADIX = /0(?:[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|[oO][0-7](?:_?[0-7])*|[bB][01](?:_?[01])*)/y;
const NUMBER = /(?:\d(?:_?\d)*)?(?:\.(?:\d(?:_?\d)*)?)?(?:[eE][+-]?\d(?:_?\d)*)?/y;
/** What may follow a number: the imaginary unit, or a unit of time. */
const UNIT = /\s*(im|dt|ns|us|µs|μs|ms|s)(?![\p{L}\p{Nl}\p{Nd}_])/uy;
const SYMBOL = /->|\+\+|\*\*=|<<=|>>=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~]=|[-+*/%&|^~<>=!;:,.()[\]{}@]/y;
const BLANK = /[ \t\r\n]+/y;
const PRAGMA = /#pragma(?![\p{L}\p{Nl}\p{Nd}_])/uy;
const REST_OF_LINE = /[^\r\n]*/y;

/** Cuts an OpenQASM 3 program into tokens, one on demand: the lexer of the specification, without its calibration mode. */
export class Lexer {
  private position: number;
  private lookahead: Token | null = null;

  constructor(private readonly source: string) {
    this.position = source.charCodeAt(0) === 0xfeff ? 1 : 0;
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

  private match(pattern: RegExp, at = this.position): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.source)?.[0] ?? null;
  }

  private scan(): Token {
    this.skipBlanksAndComments();
    const offset = this.position;
    const character = this.source[offset];
    if (character === undefined) return { kind: 'end', text: '', offset };
    const word = this.match(WORD);
    if (word !== null) return this.scanWord(word, offset);
    if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(this.source[offset + 1] ?? ''))) return this.scanNumber(offset);
    if (character === '"' || character === "'") return this.scanString(offset, character);
    if (character === '$') return this.token('hardware-qubit', this.match(/\$\d*/y) as string, offset);
    // Any other line with a number sign is somebody's idea of a comment, which would be passed over without a word.
    if (character === '#' && this.match(PRAGMA) !== null) return this.token('directive', this.match(REST_OF_LINE) as string, offset);
    // An annotation is a line of its own; `@` after a modifier stands alone, before a blank.
    if (character === '@' && this.match(WORD, offset + 1) !== null && this.startsLine(offset)) {
      return this.token('directive', this.match(REST_OF_LINE) as string, offset);
    }
    const symbol = this.match(SYMBOL);
    if (symbol === null) throw this.unexpectedCharacter(offset);
    return this.token('symbol', symbol, offset);
  }

  private token(kind: TokenKind, text: string, offset: number): Token {
    this.position = offset + text.length;
    return { kind, text, offset };
  }

  private startsLine(offset: number): boolean {
    let at = offset - 1;
    while (at >= 0 && (this.source[at] === ' ' || this.source[at] === '\t')) at--;
    return at < 0 || this.source[at] === '\n' || this.source[at] === '\r' || this.source[at] === '\ufeff';
  }

  private skipBlanksAndComments(): void {
    for (;;) {
      const blank = this.match(BLANK);
      if (blank !== null) {
        this.position += blank.length;
      } else if (this.source.startsWith('//', this.position)) {
        this.position += (this.match(REST_OF_LINE) as string).length;
      } else if (this.source.startsWith('/*', this.position)) {
        const end = this.source.indexOf('*/', this.position + 2);
        if (end === -1) throw new QasmRefusal('syntax-error', this.position, 'This comment is not closed.', '"*/"');
        this.position = end + 2;
      } else {
        return;
      }
    }
  }

  private scanWord(text: string, offset: number): Token {
    if (text === 'pragma') return this.token('directive', this.match(REST_OF_LINE) as string, offset);
    return this.token(KEYWORDS.has(text) ? 'keyword' : 'name', text, offset);
  }

  private scanNumber(offset: number): Token {
    const radix = this.match(RADIX);
    const text = radix ?? (this.match(NUMBER) as string);
    const isInteger = radix !== null || /^[\d_]+$/.test(text);
    const end = offset + text.length;
    const unit = radix === null ? this.match(UNIT, end) : null;
    if (unit !== null) {
      const kind = unit.trim() === 'im' ? 'imaginary' : 'duration';
      this.position = end + unit.length;
      return { kind, text, offset };
    }
    // `2pi`, `1.5.5` and `0b12` would otherwise be two tokens, and the message would be about the second.
    if (this.match(WORD, end) !== null || /[0-9.]/.test(this.source[end] ?? '')) {
      throw new QasmRefusal('syntax-error', end, 'A number must be followed by an operator or a separator.', 'an operator');
    }
    return this.token(isInteger ? 'integer' : 'real', text, offset);
  }

  private scanString(offset: number, quote: string): Token {
    let end = offset + 1;
    while (end < this.source.length && this.source[end] !== quote && this.source[end] !== '\n' && this.source[end] !== '\r') end++;
    if (this.source[end] !== quote) {
      throw new QasmRefusal('syntax-error', offset, 'This text in quotes is not closed on its line.', `a closing ${quote}`);
    }
    this.position = end + 1;
    return { kind: 'string', text: this.source.slice(offset + 1, end), offset };
  }

  private unexpectedCharacter(offset: number): QasmRefusal {
    const point = this.source.codePointAt(offset) as number;
    const shown = point > 0x20 && point < 0x7f ? quoted(String.fromCodePoint(point))
      : `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    return new QasmRefusal('syntax-error', offset, `The character ${shown} has no meaning in OpenQASM 3 outside a comment.`);
  }
}
