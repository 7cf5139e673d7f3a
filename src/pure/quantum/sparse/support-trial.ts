import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { PlanStep } from '../sampling/plan-step.js';
import { SupportTooLarge } from './sparse-amplitudes.js';
import { SparseState } from './sparse-state.js';

/** What a trial is allowed: amplitudes between two gates, and amplitudes gone through in all. */
export interface TrialLimits {
  readonly amplitudesMax: number;
  readonly visitsMax: number;
}

export interface SupportTrial {
  /** All steps, or those until there were too many amplitudes, the last of them included. */
  readonly steps: number;
  readonly isWhole: boolean;
  /** The most non-zero amplitudes between two gates. */
  readonly support: number;
  readonly visits: number;
  /** What a state vector would have gone through in the same steps, one that writes none of the zeros which no gate has reached. */
  readonly denseVisits: number;
  /** As the steps have left it. Of a circuit that measures at its end only, it is the run's own: whoever goes on with it takes it away. */
  readonly state: SparseState;
}

/** A trial of each list of steps is made once, or again where a failed one is allowed more. */
const trials = new WeakMap<readonly PlanStep[], { readonly trial: SupportTrial | null; readonly limits: TrialLimits }>();

/**
 * How many amplitudes a circuit makes: found by doing it, as nothing cheaper tells that an uncomputed ancilla is gone.
 * A function of the circuit, as the limits are; what it may cost is bounded by them. Where a circuit measures on its way
 * the likelier outcome is followed. Null: it goes through more than it may, or the circuit decides or conditions on its way.
 */
export function trySupport(profile: CircuitProfile, limits: TrialLimits): SupportTrial | null {
  const known = trials.get(profile.steps);
  if (known !== undefined && !isWorthMore(known, limits)) return known.trial;
  const trial = run(profile, limits);
  trials.set(profile.steps, { trial, limits });
  return trial;
}

function isWorthMore({ trial, limits }: { readonly trial: SupportTrial | null; readonly limits: TrialLimits }, { visitsMax, amplitudesMax }: TrialLimits): boolean {
  if (trial === null) return visitsMax > limits.visitsMax || amplitudesMax > limits.amplitudesMax;
  return !trial.isWhole && amplitudesMax > limits.amplitudesMax;
}

/** The trial's state, to go on with: it is no longer there for anybody else, who will have to try again. */
export function takeTrial(profile: CircuitProfile): SupportTrial | null {
  const trial = trials.get(profile.steps)?.trial ?? null;
  if (trial === null || !profile.isTerminal) return null;
  trials.delete(profile.steps);
  return trial;
}

function run({ qubits, steps, isTerminal }: CircuitProfile, { amplitudesMax, visitsMax }: TrialLimits): SupportTrial | null {
  const state = new SparseState(qubits);
  let [done, support, denseVisits] = [0, 1, 0];
  try {
    for (const step of steps) {
      if (step.kind === 'gate' && step.condition === null) state.apply(step.gate);
      else if (step.kind !== 'measure' && step.kind !== 'reset') return null;
      else if (step.condition !== null) return null;
      else if (!isTerminal && step.qubit !== null) follow(state, step.qubit, step.kind === 'reset');
      done++;
      denseVisits += 2 ** state.reached;
      support = Math.max(support, state.stored);
      if (state.visits > visitsMax) return null;
      if (support > amplitudesMax) break;
    }
    return { steps: done, isWhole: done === steps.length && state.support <= amplitudesMax, support: Math.max(support, state.support), visits: state.visits, denseVisits, state };
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
