/**
 * Each kernel against the limit of this machine, memory: a plain sweep that reads and writes the same two arrays,
 * measured in the same run. A ratio of 1 is a kernel that computes for free. Run: `node dist/…/apply-gate.bench.js [qubits]`.
 */
import { gateNamed } from '../gates/gate-table.js';
import { applyGate } from './apply-gate.js';
import type { KernelGate } from './kernel-gate.js';
import { placeGate, shapeOf } from './kernel-gate.js';
import type { Precision, StateVector } from './state-vector.js';
import { createStateVector, stateBytes } from './state-vector.js';

const ROUNDS = 7;

/** Best of some rounds, in milliseconds: what else runs on the machine can only make it slower. */
function best(deed: () => void): number {
  let fastest = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    deed();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

/** One function for each element type: code that V8 must share between two types would be no limit. */
function sweepDouble(array: Float64Array): void {
  for (let i = 0; i < array.length; i++) array[i] = -(array[i] as number);
}

function sweepSingle(array: Float32Array): void {
  for (let i = 0; i < array.length; i++) array[i] = -(array[i] as number);
}

function sweep({ re, im }: StateVector): void {
  for (const array of [re, im]) {
    if (array instanceof Float64Array) sweepDouble(array);
    else sweepSingle(array);
  }
}

/** The part of the state that a gate must touch: one half for each control, and half of an exchange's targets. */
function touchedPart(gate: KernelGate, targets: number): number {
  let controls = 0;
  for (let mask = gate.controlMask; mask !== 0; mask &= mask - 1) controls++;
  const values = gate.form === 'exchange' ? 2 / 2 ** targets : 1;
  return values / 2 ** controls;
}

function measure(qubits: number, precision: Precision): void {
  const state = createStateVector(qubits, precision);
  const limit = best(() => sweep(state));
  const gigabytes = Number(2n * stateBytes(qubits, precision)) / 1e9;
  console.log(`\n${qubits} qubits, ${precision}: memory sweep ${limit.toFixed(2)} ms, ${(gigabytes / limit * 1000).toFixed(1)} GB/s read and written`);
  const middle = qubits >> 1;
  const places = { low: [0, 1, 2], middle: [middle, middle + 1, middle + 2], high: [qubits - 1, qubits - 2, qubits - 3] };
  for (const [name, angles] of [['h', []], ['u3', [1, 2, 3]], ['rz', [1]], ['t', []], ['x', []], ['cx', []], ['cz', []], ['cu1', [1]], ['swap', []], ['rzz', [1]], ['rxx', [1]], ['ccx', []], ['rccx', []]] as const) {
    const record = gateNamed(name);
    const shape = shapeOf(record.matrix(angles));
    const ratios = Object.entries(places).map(([where, place]) => {
      const gate = placeGate(shape, place.slice(0, record.qubits));
      const ratio = best(() => applyGate(state, gate)) / (limit * touchedPart(gate, shape.targets.length));
      return `${where} ${ratio.toFixed(2)}`;
    });
    console.log(`${name.padEnd(5)} ${shape.form.padEnd(9)} time / limit for the part touched: ${ratios.join(', ')}`);
  }
}

const qubits = Number(process.argv[2] ?? 22);
measure(qubits, 'double');
measure(qubits, 'single');
