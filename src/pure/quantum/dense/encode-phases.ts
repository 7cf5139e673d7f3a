import type { Geometry } from './geometry.js';
import { CHUNK_SHIFT, bytesOf, realBytes } from './geometry.js';
import type { ImageWriter } from './image-writer.js';
import { imaginaryStep, realPartIndex } from './image-writer.js';
import { parity } from './lowered-circuit.js';
import { KERNEL, PHASES, SELECTORS_MAX } from './operation-records.js';
import type { ScheduledPhase } from './pass-scheduler.js';

/** Angles by mask of the table's bits, for terms whose sign is decided by the same parities elsewhere. */
interface TableTerms {
  /** Over the rows of a block. */
  readonly rowTest: number;
  readonly blockTest: number;
  readonly angles: Float64Array;
}

/** exp(i·angle) on odd parity is exp(i·angle/2) · exp(-i·angle/2·(-1)^parity): everywhere else the second form is used. */
class PhaseTerms {
  readonly plain: Float64Array;
  readonly mixed = new Map<string, TableTerms>();
  readonly rows: Float64Array;
  readonly factors = new Map<number, Float64Array>();
  hasPlain = false;
  hasRows = false;
  constant = 0;

  constructor(phases: readonly ScheduledPhase[], tableBits: number, rowCount: number) {
    const low = (1 << tableBits) - 1;
    this.plain = new Float64Array(1 << tableBits);
    this.rows = new Float64Array(rowCount);
    for (const { test, blockTest, angle } of phases) {
      this.constant += angle / 2;
      this.add(test & low, test >>> tableBits, blockTest, -angle / 2);
    }
  }

  private add(low: number, rowTest: number, blockTest: number, angle: number): void {
    if (low === 0) {
      if (blockTest === 0) this.hasRows = true;
      const angles = blockTest === 0 ? this.rows : this.factors.get(blockTest) ?? new Float64Array(this.rows.length);
      if (blockTest !== 0) this.factors.set(blockTest, angles);
      (angles[rowTest] as number) += angle;
    } else if (rowTest === 0 && blockTest === 0) {
      this.hasPlain = true;
      (this.plain[low] as number) += angle;
    } else {
      const key = `${rowTest},${blockTest}`;
      const terms = this.mixed.get(key) ?? { rowTest, blockTest, angles: new Float64Array(this.plain.length) };
      this.mixed.set(key, terms);
      (terms.angles[low] as number) += angle;
    }
  }
}

/** Σ over masks of angles[mask]·(-1)^parity(mask & index), for every index, in place. */
function walshHadamard(angles: Float64Array): Float64Array {
  const { length } = angles;
  for (let half = 1; half < length; half *= 2) {
    for (let start = 0; start < length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const [a, b] = [angles[i] as number, angles[i + half] as number];
        angles[i] = a + b;
        angles[i + half] = a - b;
      }
    }
  }
  return angles;
}

/** exp(i·angle) of each angle: cosines, then sines. */
function exponentials(angles: Float64Array): Float64Array {
  const { length } = angles;
  const result = new Float64Array(2 * length);
  for (let i = 0; i < length; i++) {
    const angle = angles[i] as number;
    if (angle === 0) {
      result[i] = 1;
      continue;
    }
    result[i] = Math.cos(angle);
    result[length + i] = Math.sin(angle);
  }
  return result;
}

/** a·b, or a·b² conjugated: what turns a variant into the one of the opposite parity. */
function multiplied(a: Float64Array, b: Float64Array, isTurned: boolean): Float64Array {
  const length = a.length / 2;
  const result = new Float64Array(a.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a[i] as number, a[length + i] as number];
    const [c, s] = [b[i] as number, b[length + i] as number];
    const re = isTurned ? c * c - s * s : c;
    const im = isTurned ? -2 * c * s : s;
    result[i] = x * re - y * im;
    result[length + i] = x * im + y * re;
  }
  return result;
}

/** Every variant of a table: bit j of its number is set where the parity of terms j is odd. */
function tableVariants(plain: Float64Array, mixed: readonly TableTerms[], scale: number): readonly Float64Array[] {
  const parts = mixed.map(({ angles }) => exponentials(walshHadamard(angles)));
  let even = exponentials(walshHadamard(plain));
  for (const part of parts) even = multiplied(even, part, false);
  if (scale !== 1) even = even.map((value) => value * scale);
  const variants = [even];
  for (let variant = 1; variant < 1 << mixed.length; variant++) {
    const top = 31 - Math.clz32(variant);
    variants.push(multiplied(variants[variant ^ (1 << top)] as Float64Array, parts[top] as Float64Array, true));
  }
  return variants;
}

/** What a sweep has beside its table: scalars by row. */
interface RowScalars {
  readonly scalars: number;
  readonly factors: number;
  readonly factorCount: number;
}

/** Encodes the phases of one level as sweeps. */
class PhaseEncoder {
  private readonly rowCount: number;

  constructor(private readonly image: ImageWriter, private readonly geometry: Geometry, bits: number) {
    this.rowCount = 2 ** (bits - geometry.tableBits);
  }

  encode(phases: readonly ScheduledPhase[], scale: number): { readonly records: readonly number[]; readonly constant: number } {
    const terms = new PhaseTerms(phases, this.geometry.tableBits, this.rowCount);
    const mixed = [...terms.mixed.values()];
    const hasRows = terms.hasRows || terms.factors.size > 0;
    const hasTable = terms.hasPlain || mixed.length > 0;
    const records: number[] = [];
    for (let from = 0; from === 0 || from < mixed.length; from += SELECTORS_MAX) {
      const isFirst = from === 0;
      const chosen = mixed.slice(from, from + SELECTORS_MAX);
      const withRows = isFirst && (hasRows || !hasTable);
      const variants = tableVariants(isFirst ? terms.plain : new Float64Array(terms.plain.length), chosen, isFirst && !withRows ? scale : 1);
      const rows = withRows ? this.rowScalars(terms, scale) : { scalars: 0, factors: 0, factorCount: 0 };
      const kernel = !hasTable ? KERNEL.phasesByRow : withRows ? KERNEL.phasesByTableAndRow : KERNEL.phasesByTable;
      records.push(this.sweep(kernel, hasTable ? variants : [], chosen, rows));
    }
    return { records, constant: terms.constant };
  }

  private sweep(kernel: number, variants: readonly Float64Array[], chosen: readonly TableTerms[], rows: RowScalars): number {
    const variantBytes = bytesOf(this.geometry.tableBits, this.geometry);
    const table = this.tables(variants, variantBytes);
    const selectors = new Int32Array(this.rowCount);
    for (let row = 0; row < this.rowCount; row++) {
      let variant = 0;
      for (let j = 0; j < chosen.length; j++) variant |= parity((chosen[j] as TableTerms).rowTest & row) << j;
      selectors[row] = variant * variantBytes;
    }
    const words = new Int32Array(PHASES.count);
    words[0] = kernel;
    words[PHASES.rows] = this.rowCount;
    words[PHASES.rowChunks] = variantBytes >> CHUNK_SHIFT;
    words[PHASES.table] = table;
    words[PHASES.variantShift] = Math.log2(variantBytes);
    words[PHASES.selectors] = this.image.record(selectors);
    words[PHASES.scalars] = rows.scalars;
    words[PHASES.scalarBytes] = this.scalarBytes;
    words[PHASES.signs] = this.image.base;
    words[PHASES.factors] = rows.factors;
    words[PHASES.factorCount] = rows.factorCount;
    chosen.forEach(({ blockTest }, j) => (words[PHASES.blockTests + j] = blockTest));
    return this.image.record(words);
  }

  private tables(variants: readonly Float64Array[], variantBytes: number): number {
    const { geometry, image } = this;
    const address = image.reserve(variants.length * variantBytes);
    const { reals } = image;
    const step = imaginaryStep(geometry);
    variants.forEach((variant, number) => {
      const at = image.realIndex(address + number * variantBytes);
      const length = variant.length / 2;
      for (let index = 0; index < length; index++) {
        const to = at + realPartIndex(index, geometry);
        reals[to] = variant[index] as number;
        reals[to + step] = variant[length + index] as number;
      }
    });
    return address;
  }

  /** Of the real parts of a table of scalars: whole vectors of 32 bytes. */
  private get scalarBytes(): number {
    return Math.ceil((this.rowCount * realBytes(this.geometry)) / 32) * 32;
  }

  private rowScalars(terms: PhaseTerms, scale: number): RowScalars {
    const scalars = this.scalarTable(terms.rows, scale);
    const factors = [...terms.factors].flatMap(([blockTest, angles]) => [blockTest, this.scalarTable(angles, 1)]);
    return { scalars, factors: this.image.record(factors), factorCount: factors.length / 2 };
  }

  private scalarTable(angles: Float64Array, scale: number): number {
    const { image } = this;
    const address = image.reserve(2 * this.scalarBytes);
    const values = exponentials(walshHadamard(angles));
    const re = image.realIndex(address);
    const im = image.realIndex(address + this.scalarBytes);
    for (let row = 0; row < this.rowCount; row++) {
      image.reals[re + row] = (values[row] as number) * scale;
      image.reals[im + row] = (values[this.rowCount + row] as number) * scale;
    }
    return address;
  }
}

/** Records that multiply the phases of one level and a scale; `constant` is an angle that they leave out. */
export function encodePhases(
  image: ImageWriter, geometry: Geometry, bits: number, phases: readonly ScheduledPhase[], scale: number,
): { readonly records: readonly number[]; readonly constant: number } {
  return new PhaseEncoder(image, geometry, bits).encode(phases, scale);
}
