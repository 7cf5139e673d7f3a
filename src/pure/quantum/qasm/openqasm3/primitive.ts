import { isSelfInverse, linearGate } from '../../gates/controlled-gates.js';
import { gateNamed, inverseSteps } from '../../gates/gate-table.js';
import { adjoint, embed, multiply, wholePower, withPhase } from '../../gates/matrix-algebra.js';
import { principalPower } from '../../gates/matrix-power.js';
import type { Matrix } from '../../gates/matrix.js';
import { controlled, identity } from '../../gates/matrix.js';

/** What gate applications come down to before they are put into the circuit: one thing done under controls. */
export type Primitive = { readonly controls: readonly number[] } & (
  | { readonly kind: 'phase'; readonly angle: number }
  | { readonly kind: 'gate'; readonly name: string; readonly parameters: readonly number[]; readonly qubits: readonly number[] }
  | { readonly kind: 'matrix'; readonly label: string; readonly matrix: Matrix; readonly qubits: readonly number[] }
);

export type PrimitiveSink = (primitive: Primitive) => void;

/** Largest matrix that a circuit holds. */
export const MATRIX_QUBITS_MAX = 5;

const NO_QUBITS: readonly number[] = Object.freeze([]);

export function gatePrimitive(name: string, parameters: readonly number[], qubits: readonly number[]): Primitive {
  return { kind: 'gate', name, parameters, qubits, controls: NO_QUBITS };
}

export function phasePrimitive(angle: number): Primitive {
  return { kind: 'phase', angle, controls: NO_QUBITS };
}

/** What undoes one primitive, exactly. */
export function inverted(primitive: Primitive): readonly Primitive[] {
  const { controls } = primitive;
  if (primitive.kind === 'phase') return [{ ...primitive, angle: -primitive.angle }];
  if (primitive.kind === 'matrix') return [{ ...primitive, label: `inv @ ${primitive.label}`, matrix: adjoint(primitive.matrix) }];
  return inverseSteps(gateNamed(primitive.name), primitive.parameters).map(({ name, parameters, qubits }) => ({
    kind: 'gate', name, parameters, qubits: qubits.map((position) => primitive.qubits[position] as number), controls,
  }));
}

/** The primitive to a power, where that is one primitive again. A fraction must be of a gate whose eigenvalues are known. */
export function powerOfOne(primitive: Primitive, exponent: number): Primitive | null {
  const isWhole = Number.isInteger(exponent);
  if (primitive.kind !== 'gate') return primitive.kind === 'phase' && isWhole ? { ...primitive, angle: primitive.angle * exponent } : null;
  const linear = linearGate(primitive.name, primitive.parameters);
  if (linear !== null) {
    const turns = isWhole ? 0 : Math.ceil(linear.angle / linear.period - 0.5);
    return { ...primitive, name: linear.name, parameters: [(linear.angle - turns * linear.period) * exponent] };
  }
  if (!isWhole || !isSelfInverse(primitive.name)) return null;
  return exponent % 2 === 0 ? { ...primitive, name: 'id', parameters: [], qubits: primitive.qubits.slice(0, 1) } : primitive;
}

/** All qubits that some primitives act on, in the order in which they are met. */
export function qubitsOf(primitives: readonly Primitive[]): readonly number[] {
  const qubits = new Set<number>();
  for (const primitive of primitives) {
    primitive.controls.forEach((qubit) => qubits.add(qubit));
    if (primitive.kind !== 'phase') primitive.qubits.forEach((qubit) => qubits.add(qubit));
  }
  return [...qubits];
}

/** The matrix of primitives one after the other, on `qubits`. */
export function matrixOf(primitives: readonly Primitive[], qubits: readonly number[]): Matrix {
  let product = identity(2 ** qubits.length);
  for (const primitive of primitives) {
    const { matrix, on } = ownMatrix(primitive);
    const positions = on.map((qubit) => qubits.indexOf(qubit));
    product = multiply(embed(matrix, positions, qubits.length), product);
  }
  return product;
}

function ownMatrix(primitive: Primitive): { readonly matrix: Matrix; readonly on: readonly number[] } {
  const { controls } = primitive;
  if (primitive.kind === 'phase') return { matrix: controlled(controls.length, withPhase(identity(1), primitive.angle)), on: controls };
  const matrix = primitive.kind === 'matrix' ? primitive.matrix : gateNamed(primitive.name).matrix(primitive.parameters);
  return { matrix: controlled(controls.length, matrix), on: [...controls, ...primitive.qubits] };
}

/** A matrix to a power; a fraction takes the principal one. */
export function matrixPower(matrix: Matrix, exponent: number): Matrix {
  if (!Number.isInteger(exponent)) return principalPower(matrix, exponent);
  return exponent < 0 ? adjoint(wholePower(matrix, -exponent)) : wholePower(matrix, exponent);
}
