import { parity } from '../circuit/word-bits.js';
import type { Geometry } from './geometry.js';
import { realBytes } from './geometry.js';
import { imaginaryStep, realPartIndex } from './image-writer.js';
import type { Frame } from './planner.js';
import { StoppedRun } from './thread-team.js';

/** A millisecond's walk or a few, of the seconds that the largest states take. */
const ROWS_UNASKED = 4096;

/**
 * The amplitudes of the live subspace, row by row: row number r lies at the index that is the XOR of `rowVectors[j]` over
 * the bits of r, and holds the 2^rowBits amplitudes from there.
 */
export class LiveView {
  readonly rowVectors: readonly number[];
  readonly rows: number;
  readonly rowLength: number;
  readonly imaginaryStep: number;
  readonly reals: Float32Array | Float64Array;
  /** Where in its row an amplitude's real part is. */
  readonly offsets: Int32Array;

  /** Whoever walks over the rows is asked whether to stop, and does so by StoppedRun. */
  constructor(memory: SharedArrayBuffer, private readonly geometry: Geometry, readonly frame: Frame, private readonly shouldStop: () => boolean = () => false) {
    this.reals = realBytes(geometry) === 4 ? new Float32Array(memory) : new Float64Array(memory);
    // Ascending: so a walk over all rows meets neighbours, where any other order would meet a page of memory at every row.
    this.rowVectors = frame.live.vectors.slice(geometry.rowBits).sort((a, b) => (a >>> 0) - (b >>> 0));
    this.rows = 2 ** this.rowVectors.length;
    this.rowLength = 1 << geometry.rowBits;
    this.imaginaryStep = imaginaryStep(geometry);
    this.offsets = Int32Array.from({ length: this.rowLength }, (_, low) => realPartIndex(low, geometry));
  }

  /** The index of a row's first amplitude. */
  rowIndex(row: number): number {
    if (row % ROWS_UNASKED === 0 && this.shouldStop()) throw new StoppedRun();
    let index = 0;
    for (let rest = row; rest !== 0; rest &= rest - 1) index ^= this.rowVectors[31 - Math.clz32(rest & -rest)] as number;
    return index;
  }

  /** Where the real part of an index is; the imaginary part is `imaginaryStep` further. */
  at(index: number): number {
    return realPartIndex(index, this.geometry);
  }

  /** The value that wires have at an index, bit j for the j-th of their row masks. Linear: XOR of indices is XOR of values. */
  static valueAt(index: number, masks: readonly number[]): number {
    let value = 0;
    for (let j = 0; j < masks.length; j++) value |= parity(index & (masks[j] as number)) << j;
    return value;
  }

  /** The values of the amplitudes of any row, apart from the row's own. */
  lowValues(masks: readonly number[]): Int32Array {
    return Int32Array.from({ length: this.rowLength }, (_, low) => LiveView.valueAt(low, masks));
  }
}
