import type { Operation } from '../../circuit/circuit.js';
import { everyOperation } from '../../circuit/circuit.js';
import type { ClassicalExpression } from '../../circuit/classical-expression.js';
import { bitsRead, constant } from '../../circuit/classical-expression.js';
import { QasmRefusal } from '../qasm-error.js';
import type { CircuitOutput } from './circuit-output.js';
import type { ComplexValue, FloatValue } from './values.js';

/**
 * A variable made of digits, and what is known of each of them at the present place of the program.
 *
 * A known digit is not in the circuit's bits but here, unless the bits are shown: then it is in both. So a program
 * whose variables depend on no measurement leaves no trace of them.
 */
export class DigitsCell {
  /** Numbers of the circuit's bits; null while no digit has had to be stored. */
  bits: readonly number[] | null = null;
  known = 0n;
  /** A one for each digit that only the run will know. */
  unknown = 0n;
  private allPlaces: readonly Place[] | null = null;

  /** @param level how many branches and loops are around its declaration */
  constructor(readonly size: number, readonly isShown: boolean, readonly level: number) {}

  /** Its digits, lowest first. Most variables are never asked for them one by one. */
  get places(): readonly Place[] {
    this.allPlaces ??= Array.from({ length: this.size }, (_, index) => ({ cell: this, index }));
    return this.allPlaces;
  }

  get all(): bigint {
    return (1n << BigInt(this.size)) - 1n;
  }
}

/** A float or complex variable; null where it would depend on a measurement, which no such variable can. */
export class RealCell {
  constructor(public value: FloatValue | ComplexValue | null, readonly level: number) {}
}

/** One digit of a variable. */
export interface Place {
  readonly cell: DigitsCell;
  readonly index: number;
}

interface Journal {
  readonly digits: Map<DigitsCell, { readonly known: bigint; readonly unknown: bigint }>;
  readonly reals: Map<RealCell, RealCell['value']>;
}

/**
 * Follows what is known of the variables through the program, and emits what the run has to do so that it knows the
 * rest. Where the run decides, both ways are followed from the same knowledge, and what they agree on stays known.
 */
export class Storage {
  /** What was known before each branch or loop that is open, of the variables that have changed in it. */
  private readonly journals: Journal[] = [];
  private readonly free = new Map<number, (readonly number[])[]>();

  constructor(private readonly output: CircuitOutput) {}

  digitsCell(size: number): DigitsCell {
    return new DigitsCell(size, false, this.journals.length);
  }

  /** Of a register that the counts may show. */
  shownCell(bits: readonly number[]): DigitsCell {
    const cell = new DigitsCell(bits.length, true, this.journals.length);
    cell.bits = bits;
    return cell;
  }

  realCell(value: FloatValue | ComplexValue): RealCell {
    return new RealCell(value, this.journals.length);
  }

  /** The bits of a variable that nothing can refer to any more. */
  release(cell: DigitsCell): void {
    if (cell.bits === null || cell.isShown) return;
    const pool = this.free.get(cell.size) ?? [];
    pool.push(cell.bits);
    this.free.set(cell.size, pool);
    cell.bits = null;
  }

  readWhole(cell: DigitsCell, offset: number): ClassicalExpression {
    return cell.unknown === 0n ? constant(cell.known) : this.read(cell.places, offset);
  }

  /** The digits at some places, lowest first, as an unsigned number. */
  read(places: readonly Place[], offset: number): ClassicalExpression {
    this.output.charge(0, places.length, offset);
    if (places.every((place) => this.isKnown(place))) {
      return constant(places.reduce((value, { cell, index }, i) => value | (((cell.known >> BigInt(index)) & 1n) << BigInt(i)), 0n));
    }
    for (const place of places) if (this.isKnown(place) && !place.cell.isShown) this.leaveToRun(place.cell, offset);
    return { kind: 'bits', bits: this.bitsAt(places, offset) };
  }

  writeWhole(cell: DigitsCell, value: ClassicalExpression, offset: number): void {
    if (cell.isShown || value.kind !== 'constant') return this.write(cell.places, value, offset);
    const digits = value.value & cell.all;
    if (cell.unknown === 0n && cell.known === digits) return;
    this.touch(cell);
    cell.known = digits;
    cell.unknown = 0n;
  }

  write(places: readonly Place[], value: ClassicalExpression, offset: number): void {
    this.output.charge(0, places.length, offset);
    if (value.kind !== 'constant') {
      this.output.emit({ kind: 'assign', bits: this.bitsAt(places, offset), value }, offset);
      this.markUnknown(places);
      return;
    }
    const changed: Place[] = [];
    let changedValue = 0n;
    places.forEach((place, i) => {
      const { cell, index } = place;
      const digit = (value.value >> BigInt(i)) & 1n;
      const position = 1n << BigInt(index);
      if ((cell.unknown & position) === 0n && ((cell.known >> BigInt(index)) & 1n) === digit) return;
      this.touch(cell);
      cell.unknown &= ~position;
      cell.known = digit === 1n ? cell.known | position : cell.known & ~position;
      if (!cell.isShown) return;
      changedValue |= digit << BigInt(changed.length);
      changed.push(place);
    });
    if (changed.length > 0) this.output.emit({ kind: 'assign', bits: this.bitsAt(changed, offset), value: constant(changedValue) }, offset);
  }

  setReal(cell: RealCell, value: RealCell['value']): void {
    const journal = this.journals.at(-1);
    if (journal !== undefined && !journal.reals.has(cell)) journal.reals.set(cell, cell.value);
    cell.value = value;
  }

  isKnown({ cell, index }: Place): boolean {
    return ((cell.unknown >> BigInt(index)) & 1n) === 0n;
  }

  /** Does something on a way of the program on which a digit can only be this one. It may not write variables. */
  assuming({ cell, index }: Place, digit: 0n | 1n, way: () => void): void {
    const { known, unknown } = cell;
    const position = 1n << BigInt(index);
    cell.unknown &= ~position;
    cell.known = digit === 1n ? known | position : known & ~position;
    way();
    cell.known = known;
    cell.unknown = unknown;
  }

  /** The bits of digits that the run is about to write. */
  measureInto(places: readonly Place[], offset: number): readonly number[] {
    const bits = this.bitsAt(places, offset);
    this.markUnknown(places);
    return bits;
  }

  /** A decision that the run makes. */
  branch(condition: ClassicalExpression, then: () => void, otherwise: () => void, offset: number): void {
    const first = this.follow(then, offset);
    const second = this.follow(otherwise, offset);
    const merge = <Cell, State>(cell: Cell, a: ReadonlyMap<Cell, State>, b: ReadonlyMap<Cell, State>, present: State) => [a.get(cell) ?? present, b.get(cell) ?? present] as const;
    for (const cell of new Set([...first.digits.keys(), ...second.digits.keys()])) {
      const [a, b] = merge(cell, first.digits, second.digits, { known: cell.known, unknown: cell.unknown });
      const agreed = cell.all & ~a.unknown & ~b.unknown & ~(a.known ^ b.known);
      this.store(cell, a.known, cell.all & ~a.unknown & ~agreed, first.operations, offset);
      this.store(cell, b.known, cell.all & ~b.unknown & ~agreed, second.operations, offset);
      this.touch(cell);
      cell.known = a.known & agreed;
      cell.unknown = cell.all & ~agreed;
    }
    for (const cell of new Set([...first.reals.keys(), ...second.reals.keys()])) {
      const [a, b] = merge(cell, first.reals, second.reals, cell.value);
      this.setReal(cell, sameReal(a, b) ? a : null);
    }
    this.output.emitBranch(condition, first.operations, second.operations, offset);
  }

  /**
   * A loop whose end the run decides. Of a variable that the body changes nothing is known when a round begins: which
   * ones these are is found by following the body, again whenever knowing less makes it change more.
   */
  loop(condition: () => ClassicalExpression, body: () => void, iterationsMax: number, offset: number): void {
    const changing = new Set<DigitsCell>();
    for (;;) {
      const asked = condition();
      const round = this.follow(body, offset);
      for (const cell of round.reals.keys()) this.setReal(cell, null);
      const more = [...round.digits.keys()].filter((cell) => !changing.has(cell));
      if (more.length === 0 && !round.isFirstLoss) {
        for (const [cell, { known, unknown }] of round.digits) this.store(cell, known, cell.all & ~unknown, round.operations, offset);
        assertCanEnd(asked, round.operations, offset);
        this.output.emit({ kind: 'loop', condition: asked, body: round.operations, iterationsMax }, offset);
        return;
      }
      this.output.discard(round.operations);
      for (const cell of more) {
        changing.add(cell);
        this.leaveToRun(cell, offset);
      }
    }
  }

  /** Follows a way of the program, and returns to what was known before it. */
  private follow(way: () => void, offset: number): Way {
    const journal: Journal = { digits: new Map(), reals: new Map() };
    this.journals.push(journal);
    const operations = this.output.collect(way, offset);
    this.journals.pop();
    const digits: Way['digits'] = new Map();
    // What was declared on the way has ended with it.
    const outlives = ({ level }: DigitsCell | RealCell) => level <= this.journals.length;
    for (const [cell, before] of journal.digits) {
      if (!outlives(cell)) continue;
      digits.set(cell, { known: cell.known, unknown: cell.unknown });
      ({ known: cell.known, unknown: cell.unknown } = before);
    }
    const reals: Way['reals'] = new Map();
    let isFirstLoss = false;
    for (const [cell, before] of journal.reals) {
      if (!outlives(cell)) continue;
      reals.set(cell, cell.value);
      isFirstLoss ||= before !== null;
      cell.value = before;
    }
    return { operations, digits, reals, isFirstLoss };
  }

  /** Puts what is known of a variable into its bits; from here on the run knows it, and nobody else. */
  private leaveToRun(cell: DigitsCell, offset: number): void {
    const stored: Operation[] = [];
    this.store(cell, cell.known, cell.all & ~cell.unknown, stored, offset);
    for (const operation of stored) this.output.emit(operation, offset);
    this.touch(cell);
    cell.unknown = cell.all;
  }

  private store(cell: DigitsCell, known: bigint, which: bigint, into: Operation[], offset: number): void {
    if (cell.isShown || which === 0n) return;
    const places = cell.places.filter(({ index }) => ((which >> BigInt(index)) & 1n) === 1n);
    const value = places.reduce((sum, { index }, i) => sum | (((known >> BigInt(index)) & 1n) << BigInt(i)), 0n);
    into.push({ kind: 'assign', bits: this.bitsAt(places, offset), value: constant(value) });
  }

  private markUnknown(places: readonly Place[]): void {
    for (const { cell, index } of places) {
      this.touch(cell);
      cell.unknown |= 1n << BigInt(index);
    }
  }

  private touch(cell: DigitsCell): void {
    const journal = this.journals.at(-1);
    if (journal !== undefined && !journal.digits.has(cell)) journal.digits.set(cell, { known: cell.known, unknown: cell.unknown });
  }

  private bitsAt(places: readonly Place[], offset: number): readonly number[] {
    return places.map(({ cell, index }) => {
      cell.bits ??= this.free.get(cell.size)?.pop() ?? this.output.addBits(cell.size, offset);
      return cell.bits[index] as number;
    });
  }
}

/** A condition that nothing in the body changes is as true after every round as before it. */
function assertCanEnd(condition: ClassicalExpression, body: readonly Operation[], offset: number): void {
  const written = new Set<number>();
  for (const operation of everyOperation(body)) {
    if (operation.kind === 'measure') written.add(operation.bit);
    else if (operation.kind === 'assign') operation.bits.forEach((bit) => written.add(bit));
  }
  for (const bit of bitsRead(condition)) if (written.has(bit)) return;
  throw new QasmRefusal('loop-too-long', offset, 'Nothing in this loop changes its condition, so it would never end.');
}

interface Way {
  readonly operations: Operation[];
  readonly digits: Map<DigitsCell, { readonly known: bigint; readonly unknown: bigint }>;
  readonly reals: Map<RealCell, RealCell['value']>;
  /** A real variable changed whose value was still known before. */
  readonly isFirstLoss: boolean;
}

function sameReal(a: RealCell['value'], b: RealCell['value']): boolean {
  if (a === null || b === null) return false;
  if (a.kind === 'float' || b.kind === 'float') return a.kind === b.kind && (a as FloatValue).value === (b as FloatValue).value;
  return a.re === b.re && a.im === b.im;
}
