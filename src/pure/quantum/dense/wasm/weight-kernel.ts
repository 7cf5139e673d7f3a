import { CHUNK_BYTES } from '../geometry.js';
import { WEIGH } from '../operation-records.js';
import type { Code, Local } from './instructions.js';
import { extractDouble, f64, f64x2, get, i32, loopWhile, repeat, sequence, set, v128 } from './instructions.js';
import type { KernelArithmetic } from './kernel-arithmetic.js';
import { word } from './kernel-arithmetic.js';
import type { FunctionScope } from './module-builder.js';

const CHUNK_VECTORS = [0, 16, 32, 48] as const;

/**
 * Σ|amplitude|² of groups `first` to `end` - 1 of rows, each a 64-bit number. Squares and sums are double in either
 * precision: what is drawn and what is normalised should not be coarser than the state itself.
 */
export function weighRows(arithmetic: KernelArithmetic) {
  return (scope: FunctionScope, record: Local, first: Local, end: Local, state: Local): Code => {
    const [group, row, rows, rest, offset, chunk, last] = Array.from({ length: 7 }, () => scope.local('i32')) as unknown as
      readonly [Local, Local, Local, Local, Local, Local, Local];
    const sums = CHUNK_VECTORS.map(() => scope.local('v128'));
    const [value, wide] = [scope.local('v128'), scope.local('v128')];
    const total = scope.local('f64');
    const addLanes = sums.flatMap((sum) => ([0, 1] as const).flatMap((lane) => set(total, f64.add(get(total), extractDouble(get(sum), lane)))));
    const square = (sum: Local): Code => f64x2.add(get(sum), f64x2.multiply(get(wide), get(wide)));
    const vectorOf = (bit: Code): Code => i32.load(i32.add(word(record, WEIGH.vectors), i32.shiftLeft(bit, i32.constant(2))));
    return sequence(
      set(group, get(first)),
      loopWhile(i32.lessUnsigned(get(group), get(end)), sequence(
        set(total, f64.constant(0)),
        set(row, i32.shiftLeft(get(group), word(record, WEIGH.groupBits))),
        set(rows, i32.shiftLeft(i32.add(get(group), i32.constant(1)), word(record, WEIGH.groupBits))),
        repeat(sequence(
          set(offset, i32.constant(0)),
          set(rest, get(row)),
          loopWhile(get(rest), sequence(
            set(offset, i32.xor(get(offset), vectorOf(i32.countTrailingZeros(get(rest))))),
            set(rest, i32.and(get(rest), i32.subtract(get(rest), i32.constant(1)))),
          )),
          set(chunk, i32.add(get(state), get(offset))),
          set(last, i32.add(get(chunk), word(record, WEIGH.rowBytes))),
          ...sums.map((sum) => set(sum, v128.zero)),
          repeat(sequence(
            ...sums.map((sum, k) => sequence(
              set(value, v128.load(get(chunk), CHUNK_VECTORS[k] as number)),
              ...arithmetic.lanes.widened(get(value)).map((part) => sequence(set(wide, part), set(sum, square(sum)))),
            )),
            set(chunk, i32.add(get(chunk), i32.constant(CHUNK_BYTES))),
          ), i32.notEqual(get(chunk), get(last))),
          addLanes,
          set(row, i32.add(get(row), i32.constant(1))),
        ), i32.lessUnsigned(get(row), get(rows))),
        f64.store(i32.add(word(record, WEIGH.sums), i32.shiftLeft(get(group), i32.constant(3))), get(total)),
        set(group, i32.add(get(group), i32.constant(1))),
      )),
    );
  };
}
