import { type Circuit, type Condition, everyOperation, type Operation, type PlainOperation } from '../circuit/circuit.js';
import { conditionText, expressionText } from './classical-text.js';
import { type Mark, markOf } from './marks.js';
import { grouped } from './xml-text.js';

/** What one drawing shows. Beyond it there is a plain note of what is left out, so that its size is bounded. */
export interface DrawingLimits {
  readonly operationsMax: number;
  readonly columnsMax: number;
  readonly qubitsMax: number;
  readonly registersMax: number;
}

/** 2,000 operations are some 900 kB of SVG, and more than anybody follows with a finger: a Fourier transform of fifty qubits is whole. */
export const DRAWING_LIMITS: DrawingLimits = Object.freeze({ operationsMax: 2000, columnsMax: 2000, qubitsMax: 128, registersMax: 12 });

/** A wire: qubits first, then one for each classical register, top to bottom. */
export interface Lane {
  readonly name: string;
  /** Of a classical register: how many bits it has. Null: a qubit. */
  readonly bits: number | null;
}

/** A mark in its column; `top` to `bottom` are the lanes that it keeps free of others. */
export interface PlacedMark {
  readonly mark: Mark;
  readonly top: number;
  readonly bottom: number;
}

/** Frames stand between columns of marks and go through all lanes: `depth` is how many are around this one. */
export type Column =
  | { readonly kind: 'marks'; readonly marks: readonly PlacedMark[]; readonly depth: number }
  | { readonly kind: 'open' | 'else'; readonly caption: string; readonly depth: number }
  | { readonly kind: 'close'; readonly depth: number };

export interface CircuitLayout {
  readonly lanes: readonly Lane[];
  /** How many of the lanes are qubits. */
  readonly qubits: number;
  readonly columns: readonly Column[];
  /** The deepest frame within a frame; 0: there is none. */
  readonly depthMax: number;
  /** Plain sentences about what is not drawn. */
  readonly notes: readonly string[];
}

class Full extends Error {}

/** Puts operations as far to the left as what came before on the same lanes lets them. */
class Packer {
  readonly columns: Column[] = [];
  drawn = 0;
  hidden = 0;
  depthMax = 0;
  private readonly frontier: number[];
  /** Who reads a register stands behind all that was measured into it, though many measurements share a column. */
  private readonly writtenUntil: number[];
  private readonly registerOfBit = new Map<number, number>();
  private depth = 0;

  constructor(private readonly circuit: Circuit, private readonly limits: DrawingLimits, private readonly qubits: number, lanes: number, private readonly areTethered: boolean) {
    this.frontier = new Array<number>(lanes).fill(0);
    this.writtenUntil = [...this.frontier];
    const last = lanes - qubits - 1;
    circuit.classicalRegisters.forEach(({ offset, size }, register) => {
      for (let i = 0; i < size; i++) this.registerOfBit.set(offset + i, Math.min(register, last));
    });
  }

  place(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (this.drawn >= this.limits.operationsMax || this.columns.length >= this.limits.columnsMax) throw new Full();
      this.drawn++;
      if (operation.kind === 'branch') this.branch(operation);
      else if (operation.kind === 'loop') this.framed(`while ${this.expression(operation.condition)}`, () => this.place(operation.body));
      else this.plain(operation);
    }
  }

  private expression(expression: Parameters<typeof expressionText>[0]): string {
    return expressionText(expression, this.circuit.classicalRegisters);
  }

  private branch({ condition, then, otherwise }: Operation & { kind: 'branch' }): void {
    this.framed(`if ${this.expression(condition)}`, () => {
      this.place(then);
      if (otherwise.length === 0) return;
      this.across({ kind: 'else', caption: 'else', depth: this.depth - 1 });
      this.place(otherwise);
    });
  }

  /** Closed even when the drawing is full inside of it: a frame without an end would take in what it does not hold. */
  private framed(caption: string, inside: () => void): void {
    this.across({ kind: 'open', caption, depth: this.depth });
    this.depth++;
    this.depthMax = Math.max(this.depthMax, this.depth);
    try {
      inside();
    } finally {
      this.depth--;
      this.across({ kind: 'close', depth: this.depth });
    }
  }

  private across(column: Column): void {
    this.columns.push(column);
    this.frontier.fill(this.columns.length);
  }

  private plain(operation: PlainOperation): void {
    const condition = operation.kind === 'barrier' || operation.kind === 'assign' ? null : operation.condition;
    const mark = markOf(operation, this.circuit, condition === null ? null : conditionText(condition, this.circuit.classicalRegisters));
    const lanes = operation.kind === 'barrier' ? mark.qubits.filter((qubit) => qubit < this.qubits) : [...mark.qubits];
    if (lanes.length === 0 && mark.qubits.length > 0 || lanes.some((qubit) => qubit >= this.qubits)) {
      this.hidden++;
      this.drawn--;
      return;
    }
    const classical = this.classicalLane(operation, condition);
    if (classical !== null) lanes.push(classical);
    // What is computed may read any register.
    if (operation.kind === 'assign') lanes.push(Math.min(this.qubits, this.frontier.length - 1), this.frontier.length - 1);
    const written = operation.kind === 'measure' ? this.registerOfBit.get(operation.bit) : undefined;
    const [top, bottom] = [Math.min(...lanes), Math.max(...lanes)];
    this.put({ mark: { ...mark, qubits: mark.qubits.filter((qubit) => qubit < this.qubits), classicalLane: classical }, top, bottom }, written === undefined ? null : this.qubits + written);
  }

  /** The classical wire that a mark reaches down to. */
  private classicalLane(operation: PlainOperation, condition: Condition | null): number | null {
    // Bits that no register names, variables of the program, have no wire.
    const laneOf = (bit: number | undefined): number | null => {
      const register = bit === undefined ? undefined : this.registerOfBit.get(bit);
      return register === undefined ? null : this.qubits + register;
    };
    if (condition !== null) return laneOf(condition.offset);
    if (operation.kind === 'assign') return laneOf(operation.bits[0]) ?? this.frontier.length - 1;
    return operation.kind === 'measure' && this.areTethered ? laneOf(operation.bit) : null;
  }

  /** `written`: the register that an outcome goes to, whether or not a line is drawn to it. */
  private put(placed: PlacedMark, written: number | null): void {
    let at = written === null ? 0 : this.frontier[written] as number;
    for (let lane = placed.top; lane <= placed.bottom; lane++) at = Math.max(at, this.frontier[lane] as number, lane < this.qubits ? 0 : this.writtenUntil[lane] as number);
    if (at >= this.limits.columnsMax) {
      this.drawn--;
      throw new Full();
    }
    const column = this.columns[at];
    if (column === undefined) this.columns[at] = { kind: 'marks', marks: [placed], depth: this.depth };
    else if (column.kind === 'marks') (column.marks as PlacedMark[]).push(placed);
    for (let lane = placed.top; lane <= placed.bottom; lane++) this.frontier[lane] = at + 1;
    if (written !== null) this.writtenUntil[written] = Math.max(this.writtenUntil[written] as number, at + 1);
  }
}

function lanesOf({ quantumRegisters, classicalRegisters, qubits }: Circuit, limits: DrawingLimits): { lanes: readonly Lane[]; shown: number } {
  const shown = Math.min(qubits, limits.qubitsMax);
  const quantum: Lane[] = quantumRegisters.flatMap(({ name, offset, size }) => Array.from({ length: Math.max(0, Math.min(size, shown - offset)) }, (_, i) => ({ name: `${name}[${i}]`, bits: null })));
  const classical: Lane[] = classicalRegisters.slice(0, limits.registersMax).map(({ name, size }) => ({ name, bits: size }));
  if (classicalRegisters.length > limits.registersMax) {
    const rest = classicalRegisters.slice(limits.registersMax - 1);
    classical[limits.registersMax - 1] = { name: `… ${rest.length} more`, bits: rest.reduce((bits, { size }) => bits + size, 0) };
  }
  return { lanes: [...quantum, ...classical], shown };
}

const counted = (count: number, one: string): string => `${grouped(count)} more ${one}${count === 1 ? '' : 's'}`;

/**
 * Where everything stands, in columns: the same for pictures and for text.
 *
 * @param tetheredQubitsMax with more qubits, measurements are not tied to their register: the lines would fill the picture.
 */
export function layOut(circuit: Circuit, limits: DrawingLimits, tetheredQubitsMax: number): CircuitLayout {
  const { lanes, shown } = lanesOf(circuit, limits);
  const packer = new Packer(circuit, limits, shown, lanes.length, shown <= tetheredQubitsMax);
  try {
    packer.place(circuit.operations);
  } catch (full) {
    if (!(full instanceof Full)) throw full;
  }
  let total = 0;
  for (const _ of everyOperation(circuit.operations)) total++;
  const left = total - packer.drawn - packer.hidden;
  const notes = [
    ...(left > 0 ? [`… ${counted(left, 'operation')}`] : []),
    ...(circuit.qubits > shown ? [`… ${counted(circuit.qubits - shown, 'qubit')}${packer.hidden > 0 ? `, and ${grouped(packer.hidden)} operation${packer.hidden === 1 ? '' : 's'} on them` : ''}`] : []),
  ];
  return { lanes, qubits: shown, columns: packer.columns, depthMax: packer.depthMax, notes };
}
