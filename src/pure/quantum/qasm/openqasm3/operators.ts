import type { ClassicalOperator } from '../../circuit/classical-expression.js';
import { operation } from '../../circuit/classical-expression.js';
import { QasmRefusal } from '../qasm-error.js';
import type { ComplexValue, DigitsType, DigitsValue, Value } from './values.js';
import { BOOL, DEFAULT_SIZE, bool, convert, describeType, digits, finite, integerType, known, knownDigits, notConstant, realOf, truthOf, typeOf } from './values.js';

/** Operators on whole digits that a run can do as well. */
const DIGIT_OPERATORS: Readonly<Record<string, ClassicalOperator>> = {
  '+': 'add', '-': 'subtract', '*': 'multiply', '&': 'and', '|': 'or', '^': 'xor', '<<': 'shiftLeft', '>>': 'shiftRight',
};

interface Comparison {
  readonly operator: 'equal' | 'less';
  readonly swap: boolean;
  readonly negate: boolean;
  readonly ofReals: (a: number, b: number) => boolean;
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': { operator: 'equal', swap: false, negate: false, ofReals: (a, b) => a === b },
  '!=': { operator: 'equal', swap: false, negate: true, ofReals: (a, b) => a !== b },
  '<': { operator: 'less', swap: false, negate: false, ofReals: (a, b) => a < b },
  '>': { operator: 'less', swap: true, negate: false, ofReals: (a, b) => a > b },
  '<=': { operator: 'less', swap: true, negate: true, ofReals: (a, b) => a <= b },
  '>=': { operator: 'less', swap: false, negate: true, ofReals: (a, b) => a >= b },
};

const REAL_OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '**': (a, b) => a ** b, '%': (a, b) => a % b,
};

const COMPLEX_OPERATORS: Readonly<Record<string, (a: ComplexValue, b: ComplexValue) => readonly [number, number]>> = {
  '+': (a, b) => [a.re + b.re, a.im + b.im],
  '-': (a, b) => [a.re - b.re, a.im - b.im],
  '*': (a, b) => [a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re],
  '/': (a, b) => {
    const norm = b.re * b.re + b.im * b.im;
    return [(a.re * b.re + a.im * b.im) / norm, (a.im * b.re - a.re * b.im) / norm];
  },
};

type AngleValue = DigitsValue & { readonly type: { readonly name: 'angle' } };
type IntegerValue = DigitsValue & { readonly type: { readonly name: Exclude<DigitsType['name'], 'angle'> } };

const isInteger = (value: Value): value is IntegerValue => value.kind === 'digits' && value.type.name !== 'angle';
const isAngle = (value: Value): value is AngleValue => value.kind === 'digits' && value.type.name === 'angle';

/** What one operator makes of one value. */
export function unary(operator: string, value: Value, offset: number): Value {
  if (operator === '!') return digits(BOOL, operation('not', truthOf(value, offset)));
  if (operator === '-') {
    if (value.kind === 'float') return finite(-value.value, offset);
    if (value.kind === 'complex') return { kind: 'complex', re: -value.re, im: -value.im };
    // Of an unsigned integer too: the negative of 1 is the largest one, as in C.
    const type = value.type.name === 'bool' || value.type.name === 'bit' ? integerType(Math.max(DEFAULT_SIZE, value.type.size), true) : value.type;
    return digits(type, operation('negate', value.digits));
  }
  if (value.kind !== 'digits') throw refuseOperands(operator, offset, value);
  return digits(value.type, operation('complement', value.digits));
}

/** What one operator makes of two values, by the rules of C where both are integers. */
export function binary(operator: string, left: Value, right: Value, offset: number): Value {
  if (operator === '&&' || operator === '||') {
    return digits(BOOL, operation(operator === '&&' ? 'both' : 'either', truthOf(left, offset), truthOf(right, offset)));
  }
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) return compare(comparison, left, right, offset);
  if (left.kind === 'complex' || right.kind === 'complex') return complexBinary(operator, left, right, offset);
  if (isAngle(left) || isAngle(right)) return angleBinary(operator, left, right, offset);
  if (isInteger(left) && isInteger(right)) return integerBinary(operator, left, right, offset);
  const apply = REAL_OPERATORS[operator];
  if (apply === undefined) throw refuseOperands(operator, offset, left, right);
  const divisor = realOf(right, offset, 'A float');
  if ((operator === '/' || operator === '%') && divisor === 0) throw divisionByZero(offset);
  return finite(apply(realOf(left, offset, 'A float'), divisor), offset);
}

function refuseOperands(operator: string, offset: number, ...values: readonly Value[]): QasmRefusal {
  return new QasmRefusal('type-mismatch', offset, `"${operator}" has no meaning for ${values.map((value) => describeType(typeOf(value))).join(' and ')}.`);
}

function divisionByZero(offset: number): QasmRefusal {
  return new QasmRefusal('division-by-zero', offset, 'A division by zero.', 'a divisor other than 0');
}

/** Of two integers, the wider type; of two as wide, the unsigned one. Bits and truth values count as narrow integers. */
function commonType(left: DigitsType, right: DigitsType): DigitsType {
  const size = Math.max(left.size, right.size);
  const wider = left.size === right.size ? [left, right] : [left.size > right.size ? left : right];
  return integerType(size, wider.every(({ name }) => name === 'int'));
}

/** Operations on bits of one length, and nothing else, give bits. */
function resultType(operator: string, left: DigitsType, right: DigitsType): DigitsType {
  const isShift = operator === '<<' || operator === '>>';
  if (left.name === 'bit' && (isShift || (right.name === 'bit' && left.size === right.size && '&|^'.includes(operator)))) return left;
  if (isShift) return left.name === 'bool' ? integerType(DEFAULT_SIZE, true) : left;
  if (left.name === 'bool' && right.name === 'bool' && '&|^'.includes(operator)) return BOOL;
  const type = commonType(left, right);
  return type.size < DEFAULT_SIZE && !isSized(left) && !isSized(right) ? integerType(DEFAULT_SIZE, true) : type;
}

function isSized(type: DigitsType): boolean {
  return type.name === 'int' || type.name === 'uint';
}

function integerBinary(operator: string, left: DigitsValue, right: DigitsValue, offset: number): Value {
  const type = resultType(operator, left.type, right.type);
  const shared = DIGIT_OPERATORS[operator];
  if (shared !== undefined) return digits(type, operation(shared, left.digits, right.digits));
  const [a, b] = [knownDigits(left), knownDigits(right)];
  if (a === null || b === null) throw notConstant(offset, `What stands beside "${operator}"`);
  switch (operator) {
    case '/':
    case '%':
      if (b === 0n) throw divisionByZero(offset);
      return known(type, operator === '/' ? a / b : a % b);
    case '**':
      return integerPower(type, a, b, offset);
    default:
      throw refuseOperands(operator, offset, left, right);
  }
}

/** Digits of a power beyond which nothing could hold it. */
const POWER_DIGITS_MAX = 8192;

function integerPower(type: DigitsType, base: bigint, exponent: bigint, offset: number): Value {
  if (exponent < 0n) {
    if (base === 0n) throw divisionByZero(offset);
    return finite(Number(base) ** Number(exponent), offset);
  }
  if (BigInt(base.toString(2).length) * exponent > POWER_DIGITS_MAX && base !== 0n && base !== 1n && base !== -1n) {
    throw new QasmRefusal('value-out-of-range', offset, 'This power is too large for any integer.', 'a smaller exponent');
  }
  const value = base === 0n || base === 1n ? (exponent === 0n ? 1n : base) : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : base ** exponent;
  return known(type, value);
}

function compare(comparison: Comparison, left: Value, right: Value, offset: number): Value {
  if (left.kind === 'complex' || right.kind === 'complex') {
    if (comparison.operator !== 'equal') throw refuseOperands('<', offset, left, right);
    const [a, b] = [asComplex(left, offset), asComplex(right, offset)];
    return bool((a.re === b.re && a.im === b.im) !== comparison.negate);
  }
  const digitsBoth = left.kind === 'digits' && right.kind === 'digits' && isAngle(left) === isAngle(right);
  if (!digitsBoth) return bool(comparison.ofReals(realOf(left, offset), realOf(right, offset)));
  const size = Math.max(left.type.size, right.type.size);
  const widen = (value: DigitsValue) => (isAngle(value) ? (convert(value, { ...value.type, size }, offset) as DigitsValue).digits : value.digits);
  const [a, b] = comparison.swap ? [widen(right), widen(left)] : [widen(left), widen(right)];
  const truth = operation(comparison.operator, a, b);
  return digits(BOOL, comparison.negate ? operation('not', truth) : truth);
}

function asComplex(value: Value, offset: number): ComplexValue {
  return value.kind === 'complex' ? value : { kind: 'complex', re: realOf(value, offset), im: 0 };
}

function complexBinary(operator: string, left: Value, right: Value, offset: number): Value {
  const apply = COMPLEX_OPERATORS[operator];
  if (apply === undefined) throw refuseOperands(operator, offset, left, right);
  const divisor = asComplex(right, offset);
  if (operator === '/' && divisor.re === 0 && divisor.im === 0) throw divisionByZero(offset);
  const [re, im] = apply(asComplex(left, offset), divisor);
  return { kind: 'complex', re: finite(re, offset).value, im: finite(im, offset).value };
}

/** Angles of two sizes meet at the larger; an angle times or by an integer is an angle; with a float it is a float. */
function angleBinary(operator: string, left: Value, right: Value, offset: number): Value {
  if (isAngle(left) && isAngle(right)) {
    const type = left.type.size >= right.type.size ? left.type : right.type;
    const [a, b] = [convert(left, type, offset) as DigitsValue, convert(right, type, offset) as DigitsValue];
    if ('+-&|^'.includes(operator)) return digits(type, operation(DIGIT_OPERATORS[operator] as ClassicalOperator, a.digits, b.digits));
    if (operator === '/') return integerBinary('/', { ...a, type: integerType(type.size, false) }, { ...b, type: integerType(type.size, false) }, offset);
    throw refuseOperands(operator, offset, left, right);
  }
  if (isAngle(left) && isInteger(right) && ['*', '/', '<<', '>>'].includes(operator)) {
    if (operator !== '/') return digits(left.type, operation(DIGIT_OPERATORS[operator] as ClassicalOperator, left.digits, right.digits));
    const [a, b] = [knownDigits(left), knownDigits(right)];
    if (a === null || b === null) throw notConstant(offset, 'What is divided');
    if (b === 0n) throw divisionByZero(offset);
    return known(left.type, a / b);
  }
  if (operator === '*' && isInteger(left)) return angleBinary('*', right, left, offset);
  const apply = REAL_OPERATORS[operator];
  if (apply === undefined || operator === '%') throw refuseOperands(operator, offset, left, right);
  const divisor = realOf(right, offset, 'A float');
  if (operator === '/' && divisor === 0) throw divisionByZero(offset);
  return finite(apply(realOf(left, offset, 'A float'), divisor), offset);
}

