import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { NOMINAL_SHOTS } from '../methods/method-record.js';
import { TABLEAU } from '../stabilizer/stabilizer-method.js';
import { PlainState } from '../statevector/plain-state.js';
import { STATE_VECTOR } from '../statevector/statevector-method.js';

/** Pauli noise leaves a state of its kind; other noise is not unitary, which only the plain state vector takes. */
function isPauli({ steps, channels }: CircuitProfile): boolean {
  return channels === 0 || steps.every((step) => step.kind !== 'channel' || step.channel.isPauli);
}

/** The pure state that one shot has. */
function innerOf(profile: CircuitProfile): typeof TABLEAU {
  const isStabilizer = isPauli(profile) && TABLEAU.refusal(profile) === null
    && TABLEAU.estimate(profile, 'double').cost < STATE_VECTOR.estimate(profile, 'double').cost;
  return isStabilizer ? TABLEAU : STATE_VECTOR;
}

/** Shots in which some channel does what it does rarely have a history of their own; all the others share one. */
function historiesExpected({ steps, channels }: CircuitProfile): number {
  if (channels === 0) return 1;
  let logarithm = 0;
  for (const step of steps) if (step.kind === 'channel') logarithm += Math.log1p(-step.channel.rarity);
  return 1 + (NOMINAL_SHOTS - 1) * -Math.expm1(logarithm);
}

/** Noise drawn for each shot: J. Dalibard, Y. Castin, K. Mølmer, Phys. Rev. Lett. 68, 580 (1992). */
export const TRAJECTORIES: MethodRecord = {
  summary: 'Noise drawn for each shot, on pure states: a state vector, or a stabilizer tableau where gates are Clifford and noise is Pauli.',
  noise: 'drawn',
  refusal: (profile) => {
    if (profile.wantsState && profile.channels > 0) return 'Trajectories end in a state for each shot, so counts and memory are all that can be told; the density-matrix method keeps the whole of a noisy state.';
    return innerOf(profile).refusal(profile);
  },
  estimate: (profile, precision) => {
    const { stateBytes, cost } = innerOf(profile).estimate(profile, precision);
    // Drawing and applying an alternative is a gate or two.
    return { stateBytes, cost: cost * (1 + profile.channels / Math.max(1, profile.operations)), histories: historiesExpected(profile) };
  },
  create: (profile, precision, team) => (isPauli(profile)
    // What parts on the way plans anew: for the state vector, noise is like measurements.
    ? innerOf(profile).create({ ...profile, isTerminal: profile.isTerminal && profile.channels === 0 }, precision, team)
    : new PlainState(profile.qubits, precision)),
};
