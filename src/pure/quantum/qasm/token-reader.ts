import type { Token } from './lexer.js';
import { QasmRefusal, quoted } from './qasm-error.js';

/** How a token is called in a message. */
export function describeToken(token: Token): string {
  if (token.kind === 'end') return 'the end of the program';
  if (token.kind === 'string') return `the text ${quoted(token.text)}`;
  return quoted(token.text);
}

/** A lexer: tokens on demand, with one of lookahead. */
export interface TokenSource {
  peek(): Token;
  next(): Token;
}

/** A lexer with the questions that a recursive-descent parser asks it. */
export class TokenReader {
  constructor(private readonly lexer: TokenSource) {}

  peek(): Token {
    return this.lexer.peek();
  }

  next(): Token {
    return this.lexer.next();
  }

  atSymbol(text: string): boolean {
    const token = this.lexer.peek();
    return token.kind === 'symbol' && token.text === text;
  }

  /** Takes the symbol if it comes next. */
  takeSymbol(text: string): boolean {
    if (!this.atSymbol(text)) return false;
    this.lexer.next();
    return true;
  }

  /** Takes the symbol, which is the only thing that can stand here. */
  needSymbol(text: string): Token {
    if (!this.atSymbol(text)) throw this.unexpected(`"${text}"`);
    return this.lexer.next();
  }

  atKeyword(text: string): boolean {
    const token = this.lexer.peek();
    return token.kind === 'keyword' && token.text === text;
  }

  /** Takes the word if it comes next. */
  takeKeyword(text: string): boolean {
    if (!this.atKeyword(text)) return false;
    this.lexer.next();
    return true;
  }

  /** A name of the program's own; `what` says whose, for the message. */
  needName(what: string): Token {
    const token = this.lexer.peek();
    if (token.kind === 'keyword') {
      throw new QasmRefusal('syntax-error', token.offset, `${quoted(token.text)} is a word of the language and cannot be used as a name.`, what);
    }
    if (token.kind !== 'name') throw this.unexpected(what);
    return this.lexer.next();
  }

  /** An unsigned integer, as written: its value may be larger than any number. */
  needInteger(what: string): Token {
    if (this.lexer.peek().kind !== 'integer') throw this.unexpected(what);
    return this.lexer.next();
  }

  /** The refusal of whatever comes next. `expected` goes into the sentence and stands alone beside it. */
  unexpected(expected: string): QasmRefusal {
    const token = this.lexer.peek();
    return new QasmRefusal('syntax-error', token.offset, `Expected ${expected}, found ${describeToken(token)}.`, expected);
  }
}
