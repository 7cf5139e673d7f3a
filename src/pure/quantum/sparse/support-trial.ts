import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { PlanStep } from '../sampling/plan-step.js';
import { SupportTooLarge } from './sparse-amplitudes.js';
import { SparseState } from './sparse-state.js';

/** What a trial is allowed: amplitudes at once, and amplitudes gone through in all. */
export interface TrialLimits {
  readonly amplitudesMax: number;
  readonly visitsMax: number;
}

export interface SupportTrial {
  /** The most non-zero amplitudes between two gates. */
  readonly support: number;
  readonly visits: number;
}

/** A trial of each list of steps is made once, or again where a failed one is allowed more. */
const trials = new WeakMap<readonly PlanStep[], { readonly trial: SupportTrial | null; readonly limits: TrialLimits }>();

/**
 * How many amplitudes a circuit makes: found by doing it, as nothing cheaper tells that an uncomputed ancilla is gone.
 * A function of the circuit, as the limits are; what it may cost is bounded by them. Where a circuit measures on its way
 * the likelier outcome is followed. Null: it is more than the limits, or the circuit decides or conditions on its way.
 */
export function trySupport(profile: CircuitProfile, limits: TrialLimits): SupportTrial | null {
  const known = trials.get(profile.steps);
  const isAllowedMore = known !== undefined && (limits.visitsMax > known.limits.visitsMax || limits.amplitudesMax > known.limits.amplitudesMax);
  if (known !== undefined && (known.trial !== null || !isAllowedMore)) return known.trial;
  const trial = run(profile, limits);
  trials.set(profile.steps, { trial, limits });
  return trial;
}

function run({ qubits, steps, isTerminal }: CircuitProfile, { amplitudesMax, visitsMax }: TrialLimits): SupportTrial | null {
  const state = new SparseState(qubits, amplitudesMax);
  let support = 1;
  try {
    for (const step of steps) {
      if (step.kind === 'gate' && step.condition === null) state.apply(step.gate);
      else if (step.kind !== 'measure' && step.kind !== 'reset') return null;
      else if (step.condition !== null) return null;
      else if (!isTerminal && step.qubit !== null) follow(state, step.qubit, step.kind === 'reset');
      support = Math.max(support, state.stored);
      if (state.visits > visitsMax) return null;
    }
    return { support: Math.max(support, state.support), visits: state.visits };
  } catch (error) {
    if (error instanceof SupportTooLarge) return null;
    throw error;
  }
}

function follow(state: SparseState, qubit: number, isReset: boolean): void {
  const weights = state.outcomeWeights(qubit);
  const outcome = weights[1] > weights[0] ? 1 : 0;
  state.collapse(qubit, outcome, weights[outcome]);
  if (isReset && outcome === 1) state.apply({ name: 'x', parameters: [], qubits: [qubit] });
}
