import type { ExecutionPlan, PlanStep } from '../sampling/execution-plan.js';

/** What a method's price depends on. A function of the circuit alone: never of the machine, its memory or its load. */
export interface CircuitProfile {
  /** Qubits that some gate acts on. */
  readonly qubits: number;
  /** Gates left after everything known beforehand was dropped. */
  readonly gates: number;
  readonly isTerminal: boolean;
  /** Measurements and resets. */
  readonly draws: number;
  readonly steps: readonly PlanStep[];
}

export function profileOf({ activeQubits, steps, isTerminal, draws }: ExecutionPlan): CircuitProfile {
  return { qubits: activeQubits, gates: steps.filter(({ kind }) => kind === 'gate').length, isTerminal, draws, steps };
}
