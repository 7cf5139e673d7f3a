/**
 * What is computed while a circuit runs: integers from classical bits. A value is a bigint; who made the expression has
 * put a `wrap` wherever the language's types say that digits are lost, so that evaluation knows no types.
 */
export type ClassicalExpression =
  | { readonly kind: 'constant'; readonly value: bigint }
  /** Bits of the circuit, lowest digit first, read as an unsigned integer. */
  | { readonly kind: 'bits'; readonly bits: readonly number[] }
  /** The lowest `size` digits, read as an unsigned integer or in two's complement. */
  | { readonly kind: 'wrap'; readonly size: number; readonly signed: boolean; readonly operand: ClassicalExpression }
  | { readonly kind: 'operation'; readonly operator: ClassicalOperator; readonly operands: readonly ClassicalExpression[] };

interface OperatorRecord {
  readonly operands: number;
  readonly apply: (a: bigint, b: bigint) => bigint;
}

/** No shift moves a digit further than any register is wide: beyond it nothing but the sign is left. */
const SHIFT_MAX = 4096n;

const bit = (truth: boolean): bigint => (truth ? 1n : 0n);

function popcount(value: bigint): bigint {
  let ones = 0n;
  for (const digit of value.toString(2)) if (digit === '1') ones++;
  return ones;
}

/** Total: there is no division, since nobody could be told where a divisor was 0 that only the run knows. */
export const CLASSICAL_OPERATORS = {
  add: { operands: 2, apply: (a, b) => a + b },
  subtract: { operands: 2, apply: (a, b) => a - b },
  multiply: { operands: 2, apply: (a, b) => a * b },
  and: { operands: 2, apply: (a, b) => a & b },
  or: { operands: 2, apply: (a, b) => a | b },
  xor: { operands: 2, apply: (a, b) => a ^ b },
  complement: { operands: 1, apply: (a) => ~a },
  negate: { operands: 1, apply: (a) => -a },
  shiftLeft: { operands: 2, apply: (a, b) => (b < 0n || b >= SHIFT_MAX ? 0n : a << b) },
  shiftRight: { operands: 2, apply: (a, b) => (b < 0n || b >= SHIFT_MAX ? bit(a < 0n) * -1n : a >> b) },
  equal: { operands: 2, apply: (a, b) => bit(a === b) },
  less: { operands: 2, apply: (a, b) => bit(a < b) },
  /** 1 for 0, and 0 for anything else. */
  not: { operands: 1, apply: (a) => bit(a === 0n) },
  /** Both truth values; both sides are always evaluated, which nothing can tell. */
  both: { operands: 2, apply: (a, b) => bit(a !== 0n && b !== 0n) },
  either: { operands: 2, apply: (a, b) => bit(a !== 0n || b !== 0n) },
  /** Ones among the digits of an unsigned integer. */
  popcount: { operands: 1, apply: (a) => popcount(a) },
} as const satisfies Readonly<Record<string, OperatorRecord>>;

export type ClassicalOperator = keyof typeof CLASSICAL_OPERATORS;

export function constant(value: bigint): ClassicalExpression {
  return { kind: 'constant', value };
}

/** An operation on values; on constants alone it is done at once. */
export function operation(operator: ClassicalOperator, ...operands: readonly ClassicalExpression[]): ClassicalExpression {
  const expression: ClassicalExpression = { kind: 'operation', operator, operands };
  return operands.every(({ kind }) => kind === 'constant') ? constant(evaluateClassical(expression, NO_BITS)) : expression;
}

/** Operators whose values are 0 and 1. */
const TRUTHS: ReadonlySet<ClassicalOperator> = new Set(['equal', 'less', 'not', 'both', 'either']);

/** The lowest digits of a value, where it can have more. */
export function wrap(size: number, signed: boolean, operand: ClassicalExpression): ClassicalExpression {
  // What is read from few bits is small and not negative: nothing would be cut off.
  if (operand.kind === 'bits' && operand.bits.length + (signed ? 1 : 0) <= size) return operand;
  if (operand.kind === 'constant') return constant(wrapped(size, signed, operand.value));
  if (operand.kind === 'operation' && TRUTHS.has(operand.operator) && size >= (signed ? 2 : 1)) return operand;
  // Of digits cut off twice, the nearer cut is the only one that shows, unless the farther one was narrower.
  if (operand.kind === 'wrap' && operand.size >= size) return wrap(size, signed, operand.operand);
  return { kind: 'wrap', size, signed, operand };
}

function wrapped(size: number, signed: boolean, value: bigint): bigint {
  return signed ? BigInt.asIntN(size, value) : BigInt.asUintN(size, value);
}

const NO_BITS = new Uint8Array(0);

function fromBits(positions: readonly number[], bits: Uint8Array): bigint {
  if (positions.length <= 30) {
    return BigInt(positions.reduce((value, position, i) => value | ((bits[position] as number) << i), 0));
  }
  return BigInt(`0b${positions.toReversed().map((position) => bits[position]).join('')}`);
}

/** Recursion is as deep as the expression, which the parser has bounded. */
export function evaluateClassical(expression: ClassicalExpression, bits: Uint8Array): bigint {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'bits':
      return fromBits(expression.bits, bits);
    case 'wrap':
      return wrapped(expression.size, expression.signed, evaluateClassical(expression.operand, bits));
    case 'operation': {
      const [a = 0n, b = 0n] = expression.operands.map((operand) => evaluateClassical(operand, bits));
      const { apply }: OperatorRecord = CLASSICAL_OPERATORS[expression.operator];
      return apply(a, b);
    }
  }
}

/** Writes the lowest digits of a value into bits, lowest first. */
export function writeBits(value: bigint, positions: readonly number[], bits: Uint8Array): void {
  const digits = BigInt.asUintN(positions.length, value).toString(2);
  positions.forEach((position, i) => {
    bits[position] = i < digits.length ? digits.charCodeAt(digits.length - 1 - i) & 1 : 0;
  });
}

/** The bits that a value depends on. */
export function* bitsRead(expression: ClassicalExpression): Generator<number> {
  if (expression.kind === 'bits') yield* expression.bits;
  else if (expression.kind === 'wrap') yield* bitsRead(expression.operand);
  else if (expression.kind === 'operation') for (const operand of expression.operands) yield* bitsRead(operand);
}

/** The same expression of other bits. */
export function withBits(expression: ClassicalExpression, of: (bit: number) => number): ClassicalExpression {
  switch (expression.kind) {
    case 'constant':
      return expression;
    case 'bits':
      return { kind: 'bits', bits: expression.bits.map(of) };
    case 'wrap':
      return { ...expression, operand: withBits(expression.operand, of) };
    case 'operation':
      return { ...expression, operands: expression.operands.map((operand) => withBits(operand, of)) };
  }
}
