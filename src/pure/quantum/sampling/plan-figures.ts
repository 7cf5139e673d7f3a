import type { PlanStep } from './plan-step.js';

/**
 * Rounds that an estimate counts for a loop which ends by measurement: of a loop that succeeds every other time, one in
 * 65,536 shots takes more.
 */
const LOOP_ITERATIONS_EXPECTED = 16;

/** What the length and the shape of a run are told by. */
export interface PlanFigures {
  /** No gate follows a measurement of its qubit, nothing is conditioned or reset: one evolution serves all shots. */
  readonly isTerminal: boolean;
  /** Channels of noise that a shot goes through, loops as in `operations`. They leave a terminal circuit terminal: see `MethodRecord.noise`. */
  readonly channels: number;
  /** Measurements and resets left: random numbers that a shot uses at most, and places where shots may part. */
  readonly draws: number;
  /** Gates, measurements and resets that a shot does, where each loop is taken for LOOP_ITERATIONS_EXPECTED rounds. */
  readonly operations: number;
}

/** Watches the steps of a plan go by. */
class Watch {
  private readonly measured = new Set<number>();
  /** Rounds of the loops around the present place, at most and as expected, multiplied. */
  private readonly rounds: { readonly most: number; readonly expected: number }[] = [{ most: 1, expected: 1 }];
  isTerminal = true;
  channels = 0;
  draws = 0;
  operations = 0;

  see(step: PlanStep): void {
    const { most, expected } = this.rounds.at(-1) as { most: number; expected: number };
    switch (step.kind) {
      case 'enter':
        this.isTerminal = false;
        this.rounds.push({ most: most * step.iterationsMax, expected: expected * Math.min(step.iterationsMax, LOOP_ITERATIONS_EXPECTED) });
        return;
      case 'repeat':
        this.rounds.pop();
        return;
      case 'assign':
      case 'jump-unless':
      case 'jump':
        this.isTerminal = false;
        return;
      case 'channel':
        this.channels += expected;
        this.touch(step.channel.qubits);
        break;
      case 'gate':
        this.operations += expected;
        this.touch(step.gate.qubits);
        break;
      case 'measure':
        this.operations += expected;
        this.draws += most;
        if (step.qubit !== null) this.measured.add(step.qubit);
        break;
      case 'reset':
        this.operations += expected;
        this.draws += most;
        this.isTerminal = false;
    }
    if (step.condition !== null) this.isTerminal = false;
  }

  private touch(qubits: readonly number[]): void {
    if (this.isTerminal && this.measured.size > 0 && qubits.some((qubit) => this.measured.has(qubit))) this.isTerminal = false;
  }
}

export function figuresOf(steps: readonly PlanStep[]): PlanFigures {
  const watch = new Watch();
  for (const step of steps) watch.see(step);
  const { isTerminal, channels, draws, operations } = watch;
  return { isTerminal, channels, draws, operations };
}
