import { QasmRefusal, quoted } from '../qasm-error.js';
import type { TokenReader } from '../token-reader.js';
import { refusedFeature } from './refused-features.js';
import type { Expression, Selection, TypeName, TypeSyntax } from './syntax.js';

export const TYPE_NAMES: ReadonlySet<string> = new Set<TypeName>(['bool', 'bit', 'int', 'uint', 'float', 'angle', 'complex']);

/** Binary operators, loosest first; each takes what stands right of it as far as that binds more tightly. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['<<', '>>'], ['+', '-'], ['*', '/', '%'],
];
/** A sign binds tighter than `*` and looser than `**`, which alone takes what stands right of it first. */
const SIGN_POWER = 2 * LEVELS.length + 1;

interface BindingPowers {
  readonly left: number;
  readonly right: number;
}

const BINARY_OPERATORS: ReadonlyMap<string, BindingPowers> = new Map<string, BindingPowers>([
  ...LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, { left: 2 * level + 1, right: 2 * level + 2 }] as const)),
  ['**', { left: SIGN_POWER + 2, right: SIGN_POWER + 1 }],
]);

/** An integer of more digits than this is no number that anything here can hold. */
const DIGITS_MAX = 1300;

/**
 * Operators in a row: `1+1+1+…` nests to the left as deeply as it is long, and everything that walks a tree of it
 * recurses so far.
 */
const OPERATORS_MAX = 500;

/** Reads expressions: precedence climbing, each way to nest counted against the limit. */
export class ExpressionParser {
  private depth = 0;

  constructor(private readonly tokens: TokenReader, private readonly nestingMax: number) {}

  parse(): Expression {
    return this.operand(0);
  }

  /** `expression, …` up to the closing symbol, which is taken; a comma may stand before it. */
  parseList(close: string): readonly Expression[] {
    const expressions: Expression[] = [];
    while (!this.tokens.atSymbol(close)) {
      expressions.push(this.parse());
      if (!this.tokens.takeSymbol(',')) break;
    }
    if (!this.tokens.atSymbol(close)) throw this.tokens.unexpected(`an operator, "," or "${close}"`);
    this.tokens.next();
    return expressions;
  }

  /** After `[`, up to and with `]`. */
  parseSelection(): Selection {
    const { offset } = this.tokens.peek();
    if (this.tokens.takeSymbol('{')) {
      const values = this.parseList('}');
      this.tokens.needSymbol(']');
      return { kind: 'set', values, offset };
    }
    const selection = this.rangeOrSingle(offset);
    if (this.tokens.atSymbol(',')) throw new QasmRefusal('not-supported', this.tokens.peek().offset, 'More than one index is for arrays, which are not supported.');
    if (!this.tokens.atSymbol(']')) throw this.tokens.unexpected('an operator, ":" or "]"');
    this.tokens.next();
    return selection;
  }

  parseType(): TypeSyntax {
    const token = this.tokens.peek();
    if (token.kind !== 'keyword' || !TYPE_NAMES.has(token.text)) {
      const refused = token.kind === 'keyword' ? refusedFeature(token) : null;
      throw refused ?? this.tokens.unexpected('a type');
    }
    this.tokens.next();
    const name = token.text as TypeName;
    if (name === 'bool' || !this.tokens.takeSymbol('[')) return { name, size: null, offset: token.offset };
    const size = name === 'complex' ? this.componentSize() : this.parse();
    this.tokens.needSymbol(']');
    return { name, size, offset: token.offset };
  }

  /** `complex[float[64]]`: the size is the component's. */
  private componentSize(): Expression | null {
    const component = this.parseType();
    if (component.name !== 'float') throw new QasmRefusal('syntax-error', component.offset, 'The parts of a complex number are of type float.', '"float"');
    return component.size;
  }

  private rangeOrSingle(offset: number): Selection {
    const first = this.tokens.atSymbol(':') ? null : this.parse();
    if (!this.tokens.takeSymbol(':')) return { kind: 'single', value: first as Expression };
    const second = this.tokens.atSymbol(']') || this.tokens.atSymbol(':') ? null : this.parse();
    if (!this.tokens.takeSymbol(':')) return { kind: 'range', start: first, step: null, stop: second, offset };
    return { kind: 'range', start: first, step: second, stop: this.tokens.atSymbol(']') ? null : this.parse(), offset };
  }

  private operand(power: number): Expression {
    let left = this.nested(() => this.primary());
    for (let operators = 0; ; operators++) {
      const token = this.tokens.peek();
      const powers = token.kind === 'symbol' ? BINARY_OPERATORS.get(token.text) : undefined;
      if (powers === undefined || powers.left < power) return left;
      if (operators >= OPERATORS_MAX) throw new QasmRefusal('nesting-too-deep', token.offset, `An expression may have ${OPERATORS_MAX} operators in a row.`);
      this.tokens.next();
      const right = this.nested(() => this.operand(powers.right));
      left = { kind: 'binary', operator: token.text, left, right, offset: token.offset };
    }
  }

  private nested(parse: () => Expression): Expression {
    if (++this.depth > this.nestingMax * 2) {
      throw new QasmRefusal('nesting-too-deep', this.tokens.peek().offset, `An expression may nest ${this.nestingMax} levels deep.`);
    }
    const expression = parse();
    this.depth--;
    return expression;
  }

  private primary(): Expression {
    const token = this.tokens.peek();
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '!' || token.text === '~')) {
      this.tokens.next();
      const operand = this.operand(SIGN_POWER);
      return { kind: 'unary', operator: token.text, operand, offset: token.offset };
    }
    let expression = this.atom();
    while (this.tokens.takeSymbol('[')) {
      expression = { kind: 'index', base: expression, index: this.parseSelection(), offset: expression.offset };
    }
    return expression;
  }

  private atom(): Expression {
    const token = this.tokens.peek();
    const { offset, text } = token;
    if (this.tokens.takeSymbol('(')) {
      const inner = this.parse();
      if (!this.tokens.atSymbol(')')) throw this.tokens.unexpected('an operator or ")"');
      this.tokens.next();
      return inner;
    }
    switch (token.kind) {
      case 'integer':
        this.tokens.next();
        return { kind: 'integer', value: integerOf(text, offset), offset };
      case 'real':
      case 'imaginary':
        this.tokens.next();
        return { kind: 'real', value: Number(text.replaceAll('_', '')), imaginary: token.kind === 'imaginary', offset };
      case 'string':
        this.tokens.next();
        return { kind: 'bits', digits: digitsOf(text, offset), offset };
      case 'name':
        this.tokens.next();
        if (!this.tokens.takeSymbol('(')) return { kind: 'name', name: text, offset };
        return { kind: 'call', name: text, arguments: this.parseList(')'), offset };
      case 'hardware-qubit':
        throw new QasmRefusal('not-supported', offset, 'Physical qubits are not supported: declare qubits by name.');
      case 'duration':
        throw new QasmRefusal('not-supported', offset, 'Timing (durations) is not supported.');
      case 'keyword':
        return this.keywordAtom(text, offset);
      default:
        throw this.tokens.unexpected('an expression');
    }
  }

  private keywordAtom(text: string, offset: number): Expression {
    if (text === 'true' || text === 'false') {
      this.tokens.next();
      return { kind: 'boolean', value: text === 'true', offset };
    }
    if (text === 'measure') {
      this.tokens.next();
      return { kind: 'measure', operand: this.primary(), offset };
    }
    // The built-in function of that name, as against the modifier.
    if (text === 'pow') {
      this.tokens.next();
      this.tokens.needSymbol('(');
      return { kind: 'call', name: text, arguments: this.parseList(')'), offset };
    }
    if (!TYPE_NAMES.has(text)) throw refusedFeature(this.tokens.peek()) ?? this.tokens.unexpected('an expression');
    const type = this.parseType();
    this.tokens.needSymbol('(');
    const operand = this.parse();
    this.tokens.needSymbol(')');
    return { kind: 'cast', type, operand, offset };
  }
}

function integerOf(text: string, offset: number): bigint {
  if (text.length > DIGITS_MAX) throw new QasmRefusal('value-out-of-range', offset, `An integer may have ${DIGITS_MAX} digits.`);
  return BigInt(text.replaceAll('_', '').replace(/^0+(?=\d)/, ''));
}

function digitsOf(text: string, offset: number): string {
  if (/^[01](?:_?[01])*$/.test(text)) return text.replaceAll('_', '');
  throw new QasmRefusal('syntax-error', offset, `${quoted(text)} is not a text of binary digits.`, 'digits 0 and 1');
}
