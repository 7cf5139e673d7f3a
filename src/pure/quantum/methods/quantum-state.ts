import type { Matrix } from '../gates/matrix.js';
import { gateNamed } from '../gates/gate-table.js';
import type { ShotRange } from '../sampling/run-control.js';

/** A gate on qubits of a state, which are numbered densely from 0. The object is the same at every repetition of its step. */
export interface AppliedGate {
  /** A name of the gate table; where `matrix` is stated, a label for people. */
  readonly name: string;
  /** Of a gate that the table does not have. Steps of equal gates share the array. */
  readonly matrix?: Matrix;
  /** Radians. */
  readonly parameters: readonly number[];
  /** All different, in the order of the gate's arguments. */
  readonly qubits: readonly number[];
}

export function matrixOfGate({ name, parameters, matrix }: AppliedGate): Matrix {
  return matrix ?? gateNamed(name).matrix(parameters);
}

/** One of the things that a channel may do to a pure state. */
export interface Alternative {
  /** Not unitary where the channel is no Pauli mixture: then the norm of the state changes by a part that nobody needs. */
  readonly gates: readonly AppliedGate[];
  /** Its probability where the channel's first qubit is 0 and where it is 1; the same twice if it does not matter. */
  readonly chance: readonly [number, number];
}

/** A channel on qubits of a state, which are numbered densely. The object is the same at every repetition. */
export interface AppliedChannel {
  readonly qubits: readonly number[];
  readonly kraus: readonly Matrix[];
  /** All alternatives are Pauli operators with fixed probabilities. */
  readonly isPauli: boolean;
  readonly alternatives: readonly Alternative[];
  /** How often at most something else than the first alternative happens. */
  readonly rarity: number;
}

/** What a state is asked while its circuit runs. Each method represents it in its own way. */
export interface QuantumState {
  readonly qubits: number;
  /** Of states whose arithmetic depends on the machine: which of its forms this is. Absent: `plain`, the same everywhere. */
  readonly kernelVariant?: string;
  /** Of states that cut off what is small: the share of the squared norm that is gone so far, summed over the cuts. Of one cut it is 1 - fidelity. Absent: nothing ever is. */
  readonly discardedWeight?: number;
  /** What a copy takes. */
  readonly bytes: bigint;
  apply(gate: AppliedGate): void;
  /** Of states that can be mixed: the whole channel. A pure state has one of its alternatives drawn. */
  applyChannel?(channel: AppliedChannel): void;
  /** Weights of the outcomes 0 and 1 of a measurement. Their sum is 1 but for rounding, which callers divide out. */
  outcomeWeights(qubit: number): readonly [number, number];
  /** Leaves only what agrees with the outcome, scaled back to norm 1; `weight` is its weight before. */
  collapse(qubit: number, outcome: 0 | 1, weight: number): void;
  copy(): this;
  /** Makes this state equal to another of its own kind and shape. */
  assign(from: this): void;
  /** Back to |0…0⟩. */
  clear(): void;
  /** Of states that hold more than the heap: gives it back. The state is not used afterwards. */
  release?(): void;
}

export type TextSink = (text: string, count: number, shots: ArrayLike<number> | null) => boolean;

/**
 * Where outcomes go: the values of the qubits that were asked for, in that order, and how many shots gave them. The
 * array is the state's own and changes with the next call. `shots` are their numbers, for whoever wants memory.
 */
export interface OutcomeSink {
  readonly wantsShots: boolean;
  /** False: enough, no more is wanted. */
  add(bits: Uint8Array, count: number, shots: ArrayLike<number> | null): boolean;
  /** The same for whoever has the values as a bit string, the last of them leftmost. Absent: they are wanted one by one. */
  readonly addText?: TextSink | null;
}

/** A product of Pauli operators on some of the qubits, the identity on the others. */
export type PauliString = ReadonlyMap<number, 'X' | 'Y' | 'Z'>;

/** What is read off a state when its circuit has ended. The caller bounds the number of qubits that it asks for. */
export interface FinalState {
  /**
   * Measures `qubits` for every shot of the range. Shot k draws from its own stream, `uniform(seed, k, 0…)`, so the
   * outcomes do not depend on how shots are spread over calls, threads or machines. False if the sink had enough.
   */
  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean;
  /** Probability of each value of `qubits`, normalised; bit j of the index is the j-th of them. */
  probabilities(qubits: readonly number[]): Float64Array;
  /** Normalised; real, as Pauli strings are Hermitian. */
  expectation(pauli: PauliString): number;
  /** Of `qubits`, the others traced out; trace 1. Format of `gates/matrix.ts`. */
  reducedDensityMatrix(qubits: readonly number[]): Matrix;
  /** All 2^n amplitudes, real and imaginary part interleaved, norm 1; null for a state that is not pure. */
  amplitudes(): Float64Array | null;
}

export type SimulatedState = QuantumState & FinalState;
/** What outputs are read off. */
export type ReadableState = Omit<FinalState, 'sample'>;
