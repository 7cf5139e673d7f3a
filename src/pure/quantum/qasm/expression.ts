import { QasmRefusal, quoted } from './qasm-error.js';
import type { TokenReader } from './token-reader.js';

/**
 * An angle: either a number, or the parameters of the enclosing gate definition combined, in postfix order.
 * Postfix, because it is evaluated by a loop: a sum of 500,000 terms nests as deeply as it is long.
 */
export type Expression = number | readonly Instruction[];

type Instruction =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'unary'; readonly apply: (operand: number) => number }
  | { readonly kind: 'binary'; readonly apply: (left: number, right: number) => number };

const FUNCTIONS: Readonly<Record<string, (operand: number) => number>> = {
  sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp, ln: Math.log, sqrt: Math.sqrt,
};

interface BinaryOperator {
  readonly left: number;
  readonly right: number;
  readonly apply: (left: number, right: number) => number;
}

/** Binding powers: an operator takes what stands right of it as far as operators bind at least as tightly as `right`. */
const BINARY_OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map([
  ['+', { left: 1, right: 2, apply: (a: number, b: number) => a + b }],
  ['-', { left: 1, right: 2, apply: (a: number, b: number) => a - b }],
  ['*', { left: 3, right: 4, apply: (a: number, b: number) => a * b }],
  ['/', { left: 3, right: 4, apply: (a: number, b: number) => a / b }],
  ['^', { left: 8, right: 7, apply: (a: number, b: number) => a ** b }],
]);
/** A sign binds tighter than * and looser than ^: -2^2 is -4, as in Python and in OpenQASM 3. */
const SIGN_POWER = 5;

/** What an expression costs to evaluate, in nodes. */
export function expressionWork(expression: Expression): number {
  return typeof expression === 'number' ? 1 : expression.length;
}

/** The value, which may be infinite or not a number: whoever asks decides what to say about that. */
export function evaluate(expression: Expression, parameters: readonly number[]): number {
  if (typeof expression === 'number') return expression;
  const stack: number[] = [];
  for (const instruction of expression) {
    switch (instruction.kind) {
      case 'number':
        stack.push(instruction.value);
        break;
      case 'parameter':
        stack.push(parameters[instruction.index] as number);
        break;
      case 'unary':
        stack.push(instruction.apply(stack.pop() as number));
        break;
      case 'binary': {
        const right = stack.pop() as number;
        stack.push(instruction.apply(stack.pop() as number, right));
        break;
      }
    }
  }
  return stack[0] as number;
}

/** Reads one expression; `parameters` are the names of the enclosing gate definition, none outside of one. */
export class ExpressionParser {
  private code: Instruction[] = [];
  private usesParameters = false;

  constructor(
    private readonly tokens: TokenReader,
    private readonly parameters: ReadonlyMap<string, number>,
    private readonly nestingMax: number,
  ) {}

  /** A constant is folded, so it must be finite here; what depends on parameters is judged when they are known. */
  parse(): Expression {
    this.code = [];
    this.usesParameters = false;
    const { offset } = this.tokens.peek();
    this.operand(0, 0);
    if (this.usesParameters) return this.code;
    const value = evaluate(this.code, []);
    if (!Number.isFinite(value)) {
      throw new QasmRefusal('parameter-not-finite', offset, 'This expression has no finite value.', 'a finite number');
    }
    return value;
  }

  /** Precedence climbing: an operand, then operators that bind at least as tightly as `power`. */
  private operand(power: number, depth: number): void {
    this.primary(depth);
    for (;;) {
      const token = this.tokens.peek();
      const operator = token.kind === 'symbol' ? BINARY_OPERATORS.get(token.text) : undefined;
      if (operator === undefined || operator.left < power) return;
      this.tokens.next();
      this.operand(operator.right, depth + 1);
      this.code.push({ kind: 'binary', apply: operator.apply });
    }
  }

  /** A function, a sign, parentheses or an atom. Every way to nest comes through here, so depth is checked here. */
  private primary(depth: number): void {
    const token = this.tokens.peek();
    if (depth > this.nestingMax) {
      throw new QasmRefusal('nesting-too-deep', token.offset, `An expression may nest ${this.nestingMax} levels deep.`);
    }
    const applied = token.kind === 'keyword' ? FUNCTIONS[token.text] : undefined;
    if (applied !== undefined) {
      this.tokens.next();
      this.parenthesised(depth);
      this.code.push({ kind: 'unary', apply: applied });
    } else if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.tokens.next();
      this.operand(SIGN_POWER, depth + 1);
      if (token.text === '-') this.code.push({ kind: 'unary', apply: (a) => -a });
    } else if (this.tokens.atSymbol('(')) {
      this.parenthesised(depth);
    } else {
      this.atom();
    }
  }

  private parenthesised(depth: number): void {
    this.tokens.needSymbol('(');
    this.operand(0, depth + 1);
    if (!this.tokens.atSymbol(')')) throw this.tokens.unexpected('an operator or ")"');
    this.tokens.next();
  }

  private atom(): void {
    const token = this.tokens.peek();
    if (token.kind === 'integer' || token.kind === 'real') {
      this.code.push({ kind: 'number', value: Number(token.text) });
    } else if (token.kind === 'keyword' && token.text === 'pi') {
      this.code.push({ kind: 'number', value: Math.PI });
    } else if (token.kind === 'name') {
      this.code.push({ kind: 'parameter', index: this.parameterIndex(token.text, token.offset) });
      this.usesParameters = true;
    } else {
      throw this.tokens.unexpected('an expression');
    }
    this.tokens.next();
  }

  /** Names of the program mean nothing in an expression, so the message can be about parameters alone. */
  private parameterIndex(name: string, offset: number): number {
    const index = this.parameters.get(name);
    if (index !== undefined) return index;
    const message = this.parameters.size === 0
      ? `${quoted(name)} has no value here: an angle is made of numbers, pi and functions.`
      : `${quoted(name)} is not a parameter of this gate.`;
    throw new QasmRefusal('unknown-parameter', offset, message, 'a number or a parameter of the gate');
  }
}
