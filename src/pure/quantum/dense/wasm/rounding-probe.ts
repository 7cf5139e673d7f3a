import type { Local } from './instructions.js';
import { f32x4, f64x2, get, v128 } from './instructions.js';
import type { Rounding } from './kernel-arithmetic.js';
import { ModuleBuilder } from './module-builder.js';
import { sharedMemory } from './web-assembly.js';

/**
 * Whether relaxed_madd rounds once, in both precisions: (1 + ε)·(1 - ε) - 1 is -ε² exactly, and 0 if the product is
 * rounded first. So it is on x86 with FMA3 and on arm64.
 */
function fuses(): boolean {
  const module = new ModuleBuilder();
  module.define(['i32'], (_, ...[at]) => [f32x4, f64x2].flatMap((lanes, k) => {
    const operand = (index: number) => v128.load(get(at as Local), 64 * k + 16 * index);
    return v128.store(get(at as Local), lanes.relaxedMultiplyAdd(operand(0), operand(1), operand(2)), 64 * k + 48);
  }), 'probe');
  const memory = sharedMemory(128);
  const [singles, doubles] = [new Float32Array(memory.buffer), new Float64Array(memory.buffer)];
  const [small, tiny] = [2 ** -13, 2 ** -30];
  [1 + small, 1 - small, -1].forEach((value, operand) => singles.fill(value, 4 * operand, 4 * operand + 4));
  [1 + tiny, 1 - tiny, -1].forEach((value, operand) => doubles.fill(value, 8 + 2 * operand, 10 + 2 * operand));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { engine: { memory } });
  (exports['probe'] as (at: number) => void)(0);
  return singles.subarray(12, 16).every((value) => value === -(small ** 2)) && doubles.subarray(14, 16).every((value) => value === -(tiny ** 2));
}

let found: Rounding | null = null;

/** How this machine's kernels are to be emitted. Throws where the runtime has no relaxed SIMD. */
export function rounding(): Rounding {
  found ??= fuses() ? 'fused' : 'unfused';
  return found;
}
