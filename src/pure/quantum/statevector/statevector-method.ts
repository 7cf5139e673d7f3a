import { DenseState } from '../dense/dense-state.js';
import type { ThreadTeam } from '../dense/thread-team.js';
import { compiledKernels } from '../dense/wasm/compiled-kernels.js';
import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import { PlainState } from './plain-state.js';
import type { WholeState } from './state-entries.js';
import type { Precision } from './state-vector.js';
import { STATE_VECTOR_QUBITS_MAX, stateBytes } from './state-vector.js';

/** What 32-bit addresses reach: 2 GiB of state and what is worked with beside it. */
const DENSE_QUBITS_MAX: Readonly<Record<Precision, number>> = { single: 28, double: 27 };
/** Updates of an amplitude that plain loops have done before a plan is made: three to five milliseconds. */
const PLAIN_UPDATES_MAX = 2 ** 20;
/** Of fewer qubits, planning a gate (up to eight microseconds) takes as long as doing it: only what comes again is done sooner, by its remembered plan. */
const PLANNED_QUBITS = 12;
const SMALL_PLAIN_UPDATES_MAX = 2 ** 21;
/** Circuits that measure on the way plan anew after each measurement: below this, loops over the state cost less. */
const DENSE_QUBITS_MIN_ON_THE_WAY = 18;

/** Whether the dense engine is the faster of the two: a function of the circuit, as the counts depend on it. */
function isDense({ qubits, operations, isTerminal }: CircuitProfile, precision: Precision): boolean {
  if (qubits > DENSE_QUBITS_MAX[precision]) return false;
  if (!isTerminal) return qubits >= DENSE_QUBITS_MIN_ON_THE_WAY;
  return operations * 2 ** qubits > (qubits < PLANNED_QUBITS ? SMALL_PLAIN_UPDATES_MAX : PLAIN_UPDATES_MAX);
}

/** |0…0⟩, whichever of the two. */
export function createStateVectorFor(profile: CircuitProfile, precision: Precision, team?: ThreadTeam): WholeState {
  const isFast = isDense(profile, precision) && compiledKernels(precision, team?.compilers) !== null;
  return isFast ? new DenseState(profile.qubits, precision, team) : new PlainState(profile.qubits, precision);
}

/** All 2^n amplitudes: any circuit, up to the qubits that memory holds. */
export const STATE_VECTOR: MethodRecord = {
  summary: 'All 2^n amplitudes; any circuit of up to 30 qubits.',
  refusal: ({ qubits }) => (qubits <= STATE_VECTOR_QUBITS_MAX ? null
    : `The program uses ${qubits} qubits; a state vector has at most ${STATE_VECTOR_QUBITS_MAX}.`),
  estimate: ({ qubits, operations }, precision) => ({ stateBytes: stateBytes(qubits, precision), cost: operations * 2 ** qubits }),
  create: createStateVectorFor,
};
