/**
 * WebAssembly instructions as the bytes that they are: an expression leaves one value on the stack, a statement leaves
 * none. They nest like the text format's folded form. Opcodes: WebAssembly core specification 3.0, section 5.4.
 */
export type Code = readonly number[];
export type ValueType = 'i32' | 'f64' | 'v128';

export const VALUE_TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** LEB128, unsigned. */
export function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** LEB128, signed, of a 32-bit number. */
export function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

export function sequence(...parts: readonly Code[]): Code {
  return parts.flat();
}

/** A local variable or parameter. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

export const get = (local: Local): Code => [0x20, ...unsigned(local.index)];
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local.index)];

/** Repeats while the condition holds, which is asked after the body. */
export const repeat = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b];
/** Repeats while the condition holds, which is asked before the body. */
export const loopWhile = (condition: Code, body: Code): Code =>
  [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 0x01, ...body, 0x0c, 0x00, 0x0b, 0x0b];
export const branch = (condition: Code, then: Code, otherwise: Code): Code => [...condition, 0x04, 0x40, ...then, 0x05, ...otherwise, 0x0b];
export const call = (index: number, ...values: readonly Code[]): Code => [...values.flat(), 0x10, ...unsigned(index)];
/** Through table 0. */
export const callIndirect = (type: number, selector: Code, ...values: readonly Code[]): Code => [...values.flat(), ...selector, 0x11, ...unsigned(type), 0x00];

const binary = (opcode: number) => (a: Code, b: Code): Code => [...a, ...b, opcode];
const unary = (opcode: number) => (a: Code): Code => [...a, opcode];
/** Alignment is a hint; all of these are given the natural one. */
const access = (opcode: Code, alignment: number) => (address: Code, offset = 0): Code => [...address, ...opcode, alignment, ...unsigned(offset)];
const storing = (opcode: Code, alignment: number) => (address: Code, value: Code, offset = 0): Code =>
  [...address, ...value, ...opcode, alignment, ...unsigned(offset)];

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  load: access([0x28], 2),
  isZero: unary(0x45),
  notEqual: binary(0x47),
  lessUnsigned: binary(0x49),
  countTrailingZeros: unary(0x68),
  popcount: unary(0x69),
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  and: binary(0x71),
  xor: binary(0x73),
  shiftLeft: binary(0x74),
  shiftRightUnsigned: binary(0x76),
};

export const f64 = {
  add: binary(0xa0),
  constant: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  store: storing([0x39], 3),
};

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const vectorBinary = (opcode: number) => (a: Code, b: Code): Code => [...a, ...b, ...vector(opcode)];
const vectorTernary = (opcode: number) => (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...vector(opcode)];

export const v128 = {
  load: access(vector(0x00), 4),
  store: storing(vector(0x0b), 4),
  zero: [...vector(0x0c), ...Array.from({ length: 16 }, () => 0)] as Code,
  /** Byte k of the result is byte `bytes[k]` of `a`. */
  shuffle: (a: Code, bytes: readonly number[]): Code => [...a, ...a, ...vector(0x0d), ...bytes],
  /** By a vector of byte numbers, all of which are in range: otherwise this leaves the result to the machine. */
  relaxedSwizzle: vectorBinary(0x100),
};

/** Arithmetic on the lanes of one 128-bit vector. */
export interface LaneInstructions {
  readonly constant: (value: number) => Code;
  readonly loadSplat: (address: Code, offset?: number) => Code;
  readonly add: (a: Code, b: Code) => Code;
  readonly subtract: (a: Code, b: Code) => Code;
  readonly multiply: (a: Code, b: Code) => Code;
  /** a·b + c; rounded once or twice, as the machine likes. */
  readonly relaxedMultiplyAdd: (a: Code, b: Code, c: Code) => Code;
  /** -a·b + c; likewise. */
  readonly relaxedNegatedMultiplyAdd: (a: Code, b: Code, c: Code) => Code;
  /** The lanes as doubles, in vectors of two. */
  readonly widened: (a: Code) => readonly Code[];
}

const splatted = (values: Float32Array | Float64Array): Code => [...vector(0x0c), ...new Uint8Array(values.buffer)];

const promoteLow = (a: Code): Code => [...a, ...vector(0x5f)];
const HIGH_HALF_FIRST = Array.from({ length: 16 }, (_, k) => k ^ 8);
/** One lane of a vector of two doubles. */
export const extractDouble = (a: Code, lane: 0 | 1): Code => [...a, ...vector(0x21), lane];

export const f32x4: LaneInstructions = {
  constant: (value) => splatted(new Float32Array(4).fill(value)),
  loadSplat: access(vector(0x09), 2),
  add: vectorBinary(0xe4),
  subtract: vectorBinary(0xe5),
  multiply: vectorBinary(0xe6),
  relaxedMultiplyAdd: vectorTernary(0x105),
  relaxedNegatedMultiplyAdd: vectorTernary(0x106),
  widened: (a) => [promoteLow(a), promoteLow(v128.shuffle(a, HIGH_HALF_FIRST))],
};

export const f64x2: LaneInstructions = {
  constant: (value) => splatted(new Float64Array(2).fill(value)),
  loadSplat: access(vector(0x0a), 3),
  add: vectorBinary(0xf0),
  subtract: vectorBinary(0xf1),
  multiply: vectorBinary(0xf2),
  relaxedMultiplyAdd: vectorTernary(0x107),
  relaxedNegatedMultiplyAdd: vectorTernary(0x108),
  widened: (a) => [a],
};
