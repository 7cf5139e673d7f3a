import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { StabilizerState, stepsOfGate } from './stabilizer-state.js';
import { tableauBytes } from './tableau.js';

/** Of the tableau, which is 128 MiB then. */
const QUBITS_MAX = 16_384;

/** What rows and tables take before the first shot, whatever the circuit, in amplitudes of a small state vector. */
const SETUP_COST = 4096;

/** The first gate that is not a Clifford gate, as it stands in the program. */
function firstOther({ steps }: CircuitProfile): string | null {
  const clifford = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'gate' || clifford.has(step.gate.name)) continue;
    const { name, parameters } = step.gate;
    if (stepsOfGate(step.gate) === null) return parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`;
    if (parameters.length === 0) clifford.add(name);
  }
  return null;
}

/** Clifford circuits: what they reach is fixed by n signed Pauli strings. */
export const STABILIZER: MethodRecord = {
  summary: 'Clifford gates (h, s, cx and what is made of them) on thousands of qubits.',
  refusal: (profile) => {
    if (profile.wantsAmplitudes) return 'A stabilizer tableau keeps no amplitudes, and the state vector is asked for.';
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
