import type { MethodRecord } from '../methods/method-record.js';
import { stateBytes } from '../statevector/state-vector.js';
import { DensityState } from './density-state.js';

/** 2^26 entries: a gibibyte in double precision. */
const QUBITS_MAX = 13;

/** Sweeps of a gate: one over the rows, one over the columns. */
const GATE_SWEEPS = 2;
/** A channel of one qubit does four multiplications an entry, where a gate does two. */
const CHANNEL_SWEEPS = 2;

/** Noise without chance: all of the 4^n entries, once for all shots. */
export const DENSITY_MATRIX: MethodRecord = {
  summary: 'All 4^n entries of a mixed state, with noise exactly; any circuit of up to 13 qubits.',
  noise: 'exact',
  refusal: ({ qubits, wantsAmplitudes }) => {
    if (wantsAmplitudes) return 'A density matrix has no amplitudes, and the state vector is asked for.';
    return qubits <= QUBITS_MAX ? null : `The program uses ${qubits} qubits; a density matrix has at most ${QUBITS_MAX}.`;
  },
  estimate: ({ qubits, operations, channels }, precision) => ({
    stateBytes: stateBytes(2 * qubits, precision),
    cost: (GATE_SWEEPS * operations + CHANNEL_SWEEPS * channels) * 4 ** qubits,
  }),
  create: ({ qubits }, precision) => new DensityState(qubits, precision),
};
