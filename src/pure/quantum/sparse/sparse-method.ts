import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { AMPLITUDE_BYTES } from './sparse-amplitudes.js';
import { SparseState } from './sparse-state.js';
import type { SupportTrial } from './support-trial.js';
import { trySupport } from './support-trial.js';

/** Keys are two words of 32 bits. */
const QUBITS_MAX = 64;
/** Of a run: some 80 MiB. */
const AMPLITUDES_MAX = 2 ** 20;

/** What going through one stored amplitude costs, a search of its partner in it, in updates of a dense amplitude. */
const VISIT_COST = 256;
/** Circuits that a state vector is through with in milliseconds are not tried. */
const DENSE_COST_MIN = 2 ** 23;
/** Of a state vector that can do it too: with more amplitudes than this share, a dense one is the faster. */
const DENSE_SHARE = 2 ** -5;
const DENSE_QUBITS_MAX = 30;
/** A trial ends here at the latest: a second or two of a circuit that no state vector holds, less of others. */
const TRIAL_VISITS_MAX = { alone: 2 ** 26, besideDense: 2 ** 23 } as const;
const TRIAL_AMPLITUDES_MAX = { alone: 2 ** 17, besideDense: 2 ** 15 } as const;

/** Null: too large, dearer than `costMax` or not to be told, so that nobody should choose the method who does not know better. */
function trialOf(profile: CircuitProfile, costMax: number): SupportTrial | null {
  const { qubits, operations, isTerminal } = profile;
  const denseCost = operations * 2 ** qubits;
  const visitsMax = costMax / VISIT_COST;
  if (qubits > DENSE_QUBITS_MAX) return trySupport(profile, { amplitudesMax: TRIAL_AMPLITUDES_MAX.alone, visitsMax: Math.min(TRIAL_VISITS_MAX.alone, visitsMax) });
  // With measurements on the way a trial follows one history of many, and a state vector is sure to manage all of them.
  if (!isTerminal || denseCost < DENSE_COST_MIN) return null;
  return trySupport(profile, {
    amplitudesMax: Math.min(TRIAL_AMPLITUDES_MAX.besideDense, 2 ** qubits * DENSE_SHARE),
    visitsMax: Math.min(TRIAL_VISITS_MAX.besideDense, denseCost / VISIT_COST, visitsMax),
  });
}

/** The amplitudes that are not zero, however many qubits they are spread over. */
export const SPARSE: MethodRecord = {
  summary: `The non-zero amplitudes only; circuits of up to ${QUBITS_MAX} qubits that never make more than ${AMPLITUDES_MAX} of them.`,
  isTried: true,
  refusal: ({ qubits }) => (qubits <= QUBITS_MAX ? null : `The program uses ${qubits} qubits; the sparse method has at most ${QUBITS_MAX}.`),
  estimate: (profile, _precision, costMax = Infinity) => {
    const trial = trialOf(profile, costMax);
    const support = trial?.support ?? AMPLITUDES_MAX;
    return {
      stateBytes: BigInt(AMPLITUDE_BYTES) * BigInt(Math.min(2 * support, AMPLITUDES_MAX)),
      cost: trial === null ? Infinity : profile.operations + VISIT_COST * trial.visits,
    };
  },
  create: ({ qubits }) => new SparseState(qubits, AMPLITUDES_MAX),
};
