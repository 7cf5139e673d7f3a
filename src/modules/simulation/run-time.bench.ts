/**
 * What `POST /v1/simulations/estimate` tells beforehand, beside what a run then takes: by method, from text to counts in
 * one thread that has done the like before. Measured are CPU seconds, the least of some rounds, as the machine is shared.
 * The constants of `domain/run-time.ts` are from here; a ratio above 1 is an estimate that was too long.
 */
import { NOISELESS, parseNoise } from '#pure/quantum/noise/noise-model.js';
import { COUNTS_ONLY } from '#pure/quantum/outputs/output-request.js';
import { parseProgram } from '#pure/quantum/qasm/parse-program.js';
import type { MethodChoice } from '#pure/quantum/simulate.js';
import { estimate, simulate } from '#pure/quantum/simulate.js';
import { brickwork, cliffords, ghz, grover, type NamedCircuit, qaoa, qft, qftOfProduct, TELEPORTATION } from '../../../test/bench/circuits.js';
import { secondsOf } from './domain/run-time.js';
import { KernelTeam } from './worker/kernel-team.js';

interface Case extends NamedCircuit {
  readonly method: MethodChoice;
  readonly shots: number;
  /** Probability of a depolarising error at every gate. */
  readonly noise: number;
}

const ROUNDS = 3;
const of = (method: MethodChoice, circuits: readonly NamedCircuit[], shots = 1000, noise = 0): Case[] => circuits.map((circuit) => ({ ...circuit, method, shots, noise }));
/** Each of the first eight gates followed by a measurement of its qubit, so that shots part ways at the beginning. */
const interrupted = ({ name, source }: NamedCircuit): NamedCircuit => {
  let gates = 0;
  return { name: `${name} measured`, source: source.replace(/^u3\(.*(q\[\d+\]);$/gm, (gate, qubit: string) => (gates++ < 8 ? `${gate}\nmeasure ${qubit} -> c[0];` : gate)) };
};
/** Its first layers only. */
const shallow = ({ name, source }: NamedCircuit, gatesMax: number): NamedCircuit => {
  let gates = 0;
  return { name: `${name} shallow`, source: source.replace(/^(?:u3|cz).*\n/gm, (gate) => (gates++ < gatesMax ? gate : '')) };
};

const CASES: readonly Case[] = [
  ...of('statevector', [ghz(5), qft(8), brickwork(8), brickwork(12), grover(7, 8), brickwork(16), qaoa(20), brickwork(20), qft(22), qftOfProduct(22), brickwork(22), brickwork(24)]),
  ...of('statevector', [brickwork(16)], 1_000_000),
  ...of('statevector', [TELEPORTATION, interrupted(brickwork(8)), interrupted(brickwork(12))]),
  ...of('stabilizer', [ghz(20), cliffords(100), cliffords(300), cliffords(1000)]),
  ...of('stabilizer', [cliffords(100)], 100_000),
  ...of('stabilizer', [cliffords(100)], 1000, 0.001),
  ...of('sparse', [ghz(60), grover(9, 4), grover(12, 2), grover(13, 4), grover(17, 1)]),
  ...of('matrix-product-state', [ghz(60), shallow(brickwork(60), 360), brickwork(8), brickwork(10), brickwork(12)]),
  ...of('density-matrix', [ghz(5), brickwork(6), brickwork(8), brickwork(9)], 1000, 0.001),
  ...of('trajectories', [ghz(5), brickwork(6), brickwork(8), brickwork(10)], 1000, 0.001),
];

function cpuSeconds(deed: () => void): number {
  const before = process.cpuUsage();
  deed();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const team = new KernelTeam(1);
const ratios: number[] = [];
console.log(['circuit'.padEnd(18), 'method'.padEnd(21), 'shots'.padStart(8), 'estimate s'.padStart(11), 'measured s'.padStart(11), 'ratio'.padStart(7)].join(' '));
for (const { name, source, method, shots, noise } of CASES) {
  const model = parseNoise(noise === 0 ? undefined : { channels: [{ type: 'depolarizing', probability: noise }] }, 20);
  const parsed = () => {
    const program = parseProgram('openqasm2', source, {}, {});
    if (!program.ok) throw new Error(program.error.message);
    return program.circuit;
  };
  if (!model.ok) throw new Error(model.refusal.message);
  const circuit = parsed();
  const { components, activeQubits } = estimate(circuit, 'single', method, COUNTS_ONLY, noise === 0 ? NOISELESS : model.value);
  const told = secondsOf(components, activeQubits, shots);
  const measured = Math.min(...Array.from({ length: ROUNDS }, (_, seed) =>
    cpuSeconds(() => void simulate(parsed(), { shots, seed, precision: 'single', method, team, noise: noise === 0 ? NOISELESS : model.value }))));
  if (told !== null) ratios.push(told / measured);
  console.log([name.padEnd(18), method.padEnd(21), String(shots).padStart(8), (told?.toPrecision(2) ?? '-').padStart(11), measured.toFixed(4).padStart(11), (told === null ? '-' : (told / measured).toFixed(2)).padStart(7)].join(' '));
}
console.log(`ratios from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`);
process.exit(0);
