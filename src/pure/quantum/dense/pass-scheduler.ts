import { parity } from '../circuit/word-bits.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { CX, PHASE, ROTATION } from './lowered-circuit.js';
import type { Span } from './span.js';

/** A rotation as a block sees it: pairs {x, x ^ move}; of a pair, the index with even `x & test` is the first. */
export interface ScheduledRotation {
  readonly level: number;
  readonly move: number;
  readonly test: number;
  /** Blocks whose number has an odd `number & blockTest` turn the other way. */
  readonly blockTest: number;
  readonly angle: number;
}

/** exp(i·angle) where `x & test` and the block's number & `blockTest` are odd together. */
export interface ScheduledPhase {
  level: number;
  readonly operation: number;
  readonly test: number;
  readonly blockTest: number;
  readonly angle: number;
}

export interface PassSchedule {
  readonly rotations: readonly ScheduledRotation[];
  readonly phases: readonly ScheduledPhase[];
}

/** What `schedule` changes. */
interface SchedulerState {
  readonly remaining: Int32Array;
  readonly columns: Int32Array;
  readonly rows: Int32Array;
}

/** The vectors by which a block is told from another: block number b has the offset XOR of `vectors[j]` over its bits. */
export interface BlockSpace {
  /** Of the amplitudes in one block. */
  readonly inner: Span;
  readonly outer: readonly number[];
}

function parities(word: number, vectors: readonly number[]): number {
  let bits = 0;
  for (let i = 0; i < vectors.length; i++) bits |= parity(word & (vectors[i] as number)) << i;
  return bits;
}

/**
 * The operations that are left, and the affine frame that CX has made of the wires: a rotation of wire w pairs the
 * indices y and y ^ columns[w], and the value of w at index y is the parity of y & rows[w].
 *
 * A pass does all operations whose pairs lie in one block and that commute with what is skipped. `blocksZ` and
 * `blocksX` are the wires on which something skipped does not commute with Z, and with X.
 */
export class PassScheduler {
  remaining: Int32Array;
  readonly columns: Int32Array;
  readonly rows: Int32Array;

  constructor(readonly circuit: LoweredCircuit, { columns, rows }: { readonly columns: Int32Array; readonly rows: Int32Array }) {
    this.remaining = Int32Array.from({ length: circuit.count }, (_, k) => k);
    this.columns = columns.slice();
    this.rows = rows.slice();
  }

  /** How many rotations are left. */
  rotations(): number {
    const { remaining, circuit: { kind } } = this;
    let count = 0;
    for (let i = 0; i < remaining.length; i++) if (kind[remaining[i] as number] === ROTATION) count++;
    return count;
  }

  /** How many of the `all` rotations that are left a pass over blocks of this span would do; fewer if it is no more than `known`. */
  trial(inner: Span, all: number, known: number): number {
    const { remaining, circuit: { kind, first, second, wires } } = this;
    const outside = this.columns.map((column) => inner.residual(column));
    const everyWire = wires === 31 ? 0x7fffffff : (1 << wires) - 1;
    let [blocksX, blocksZ, done, possible] = [0, 0, 0, all];
    for (let i = 0; i < remaining.length; i++) {
      const k = remaining[i] as number;
      const a = first[k] as number;
      if (kind[k] === ROTATION) {
        if ((((blocksX | blocksZ) >> a) & 1) === 0 && outside[a] === 0) {
          done++;
        } else {
          blocksX |= 1 << a;
          blocksZ |= 1 << a;
          if (--possible <= known || (blocksX & blocksZ) === everyWire) break;
        }
      } else if (kind[k] === PHASE) {
        if ((a & blocksZ) !== 0) blocksX |= a;
      } else {
        const b = second[k] as number;
        if (((blocksZ >> a) & 1) === 1 || ((blocksX >> b) & 1) === 1) {
          blocksX |= 1 << a;
          blocksZ |= 1 << b;
        } else {
          (outside[a] as number) ^= outside[b] as number;
        }
      }
    }
    return done;
  }

  snapshot(): SchedulerState {
    return { remaining: this.remaining, columns: this.columns.slice(), rows: this.rows.slice() };
  }

  restore({ remaining, columns, rows }: SchedulerState): void {
    this.remaining = remaining;
    this.columns.set(columns);
    this.rows.set(rows);
  }

  /** Takes what a pass does out of `remaining` and moves the frame on. */
  schedule(space: BlockSpace): PassSchedule {
    const scan = new Scan(this, space);
    const executed = new Uint8Array(this.circuit.count);
    for (const k of this.remaining) executed[k] = scan.take(k) ? 1 : 0;
    const isLast = !this.remaining.some((k) => executed[k] === 0 && this.circuit.kind[k] === ROTATION);
    const phases = scan.settledPhases(isLast, (k) => (executed[k] = 0));
    this.remaining = this.remaining.filter((k) => executed[k] === 0);
    return { rotations: scan.rotations, phases };
  }
}

/** One walk over the remaining operations in order of time. */
class Scan {
  readonly rotations: ScheduledRotation[] = [];
  private readonly phases: ScheduledPhase[] = [];
  private readonly outside: Int32Array;
  private readonly move: Int32Array;
  private readonly test: Int32Array;
  private readonly blockTest: Int32Array;
  /** The last level on a wire that does not commute with Z, and with X. Rotations have odd levels, phases even ones. */
  private readonly levelZ: Int32Array;
  private readonly levelX: Int32Array;
  /** The last CX done in this pass that has a wire as its target. */
  private readonly targeted: Int32Array;
  private blocksX = 0;
  private blocksZ = 0;
  private lastRotation = 0;

  constructor(private readonly owner: PassScheduler, { inner, outer }: BlockSpace) {
    const { columns, rows } = owner;
    this.outside = columns.map((column) => inner.residual(column));
    this.move = columns.map((column) => inner.coordinates(column));
    this.test = rows.map((row) => parities(row, inner.vectors));
    this.blockTest = rows.map((row) => parities(row, outer));
    this.levelZ = new Int32Array(columns.length);
    this.levelX = new Int32Array(columns.length);
    this.targeted = new Int32Array(columns.length).fill(-1);
  }

  /** Whether the operation is done in this pass. */
  take(k: number): boolean {
    const { kind, first, second, value } = this.owner.circuit;
    if (kind[k] === ROTATION) return this.rotate(first[k] as number, value[k] as number);
    if (kind[k] === CX) return this.controlledX(k, first[k] as number, second[k] as number);
    return this.phase(k, first[k] as number, value[k] as number);
  }

  private rotate(wire: number, angle: number): boolean {
    const bit = 1 << wire;
    if (((this.blocksX | this.blocksZ) & bit) !== 0 || this.outside[wire] !== 0) {
      this.blocksX |= bit;
      this.blocksZ |= bit;
      return false;
    }
    const level = (Math.max(this.levelZ[wire] as number, this.levelX[wire] as number) + 1) | 1;
    this.levelZ[wire] = level;
    this.levelX[wire] = level;
    this.lastRotation = Math.max(this.lastRotation, level);
    this.rotations.push({ level, move: this.move[wire] as number, test: this.test[wire] as number, blockTest: this.blockTest[wire] as number, angle });
    return true;
  }

  private controlledX(k: number, a: number, b: number): boolean {
    if (((this.blocksZ >> a) & 1) === 1 || ((this.blocksX >> b) & 1) === 1) {
      this.blocksX |= 1 << a;
      this.blocksZ |= 1 << b;
      return false;
    }
    const { columns, rows } = this.owner;
    for (const [array, to, from] of [[columns, a, b], [this.outside, a, b], [this.move, a, b], [rows, b, a], [this.test, b, a], [this.blockTest, b, a]] as const) {
      (array[to] as number) ^= array[from] as number;
    }
    this.levelZ[b] = Math.max(this.levelZ[a] as number, this.levelZ[b] as number);
    this.levelX[a] = Math.max(this.levelX[a] as number, this.levelX[b] as number);
    this.targeted[b] = k;
    return true;
  }

  private phase(k: number, mask: number, angle: number): boolean {
    if ((mask & this.blocksZ) !== 0) {
      this.blocksX |= mask;
      return false;
    }
    let [level, test, blockTest] = [0, 0, 0];
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const wire = 31 - Math.clz32(rest & -rest);
      level = Math.max(level, this.levelZ[wire] as number);
      test ^= this.test[wire] as number;
      blockTest ^= this.blockTest[wire] as number;
    }
    level += level & 1;
    // A phase that is constant in each block commutes with all that happens inside: it holds nothing up.
    if (test !== 0) {
      for (let rest = mask; rest !== 0; rest &= rest - 1) {
        const wire = 31 - Math.clz32(rest & -rest);
        if ((this.levelX[wire] as number) < level) this.levelX[wire] = level;
      }
    }
    this.phases.push({ level, operation: k, test, blockTest, angle });
    return true;
  }

  /**
   * The phases that this pass does. Those after its last rotation can wait and merge with the next pass's, unless a CX
   * that is done has turned one of their wires meanwhile. Those outside the block join any sweep there is, or wait too.
   */
  settledPhases(isLast: boolean, defer: (operation: number) => void): readonly ScheduledPhase[] {
    const done: ScheduledPhase[] = [];
    const outside: ScheduledPhase[] = [];
    for (const phase of this.phases) {
      if (phase.test === 0) outside.push(phase);
      else if (isLast || phase.level <= this.lastRotation || !this.canWait(phase.operation)) done.push(phase);
      else defer(phase.operation);
    }
    const firstSweep = done.reduce((least, { level }) => Math.min(least, level), Infinity);
    for (const phase of outside) {
      // On the live subspace it is the identity.
      if (phase.blockTest === 0) continue;
      if (firstSweep === Infinity && !isLast && this.canWait(phase.operation)) {
        defer(phase.operation);
      } else {
        phase.level = firstSweep === Infinity ? 0 : firstSweep;
        done.push(phase);
      }
    }
    return done;
  }

  private canWait(operation: number): boolean {
    for (let rest = this.owner.circuit.first[operation] as number; rest !== 0; rest &= rest - 1) {
      if ((this.targeted[31 - Math.clz32(rest & -rest)] as number) > operation) return false;
    }
    return true;
  }
}
