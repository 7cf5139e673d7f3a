import type { Circuit, PlainOperation } from '../circuit/circuit.js';
import { symbolOf } from '../gates/gate-symbols.js';
import { angleText } from './angle-text.js';
import { bitsText, expressionText } from './classical-text.js';
import { elided } from './xml-text.js';

/** What is drawn for one operation, before anybody knows where. */
export interface Mark {
  /** `target`s are in the shape of a GateSymbol; the others are operations that are no gates. */
  readonly shape: 'box' | 'plus' | 'cross' | 'dot' | 'measure' | 'reset' | 'barrier' | 'assign';
  /** A gate that only turns phases and angles is coloured apart from the fixed ones. */
  readonly isTurn: boolean;
  readonly label: string;
  /** Below the label; empty: none. */
  readonly angles: string;
  /** Controls first. */
  readonly qubits: readonly number[];
  readonly controls: number;
  /** Of a measurement, the bit's name: `c[3]`; of an assignment, what is computed. */
  readonly bit: string;
  /** Of a measurement: the number of the bit in its register. */
  readonly bitIndex: string;
  readonly condition: string | null;
  /** The classical wire that it is tied to; null: none. */
  readonly classicalLane: number | null;
}

const LABEL_CHARACTERS_MAX = 20;

const NOTHING: Omit<Mark, 'shape' | 'qubits'> = { isTurn: false, label: '', angles: '', controls: 0, bit: '', bitIndex: '', condition: null, classicalLane: null };

export function markOf(operation: PlainOperation, { classicalRegisters }: Circuit, condition: string | null): Mark {
  switch (operation.kind) {
    case 'gate': {
      const { label, controls, target } = symbolOf(operation.name);
      const angles = operation.parameters.map(angleText).join(', ');
      return { ...NOTHING, shape: target, isTurn: angles !== '', label, angles, controls, qubits: operation.qubits, condition };
    }
    case 'unitary':
      return { ...NOTHING, shape: 'box', isTurn: true, label: elided(operation.label, LABEL_CHARACTERS_MAX), qubits: operation.qubits, condition };
    case 'measure': {
      const home = classicalRegisters.find(({ offset, size }) => operation.bit >= offset && operation.bit < offset + size);
      const bit = elided(bitsText([operation.bit], classicalRegisters), LABEL_CHARACTERS_MAX);
      return { ...NOTHING, shape: 'measure', bit, bitIndex: home === undefined ? bit : String(operation.bit - home.offset), qubits: [operation.qubit], condition };
    }
    case 'reset':
      return { ...NOTHING, shape: 'reset', label: '|0⟩', qubits: [operation.qubit], condition };
    case 'barrier':
      return { ...NOTHING, shape: 'barrier', qubits: operation.qubits };
    case 'assign':
      return { ...NOTHING, shape: 'assign', label: `${bitsText(operation.bits, classicalRegisters)} = ${expressionText(operation.value, classicalRegisters)}`, qubits: [] };
  }
}
