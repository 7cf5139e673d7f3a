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

/** Alternatives that never happen are left out. */
export function placeChannel(record: ChannelRecord, parameters: Readonly<Record<string, number>>, qubits: readonly number[]): AppliedChannel {
  const [kraus, paulis] = [record.kraus(parameters), record.paulis(parameters)];
  const possible = kraus.filter((matrix) => matrix.some((entry) => entry !== 0));
  const alternatives = paulis === null ? possible.map((matrix) => krausAlternative(matrix, qubits))
    : paulis.filter(({ probability }) => probability > 0).map((chance) => pauliAlternative(chance, qubits));
  return { qubits, kraus: possible, isPauli: paulis !== null, alternatives, rarity: 1 - Math.min(...(alternatives[0] as Alternative).chance) };
}
