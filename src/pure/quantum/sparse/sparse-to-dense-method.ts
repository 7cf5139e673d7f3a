import type { ThreadTeam } from '../dense/thread-team.js';
import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import type { Precision } from '../statevector/state-vector.js';
import { stateBytes } from '../statevector/state-vector.js';
import { STATE_VECTOR, createStateVectorFor } from '../statevector/statevector-method.js';
import { SparseState } from './sparse-state.js';
import { SparseToDenseState } from './sparse-to-dense-state.js';
import type { SupportTrial } from './support-trial.js';
import { takeTrial } from './support-trial.js';
import { VISIT_COST, amplitudesBesideDense, trialOf } from './trial-limits.js';

/** A state vector's price is that of its passes, which a circuit shorter by less does not save. */
const STEPS_SHARE_MIN = 1 / 2;
/** Of putting amplitudes in the place of a state vector's, in gates on all of it. */
const HAND_OVER_GATES = 4;

/** Null: it is not worth while to begin sparse, or to go over. */
function worthwhileTrial(profile: CircuitProfile, costMax: number): SupportTrial | null {
  const trial = trialOf(profile, costMax);
  if (trial === null || trial.isWhole || trial.steps < STEPS_SHARE_MIN * profile.steps.length) return null;
  // A state vector writes no zeros that nothing has reached: what is few amplitudes for the one is so for the other.
  return VISIT_COST * trial.visits < trial.denseVisits ? trial : null;
}

function stateFor(sparse: SparseState, profile: CircuitProfile, precision: Precision, team?: ThreadTeam): SparseToDenseState {
  const { qubits } = profile;
  return new SparseToDenseState(sparse, stateBytes(qubits, precision), amplitudesBesideDense(qubits), () => createStateVectorFor(profile, precision, team));
}

/** The sparse method for as long as it pays, and all amplitudes from there. */
export const SPARSE_TO_DENSE: MethodRecord = {
  summary: 'The non-zero amplitudes while they are few, all of them from then on; circuits of up to 30 qubits.',
  isTried: true,
  refusal: (profile) => STATE_VECTOR.refusal(profile),
  estimate: (profile, precision, costMax = Infinity) => {
    const { stateBytes: bytes, cost } = STATE_VECTOR.estimate(profile, precision);
    const trial = worthwhileTrial(profile, costMax);
    const rest = profile.operations - (trial?.steps ?? 0) + HAND_OVER_GATES;
    return { stateBytes: bytes, cost: trial === null ? cost : VISIT_COST * trial.visits + rest * 2 ** profile.qubits };
  },
  create: (profile, precision, team) => stateFor(new SparseState(profile.qubits), profile, precision, team),
  begun: (profile, precision, team) => {
    const trial = takeTrial(profile);
    return trial === null || trial.isWhole ? null : { steps: trial.steps, state: stateFor(trial.state, profile, precision, team) };
  },
};
