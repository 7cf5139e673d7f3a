import type { ClassicalExpression } from '../../circuit/classical-expression.js';
import { constant, operation, wrap } from '../../circuit/classical-expression.js';
import { QasmRefusal } from '../qasm-error.js';

/** A type whose values are digits: they can be computed while the circuit runs. */
export interface DigitsType {
  readonly name: 'bool' | 'bit' | 'int' | 'uint' | 'angle';
  readonly size: number;
  /** Of `bit`: declared with a size, so that it has elements. */
  readonly isRegister: boolean;
}

export type Type = DigitsType | { readonly name: 'float' } | { readonly name: 'complex' };

/** Digits, as an expression that is a constant where they are known; an angle is that many 2^size-ths of a turn. */
export interface DigitsValue {
  readonly kind: 'digits';
  readonly type: DigitsType;
  readonly digits: ClassicalExpression;
}

/** Finite. Always known: what depends on a measurement cannot be of these types. */
export interface FloatValue {
  readonly kind: 'float';
  readonly value: number;
}

export interface ComplexValue {
  readonly kind: 'complex';
  readonly re: number;
  readonly im: number;
}

export type Value = DigitsValue | FloatValue | ComplexValue;

/** Of types without a size in the program: what C and most hardware have. */
export const DEFAULT_SIZE = 64;
/** As many as a circuit may have classical bits. */
export const SIZE_MAX = 4096;

export const BOOL: DigitsType = { name: 'bool', size: 1, isRegister: false };
export const BIT: DigitsType = { name: 'bit', size: 1, isRegister: false };

export function integerType(size: number, isSigned: boolean): DigitsType {
  return { name: isSigned ? 'int' : 'uint', size, isRegister: false };
}

export function bitRegister(size: number): DigitsType {
  return { name: 'bit', size, isRegister: true };
}

export function digits(type: DigitsType, expression: ClassicalExpression): DigitsValue {
  return { kind: 'digits', type, digits: wrap(type.size, type.name === 'int', expression) };
}

export function known(type: DigitsType, value: bigint): DigitsValue {
  return digits(type, constant(value));
}

export function bool(truth: boolean): DigitsValue {
  return known(BOOL, truth ? 1n : 0n);
}

/** A literal: as wide as it has to be, so that a register of 100 bits can be given one. */
export function integerLiteral(value: bigint): DigitsValue {
  const size = value < 0n ? (-value).toString(2).length + 1 : value.toString(2).length + 1;
  return known(integerType(Math.max(DEFAULT_SIZE, size), true), value);
}

export function describeType(type: Type): string {
  if (type.name === 'float' || type.name === 'complex' || type.name === 'bool') return type.name;
  if (type.name === 'bit' && !type.isRegister) return 'bit';
  return `${type.name}[${type.size}]`;
}

export function typeOf(value: Value): Type {
  return value.kind === 'digits' ? value.type : { name: value.kind };
}

/** The digits, if the program's text and inputs determine them. */
export function knownDigits(value: Value): bigint | null {
  return value.kind === 'digits' && value.digits.kind === 'constant' ? value.digits.value : null;
}

/** A float that exists: infinities and NaN are refused where they arise. */
export function finite(value: number, offset: number): FloatValue {
  if (!Number.isFinite(value)) throw new QasmRefusal('parameter-not-finite', offset, 'This expression has no finite value.', 'a finite number');
  return { kind: 'float', value };
}

const TURN = 2 * Math.PI;

/** Radians of an angle's digits. */
export function radians(size: number, value: bigint): number {
  return Number(value) * (TURN / 2 ** size);
}

/** The nearest angle of so many digits, modulo a turn. Doubles have 53 digits, so beyond them zeros follow. */
export function angleDigits(size: number, value: number): bigint {
  const turns = value / TURN;
  const fraction = turns - Math.floor(turns);
  const kept = Math.min(size, 53);
  return (BigInt(Math.round(fraction * 2 ** kept)) << BigInt(size - kept)) & ((1n << BigInt(size)) - 1n);
}

/** Refuses a value that only the run will know, where one must be known. */
export function notConstant(offset: number, what: string): QasmRefusal {
  return new QasmRefusal('not-constant', offset, `${what} must be known before the run, and this depends on a measurement.`, 'a value that no measurement changes');
}

/** The value as a real number: of an integer, a truth value, or an angle in radians. */
export function realOf(value: Value, offset: number, what = 'This value'): number {
  if (value.kind === 'float') return value.value;
  if (value.kind === 'complex') {
    if (value.im === 0) return value.re;
    throw new QasmRefusal('type-mismatch', offset, `${what} must be real, and this is a complex number.`, 'a real number');
  }
  const integer = knownDigits(value);
  if (integer === null) throw notConstant(offset, what);
  return value.type.name === 'angle' ? radians(value.type.size, integer) : Number(integer);
}

/** The value as an integer that is known. */
export function integerOf(value: Value, offset: number, what: string): bigint {
  if (value.kind !== 'digits' || value.type.name === 'angle') {
    throw new QasmRefusal('type-mismatch', offset, `${what} must be an integer, and this is of type ${describeType(typeOf(value))}.`, 'an integer');
  }
  const integer = knownDigits(value);
  if (integer === null) throw notConstant(offset, what);
  return integer;
}

/** 0 or 1, for conditions. */
export function truthOf(value: Value, offset: number): ClassicalExpression {
  if (value.kind === 'complex') throw new QasmRefusal('type-mismatch', offset, 'A complex number is neither true nor false.', 'a truth value');
  if (value.kind === 'float') return constant(value.value === 0 ? 0n : 1n);
  return value.type.size === 1 ? value.digits : operation('not', operation('not', value.digits));
}

/** The value as one of another type, as an assignment or a cast makes it; refuses what would have no meaning. */
export function convert(value: Value, type: Type, offset: number): Value {
  if (type.name === 'complex') return value.kind === 'complex' ? value : { kind: 'complex', re: realOf(value, offset), im: 0 };
  if (type.name === 'float') return finite(realOf(value, offset, 'A float'), offset);
  if (type.name === 'bool') return digits(BOOL, truthOf(value, offset));
  if (value.kind === 'complex') throw mismatch(value, type, offset);
  if (type.name === 'angle') return toAngle(value, type, offset);
  if (value.kind === 'float') {
    if (type.name === 'bit') throw mismatch(value, type, offset);
    return known(type, BigInt(Math.trunc(value.value)));
  }
  if (value.type.name === 'angle' && type.name !== 'bit') throw mismatch(value, type, offset);
  if (type.name === 'bit') refuseOtherLength(value, type, offset);
  return digits(type, value.digits);
}

function mismatch(value: Value, type: Type, offset: number): QasmRefusal {
  return new QasmRefusal('type-mismatch', offset, `A value of type ${describeType(typeOf(value))} cannot become one of type ${describeType(type)}.`, describeType(type));
}

/** A register of bits is given as many as it has: of an integer its lowest, of another register exactly so many. */
function refuseOtherLength(value: DigitsValue, type: DigitsType, offset: number): void {
  if (value.type.name === 'bit' && value.type.isRegister && value.type.size !== type.size) throw mismatch(value, type, offset);
}

function toAngle(value: DigitsValue | FloatValue, type: DigitsType, offset: number): DigitsValue {
  if (value.kind === 'float') return known(type, angleDigits(type.size, value.value));
  if (value.type.name === 'angle') return digits(type, resized(value, type.size));
  if (value.type.name === 'bit') {
    refuseOtherLength(value, type, offset);
    return digits(type, value.digits);
  }
  return known(type, angleDigits(type.size, realOf(value, offset, 'An angle')));
}

/** Angles of another size keep their highest digits. */
function resized({ type, digits: expression }: DigitsValue, size: number): ClassicalExpression {
  const change = constant(BigInt(Math.abs(size - type.size)));
  if (size === type.size) return expression;
  return size > type.size ? operation('shiftLeft', expression, change) : operation('shiftRight', expression, change);
}
