import type { MethodRecord } from '../methods/method-record.js';
import { PlainState } from './plain-state.js';
import { STATE_VECTOR_QUBITS_MAX, stateBytes } from './state-vector.js';

/** All 2^n amplitudes: any circuit, up to the qubits that memory holds. */
export const STATE_VECTOR: MethodRecord = {
  summary: 'All 2^n amplitudes; any circuit of up to 30 qubits.',
  refusal: ({ qubits }) => (qubits <= STATE_VECTOR_QUBITS_MAX ? null
    : `The program uses ${qubits} qubits; a state vector has at most ${STATE_VECTOR_QUBITS_MAX}.`),
  estimate: ({ qubits, operations }, precision) => ({ stateBytes: stateBytes(qubits, precision), cost: operations * 2 ** qubits }),
  create: ({ qubits }, precision) => new PlainState(qubits, precision),
};
