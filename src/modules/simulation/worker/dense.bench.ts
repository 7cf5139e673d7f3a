/**
 * The dense engine from text to counts, beside the limits of this machine measured in the same run: memory copied, and
 * fused multiplications of registers. Best of some warm rounds and the first; CPU seconds are those of all threads.
 * Run: `node dist/…/dense.bench.js [single|double] [name…]`.
 */
import { DENSE_CIRCUITS } from '../../../../test/bench/circuits.js';
import { DenseState } from '#pure/quantum/dense/dense-state.js';
import { f32x4, get, i32, repeat, sequence, set, v128 } from '#pure/quantum/dense/wasm/instructions.js';
import { ModuleBuilder } from '#pure/quantum/dense/wasm/module-builder.js';
import { sharedMemory } from '#pure/quantum/dense/wasm/web-assembly.js';
import { parseOpenQasm2 } from '#pure/quantum/qasm/openqasm2.js';
import { simulate } from '#pure/quantum/simulate.js';
import type { ThreadTeam } from '#pure/quantum/dense/thread-team.js';
import { KernelTeam } from './kernel-team.js';

const ROUNDS = 5;
const SHOTS = 1000;

function seconds(deed: () => void): { readonly wall: number; readonly cpu: number } {
  const cpu = process.cpuUsage();
  const start = performance.now();
  deed();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}

function best(deed: () => void): { readonly first: number; readonly wall: number; readonly cpu: number } {
  const all = Array.from({ length: ROUNDS }, () => seconds(deed));
  return { first: all[0]!.wall, wall: Math.min(...all.map(({ wall }) => wall)), cpu: Math.min(...all.map(({ cpu }) => cpu)) };
}

/** Bytes read and written a second by copying 64 MiB. */
function copyLimit(): number {
  const [from, to] = [new Float64Array(2 ** 23).fill(1), new Float64Array(2 ** 23).fill(2)];
  return (2 * from.byteLength) / best(() => to.set(from)).cpu;
}

/** Operations a second of ten independent chains of fused multiplications, 128 bits wide: twice that is 256 bits' limit. */
function multiplyLimit(): number {
  const [chains, turns] = [10, 20_000_000];
  const module = new ModuleBuilder();
  module.define(['i32'], (scope, ...[count]) => {
    const values = Array.from({ length: chains }, () => scope.local('v128'));
    const i = count!;
    const step = values.map((value) => set(value, f32x4.relaxedMultiplyAdd(get(value), get(value), get(value))));
    const used = values.map((value) => v128.store(i32.constant(0), get(value)));
    return sequence(repeat(sequence(...step, set(i, i32.subtract(get(i), i32.constant(1)))), get(i)), ...used);
  }, 'chains');
  const compiled = new KernelTeam(1).compilers[1]!(module.build());
  const { exports } = new WebAssembly.Instance(compiled, { engine: { memory: sharedMemory(64) } });
  return (chains * turns * 4 * 2) / best(() => (exports['chains'] as (turns: number) => void)(turns)).cpu;
}

const precision = process.argv[2] === 'double' ? 'double' : 'single';
const names = process.argv.slice(3);
const [copy, multiply] = [copyLimit(), multiplyLimit()];
console.log(`${precision}; limits of one thread by CPU time: copy ${(copy / 1e9).toFixed(1)} GB/s, fused ${(multiply / 1e9).toFixed(1)} GFLOP/s at 128 bits (twice that at 256)`);
const teams: readonly ThreadTeam[] = [new KernelTeam(1), new KernelTeam(2)];
const stateReals = precision === 'single' ? 4 : 8;
console.log('circuit   threads  first s   best s    cpu s   run s    passes  rotations  GB/s (of copy)   GFLOP/s (of 256-bit fused)');
for (const { name, source } of DENSE_CIRCUITS) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const team of teams) {
    let seed = 0;
    const whole = best(() => {
      const parsed = parseOpenQasm2(source);
      if (!parsed.ok) throw new Error(parsed.error.message);
      simulate(parsed.circuit, { shots: SHOTS, seed: seed++, precision, method: 'statevector', team });
    });
    const parsed = parseOpenQasm2(source);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const { qubits, operations } = parsed.circuit;
    const state = new DenseState(qubits, precision, team);
    // A state used again has its memory already, and its plan: what is left is the passes.
    const run = best(() => {
      state.clear();
      for (const operation of operations) if (operation.kind === 'gate') state.apply(operation);
      void state.passes;
    });
    const { passes } = state;
    const amplitudes = passes.map(({ blocks, blockBits }) => blocks * 2 ** blockBits);
    const bytes = amplitudes.reduce((sum, count) => sum + 2 * count * 2 * stateReals, 0);
    const flops = passes.reduce((sum, { rotations }, k) => sum + rotations * amplitudes[k]! * 4, 0);
    console.log([
      name.padEnd(9), String(team.threads).padStart(7), whole.first.toFixed(4).padStart(9), whole.wall.toFixed(4).padStart(9), whole.cpu.toFixed(4).padStart(9),
      run.wall.toFixed(4).padStart(8), String(passes.length).padStart(7), String(passes.reduce((sum, { rotations }) => sum + rotations, 0)).padStart(9),
      `${(bytes / run.wall / 1e9).toFixed(1)} (${(bytes / run.cpu / copy).toFixed(2)})`.padStart(15), `${(flops / run.wall / 1e9).toFixed(1)} (${(flops / run.cpu / multiply / 2).toFixed(2)})`.padStart(17),
    ].join(' '));
    state.release();
  }
}
console.log(`peak resident memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
process.exit(0);
