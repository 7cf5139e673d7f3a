import { CHUNK_BYTES, HALF_CHUNK_BYTES } from '../geometry.js';
import { NOTES, PHASES, SELECTORS_MAX } from '../operation-records.js';
import type { Code, Local } from './instructions.js';
import { get, i32, loopWhile, repeat, sequence, set, v128 } from './instructions.js';
import type { KernelArithmetic, KernelParameters } from './kernel-arithmetic.js';
import { parityOf, word } from './kernel-arithmetic.js';
import type { FunctionScope } from './module-builder.js';

const VECTORS = [0, 16] as const;

/** Runs `body` for `local` from 0 to `end` by `step`; at least once. */
function counting(local: Local, end: Code, step: number, body: Code): Code {
  return sequence(set(local, i32.constant(0)), repeat(sequence(body, set(local, i32.add(get(local), i32.constant(step)))), i32.lessUnsigned(get(local), end)));
}

/**
 * The scalars of a block's rows: those of all blocks, times each factor, conjugated in blocks of odd parity. Conjugating
 * is multiplying the imaginary part by a vector of -1.
 */
function blockScalars(arithmetic: KernelArithmetic, scope: FunctionScope, { record, number, scalars }: KernelParameters): Code {
  const { lanes, multiplyAdd, negatedMultiplyAdd } = arithmetic;
  const [i, bytes, entry, lastEntry, table] = [scope.local('i32'), scope.local('i32'), scope.local('i32'), scope.local('i32'), scope.local('i32')];
  const [sign, a, b, c, s] = [scope.local('v128'), scope.local('v128'), scope.local('v128'), scope.local('v128'), scope.local('v128')];
  const at = (base: Code): Code => i32.add(base, get(i));
  const imaginary = (base: Code): Code => i32.add(at(base), get(bytes));
  return sequence(
    set(bytes, word(record, PHASES.scalarBytes)),
    counting(i, i32.shiftLeft(get(bytes), i32.constant(1)), 16, v128.store(at(get(scalars)), v128.load(at(word(record, PHASES.scalars))))),
    set(entry, word(record, PHASES.factors)),
    set(lastEntry, i32.add(get(entry), i32.shiftLeft(word(record, PHASES.factorCount), i32.constant(3)))),
    loopWhile(i32.lessUnsigned(get(entry), get(lastEntry)), sequence(
      set(table, i32.load(get(entry), 4)),
      set(sign, lanes.loadSplat(i32.add(word(record, PHASES.signs), i32.shiftLeft(parityOf(i32.and(get(number), i32.load(get(entry)))), i32.constant(3))))),
      counting(i, get(bytes), 16, sequence(
        set(a, v128.load(at(get(scalars)))),
        set(b, v128.load(imaginary(get(scalars)))),
        set(c, v128.load(at(get(table)))),
        set(s, lanes.multiply(get(sign), v128.load(imaginary(get(table))))),
        v128.store(at(get(scalars)), negatedMultiplyAdd(get(b), get(s), lanes.multiply(get(a), get(c)))),
        v128.store(imaginary(get(scalars)), multiplyAdd(get(a), get(s), lanes.multiply(get(b), get(c)))),
      )),
      set(entry, i32.add(get(entry), i32.constant(8))),
    )),
  );
}

/** A complex vector that multiplies both vectors of a chunk: constant over a row, or taken from the table. */
type Factor = readonly [re: Local, im: Local];

/** Multiplies the chunks of a block by the table's entry, the row's scalar, or both. */
export function multiplyPhases(arithmetic: KernelArithmetic, { hasTable, hasRows }: { readonly hasTable: boolean; readonly hasRows: boolean }) {
  return (scope: FunctionScope, parameters: KernelParameters): Code => {
    const { record, number, block, scalars } = parameters;
    const { lanes, realBytes } = arithmetic;
    const [variant, row, rows, chunk, end, table, scalar, selectors] = Array.from({ length: 8 }, () => scope.local('i32')) as unknown as
      readonly [Local, Local, Local, Local, Local, Local, Local, Local];
    const ofRow: Factor = [scope.local('v128'), scope.local('v128')];
    const flush = scope.local('v128');
    const bits = Array.from({ length: SELECTORS_MAX }, (_, j) =>
      i32.shiftLeft(parityOf(i32.and(get(number), word(record, PHASES.blockTests + j))), i32.constant(j)));
    return sequence(
      hasRows ? blockScalars(arithmetic, scope, parameters) : [],
      set(variant, i32.shiftLeft(bits.reduce(i32.add), word(record, PHASES.variantShift))),
      set(rows, word(record, PHASES.rows)),
      set(selectors, word(record, PHASES.selectors)),
      set(scalar, get(scalars)),
      set(chunk, get(block)),
      // From memory: a constant would be made again in each round.
      set(flush, lanes.loadSplat(word(record, PHASES.signs), NOTES.flush)),
      counting(row, get(rows), 1, sequence(
        set(end, i32.add(get(chunk), i32.shiftLeft(word(record, PHASES.rowChunks), i32.constant(6)))),
        hasTable ? set(table, i32.add(word(record, PHASES.table), i32.xor(get(variant), i32.load(i32.add(get(selectors), i32.shiftLeft(get(row), i32.constant(2))))))) : [],
        hasRows ? sequence(
          set(ofRow[0], lanes.loadSplat(get(scalar))),
          set(ofRow[1], lanes.loadSplat(i32.add(get(scalar), word(record, PHASES.scalarBytes)))),
          set(scalar, i32.add(get(scalar), i32.constant(realBytes))),
        ) : [],
        repeat(sequence(
          multiplyChunk(arithmetic, scope, flush, chunk, hasTable ? table : null, hasRows ? ofRow : null),
          set(chunk, i32.add(get(chunk), i32.constant(CHUNK_BYTES))),
          hasTable ? set(table, i32.add(get(table), i32.constant(CHUNK_BYTES))) : [],
        ), i32.lessUnsigned(get(chunk), get(end))),
      )),
    );
  };
}

/** Both vectors in step, statement by statement, so that the runtime may make one of 256 bits of them. */
function multiplyChunk(arithmetic: KernelArithmetic, scope: FunctionScope, flush: Local, chunk: Local, table: Local | null, ofRow: Factor | null): Code {
  const { lanes, multiplyAdd, negatedMultiplyAdd } = arithmetic;
  const inStep = (statement: (k: 0 | 1) => Code): Code => sequence(statement(0), statement(1));
  // Stores: see `storePair`.
  const fromHigh = (statement: (k: 0 | 1) => Code): Code => sequence(statement(1), statement(0));
  const pairOf = (): readonly [Local, Local] => [scope.local('v128'), scope.local('v128')];
  const [re, im, phaseRe, phaseIm] = [pairOf(), pairOf(), pairOf(), pairOf()];
  const loadFrom = (to: readonly [Local, Local], base: Local, half: number) => inStep((k) => set(to[k], v128.load(get(base), half + VECTORS[k])));
  const [factorRe, factorIm] = [pairOf(), pairOf()];
  const factor: Code = table === null
    ? inStep((k) => sequence(set(factorRe[k], get((ofRow as Factor)[0])), set(factorIm[k], get((ofRow as Factor)[1]))))
    : sequence(
      loadFrom(phaseRe, table, 0),
      loadFrom(phaseIm, table, HALF_CHUNK_BYTES),
      ofRow === null
        ? inStep((k) => sequence(set(factorRe[k], get(phaseRe[k])), set(factorIm[k], get(phaseIm[k]))))
        : sequence(
          inStep((k) => set(factorRe[k], negatedMultiplyAdd(get(phaseIm[k]), get(ofRow[1]), lanes.multiply(get(phaseRe[k]), get(ofRow[0]))))),
          inStep((k) => set(factorIm[k], multiplyAdd(get(phaseIm[k]), get(ofRow[0]), lanes.multiply(get(phaseRe[k]), get(ofRow[1]))))),
        ),
    );
  const flushed = (value: Code): Code => lanes.subtract(value, get(flush));
  return sequence(
    factor,
    loadFrom(re, chunk, 0),
    loadFrom(im, chunk, HALF_CHUNK_BYTES),
    fromHigh((k) => v128.store(get(chunk), flushed(negatedMultiplyAdd(get(factorIm[k]), get(im[k]), multiplyAdd(get(factorRe[k]), get(re[k]), get(flush)))), VECTORS[k])),
    fromHigh((k) => v128.store(get(chunk), flushed(multiplyAdd(get(factorIm[k]), get(re[k]), multiplyAdd(get(factorRe[k]), get(im[k]), get(flush)))), HALF_CHUNK_BYTES + VECTORS[k])),
  );
}
