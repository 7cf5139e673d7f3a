import type { Circuit } from '../circuit/circuit.js';
import type { OutputRequest } from './output-request.js';

/** Of a result in JSON, at least. */
export interface LeastBytes {
  readonly once: number;
  readonly eachShot: number;
}

const AMPLITUDE_BYTES = 16;
/** Three bytes are four characters. */
const BASE64 = 4 / 3;
/** Quotes and comma around the bits of a shot. */
const MARKS = 3;

/** What is known of a result's size before the run: the outcome of each shot, and the amplitudes. */
export function leastBytes({ qubits, classicalBits }: Pick<Circuit, 'qubits' | 'classicalBits'>, { memory, statevector }: OutputRequest): LeastBytes {
  return { once: statevector ? Math.ceil(AMPLITUDE_BYTES * BASE64 * 2 ** qubits) : 0, eachShot: memory ? classicalBits + MARKS : 0 };
}
