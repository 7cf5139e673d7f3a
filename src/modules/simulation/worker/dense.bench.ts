/**
 * The dense engine from text to counts, beside the limits of this machine measured in the same run: memory copied, and
 * fused multiplications of registers. The first request finds a new process; warm is the best of some rounds. CPU seconds
 * are those of all threads: on a machine that others use they are the steadier figure.
 * Run: `node dist/…/dense.bench.js [single|double] [peer=FOLDER] [name…]`; the folder is where `quantum-circuit` of npm is
 * installed, which is no dependency of this project (docs/adr/0013-dense-engine.md). Without one it is installed for this run.
 */
import { DENSE_CIRCUITS, ghz, qft } from '../../../../test/bench/circuits.js';
import { peerRun } from '../../../../test/bench/quantum-circuit.js';
import type { DensePass } from '#pure/quantum/dense/planner.js';
import { DenseState } from '#pure/quantum/dense/dense-state.js';
import { f32x4, get, i32, repeat, sequence, set, v128 } from '#pure/quantum/dense/wasm/instructions.js';
import { ModuleBuilder } from '#pure/quantum/dense/wasm/module-builder.js';
import { sharedMemory } from '#pure/quantum/dense/wasm/web-assembly.js';
import type { Circuit } from '#pure/quantum/circuit/circuit.js';
import { parseOpenQasm2 } from '#pure/quantum/qasm/openqasm2.js';
import { simulate } from '#pure/quantum/simulate.js';
import type { ThreadTeam } from '#pure/quantum/dense/thread-team.js';
import { KernelTeam } from './kernel-team.js';

const ROUNDS = 7;
const SHOTS = 1000;

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

function cost(deed: () => void): Cost {
  const cpu = process.cpuUsage();
  const start = performance.now();
  deed();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}

function best(deed: () => void): Cost & { readonly first: number } {
  const all = Array.from({ length: ROUNDS }, () => cost(deed));
  return { first: all[0]!.wall, wall: Math.min(...all.map(({ wall }) => wall)), cpu: Math.min(...all.map(({ cpu }) => cpu)) };
}

/** Bytes read and written a second by copying 64 MiB. */
function copyLimit(): number {
  const [from, to] = [new Float64Array(2 ** 23).fill(1), new Float64Array(2 ** 23).fill(2)];
  return (2 * from.byteLength) / best(() => to.set(from)).cpu;
}

const CHAINS = 12;
const CHAIN_TURNS = 40_000;
const CHAIN_BLOCKS = 64;

/** Independent chains of fused multiplications, two vectors each: 256 bits where the runtime packs them. What a team takes for a block is so many turns of them. */
function chainModule(): WebAssembly.Module {
  const module = new ModuleBuilder();
  module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (scope, ...parameters) => {
    const [first, end] = [parameters[1]!, parameters[2]!];
    const vectors = Array.from({ length: 2 * CHAINS }, () => scope.local('v128'));
    const i = scope.local('i32');
    const each = (statement: (k: number) => readonly number[]) => sequence(...vectors.map((_, k) => statement(k)));
    return sequence(
      set(i, i32.multiply(i32.subtract(get(end), get(first)), i32.constant(CHAIN_TURNS))),
      each((k) => set(vectors[k]!, v128.load(i32.constant(0), 16 * k))),
      repeat(sequence(
        each((k) => set(vectors[k]!, f32x4.relaxedMultiplyAdd(get(vectors[k]!), get(vectors[k]!), get(vectors[k]!)))),
        set(i, i32.subtract(get(i), i32.constant(1))),
      ), get(i)),
      // The higher first, as the kernels do.
      each((k) => v128.store(i32.constant(0), get(vectors[k ^ 1]!), 16 * (k ^ 1))),
    );
  }, 'runBlocks');
  return new KernelTeam(1).compilers[0]!(module.build());
}

/** Operations a second of one thread by CPU time, and how much sooner two are done: no circuit can gain more by the second. */
function multiplyLimits(one: ThreadTeam, two: ThreadTeam): { readonly multiply: number; readonly second: number } {
  const [module, memory] = [chainModule(), sharedMemory(1024)];
  const run = (team: ThreadTeam) => best(() => {
    team.run(module, memory, { entry: 'runBlocks', record: 0, count: CHAIN_BLOCKS, workspaces: Array.from({ length: team.threads }, () => ({ block: 0, scalars: 0 })) });
  });
  const [alone, shared] = [run(one), run(two)];
  return { multiply: (CHAINS * CHAIN_BLOCKS * CHAIN_TURNS * 8 * 2) / alone.cpu, second: alone.wall / shared.wall };
}

function parsed(source: string): Circuit {
  const result = parseOpenQasm2(source);
  if (!result.ok) throw new Error(result.error.message);
  return result.circuit;
}

let seed = 0;

function fromTextToCounts(source: string, team: ThreadTeam): ReturnType<typeof best> {
  return best(() => void simulate(parsed(source), { shots: SHOTS, seed: seed++, precision, method: 'statevector', team }));
}

/** The passes alone: a state used again has its memory already, and its plan. */
function passesOf(source: string, team: ThreadTeam): Cost & { readonly passes: readonly DensePass[] } {
  const { qubits, operations } = parsed(source);
  const state = new DenseState(qubits, precision, team);
  const run = best(() => {
    state.clear();
    for (const operation of operations) if (operation.kind === 'gate') state.apply(operation);
    void state.passes;
  });
  const { passes } = state;
  state.release();
  return { ...run, passes };
}

/** The largest that the peer ends with in a minute. */
const PEER_QUBITS_MAX = 12;
/** Two more that it ends with: most of the others are beyond it. */
const CIRCUITS = [...DENSE_CIRCUITS, ghz(12), qft(12)];

const precision = process.argv[2] === 'double' ? 'double' : 'single';
const peerFolder = process.argv.find((argument) => argument.startsWith('peer='))?.slice(5);
const names = process.argv.slice(3).filter((argument) => !argument.startsWith('peer='));
const peer = peerRun(peerFolder);
const [one, two] = [new KernelTeam(1), new KernelTeam(2)];
const copy = copyLimit();
const { multiply, second } = multiplyLimits(one, two);
console.log(`${precision}; limits of one thread by CPU time: copy ${(copy / 1e9).toFixed(1)} GB/s, fused ${(multiply / 1e9).toFixed(1)} GFLOP/s; shares of them in brackets`);
console.log(`of two threads, by multiplications alone: ${second.toFixed(2)} times one`);
const realBytes = precision === 'single' ? 4 : 8;
/** A vector holds half as many doubles. */
const multiplyHere = (multiply * 4) / realBytes;
const header = ['circuit', 'first s', 'warm s', '2 threads', 'ratio', 'cpu s', 'passes s', 'passes', 'rotations', 'GB/s', 'GFLOP/s', 'quantum-circuit'];
const line = (cells: readonly string[]) => console.log(cells.map((cell, k) => (k === 0 ? cell.padEnd(9) : cell.padStart(k < 9 ? 9 : k < 11 ? 14 : 18))).join(' '));
line(header);
for (const { name, source } of CIRCUITS) {
  if (names.length > 0 && !names.includes(name)) continue;
  const [alone, shared] = [fromTextToCounts(source, one), fromTextToCounts(source, two)];
  const { passes, cpu } = passesOf(source, one);
  const amplitudes = passes.map(({ blocks, blockBits }) => blocks * 2 ** blockBits);
  const bytes = amplitudes.reduce((sum, count) => sum + 2 * count * 2 * realBytes, 0);
  const flops = passes.reduce((sum, { rotations }, k) => sum + rotations * amplitudes[k]! * 4, 0);
  const peerSeconds = peer === null || parsed(source).qubits > PEER_QUBITS_MAX ? null : peer(source);
  line([
    name, alone.first.toFixed(4), alone.wall.toFixed(4), shared.wall.toFixed(4), (alone.wall / shared.wall).toFixed(2), alone.cpu.toFixed(4), cpu.toFixed(4),
    String(passes.length), String(passes.reduce((sum, { rotations }) => sum + rotations, 0)),
    `${(bytes / cpu / 1e9).toFixed(1)} (${(bytes / cpu / copy).toFixed(2)})`, `${(flops / cpu / 1e9).toFixed(1)} (${(flops / cpu / multiplyHere).toFixed(2)})`,
    peerSeconds === null ? '-' : `${peerSeconds.toFixed(2)} s, ${(peerSeconds / alone.cpu).toFixed(0)} x`,
  ]);
}
console.log(`peak resident memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
process.exit(0);
