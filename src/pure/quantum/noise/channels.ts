import type { Complex, Matrix } from '../gates/matrix.js';
import { ONE, ZERO, diagonal, matrixOf } from '../gates/matrix.js';

export type Pauli = 'I' | 'X' | 'Y' | 'Z';

/** A Pauli operator for each qubit of the channel in the order of its arguments, and how probable it is. */
export interface PauliChance {
  readonly operators: readonly Pauli[];
  readonly probability: number;
}

/** A parameter and the closed range that it must be in. */
export interface ParameterRecord {
  readonly min: number;
  readonly max: number;
  /** Of a parameter that may be left out. */
  readonly otherwise?: number;
  readonly summary: string;
}

export type ChannelParameters = Readonly<Record<string, number>>;

/** All that the engine knows about one kind of noise. The loop test proves every part of a record against the others. */
export interface ChannelRecord {
  readonly summary: string;
  /** Qubits that it acts on together. A channel of one qubit is applied to each qubit of a gate by itself. */
  readonly qubits: 1 | 2;
  readonly parameters: Readonly<Record<string, ParameterRecord>>;
  /** What ranges alone do not say: the name of the parameter that is wrong, and why; null: nothing is. */
  refusal?(parameters: ChannelParameters): { readonly parameter: string; readonly message: string } | null;
  /** ρ → Σ K·ρ·K†, ΣK†K = 1. Of a channel that is no Pauli mixture each K†K is diagonal: trajectories rely on that. */
  kraus(parameters: ChannelParameters): readonly Matrix[];
  /** The same channel as unitaries that are drawn; null if it is none. The identity first. */
  paulis(parameters: ChannelParameters): readonly PauliChance[] | null;
}

const PROBABILITY: ParameterRecord = { min: 0, max: 1, summary: 'A probability.' };
/** Times have any unit, the same for all three. The bound keeps their quotients finite. */
const TIME: ParameterRecord = { min: 1e-30, max: 1e30, summary: 'A time, in the unit of the other two.' };

/** Hotter than any temperature makes it, and below the 1 at which nothing of |0⟩ would be kept. */
const EXCITED_MAX = 0.5;

const PAULI_MATRICES: Readonly<Record<Pauli, readonly Complex[]>> = {
  I: [ONE, ZERO, ZERO, ONE],
  X: [ZERO, ONE, ONE, ZERO],
  Y: [ZERO, [0, -1], [0, 1], ZERO],
  Z: [ONE, ZERO, ZERO, [-1, 0]],
};

/** factor × the product of Pauli operators, bit j of an index for the j-th. */
function pauliMatrix(operators: readonly Pauli[], factor: number): Matrix {
  const size = 2 ** operators.length;
  const entries = Array.from({ length: size * size }, (_, k): Complex => {
    const [row, column] = [Math.floor(k / size), k % size];
    return operators.reduce<Complex>(([re, im], operator, j) => {
      const [a, b] = PAULI_MATRICES[operator][2 * ((row >> j) & 1) + ((column >> j) & 1)] as Complex;
      return [re * a - im * b, re * b + im * a];
    }, [factor, 0]);
  });
  return matrixOf(...entries);
}

function pauliChannel(
  qubits: 1 | 2, parameters: ChannelRecord['parameters'], summary: string, paulis: (parameters: ChannelParameters) => readonly PauliChance[],
): ChannelRecord {
  return { summary, qubits, parameters, paulis, kraus: (values) => paulis(values).map(({ operators, probability }) => pauliMatrix(operators, Math.sqrt(probability))) };
}

/** With a probability, one operator. */
function flip(operator: Pauli, summary: string): ChannelRecord {
  return pauliChannel(1, { probability: PROBABILITY }, summary, ({ probability = 0 }) => [
    { operators: ['I'], probability: 1 - probability }, { operators: [operator], probability },
  ]);
}

/** ρ → (1 - p)·ρ + p·1/2^n: a mixture of all Pauli strings, each with p/4^n, and what is left to the identity. */
function depolarizing(qubits: 1 | 2, summary: string): ChannelRecord {
  const count = 4 ** qubits;
  const operators = Array.from({ length: count }, (_, code) =>
    Array.from({ length: qubits }, (__, j) => ['I', 'X', 'Y', 'Z'][(code >> (2 * j)) & 3] as Pauli));
  return pauliChannel(qubits, { probability: PROBABILITY }, summary, ({ probability = 0 }) =>
    operators.map((string, code) => ({ operators: string, probability: probability / count + (code === 0 ? 1 - probability : 0) })));
}

/**
 * Relaxation by T1 to a mixture that is |1⟩ with probability `excited`, and loss of phase by T2. Two jumps, up and down;
 * of what does not jump, |0⟩ keeps √(1 - up) and |1⟩ √(1 - down), and exp(-time/T2) is to be left off the diagonal.
 */
function thermalRelaxation({ t1 = 1, t2 = 1, gateTime = 0, excitedPopulation = 0 }: ChannelParameters): readonly Matrix[] {
  const decay = -Math.expm1(-gateTime / t1);
  const [up, down] = [decay * excitedPopulation, decay * (1 - excitedPopulation)];
  const kept = Math.exp(-gateTime / t2);
  // (1 - up)·(1 - down) - kept², without the cancellation: T2 ≤ 2·T1 keeps it from being negative.
  const dephased = (1 - decay) * Math.max(0, -Math.expm1(gateTime / t1 - 2 * (gateTime / t2))) + up * down;
  return [
    diagonal([Math.sqrt(1 - up), 0], [kept / Math.sqrt(1 - up), 0]),
    matrixOf(ZERO, [Math.sqrt(down), 0], ZERO, ZERO),
    matrixOf(ZERO, ZERO, [Math.sqrt(up), 0], ZERO),
    diagonal(ZERO, [Math.sqrt(dephased / (1 - up)), 0]),
  ];
}

/** Names and conventions as in Nielsen and Chuang, "Quantum Computation and Quantum Information", section 8.3. */
export const CHANNELS = {
  'bit-flip': flip('X', 'X with a probability.'),
  'phase-flip': flip('Z', 'Z with a probability.'),
  'bit-phase-flip': flip('Y', 'Y with a probability.'),
  depolarizing: depolarizing(1, 'With a probability the qubit is replaced by a completely mixed one.'),
  'two-qubit-depolarizing': depolarizing(2, 'With a probability both qubits of a gate are replaced by completely mixed ones.'),
  'amplitude-damping': {
    summary: '|1⟩ decays to |0⟩ with probability gamma.', qubits: 1, parameters: { gamma: PROBABILITY },
    kraus: ({ gamma = 0 }) => [diagonal(ONE, [Math.sqrt(1 - gamma), 0]), matrixOf(ZERO, [Math.sqrt(gamma), 0], ZERO, ZERO)],
    paulis: () => null,
  },
  'phase-damping': pauliChannel(1, { lambda: PROBABILITY }, 'What stands off the diagonal shrinks by √(1 - lambda).', ({ lambda = 0 }) => {
    // λ/2/(1 + √(1-λ)) is (1 - √(1-λ))/2 without the cancellation.
    const probability = lambda / 2 / (1 + Math.sqrt(1 - lambda));
    return [{ operators: ['I'], probability: 1 - probability }, { operators: ['Z'], probability }];
  }),
  'thermal-relaxation': {
    summary: 'Relaxation by T1, to |0⟩ or a mixture of some |1⟩, and loss of phase by T2 during the time of a gate.', qubits: 1,
    parameters: { t1: TIME, t2: TIME, gateTime: { ...TIME, min: 0 }, excitedPopulation: { min: 0, max: EXCITED_MAX, otherwise: 0, summary: 'The probability of |1⟩ that is come to in the end.' } },
    refusal: ({ t1 = 0, t2 = 0 }) => (t2 <= 2 * t1 ? null : { parameter: 't2', message: 'T2 is at most twice T1.' }),
    kraus: thermalRelaxation,
    paulis: () => null,
  },
} as const satisfies Readonly<Record<string, ChannelRecord>>;

export type ChannelType = keyof typeof CHANNELS;

export const CHANNEL_TYPES = Object.keys(CHANNELS) as readonly ChannelType[];

export function channelRecord(type: ChannelType): ChannelRecord {
  return CHANNELS[type];
}
