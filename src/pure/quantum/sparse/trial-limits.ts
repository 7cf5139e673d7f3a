import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { SupportTrial } from './support-trial.js';
import { trySupport } from './support-trial.js';

/** What going through one stored amplitude costs, a search of its partner in it, in updates of a dense amplitude. */
export const VISIT_COST = 256;
/** Circuits that a state vector is through with in milliseconds are not tried. */
const DENSE_COST_MIN = 2 ** 23;
/** Of a state vector that can do it too: with more amplitudes than this share, a dense one is the faster. */
const DENSE_SHARE = 2 ** -5;
const DENSE_QUBITS_MAX = 30;
/** A trial ends here at the latest: a second or two of a circuit that no state vector holds, less of others. */
const TRIAL_VISITS_MAX = { alone: 2 ** 26, besideDense: 2 ** 23 } as const;
const TRIAL_AMPLITUDES_MAX = { alone: 2 ** 17, besideDense: 2 ** 15 } as const;

/** Amplitudes that are too many, if a state vector can go on with them. */
export function amplitudesBesideDense(qubits: number): number {
  return Math.min(TRIAL_AMPLITUDES_MAX.besideDense, 2 ** qubits * DENSE_SHARE);
}

/** Null: dearer than `costMax` or not to be told, so that nobody should choose the methods that try who does not know better. */
export function trialOf(profile: CircuitProfile, costMax: number): SupportTrial | null {
  const { qubits, operations, isTerminal } = profile;
  const denseCost = operations * 2 ** qubits;
  const visitsMax = costMax / VISIT_COST;
  if (qubits > DENSE_QUBITS_MAX) return trySupport(profile, { amplitudesMax: TRIAL_AMPLITUDES_MAX.alone, visitsMax: Math.min(TRIAL_VISITS_MAX.alone, visitsMax) });
  // With measurements on the way a trial follows one history of many, and a state vector is sure to manage all of them.
  if (!isTerminal || denseCost < DENSE_COST_MIN) return null;
  return trySupport(profile, {
    amplitudesMax: amplitudesBesideDense(qubits),
    visitsMax: Math.min(TRIAL_VISITS_MAX.besideDense, denseCost / VISIT_COST, visitsMax),
  });
}
