import { operation } from '../../circuit/classical-expression.js';
import { QasmRefusal } from '../qasm-error.js';
import { binary } from './operators.js';
import type { Value } from './values.js';
import { describeType, digits, finite, integerLiteral, integerType, knownDigits, notConstant, realOf, typeOf } from './values.js';

interface BuiltInFunction {
  readonly arguments: number;
  readonly apply: (offset: number, ...values: readonly Value[]) => Value;
}

/** A function of one real number. */
function real(apply: (value: number) => number): BuiltInFunction {
  return { arguments: 1, apply: (offset, value) => finite(apply(realOf(value as Value, offset, 'The argument')), offset) };
}

/** Rotates the digits of a register or unsigned integer; a negative distance goes the other way. */
function rotation(direction: 1n | -1n): BuiltInFunction {
  return { arguments: 2, apply: (offset, value, by) => {
    const [argument, distance] = [value as Value, knownDigits(by as Value)];
    if (argument.kind !== 'digits' || (argument.type.name !== 'bit' && argument.type.name !== 'uint')) throw needsDigits(argument, offset);
    if (distance === null) throw notConstant(offset, 'The distance');
    const size = BigInt(argument.type.size);
    const left = (((distance * direction) % size) + size) % size;
    const bits = argument.digits;
    const high = operation('shiftLeft', bits, { kind: 'constant', value: left });
    const low = operation('shiftRight', bits, { kind: 'constant', value: size - left });
    return digits(argument.type, operation('or', high, low));
  } };
}

function needsDigits(value: Value, offset: number): QasmRefusal {
  return new QasmRefusal('type-mismatch', offset, `This function takes bits or an unsigned integer, not ${describeType(typeOf(value))}.`, 'bits or an unsigned integer');
}

/** The functions of the language, by name. `popcount`, `rotl` and `rotr` can be left to the run. */
const FUNCTIONS: Readonly<Record<string, BuiltInFunction>> = {
  arccos: real(Math.acos), arcsin: real(Math.asin), arctan: real(Math.atan), cos: real(Math.cos), sin: real(Math.sin), tan: real(Math.tan),
  exp: real(Math.exp), log: real(Math.log), sqrt: real(Math.sqrt), ceiling: real(Math.ceil), floor: real(Math.floor),
  mod: { arguments: 2, apply: (offset, a, b) => modulo(a as Value, b as Value, offset) },
  pow: { arguments: 2, apply: (offset, a, b) => binary('**', a as Value, b as Value, offset) },
  popcount: { arguments: 1, apply: (offset, value) => {
    const argument = value as Value;
    if (argument.kind !== 'digits' || (argument.type.name !== 'bit' && argument.type.name !== 'uint')) throw needsDigits(argument, offset);
    return digits(integerType(argument.type.size.toString(2).length, false), operation('popcount', argument.digits));
  } },
  rotl: rotation(1n), rotr: rotation(-1n),
  real: { arguments: 1, apply: (offset, value) => finite((value as Value).kind === 'complex' ? (value as { re: number }).re : realOf(value as Value, offset), offset) },
  imag: { arguments: 1, apply: (offset, value) => finite((value as Value).kind === 'complex' ? (value as { im: number }).im : 0, offset) },
};

/** Of integers an integer; the result has the sign of the divisor, as the specification's floor says. */
function modulo(a: Value, b: Value, offset: number): Value {
  const [left, right] = [knownDigits(a), knownDigits(b)];
  if (left !== null && right !== null && a.kind === 'digits' && b.kind === 'digits' && a.type.name !== 'angle' && b.type.name !== 'angle') {
    const rest = binary('%', a, b, offset);
    const value = knownDigits(rest) as bigint;
    return value !== 0n && (value < 0n) !== (right < 0n) ? integerLiteral(value + right) : rest;
  }
  const divisor = realOf(b, offset, 'The argument');
  if (divisor === 0) throw new QasmRefusal('division-by-zero', offset, 'A division by zero.', 'a divisor other than 0');
  const dividend = realOf(a, offset, 'The argument');
  return finite(dividend - divisor * Math.floor(dividend / divisor), offset);
}

/** Names that stand for numbers everywhere. */
export const CONSTANTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['pi', 'π'].map((name) => [name, { kind: 'float', value: Math.PI }] as const),
  ...['tau', 'τ'].map((name) => [name, { kind: 'float', value: 2 * Math.PI }] as const),
  ...['euler', 'ℇ'].map((name) => [name, { kind: 'float', value: Math.E }] as const),
]);

export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

export function callFunction(name: string, values: readonly Value[], offset: number): Value {
  const callee = FUNCTIONS[name] as BuiltInFunction;
  if (values.length !== callee.arguments) {
    const count = callee.arguments === 1 ? '1 argument' : `${callee.arguments} arguments`;
    throw new QasmRefusal('wrong-argument-count', offset, `The function "${name}" takes ${count}, not ${values.length}.`, count);
  }
  return callee.apply(offset, ...values);
}

