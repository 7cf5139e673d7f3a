import type { Matrix } from '../gates/matrix.js';
import type { PauliString, ReadableState } from '../methods/quantum-state.js';
import { recordOf } from '../sampling/counts.js';
import type { Observable, OutputRequest } from './output-request.js';

/** What was read off the final state. Qubits are numbered as declared; only what was asked for is there. */
export interface StateOutputs {
  /** All 2^n amplitudes of the declared qubits, interleaved doubles in little-endian bytes, base64. */
  readonly statevector?: { readonly qubits: number; readonly format: 'complex128-le'; readonly base64: string };
  /** By bit string: the first qubit of the list is the rightmost character. Values of 0 are left out. */
  readonly probabilities?: readonly { readonly qubits: readonly number[]; readonly values: Readonly<Record<string, number>> }[];
  /** Rows of [real, imaginary] entries; bit j of an index is the j-th qubit of the list. */
  readonly densityMatrices?: readonly { readonly qubits: readonly number[]; readonly matrix: readonly (readonly (readonly [number, number])[])[] }[];
  /** In the order in which they were asked for. */
  readonly expectations?: readonly number[];
}

/** Where the qubits of a program are in its state: those that nothing touched are in none, and |0⟩. */
export interface QubitPlaces {
  readonly declared: number;
  readonly dense: ReadonlyMap<number, number>;
  /** Radians; multiplies the state vector. */
  readonly globalPhase: number;
}

/** ⟨P⟩ with the untouched qubits' part, which is 1 for Z and 0 for X and Y. */
function expectationOf(state: ReadableState, { dense }: QubitPlaces, { terms }: Observable): number {
  let sum = 0;
  for (const { label, coefficient } of terms) {
    const pauli = new Map<number, 'X' | 'Y' | 'Z'>();
    let isZero = false;
    for (let qubit = 0; qubit < label.length; qubit++) {
      const operator = label[label.length - 1 - qubit] as 'I' | 'X' | 'Y' | 'Z';
      const place = dense.get(qubit);
      if (operator === 'I') continue;
      if (place !== undefined) pauli.set(place, operator);
      else if (operator !== 'Z') isZero = true;
    }
    if (!isZero) sum += coefficient * (pauli.size === 0 ? 1 : state.expectation(pauli as PauliString));
  }
  return sum;
}

/** The listed qubits that are in the state, and for each index over them the index over all that were listed. */
function placed(qubits: readonly number[], { dense }: QubitPlaces): { readonly there: readonly number[]; readonly widen: (index: number) => number } {
  const positions = qubits.flatMap((qubit, j) => (dense.has(qubit) ? [j] : []));
  return {
    there: positions.map((j) => dense.get(qubits[j] as number) as number),
    widen: (index) => positions.reduce((wide, j, i) => wide | (((index >> i) & 1) << j), 0),
  };
}

function probabilitiesOf(state: ReadableState, places: QubitPlaces, qubits: readonly number[]): Record<string, number> {
  const { there, widen } = placed(qubits, places);
  const values: [string, number][] = [];
  state.probabilities(there).forEach((probability, index) => {
    if (probability > 0) values.push([widen(index).toString(2).padStart(qubits.length, '0'), probability]);
  });
  return recordOf(values);
}

function densityMatrixOf(state: ReadableState, places: QubitPlaces, qubits: readonly number[]): readonly (readonly (readonly [number, number])[])[] {
  const { there, widen } = placed(qubits, places);
  const inner: Matrix = state.reducedDensityMatrix(there);
  const [size, innerSize] = [2 ** qubits.length, 2 ** there.length];
  const matrix: [number, number][][] = Array.from({ length: size }, () => Array.from({ length: size }, () => [0, 0]));
  for (let row = 0; row < innerSize; row++) {
    for (let column = 0; column < innerSize; column++) {
      const k = 2 * (row * innerSize + column);
      (matrix[widen(row)] as [number, number][])[widen(column)] = [inner[k] as number, inner[k + 1] as number];
    }
  }
  return matrix;
}

/** Null where the method keeps no amplitudes. */
function statevectorOf(state: ReadableState, places: QubitPlaces): StateOutputs['statevector'] | null {
  const amplitudes = state.amplitudes();
  if (amplitudes === null) return null;
  const all = Array.from({ length: places.declared }, (_, qubit) => qubit);
  // Dense numbers follow first use, so the state's own order is a permutation of the declared one.
  const order = new Map([...places.dense].map(([qubit, place]) => [place, qubit]));
  const bytes = Buffer.alloc(16 * 2 ** all.length);
  const [cos, sin] = [Math.cos(places.globalPhase), Math.sin(places.globalPhase)];
  for (let index = 0; index < amplitudes.length / 2; index++) {
    let declared = 0;
    for (let place = 0; index >> place !== 0; place++) declared |= ((index >> place) & 1) << (order.get(place) as number);
    const [re, im] = [amplitudes[2 * index] as number, amplitudes[2 * index + 1] as number];
    bytes.writeDoubleLE(re * cos - im * sin, 16 * declared);
    bytes.writeDoubleLE(re * sin + im * cos, 16 * declared + 8);
  }
  return { qubits: places.declared, format: 'complex128-le', base64: bytes.toString('base64') };
}

/** Reads everything that was asked for. The caller has chosen a method that keeps amplitudes where they are wanted. */
export function readOutputs(state: ReadableState, places: QubitPlaces, request: OutputRequest): StateOutputs {
  const statevector = request.statevector ? statevectorOf(state, places) : null;
  return {
    ...(statevector === null || statevector === undefined ? {} : { statevector }),
    ...(request.probabilities.length === 0 ? {} : { probabilities: request.probabilities.map((qubits) => ({ qubits, values: probabilitiesOf(state, places, qubits) })) }),
    ...(request.densityMatrices.length === 0 ? {} : { densityMatrices: request.densityMatrices.map((qubits) => ({ qubits, matrix: densityMatrixOf(state, places, qubits) })) }),
    ...(request.expectations.length === 0 ? {} : { expectations: request.expectations.map((observable) => expectationOf(state, places, observable)) }),
  };
}
