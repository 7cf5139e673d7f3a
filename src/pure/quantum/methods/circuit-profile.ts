import type { OutputRequest } from '../outputs/output-request.js';
import { readsState } from '../outputs/output-request.js';
import type { ExecutionPlan } from '../sampling/execution-plan.js';
import type { PlanStep } from '../sampling/plan-step.js';

/** What a method's price depends on. A function of the circuit alone: never of the machine, its memory or its load. */
export interface CircuitProfile {
  /** Qubits that some gate acts on. */
  readonly qubits: number;
  /** Gates, measurements and resets of one evolution, what is known beforehand left out. */
  readonly operations: number;
  readonly isTerminal: boolean;
  /** Channels of noise that a shot goes through. */
  readonly channels: number;
  /** Measurements and resets. */
  readonly draws: number;
  readonly steps: readonly PlanStep[];
  /** All amplitudes are wanted, which not every method keeps. */
  readonly wantsAmplitudes: boolean;
  /** Something is read off the final state, which all shots must share then. */
  readonly wantsState: boolean;
}

/** Walks over the final state that the outputs take, each as long as a gate's; a density matrix of k qubits is 4^k of them at worst. */
function readings({ probabilities, densityMatrices, expectations, statevector }: OutputRequest): number {
  const terms = expectations.reduce((sum, observable) => sum + observable.terms.length, 0);
  const entries = densityMatrices.reduce((sum, qubits) => sum + 4 ** qubits.length, 0);
  return probabilities.length + entries + terms + (statevector ? 1 : 0);
}

export function profileOf({ activeQubits, operations, steps, isTerminal, channels, draws }: ExecutionPlan, outputs: OutputRequest): CircuitProfile {
  return {
    qubits: activeQubits, operations: operations + readings(outputs), isTerminal, channels, draws, steps,
    wantsAmplitudes: outputs.statevector, wantsState: readsState(outputs),
  };
}
