import { parity } from '../circuit/word-bits.js';
import type { Matrix } from '../gates/matrix.js';

/** Independent masks that are gathered before a sweep: their table has 2^8 entries. */
const RANK_MAX = 8;
/** cos and sin miss exact zeros by this much. */
const ENTRY_MIN = 1e-15;
/** What an entry below this makes of an amplitude is rounding: its weight is less than the least that is kept. */
const PRODUCT_MIN = 1e-12;

/** A gate on the pairs of keys that differ by `move`, of which those with odd parity under `test` are the second. */
export interface PairGate {
  readonly moveLow: number;
  readonly moveHigh: number;
  readonly testLow: number;
  readonly testHigh: number;
  readonly matrix: Matrix;
}

const NONE = -1;
/** Bytes of a key of two words. */
const BYTES = 8;

/**
 * Phases exp(i·angle) on the keys with odd parity under a mask, which all commute: gathered until a sweep is due. A key
 * is tested by a basis of their masks only, whose parities number the factor in a table; the seven masks of a Toffoli
 * gate have a basis of three. A number is the XOR of what each byte of the key gives to it, which is a table, too.
 */
export class PhaseQueue {
  rank = 0;
  /** Once `tabulate` has been called: the bytes of a key that matter by their shifts, those of its low word first. */
  shifts: readonly number[] = [];
  shiftsOfLow = 0;
  /** For each of those bytes, what each of its values gives to the number. */
  readonly values = new Uint8Array(BYTES * 256);
  private readonly masksLow = new Int32Array(RANK_MAX);
  private readonly masksHigh = new Int32Array(RANK_MAX);
  /** Of each number, as well: what amplitudes are multiplied by. */
  readonly re = new Float64Array(2 ** RANK_MAX);
  readonly im = new Float64Array(2 ** RANK_MAX);
  /** And whether the key is moved. */
  readonly moves = new Uint8Array(2 ** RANK_MAX);
  hasMoves = false;
  /** By coordinates of a mask in the basis. */
  private readonly angles = new Float64Array(2 ** RANK_MAX);
  /** The basis in echelon form: row, a bit that only rows before may have too, and coordinates in the basis. */
  private readonly echelonLow = new Int32Array(RANK_MAX);
  private readonly echelonHigh = new Int32Array(RANK_MAX);
  private readonly coordinates = new Int32Array(RANK_MAX);

  /** False: the basis is full, a sweep has to come first. */
  add(maskLow: number, maskHigh: number, angle: number): boolean {
    const coordinates = this.coordinatesOf(maskLow, maskHigh);
    if (coordinates !== NONE) (this.angles[coordinates] as number) += angle;
    return coordinates !== NONE;
  }

  /** Whether a gate that moves keys so may come before the phases as well as after them. */
  commutesWith({ moveLow, moveHigh }: PairGate): boolean {
    return this.numberOf(moveLow, moveHigh) === 0;
  }

  /** In the basis, to which the mask is added if need be; NONE: it is full. */
  private coordinatesOf(maskLow: number, maskHigh: number): number {
    let [low, high, coordinates] = [maskLow, maskHigh, 0];
    for (let row = 0; row < this.rank; row++) {
      const [rowLow, rowHigh] = [this.echelonLow[row] as number, this.echelonHigh[row] as number];
      const hasPivot = rowLow !== 0 ? (low & rowLow & -rowLow) !== 0 : (high & rowHigh & -rowHigh) !== 0;
      if (!hasPivot) continue;
      low ^= rowLow;
      high ^= rowHigh;
      coordinates ^= this.coordinates[row] as number;
    }
    if (low !== 0 || high !== 0) {
      if (this.rank === RANK_MAX) return NONE;
      const row = this.rank++;
      this.masksLow[row] = maskLow;
      this.masksHigh[row] = maskHigh;
      this.echelonLow[row] = low;
      this.echelonHigh[row] = high;
      this.coordinates[row] = coordinates ^ (1 << row);
      coordinates = 1 << row;
    }
    return coordinates;
  }

  tabulate(): void {
    this.tabulateFactors();
    this.tabulateBytes();
    this.moves.fill(0, 0, 1 << this.rank);
    this.hasMoves = false;
  }

  /**
   * Tabulates the phases between two gates on the same pairs, if all three together move keys or leave them, each with a
   * factor: as a Toffoli gate is, which thus makes no amplitude that it would have to drop again.
   */
  tabulateBetween(first: PairGate, { matrix: last }: PairGate): boolean {
    const test = this.coordinatesOf(first.testLow, first.testHigh);
    if (test === NONE) return false;
    this.tabulateFactors();
    const { re, im, moves, rank } = this;
    const move = this.numberOf(first.moveLow, first.moveHigh);
    const [factorRe, factorIm] = [re.slice(0, 1 << rank), im.slice(0, 1 << rank)];
    for (let value = 0; value < 1 << rank; value++) {
      const column = parity(value & test);
      const [stays, moved] = [column, 1 - column].map((row) => {
        let [sumRe, sumIm] = [0, 0];
        for (let j = 0; j < 2; j++) {
          const factor = j === column ? value : value ^ move;
          const [a, b] = product(last, 2 * row + j, first.matrix, 2 * j + column);
          const [c, d] = [factorRe[factor] as number, factorIm[factor] as number];
          sumRe += a * c - b * d;
          sumIm += a * d + b * c;
        }
        return [withoutRounding(sumRe), withoutRounding(sumIm)] as const;
      }) as [Complex, Complex];
      const [isStaying, isMoved] = [stays, moved].map(([x, y]) => Math.hypot(x, y) >= PRODUCT_MIN);
      if (isStaying && isMoved) return false;
      moves[value] = isMoved ? 1 : 0;
      [re[value], im[value]] = isMoved ? moved : stays;
    }
    this.tabulateBytes();
    this.hasMoves = true;
    return true;
  }

  /** Σ over masks of angle · parity is half of the angles' sum less their Walsh-Hadamard transform. */
  private tabulateFactors(): void {
    const { re, im } = this;
    const size = 1 << this.rank;
    const angles = this.angles.slice(0, size);
    for (let half = 1; half < size; half *= 2) {
      for (let i = 0; i < size; i++) {
        if ((i & half) !== 0) continue;
        const [a, b] = [angles[i] as number, angles[i | half] as number];
        angles[i] = a + b;
        angles[i | half] = a - b;
      }
    }
    const sum = angles[0] as number;
    for (let value = 0; value < size; value++) {
      const angle = (sum - (angles[value] as number)) / 2;
      re[value] = withoutRounding(Math.cos(angle));
      im[value] = withoutRounding(Math.sin(angle));
    }
  }

  private tabulateBytes(): void {
    const shifts: number[] = [];
    this.shiftsOfLow = 0;
    for (const masks of [this.masksLow, this.masksHigh]) {
      let bits = 0;
      for (let k = 0; k < this.rank; k++) bits |= masks[k] as number;
      for (const shift of [0, 8, 16, 24]) {
        if (((bits >>> shift) & 0xff) === 0) continue;
        this.tabulateByte(masks === this.masksLow ? [255 << shift, 0] : [0, 255 << shift], shifts.length << 8);
        shifts.push(shift);
      }
      if (masks === this.masksLow) this.shiftsOfLow = shifts.length;
    }
    this.shifts = shifts;
  }

  /** What each value of the byte that the two words have gives, from an offset of the tables. */
  private tabulateByte([low, high]: readonly [number, number], offset: number): void {
    const { values } = this;
    for (let byte = 1; byte < 256; byte++) {
      const rest = byte & (byte - 1);
      // The byte's bits in a whole word of them.
      const word = Math.imul(byte, 0x01010101);
      values[offset | byte] = rest === 0 ? this.numberOf(word & low, word & high) : (values[offset | rest] as number) ^ (values[offset | (byte ^ rest)] as number);
    }
  }

  /** The parities of a key. */
  private numberOf(low: number, high: number): number {
    let value = 0;
    for (let k = 0; k < this.rank; k++) value |= parity((low & (this.masksLow[k] as number)) ^ (high & (this.masksHigh[k] as number))) << k;
    return value;
  }

  clear(): void {
    this.angles.fill(0, 0, 1 << this.rank);
    this.rank = 0;
  }
}

type Complex = readonly [re: number, im: number];

/** Of an entry of one matrix and one of another. */
function product(a: Matrix, i: number, b: Matrix, j: number): Complex {
  const [x, y, u, v] = [a[2 * i] as number, a[2 * i + 1] as number, b[2 * j] as number, b[2 * j + 1] as number];
  return [x * u - y * v, x * v + y * u];
}

function withoutRounding(entry: number): number {
  return Math.abs(entry) < ENTRY_MIN ? 0 : entry;
}
