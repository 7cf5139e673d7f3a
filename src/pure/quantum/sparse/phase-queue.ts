/** Independent masks that are gathered before a sweep: their table has 2^8 entries. */
const RANK_MAX = 8;
/** cos and sin miss exact zeros by this much. */
const ENTRY_MIN = 1e-15;

/**
 * Phases exp(i·angle) on the keys with odd parity under a mask, which all commute: gathered until a sweep is due. A key
 * is tested by a basis of their masks only, whose parities number the factor in a table; the seven masks of a Toffoli
 * gate have a basis of three.
 */
export class PhaseQueue {
  rank = 0;
  readonly masksLow = new Int32Array(RANK_MAX);
  readonly masksHigh = new Int32Array(RANK_MAX);
  /** Of each number of parities, once `tabulate` has been called. */
  readonly re = new Float64Array(2 ** RANK_MAX);
  readonly im = new Float64Array(2 ** RANK_MAX);
  /** By coordinates of a mask in the basis. */
  private readonly angles = new Float64Array(2 ** RANK_MAX);
  /** The basis in echelon form: row, a bit that only rows before may have too, and coordinates in the basis. */
  private readonly echelonLow = new Int32Array(RANK_MAX);
  private readonly echelonHigh = new Int32Array(RANK_MAX);
  private readonly coordinates = new Int32Array(RANK_MAX);

  /** False: the basis is full, a sweep has to come first. */
  add(maskLow: number, maskHigh: number, angle: number): boolean {
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
      if (this.rank === RANK_MAX) return false;
      const row = this.rank++;
      this.masksLow[row] = maskLow;
      this.masksHigh[row] = maskHigh;
      this.echelonLow[row] = low;
      this.echelonHigh[row] = high;
      this.coordinates[row] = coordinates ^ (1 << row);
      coordinates = 1 << row;
    }
    (this.angles[coordinates] as number) += angle;
    return true;
  }

  /** Σ over masks of angle · parity is half of the angles' sum less their Walsh-Hadamard transform. */
  tabulate(): void {
    const { angles, re, im } = this;
    const size = 1 << this.rank;
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

  clear(): void {
    this.angles.fill(0, 0, 1 << this.rank);
    this.rank = 0;
  }
}

function withoutRounding(entry: number): number {
  return Math.abs(entry) < ENTRY_MIN ? 0 : entry;
}
