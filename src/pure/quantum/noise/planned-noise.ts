import type { AppliedChannel } from '../methods/quantum-state.js';
import type { ChannelShape } from './place-channel.js';
import { placeShape, shapeChannel } from './place-channel.js';
import type { ChannelRecord } from './channels.js';
import { channelRecord } from './channels.js';
import type { NoiseModel } from './noise-model.js';

/** Probabilities that a measurement tells the other outcome, by the true one. */
export type ReadoutError = readonly [flipsZero: number, flipsOne: number];

/** A rule with what it does on each list of qubits that was met: steps of equal gates share the objects. */
interface PlannedRule {
  readonly record: ChannelRecord;
  readonly shape: ChannelShape;
  readonly gates: ReadonlySet<string> | null;
  readonly qubits: ReadonlySet<number> | null;
  readonly placed: Map<string, AppliedChannel>;
}

function changesNothing({ alternatives, isPauli }: AppliedChannel): boolean {
  // A single operator K ≥ 0 with K†K = 1 is the identity.
  return alternatives.length === 1 && (!isPauli || alternatives[0]?.gates.length === 0);
}

/** A noise model as a plan asks it: what follows a gate, and how a measurement errs. */
export class PlannedNoise {
  private readonly rules: readonly PlannedRule[];
  private readonly readouts: ReadonlyMap<number, ReadoutError>;
  private readonly readoutOfOthers: ReadoutError | null;

  constructor({ channels, readout }: NoiseModel) {
    this.rules = channels.map(({ type, parameters, gates, qubits }) => ({
      record: channelRecord(type), shape: shapeChannel(channelRecord(type), parameters), gates: gates === null ? null : new Set(gates), qubits: qubits === null ? null : new Set(qubits), placed: new Map(),
    })).filter(({ shape }) => !changesNothing(placeShape(shape, [0, 1])));
    const readouts = new Map<number, ReadoutError>();
    let others: ReadoutError | null = null;
    for (const { qubits, p01, p10 } of readout) {
      const error: ReadoutError = [p01, p10];
      if (qubits === null) {
        others = error;
        readouts.clear();
      }
      qubits?.forEach((qubit) => readouts.set(qubit, error));
    }
    [this.readouts, this.readoutOfOthers] = [readouts, others];
  }

  /** Nothing follows any gate. */
  get isSilent(): boolean {
    return this.rules.length === 0;
  }

  /** Whether something follows the gate; `gate` is null for one that the table does not have. Qubits as declared. */
  isAfter(gate: string | null, qubits: readonly number[]): boolean {
    return this.rules.some((rule) => groupsOf(rule, gate, qubits).length > 0);
  }

  /** How many channels follow the gate. */
  countAfter(gate: string | null, qubits: readonly number[]): number {
    return this.rules.reduce((sum, rule) => sum + groupsOf(rule, gate, qubits).length, 0);
  }

  /** What follows the gate, in order; `dense` tells the number of a declared qubit in the state. */
  after(gate: string | null, qubits: readonly number[], dense: (qubit: number) => number): readonly AppliedChannel[] {
    return this.rules.flatMap((rule) => groupsOf(rule, gate, qubits).map((group) => place(rule, group.map(dense))));
  }

  /** Null: the measurement of this declared qubit tells the truth. */
  readout(qubit: number): ReadoutError | null {
    const error = this.readouts.get(qubit) ?? this.readoutOfOthers;
    return error !== null && Math.max(...error) > 0 ? error : null;
  }
}

/** The lists of qubits that a rule acts on after a gate. */
function groupsOf({ record, gates, qubits }: PlannedRule, gate: string | null, of: readonly number[]): readonly (readonly number[])[] {
  if (gates !== null && (gate === null || !gates.has(gate))) return [];
  const isListed = (qubit: number) => qubits === null || qubits.has(qubit);
  if (record.qubits === 1) return of.filter(isListed).map((qubit) => [qubit]);
  return of.length === 2 && of.every(isListed) ? [of] : [];
}

function place({ shape, placed }: PlannedRule, qubits: readonly number[]): AppliedChannel {
  const key = qubits.join();
  const known = placed.get(key) ?? placeShape(shape, qubits);
  placed.set(key, known);
  return known;
}
