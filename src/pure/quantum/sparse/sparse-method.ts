import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { AMPLITUDE_BYTES } from './sparse-amplitudes.js';
import { AMPLITUDES_MAX, SparseState } from './sparse-state.js';
import type { SupportTrial } from './support-trial.js';
import { takeTrial } from './support-trial.js';
import { VISIT_COST, trialOf } from './trial-limits.js';

/** Keys are two words of 32 bits. */
const QUBITS_MAX = 64;

/** Null: too large or not told. */
function wholeTrial(profile: CircuitProfile, costMax: number): SupportTrial | null {
  const trial = trialOf(profile, costMax);
  return trial?.isWhole === true ? trial : null;
}

/** The amplitudes that are not zero, however many qubits they are spread over. */
export const SPARSE: MethodRecord = {
  summary: `The non-zero amplitudes only; circuits of up to ${QUBITS_MAX} qubits that never make more than ${AMPLITUDES_MAX} of them.`,
  isTried: true,
  refusal: ({ qubits }) => (qubits <= QUBITS_MAX ? null : `The program uses ${qubits} qubits; the sparse method has at most ${QUBITS_MAX}.`),
  estimate: (profile, _precision, costMax = Infinity) => {
    const trial = wholeTrial(profile, costMax);
    const support = trial?.support ?? AMPLITUDES_MAX;
    return {
      stateBytes: BigInt(AMPLITUDE_BYTES) * BigInt(Math.min(2 * support, AMPLITUDES_MAX)),
      cost: trial === null ? Infinity : profile.operations + VISIT_COST * trial.visits,
    };
  },
  create: ({ qubits }) => new SparseState(qubits),
  begun: (profile) => {
    const trial = takeTrial(profile);
    return trial?.isWhole === true ? trial : null;
  },
};
