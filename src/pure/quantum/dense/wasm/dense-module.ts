import type { Geometry } from '../geometry.js';
import { CHUNK_BYTES } from '../geometry.js';
import { KERNEL, PASS } from '../operation-records.js';
import type { Code, Local } from './instructions.js';
import { branch, call, callIndirect, get, i32, loopWhile, repeat, sequence, set, v128 } from './instructions.js';
import type { KernelArithmetic, KernelParameters, Rounding } from './kernel-arithmetic.js';
import { KERNEL_PARAMETERS, arithmeticFor, word } from './kernel-arithmetic.js';
import type { FunctionScope } from './module-builder.js';
import { ModuleBuilder } from './module-builder.js';
import { multiplyPhases } from './phase-kernels.js';
import { rotate, turn, turnLanes } from './rotation-kernels.js';
import { weighRows } from './weight-kernel.js';

const RUN_PARAMETERS = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;
const ROW_VECTORS = [0, 16, 32, 48] as const;

/** Copies the rows of a block between the state and the workspace; rows outside the live subspace are zeros. */
function copyRows(direction: 'gather' | 'scatter') {
  return (scope: FunctionScope, pass: Local, offset: Local, syndrome: Local, state: Local, block: Local): Code => {
    const [row, offsets, syndromes, here, there, end] = Array.from({ length: 6 }, () => scope.local('i32')) as unknown as readonly [Local, Local, Local, Local, Local, Local];
    const step = (statement: Code): Code => sequence(
      set(end, i32.add(get(here), word(pass, PASS.rowBytes))),
      repeat(sequence(statement, set(here, i32.add(get(here), i32.constant(CHUNK_BYTES))), set(there, i32.add(get(there), i32.constant(CHUNK_BYTES)))), i32.lessUnsigned(get(here), get(end))),
    );
    // All loads before all stores: a runtime that packs pairs of vectors moves no load over a store.
    const chunk = ROW_VECTORS.map(() => scope.local('v128'));
    const copy = (to: Local, from: Local): Code => step(sequence(
      ...chunk.map((value, k) => set(value, v128.load(get(from), ROW_VECTORS[k] as number))),
      ...chunk.map((value, k) => v128.store(get(to), get(value), ROW_VECTORS[k] as number)).toReversed(),
    ));
    const clear = step(sequence(...ROW_VECTORS.toReversed().map((vector) => v128.store(get(here), v128.zero, vector))));
    const isLive = i32.isZero(i32.xor(get(syndrome), i32.load(i32.add(get(syndromes), get(row)))));
    return sequence(
      set(offsets, word(pass, PASS.rowOffsets)),
      set(syndromes, word(pass, PASS.syndromes)),
      set(here, get(block)),
      set(row, i32.constant(0)),
      repeat(sequence(
        set(there, i32.add(get(state), i32.xor(get(offset), i32.load(i32.add(get(offsets), get(row)))))),
        direction === 'scatter' ? copy(there, here) : branch(isLive, copy(here, there), clear),
        set(row, i32.add(get(row), i32.constant(4))),
      ), i32.lessUnsigned(get(row), i32.shiftLeft(word(pass, PASS.rows), i32.constant(2)))),
    );
  };
}

/** Gathers each block, walks through the records of the pass, scatters: one call for many blocks. */
function runBlocks(gather: number, scatter: number, kernelType: number) {
  return (scope: FunctionScope, pass: Local, first: Local, end: Local, state: Local, block: Local, scalars: Local): Code => {
    const [number, rest, vector, offset, syndrome, record] = Array.from({ length: 6 }, () => scope.local('i32')) as unknown as readonly [Local, Local, Local, Local, Local, Local];
    const origin = sequence(
      set(offset, i32.constant(0)),
      set(syndrome, i32.constant(0)),
      set(rest, get(number)),
      loopWhile(get(rest), sequence(
        set(vector, i32.add(word(pass, PASS.blockVectors), i32.shiftLeft(i32.countTrailingZeros(get(rest)), i32.constant(3)))),
        set(offset, i32.xor(get(offset), i32.load(get(vector)))),
        set(syndrome, i32.xor(get(syndrome), i32.load(get(vector), 4))),
        set(rest, i32.and(get(rest), i32.subtract(get(rest), i32.constant(1)))),
      )),
    );
    return sequence(
      set(number, get(first)),
      loopWhile(i32.lessUnsigned(get(number), get(end)), sequence(
        origin,
        call(gather, get(pass), get(offset), get(syndrome), get(state), get(block)),
        set(record, word(pass, PASS.firstRecord)),
        loopWhile(get(record), sequence(
          callIndirect(kernelType, i32.load(get(record)), get(record), get(number), get(block), get(scalars)),
          set(record, i32.load(get(record), 4)),
        )),
        call(scatter, get(pass), get(offset), get(syndrome), get(state), get(block)),
        set(number, i32.add(get(number), i32.constant(1))),
      )),
    );
  };
}

/** The kernel of each number in the records. */
function kernels(arithmetic: KernelArithmetic): ReadonlyMap<number, (scope: FunctionScope, parameters: KernelParameters) => Code> {
  const subsets = Array.from({ length: (1 << arithmetic.laneBits) - 1 }, (_, i) => i + 1);
  return new Map([
    [KERNEL.rotate1, rotate(arithmetic, 1)],
    [KERNEL.rotate2, rotate(arithmetic, 2)],
    [KERNEL.rotate3, rotate(arithmetic, 3)],
    [KERNEL.turnPair, turn(arithmetic, true)],
    [KERNEL.turnChunk, turn(arithmetic, false)],
    ...subsets.map((subset) => [KERNEL.lanes + subset - 1, turnLanes(arithmetic, subset)] as const),
    [KERNEL.phasesByTableAndRow, multiplyPhases(arithmetic, { hasTable: true, hasRows: true })],
    [KERNEL.phasesByTable, multiplyPhases(arithmetic, { hasTable: true, hasRows: false })],
    [KERNEL.phasesByRow, multiplyPhases(arithmetic, { hasTable: false, hasRows: true })],
  ] as const);
}

/** The engine's module for one precision: exports `runBlocks` and `weighRows`, which share their parameters. */
export function denseModule(geometry: Geometry, rounding: Rounding): Uint8Array<ArrayBuffer> {
  const arithmetic = arithmeticFor(geometry, rounding);
  const module = new ModuleBuilder();
  const kernelType = module.type(KERNEL_PARAMETERS);
  const copying = ['i32', 'i32', 'i32', 'i32', 'i32'] as const;
  const gather = module.define(copying, copyRows('gather'));
  const scatter = module.define(copying, copyRows('scatter'));
  for (const [kernel, body] of kernels(arithmetic)) {
    module.tabulate(kernel, module.define(KERNEL_PARAMETERS, (scope, ...[record, number, block, scalars]) =>
      body(scope, { record, number, block, scalars } as KernelParameters)));
  }
  module.define(RUN_PARAMETERS, runBlocks(gather, scatter, kernelType), 'runBlocks');
  module.define(RUN_PARAMETERS, weighRows(arithmetic), 'weighRows');
  return module.build();
}

