import type { Matrix } from '../gates/matrix.js';
import type { Alternative, AppliedChannel } from '../methods/quantum-state.js';
import type { ChannelRecord, PauliChance } from './channels.js';

function pauliAlternative({ operators, probability }: PauliChance, qubits: readonly number[]): Alternative {
  return {
    gates: operators.flatMap((operator, j) => (operator === 'I' ? [] : [{ name: operator.toLowerCase(), parameters: [], qubits: [qubits[j] as number] }])),
    chance: [probability, probability],
  };
}

/** K scaled so that its larger column has norm 1: a rare jump is no step towards numbers that are too small. */
function krausAlternative(matrix: Matrix, qubits: readonly number[]): Alternative {
  const column = (bit: number) => [0, 1, 4, 5].reduce((sum, k) => sum + (matrix[k + 2 * bit] as number) ** 2, 0);
  const chance: readonly [number, number] = [column(0), column(1)];
  const scale = 1 / Math.sqrt(Math.max(...chance));
  return { gates: [{ name: 'kraus', matrix: matrix.map((entry) => entry * scale), parameters: [], qubits }], chance };
}

/** A channel before it is known on which qubits it acts: what is the same for all of them, found once. */
export interface ChannelShape {
  readonly kraus: readonly Matrix[];
  readonly paulis: readonly PauliChance[] | null;
}

/** Alternatives that never happen are left out. */
export function shapeChannel(record: ChannelRecord, parameters: Readonly<Record<string, number>>): ChannelShape {
  return {
    kraus: record.kraus(parameters).filter((matrix) => matrix.some((entry) => entry !== 0)),
    paulis: record.paulis(parameters)?.filter(({ probability }) => probability > 0) ?? null,
  };
}

export function placeShape({ kraus, paulis }: ChannelShape, qubits: readonly number[]): AppliedChannel {
  const alternatives = paulis?.map((chance) => pauliAlternative(chance, qubits)) ?? kraus.map((matrix) => krausAlternative(matrix, qubits));
  return { qubits, kraus, isPauli: paulis !== null, alternatives, rarity: 1 - Math.min(...(alternatives[0] as Alternative).chance) };
}

export function placeChannel(record: ChannelRecord, parameters: Readonly<Record<string, number>>, qubits: readonly number[]): AppliedChannel {
  return placeShape(shapeChannel(record, parameters), qubits);
}
