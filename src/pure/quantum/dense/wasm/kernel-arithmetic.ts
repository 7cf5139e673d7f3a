import type { Geometry } from '../geometry.js';
import type { Code, LaneInstructions, Local } from './instructions.js';
import { f32x4, f64x2, get, i32, v128 } from './instructions.js';

/** How a·b + c is rounded: once by machines that fuse it, which a self-test shows, or twice by plain instructions. */
export type Rounding = 'fused' | 'unfused';

/** What of a kernel depends on precision and rounding. */
export interface KernelArithmetic {
  readonly lanes: LaneInstructions;
  readonly realBytes: 4 | 8;
  readonly laneBits: number;
  /** a·b + c */
  multiplyAdd(a: Code, b: Code, c: Code): Code;
  /** c - a·b */
  negatedMultiplyAdd(a: Code, b: Code, c: Code): Code;
  /** Lanes exchanged by XOR of their number, inside one vector. */
  exchange(a: Code, lane: number): Code;
}

export function arithmeticFor({ precision, laneBits }: Geometry, rounding: Rounding): KernelArithmetic {
  const lanes = precision === 'single' ? f32x4 : f64x2;
  const realBytes = precision === 'single' ? 4 : 8;
  const isFused = rounding === 'fused';
  return {
    lanes,
    realBytes,
    laneBits,
    multiplyAdd: isFused ? lanes.relaxedMultiplyAdd : (a, b, c) => lanes.add(lanes.multiply(a, b), c),
    negatedMultiplyAdd: isFused ? lanes.relaxedNegatedMultiplyAdd : (a, b, c) => lanes.subtract(c, lanes.multiply(a, b)),
    exchange: (a, lane) => v128.shuffle(a, Array.from({ length: 16 }, (_, k) => k ^ (lane * realBytes))),
  };
}

/** What every kernel is called with. */
export interface KernelParameters {
  readonly record: Local;
  readonly number: Local;
  readonly block: Local;
  readonly scalars: Local;
}
export const KERNEL_PARAMETERS = ['i32', 'i32', 'i32', 'i32'] as const;

/** Word `index` of the record. */
export function word(record: Local, index: number): Code {
  return i32.load(get(record), 4 * index);
}

/** 0 or 1. */
export function parityOf(value: Code): Code {
  return i32.and(i32.popcount(value), i32.constant(1));
}

/** The factors for this block: 32 bytes on if its number is odd under the record's test. */
export function factorsFor(record: Local, number: Local, blockTest: number, factors: number): Code {
  const odd = parityOf(i32.and(get(number), word(record, blockTest)));
  return i32.add(word(record, factors), i32.shiftLeft(odd, i32.constant(5)));
}
