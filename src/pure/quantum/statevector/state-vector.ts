/**
 * The amplitudes of `qubits` qubits. Index bit j is qubit j. Real and imaginary parts stand apart, so that a diagonal
 * kernel of real factors may leave one of them alone and a faster kernel may take over array by array.
 */
export interface StateVector {
  readonly qubits: number;
  readonly precision: Precision;
  readonly re: Amplitudes;
  readonly im: Amplitudes;
}

/** Of one stored real number; arithmetic is double in both cases, single rounds when it stores. */
export type Precision = 'single' | 'double';
export type Amplitudes = Float32Array | Float64Array;

const REAL_BYTES: Readonly<Record<Precision, bigint>> = { single: 4n, double: 8n };

/** Kernels index with 32-bit integers and step one power of two beyond the last index. */
export const STATE_VECTOR_QUBITS_MAX = 30;

/** Memory of one state vector; exact for any number of qubits, also those that no machine holds. */
export function stateBytes(qubits: number, precision: Precision): bigint {
  return (1n << BigInt(qubits)) * 2n * REAL_BYTES[precision];
}

/** |0…0⟩. The caller has checked memory: an allocation that fails throws RangeError. */
export function createStateVector(qubits: number, precision: Precision): StateVector {
  if (!Number.isInteger(qubits) || qubits < 0 || qubits > STATE_VECTOR_QUBITS_MAX) {
    throw new RangeError(`a state vector has 0 to ${STATE_VECTOR_QUBITS_MAX} qubits`);
  }
  const length = 2 ** qubits;
  const allocate = () => (precision === 'single' ? new Float32Array(length) : new Float64Array(length));
  const state = { qubits, precision, re: allocate(), im: allocate() };
  state.re[0] = 1;
  return state;
}

/** Makes `target` equal to `source`, which has the same shape. */
export function copyStateVector(source: StateVector, target: StateVector): void {
  target.re.set(source.re);
  target.im.set(source.im);
}

/** Back to |0…0⟩. */
export function clearStateVector(state: StateVector): void {
  state.re.fill(0);
  state.im.fill(0);
  state.re[0] = 1;
}
