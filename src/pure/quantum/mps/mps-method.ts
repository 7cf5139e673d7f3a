import type { CircuitProfile } from '../methods/circuit-profile.js';
import type { MethodRecord } from '../methods/method-record.js';
import type { BondBound } from './bond-bound.js';
import { bondBound } from './bond-bound.js';
import { MatrixProductState } from './mps-state.js';

/** A share of the squared norm: a cut loses less than rounding does. */
const WEIGHT_MAX = 1e-16;
/** Wider, one split takes half a minute. States that need more are truncated, and the result says by how much. */
const BOND_MAX = 256;
const QUBITS_MAX = 4096;
// Prices in updates of a dense amplitude, some 0.1 ns.
/** A multiplication of a split, which does it in some eight sweeps over all pairs of columns. */
const WORK_COST = 1024;
/** What a split takes however narrow it is. */
const SPLIT_COST = 2 ** 18;
/** Shots draw site by site, each where its history has led it. How many there will be is not the circuit's: these stand for them. */
const SHOTS_EXPECTED = 1024;
const DRAW_COST = 2 ** 14;
const TENSOR_ENTRY_BYTES = 16n;

const bounds = new WeakMap<CircuitProfile, BondBound | null>();

/** Found once for each profile; not looked for to its end where it comes to more work than asked about. */
function boundOf(profile: CircuitProfile, workMax = Infinity): BondBound | null {
  const known = bounds.get(profile);
  if (known !== undefined) return known;
  const bound = bondBound(profile, BOND_MAX, workMax);
  if (bound !== null || workMax === Infinity) bounds.set(profile, bound);
  return bound;
}

/** Bond of the widest tensors, as far as it goes. */
function stateBytes({ qubits }: CircuitProfile, bond: number): bigint {
  return TENSOR_ENTRY_BYTES * 2n * BigInt(qubits) * BigInt(bond) ** 2n;
}

function costOf({ qubits, operations }: CircuitProfile, { work, bond }: BondBound): number {
  return operations * SPLIT_COST + work * WORK_COST + SHOTS_EXPECTED * qubits * (DRAW_COST + 4 * bond ** 2);
}

/** One tensor a qubit: states whose halves are entangled little, on hundreds of qubits. */
export const MATRIX_PRODUCT_STATE: MethodRecord = {
  summary: `One tensor a qubit; long circuits of little entanglement, at bonds of up to ${BOND_MAX}. What is cut off is told.`,
  refusal: ({ qubits }) => (qubits <= QUBITS_MAX ? null : `The program uses ${qubits} qubits; a matrix product state has at most ${QUBITS_MAX}.`),
  estimate: (profile, _precision, costMax = Infinity) => {
    // Splits alone cost more than a small state vector altogether: their bonds are not worth counting.
    if (profile.qubits > QUBITS_MAX || profile.operations * SPLIT_COST >= costMax) return { stateBytes: stateBytes(profile, BOND_MAX), cost: Infinity };
    const bound = boundOf(profile, costMax / WORK_COST);
    // Without a bound, or with one that would have to be cut, it is chosen by those who ask for it, who read what was lost.
    const isExact = bound !== null && bound.bond <= BOND_MAX;
    return {
      stateBytes: stateBytes(profile, Math.min(BOND_MAX, bound?.bond ?? BOND_MAX)),
      cost: isExact ? costOf(profile, bound) : Infinity,
    };
  },
  create: (profile) => new MatrixProductState(profile.qubits, { weightMax: WEIGHT_MAX, bondMax: BOND_MAX }, stateBytes(profile, Math.min(BOND_MAX, boundOf(profile)?.bond ?? BOND_MAX))),
};
