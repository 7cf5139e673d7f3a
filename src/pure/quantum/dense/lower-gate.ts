import { gateNamed } from '../gates/gate-table.js';
import type { Matrix } from '../gates/matrix.js';
import { lowerUnitary } from './lower-unitary.js';
import type { Lowering } from './lowering.js';

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

type Lower = (lowering: Lowering, qubits: readonly number[], parameters: readonly number[]) => void;

/** X where all but the last are 1: a phase between two Hadamards, however many controls there are. */
const controlledX: Lower = (lowering, qubits) => {
  const target = qubits[qubits.length - 1] as number;
  lowering.oneQubit(target, HADAMARD);
  lowering.allOnesPhase(qubits, PI);
  lowering.oneQubit(target, HADAMARD);
};
const controlledPhase: Lower = (lowering, qubits, [angle = 0]) => lowering.allOnesPhase(qubits, angle);
const idle: Lower = () => {};

/** Gates of many qubits that have a cheaper form here than their record's steps. */
const NATIVE: ReadonlyMap<string, Lower> = new Map(Object.entries<Lower>({
  id: idle,
  u0: idle,
  cx: (lowering, [control = 0, target = 0]) => lowering.controlledX(control, target),
  cz: (lowering, qubits) => lowering.allOnesPhase(qubits, PI),
  swap: (lowering, [a = 0, b = 0]) => lowering.exchange(a, b),
  cp: controlledPhase,
  cu1: controlledPhase,
  crz: (lowering, qubits, [angle = 0]) => {
    lowering.phaseOf(qubits[0] as number, -angle / 2);
    lowering.allOnesPhase(qubits, angle);
  },
  rzz: (lowering, qubits, [angle = 0]) => {
    lowering.globalPhase(-angle / 2);
    lowering.parityPhase(qubits, angle);
  },
  ccx: controlledX,
  c3x: controlledX,
  c4x: controlledX,
  cswap: (lowering, [control = 0, a = 0, b = 0], parameters) => {
    lowering.controlledX(b, a);
    controlledX(lowering, [control, a, b], parameters);
    lowering.controlledX(b, a);
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
export function lowerNamed(lowering: Lowering, name: string, parameters: readonly number[], qubits: readonly number[]): void {
  const native = NATIVE.get(name);
  if (native !== undefined) return native(lowering, qubits, parameters);
  if (qubits.length === 1) return lowering.oneQubit(qubits[0] as number, matrixOf(name, parameters));
  const { decomposition } = gateNamed(name);
  if (decomposition === null) return lowerUnitary(lowering, qubits, matrixOf(name, parameters));
  const { phase, steps } = decomposition(parameters);
  lowering.globalPhase(phase);
  for (const step of steps) lowerNamed(lowering, step.name, step.parameters, step.qubits.map((position) => qubits[position] as number));
}

export function lowerGate(lowering: Lowering, gate: DenseGate): void {
  if (gate.name === null) lowerUnitary(lowering, gate.qubits, gate.matrix());
  else lowerNamed(lowering, gate.name, gate.parameters, gate.qubits);
}
