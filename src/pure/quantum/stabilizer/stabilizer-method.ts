import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { NOMINAL_SHOTS } from '../methods/method-record.js';
import type { PlanStep } from '../sampling/plan-step.js';
import { FRAME_SHOTS, FrameSampler, goesByFrames } from './frame-sampler.js';
import { StabilizerState, stepsOfGate } from './stabilizer-state.js';
import { tableauBytes } from './tableau.js';

/** Of the tableau, which is 128 MiB then. */
const QUBITS_MAX = 16_384;

/** What rows and tables take before the first shot, whatever the circuit, in amplitudes of a small state vector. */
const SETUP_COST = 4096;

/** Of lists of steps that were looked through: several ask about the same one. */
const others = new WeakMap<readonly PlanStep[], string | null>();

/** The first gate that is not a Clifford gate, as it stands in the program. */
function firstOther({ steps }: CircuitProfile): string | null {
  const known = others.get(steps);
  if (known !== undefined) return known;
  const other = firstOtherOf(steps);
  others.set(steps, other);
  return other;
}

function firstOtherOf(steps: readonly PlanStep[]): string | null {
  const clifford = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'gate' || clifford.has(step.gate.name)) continue;
    const { name, parameters } = step.gate;
    if (stepsOfGate(step.gate) === null) return parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`;
    if (parameters.length === 0) clifford.add(name);
  }
  return null;
}

/** Of drawing 128 random bits, in updates of an amplitude. */
const DRAW_COST = 256;

/** Of NOMINAL_SHOTS shots, whose operators go through the circuit 32 to a word; measurements on the way have to be looked up in the tableau, n²/32 each time. */
function framesCost({ qubits, operations, draws, steps, isTerminal }: CircuitProfile): number {
  const lookedUp = isTerminal ? 0 : 2 * draws * qubits * Math.ceil(qubits / 32);
  const events = steps.reduce((sum, step) => sum + (step.kind === 'channel' ? step.channel.rarity : 0), 0);
  return lookedUp + 2 * operations * (NOMINAL_SHOTS / 32) + NOMINAL_SHOTS * DRAW_COST * (events + (qubits + draws) / 128);
}

/** What the tableau of one run takes, and what refuses it. */
export const TABLEAU: Pick<MethodRecord, 'refusal' | 'estimate' | 'create'> = {
  refusal: (profile) => {
    if (profile.qubits > QUBITS_MAX) return `The program uses ${profile.qubits} qubits; a stabilizer tableau has at most ${QUBITS_MAX}.`;
    const other = firstOther(profile);
    return other === null ? null : `The stabilizer method runs Clifford gates only, and ${other} is none.`;
  },
  // A word of 32 bits for what costs a state vector one amplitude; the elimination at the end is n³/32 at worst.
  estimate: ({ qubits, operations, isTerminal }) => ({
    stateBytes: tableauBytes(qubits, !isTerminal),
    cost: SETUP_COST + operations * Math.ceil(qubits / 32) + qubits ** 3 / 32,
  }),
  create: ({ qubits, isTerminal }) => new StabilizerState(qubits, !isTerminal),
};

/** Clifford circuits: what they reach is fixed by n signed Pauli strings. */
export const STABILIZER: MethodRecord = {
  summary: 'Clifford gates (h, s, cx and what is made of them) on thousands of qubits, with Pauli noise where nothing is decided on the way.',
  noise: 'drawn',
  together: {
    takes: goesByFrames,
    sampler: ({ plan, profile }, control) => (goesByFrames(profile) ? new FrameSampler(plan, control) : null),
  },
  refusal: (profile) => {
    if (profile.wantsAmplitudes) return 'A stabilizer tableau keeps no amplitudes, and the state vector is asked for.';
    if (profile.channels > 0 && !goesByFrames(profile)) {
      return 'The stabilizer method has Pauli noise only, draws it for each shot and decides nothing on the way; density-matrix and trajectories have all of it.';
    }
    return TABLEAU.refusal(profile);
  },
  estimate: (profile, precision) => {
    const { stateBytes, cost } = TABLEAU.estimate(profile, precision);
    if (!goesByFrames(profile)) return { stateBytes, cost };
    return { stateBytes: stateBytes + BigInt(2 * profile.qubits * (FRAME_SHOTS / 8)), cost: cost + framesCost(profile) };
  },
  create: TABLEAU.create,
};
