import { gateNamed } from '../gates/gate-table.js';
import type { Matrix } from '../gates/matrix.js';
import { lowerUnitary } from './lower-unitary.js';
import { type GateSink, allOnesPhase } from './gate-sink.js';

/** A gate on dense qubits: one of the table, or any unitary by its matrix. */
export interface DenseGate {
  /** Of the gate table; null: only the matrix is known. */
  readonly name: string | null;
  readonly parameters: readonly number[];
  readonly qubits: readonly number[];
  matrix(): Matrix;
}

const { PI, SQRT1_2 } = Math;
const HADAMARD = Float64Array.of(SQRT1_2, 0, SQRT1_2, 0, SQRT1_2, 0, -SQRT1_2, 0);

type Lower = (sink: GateSink, qubits: readonly number[], parameters: readonly number[]) => void;

/** X where all but the last are 1: a phase between two Hadamards, however many controls there are. */
const controlledX: Lower = (sink, qubits) => {
  const target = qubits[qubits.length - 1] as number;
  sink.oneQubit(target, HADAMARD);
  allOnesPhase(sink, qubits, PI);
  sink.oneQubit(target, HADAMARD);
};
const controlledPhase: Lower = (sink, qubits, [angle = 0]) => allOnesPhase(sink, qubits, angle);
const idle: Lower = () => {};

/** Gates of many qubits that have a cheaper form here than their record's steps. */
const NATIVE: ReadonlyMap<string, Lower> = new Map(Object.entries<Lower>({
  id: idle,
  u0: idle,
  cx: (sink, [control = 0, target = 0]) => sink.controlledX(control, target),
  cz: (sink, qubits) => allOnesPhase(sink, qubits, PI),
  swap: (sink, [a = 0, b = 0]) => sink.exchange(a, b),
  cp: controlledPhase,
  cu1: controlledPhase,
  crz: (sink, qubits, [angle = 0]) => {
    sink.phaseOf(qubits[0] as number, -angle / 2);
    allOnesPhase(sink, qubits, angle);
  },
  rzz: (sink, qubits, [angle = 0]) => {
    sink.globalPhase(-angle / 2);
    sink.parityPhase(qubits, angle);
  },
  ccx: controlledX,
  c3x: controlledX,
  c4x: controlledX,
  cswap: (sink, [control = 0, a = 0, b = 0], parameters) => {
    sink.controlledX(b, a);
    controlledX(sink, [control, a, b], parameters);
    sink.controlledX(b, a);
  },
}));

/** Matrices of gates without parameters are made once. */
const constants = new Map<string, Matrix>();

function matrixOf(name: string, parameters: readonly number[]): Matrix {
  if (parameters.length > 0) return gateNamed(name).matrix(parameters);
  const known = constants.get(name) ?? gateNamed(name).matrix(parameters);
  constants.set(name, known);
  return known;
}

/** A gate of the table on qubits: natively, as a 2×2 matrix, or by its record's steps. */
export function lowerNamed(sink: GateSink, name: string, parameters: readonly number[], qubits: readonly number[]): void {
  const native = NATIVE.get(name);
  if (native !== undefined) return native(sink, qubits, parameters);
  if (qubits.length === 1) return sink.oneQubit(qubits[0] as number, matrixOf(name, parameters));
  const { decomposition } = gateNamed(name);
  if (decomposition === null) return lowerUnitary(sink, qubits, matrixOf(name, parameters));
  const { phase, steps } = decomposition(parameters);
  sink.globalPhase(phase);
  for (const step of steps) lowerNamed(sink, step.name, step.parameters, step.qubits.map((position) => qubits[position] as number));
}

export function lowerGate(sink: GateSink, gate: DenseGate): void {
  if (gate.name === null) lowerUnitary(sink, gate.qubits, gate.matrix());
  else lowerNamed(sink, gate.name, gate.parameters, gate.qubits);
}
