import { AngleSum, bitsOf } from './angle-sum.js';
import type { Geometry } from './geometry.js';
import { CHUNK_SHIFT, bytesOf, realBytes } from './geometry.js';
import type { ImageWriter } from './image-writer.js';
import { imaginaryStep } from './image-writer.js';
import { KERNEL, PHASES, SELECTORS_MAX } from './operation-records.js';
import type { ScheduledPhase } from './pass-scheduler.js';

/** Terms whose sign is decided by the same parities outside the table. */
interface MixedTerms {
  /** Over the rows of a block. */
  readonly rowTest: number;
  readonly blockTest: number;
  readonly angles: AngleSum;
}

/** exp(i·angle) on odd parity is exp(i·angle/2) · exp(-i·angle/2·(-1)^parity): everywhere else the second form is used. */
class PhaseTerms {
  readonly plain = new AngleSum();
  readonly mixed: MixedTerms[] = [];
  readonly rows = new AngleSum();
  readonly factors = new Map<number, AngleSum>();
  constant = 0;

  constructor(phases: readonly ScheduledPhase[], tableBits: number) {
    const low = (1 << tableBits) - 1;
    for (const { test, blockTest, angle } of phases) {
      this.constant += angle / 2;
      this.sumFor(test & low, test >>> tableBits, blockTest).add((test & low) !== 0 ? test & low : test >>> tableBits, -angle / 2);
    }
  }

  private sumFor(low: number, rowTest: number, blockTest: number): AngleSum {
    if (low !== 0) return rowTest === 0 && blockTest === 0 ? this.plain : this.mixedFor(rowTest, blockTest);
    if (blockTest === 0) return this.rows;
    const sum = this.factors.get(blockTest) ?? new AngleSum();
    this.factors.set(blockTest, sum);
    return sum;
  }

  private mixedFor(rowTest: number, blockTest: number): AngleSum {
    const known = this.mixed.find((terms) => terms.rowTest === rowTest && terms.blockTest === blockTest);
    if (known !== undefined) return known.angles;
    const angles = new AngleSum();
    this.mixed.push({ rowTest, blockTest, angles });
    return angles;
  }
}

/** Where variants are made: 16 tables in either precision at most. */
let workspace = new Float64Array(1 << 13);

/** Every variant of a table, one after the other, until the next call: bit j of its number is set where the parity of terms j is odd. */
function tableVariants(plain: AngleSum, mixed: readonly MixedTerms[], bits: number, scale: number): Float64Array {
  const size = 2 * 2 ** bits;
  const parts = mixed.map(({ angles }) => angles.exponentials(bits));
  if (workspace.length < size << mixed.length) workspace = new Float64Array(size << mixed.length);
  const variants = workspace.subarray(0, size << mixed.length);
  const even = plain.exponentials(bits);
  for (let i = 0; i < size; i++) variants[i] = (even[i] as number) * scale;
  for (const part of parts) multiplyTable(variants, 0, 0, part);
  // What turns a variant into the one of the opposite parity: the part's conjugate twice.
  parts.forEach((part, j) => {
    squareConjugate(part);
    for (let variant = 0; variant < 1 << j; variant++) multiplyTable(variants, (variant | (1 << j)) * size, variant * size, part);
  });
  return variants;
}

/** The table at `to` becomes the one at `from` times another. */
function multiplyTable(tables: Float64Array, to: number, from: number, factor: Float64Array): void {
  const length = factor.length >> 1;
  for (let i = 0; i < length; i++) {
    const x = tables[from + i] as number;
    const y = tables[from + length + i] as number;
    const c = factor[i] as number;
    const s = factor[length + i] as number;
    tables[to + i] = x * c - y * s;
    tables[to + length + i] = x * s + y * c;
  }
}

function squareConjugate(table: Float64Array): void {
  const length = table.length >> 1;
  for (let i = 0; i < length; i++) {
    const c = table[i] as number;
    const s = table[length + i] as number;
    table[i] = c * c - s * s;
    table[length + i] = -2 * c * s;
  }
}

/** What a sweep has beside its table: scalars by row. */
interface RowScalars {
  readonly scalars: number;
  readonly factors: number;
  readonly factorCount: number;
}

/** Tables of real and imaginary parts, lane group by lane group, as a state has them. */
function copyTables(tables: Float64Array, length: number, reals: Float32Array | Float64Array, at: number, lanes: number): void {
  let to = at;
  for (let table = 0; table < tables.length; table += 2 * length) {
    for (let start = table; start < table + length; start += lanes, to += 2 * lanes) {
      for (let from = start, re = to; from < start + lanes; from++, re++) {
        reals[re] = tables[from] as number;
        reals[re + lanes] = tables[from + length] as number;
      }
    }
  }
}

/** Encodes the phases of one level as sweeps. Tables that come again, as in the rounds of a search, are written once. */
export class PhaseEncoder {
  private rowCount = 1;
  private readonly known = new Map<string, number>();

  constructor(private readonly image: ImageWriter, private readonly geometry: Geometry) {}

  /** Records that multiply phases and a scale over blocks of so many bits; `constant` is an angle that they leave out. */
  encode(bits: number, phases: readonly ScheduledPhase[], scale: number): { readonly records: readonly number[]; readonly constant: number } {
    const { tableBits } = this.geometry;
    this.rowCount = 2 ** (bits - tableBits);
    const terms = new PhaseTerms(phases, tableBits);
    const { mixed } = terms;
    const hasRows = !terms.rows.isEmpty || terms.factors.size > 0;
    const hasTable = !terms.plain.isEmpty || mixed.length > 0;
    const records: number[] = [];
    for (let from = 0; from === 0 || from < mixed.length; from += SELECTORS_MAX) {
      const isFirst = from === 0;
      const chosen = mixed.slice(from, from + SELECTORS_MAX);
      const withRows = isFirst && (hasRows || !hasTable);
      const table = hasTable ? this.tables(isFirst ? terms.plain : new AngleSum(), chosen, isFirst && !withRows ? scale : 1) : 0;
      const rows = withRows ? this.rowScalars(terms, scale) : { scalars: 0, factors: 0, factorCount: 0 };
      const kernel = !hasTable ? KERNEL.phasesByRow : withRows ? KERNEL.phasesByTableAndRow : KERNEL.phasesByTable;
      records.push(this.sweep(kernel, table, chosen, rows));
    }
    return { records, constant: terms.constant };
  }

  private sweep(kernel: number, table: number, chosen: readonly MixedTerms[], rows: RowScalars): number {
    const { variantBytes } = this;
    const words = new Int32Array(PHASES.count);
    words[0] = kernel;
    words[PHASES.rows] = this.rowCount;
    words[PHASES.rowChunks] = variantBytes >> CHUNK_SHIFT;
    words[PHASES.table] = table;
    words[PHASES.variantShift] = Math.log2(variantBytes);
    words[PHASES.selectors] = this.selectors(chosen.map(({ rowTest }) => rowTest));
    words[PHASES.scalars] = rows.scalars;
    words[PHASES.scalarBytes] = this.scalarBytes;
    words[PHASES.signs] = this.image.base;
    words[PHASES.factors] = rows.factors;
    words[PHASES.factorCount] = rows.factorCount;
    chosen.forEach(({ blockTest }, j) => (words[PHASES.blockTests + j] = blockTest));
    return this.image.record(words);
  }

  /** For each row, which variant it takes: linear in the row's number, so by doubling. */
  private selectors(rowTests: readonly number[]): number {
    const { variantBytes } = this;
    return this.once(`selectors ${this.rowCount} ${rowTests.join()}`, () => {
      const selectors = new Int32Array(this.rowCount);
      for (let bit = 1; bit < this.rowCount; bit *= 2) {
        const variant = rowTests.reduce((sum, rowTest, j) => ((rowTest & bit) !== 0 ? sum | (1 << j) : sum), 0);
        for (let row = 0; row < bit; row++) selectors[bit + row] = (selectors[row] as number) ^ (variant * variantBytes);
      }
      return this.image.record(selectors);
    });
  }

  private get variantBytes(): number {
    return bytesOf(this.geometry.tableBits, this.geometry);
  }

  private once(key: string, write: () => number): number {
    const known = this.known.get(key) ?? write();
    this.known.set(key, known);
    return known;
  }

  private tables(plain: AngleSum, mixed: readonly MixedTerms[], scale: number): number {
    const { geometry, image, variantBytes } = this;
    return this.once(`table ${bitsOf(scale)}${plain.key} ${mixed.map(({ angles }) => angles.key).join(' ')}`, () => {
      const variants = tableVariants(plain, mixed, geometry.tableBits, scale);
      const address = image.reserve(variantBytes << mixed.length);
      copyTables(variants, 2 ** geometry.tableBits, image.reals, image.realIndex(address), imaginaryStep(geometry));
      return address;
    });
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

  private scalarTable(angles: AngleSum, scale: number): number {
    const { image, rowCount, scalarBytes } = this;
    return this.once(`scalars ${rowCount} ${bitsOf(scale)}${angles.key}`, () => {
      const address = image.reserve(2 * scalarBytes);
      const values = angles.exponentials(Math.log2(rowCount));
      const [re, im] = [image.realIndex(address), image.realIndex(address + scalarBytes)];
      for (let row = 0; row < rowCount; row++) {
        image.reals[re + row] = (values[row] as number) * scale;
        image.reals[im + row] = (values[rowCount + row] as number) * scale;
      }
      return address;
    });
  }
}
