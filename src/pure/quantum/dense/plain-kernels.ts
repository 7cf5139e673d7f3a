import { parity } from '../circuit/word-bits.js';
import type { BlockRunner, Workspace } from './block-runner.js';
import type { Geometry } from './geometry.js';
import { CHUNK_BYTES, HALF_CHUNK_BYTES, realBytes } from './geometry.js';
import { FLUSH, KERNEL, LANES, LANE_WORDS, PASS, PHASES, ROTATE, ROTATION_WORDS, SELECTORS_MAX, TURN } from './operation-records.js';

/**
 * The kernels once more, in plain TypeScript over the same records: the oracle of the emitted ones in the specs, and
 * the readable statement of what each does. Without fused arithmetic, so equal only up to rounding.
 */
export class PlainKernels implements BlockRunner {
  private readonly words: Int32Array;
  private readonly reals: Float32Array | Float64Array;
  private readonly size: 4 | 8;
  private readonly lanes: number;

  constructor(memory: ArrayBufferLike, geometry: Geometry) {
    this.words = new Int32Array(memory);
    this.size = realBytes(geometry);
    this.reals = this.size === 4 ? new Float32Array(memory) : new Float64Array(memory);
    this.lanes = 1 << geometry.laneBits;
  }

  runBlocks(pass: number, first: number, end: number, state: number, { block, scalars }: Workspace): void {
    for (let number = first; number < end; number++) {
      this.gather(pass, number, state, block);
      for (let record = this.word(pass, PASS.firstRecord); record !== 0; record = this.word(record, 1)) this.perform(record, number, block, scalars);
      this.scatter(pass, number, state, block);
    }
  }

  private word(address: number, index: number): number {
    return this.words[(address >> 2) + index] as number;
  }

  private real(address: number): number {
    return this.reals[address / this.size] as number;
  }

  private origin(pass: number, number: number): readonly [offset: number, syndrome: number] {
    let [offset, syndrome] = [0, 0];
    const vectors = this.word(pass, PASS.blockVectors);
    for (let bit = 0; bit < this.word(pass, PASS.blockBits); bit++) {
      if (((number >> bit) & 1) === 0) continue;
      offset ^= this.word(vectors, 2 * bit);
      syndrome ^= this.word(vectors, 2 * bit + 1);
    }
    return [offset, syndrome];
  }

  /** Copies the rows of a block together. Those outside the live subspace are zero and stand nowhere. */
  private gather(pass: number, number: number, state: number, block: number): void {
    const [offset, syndrome] = this.origin(pass, number);
    const length = this.word(pass, PASS.rowBytes) / this.size;
    for (let row = 0; row < this.word(pass, PASS.rows); row++) {
      const to = block / this.size + row * length;
      if (this.word(this.word(pass, PASS.syndromes), row) !== syndrome) {
        this.reals.fill(0, to, to + length);
      } else {
        const from = (state + ((offset ^ this.word(this.word(pass, PASS.rowOffsets), row)) >>> 0)) / this.size;
        this.reals.copyWithin(to, from, from + length);
      }
    }
  }

  private scatter(pass: number, number: number, state: number, block: number): void {
    const [offset] = this.origin(pass, number);
    const length = this.word(pass, PASS.rowBytes) / this.size;
    for (let row = 0; row < this.word(pass, PASS.rows); row++) {
      const to = (state + ((offset ^ this.word(this.word(pass, PASS.rowOffsets), row)) >>> 0)) / this.size;
      const from = block / this.size + row * length;
      this.reals.copyWithin(to, from, from + length);
    }
  }

  private perform(record: number, number: number, block: number, scalars: number): void {
    const kernel = this.word(record, 0);
    if (kernel <= KERNEL.rotate3) this.rotate(record, number, block, kernel + 1);
    else if (kernel <= KERNEL.turnChunk) this.turn(record, number, block, kernel === KERNEL.turnPair);
    else if (kernel < KERNEL.phasesByTableAndRow) this.turnLanes(record, number, block, kernel - KERNEL.lanes + 1);
    else this.multiplyPhases(record, number, block, scalars, kernel);
  }

  /** Addresses of the chunks that a Gray code visits. */
  private *visited(record: number, block: number): Generator<number> {
    const steps = this.word(record, ROTATE.steps);
    let address = block;
    for (let i = 1; i <= this.word(record, ROTATE.iterations); i++) {
      yield address;
      address ^= this.word(steps, 31 - Math.clz32(i & -i));
    }
  }

  private factor(factors: number, lane: number): number {
    return this.real(factors + lane * this.size);
  }

  /** a' = a - t·b, b' = b + t·a, rotation after rotation over the orbit of each visited chunk. */
  private rotate(record: number, number: number, block: number, count: number): void {
    const rotations = Array.from({ length: count }, (_, k) => {
      const at = ROTATE.rotations + k * ROTATION_WORDS.count;
      const turned = parity(number & this.word(record, at + ROTATION_WORDS.blockTest));
      return { offset: this.word(record, at + ROTATION_WORDS.offset), factors: this.word(record, at + ROTATION_WORDS.factors) + turned * HALF_CHUNK_BYTES };
    });
    for (const start of this.visited(record, block)) {
      for (let k = 0; k < count; k++) {
        const { offset, factors } = rotations[k] as { offset: number; factors: number };
        for (let subset = 0; subset < 1 << count; subset++) {
          if (((subset >> k) & 1) === 1) continue;
          const first = rotations.reduce((address, rotation, j) => (((subset >> j) & 1) === 1 ? address ^ rotation.offset : address), start);
          this.shear(first, first ^ offset, factors);
        }
      }
    }
  }

  private shear(first: number, second: number, factors: number): void {
    for (let k = 0; k < 2 * this.lanes; k++) {
      const [i, j] = [first / this.size + k, second / this.size + k];
      const [a, b, t] = [this.reals[i] as number, this.reals[j] as number, this.factor(factors, k % this.lanes)];
      this.reals[i] = a - t * b;
      this.reals[j] = b + t * a;
    }
  }

  /** Each amplitude takes its factor times its partner, in another lane of the same chunk or of the partner chunk. */
  private turn(record: number, number: number, block: number, isPair: boolean): void {
    const size = this.size;
    const offset = this.word(record, TURN.offset);
    const shuffled = (this.words[(this.word(record, TURN.laneShuffle)) >> 2] as number) & 15;
    const lanes = shuffled / size + this.word(record, TURN.halfSwap) / size;
    const odd = parity(number & this.word(record, TURN.blockTest));
    for (const chunk of this.visited(record, block)) {
      const factors = this.word(record, TURN.factors);
      const flipped = (odd ^ parity((chunk - block) & this.word(record, TURN.chunkTest))) * HALF_CHUNK_BYTES;
      const first = this.chunk(chunk);
      const second = this.chunk(chunk ^ offset);
      this.addPartners(chunk, second, lanes, factors + flipped);
      if (isPair) this.addPartners(chunk ^ offset, first, lanes, factors + (flipped ^ this.word(record, TURN.partnerFlip)));
    }
  }

  private chunk(address: number): Float32Array | Float64Array {
    return this.reals.slice(address / this.size, (address + CHUNK_BYTES) / this.size);
  }

  private addPartners(chunk: number, partners: Float32Array | Float64Array, lanes: number, factors: number): void {
    for (let k = 0; k < 2 * this.lanes; k++) {
      const lane = k % this.lanes;
      (this.reals[chunk / this.size + k] as number) += this.factor(factors, lane) * (partners[k ^ lanes] as number);
    }
  }

  private turnLanes(record: number, number: number, block: number, subset: number): void {
    let at: number = LANES.rotations;
    for (let bit = 1; bit < this.lanes; bit *= 2) {
      if ((subset & bit) === 0) continue;
      const turned = parity(number & this.word(record, at + LANE_WORDS.blockTest)) * HALF_CHUNK_BYTES;
      const factors = this.word(record, at + LANE_WORDS.factors) + turned;
      for (let k = 0; k < this.word(record, LANES.chunks); k++) {
        const chunk = block + k * CHUNK_BYTES;
        this.addPartners(chunk, this.chunk(chunk), bit, factors);
      }
      at += LANE_WORDS.count;
    }
  }

  private multiplyPhases(record: number, number: number, block: number, scalars: number, kernel: number): void {
    const rowBytes = this.word(record, PHASES.rowChunks) * CHUNK_BYTES;
    let variant = 0;
    for (let j = 0; j < SELECTORS_MAX; j++) variant |= parity(number & this.word(record, PHASES.blockTests + j)) << j;
    if (kernel !== KERNEL.phasesByTable) this.blockScalars(record, number, scalars);
    const imaginary = this.word(record, PHASES.scalarBytes);
    for (let row = 0; row < this.word(record, PHASES.rows); row++) {
      const selected = this.word(this.word(record, PHASES.selectors), row) ^ (variant << this.word(record, PHASES.variantShift));
      const table = this.word(record, PHASES.table) + selected;
      const re = kernel === KERNEL.phasesByTable ? 1 : this.real(scalars + row * this.size);
      const im = kernel === KERNEL.phasesByTable ? 0 : this.real(scalars + imaginary + row * this.size);
      for (let k = 0; k < rowBytes / this.size; k++) {
        if ((k & this.lanes) !== 0) continue;
        const [x, y] = kernel === KERNEL.phasesByRow ? [1, 0] : [this.real(table + k * this.size), this.real(table + (k + this.lanes) * this.size)];
        this.multiply(block + row * rowBytes + k * this.size, x * re - y * im, x * im + y * re);
      }
    }
  }

  private multiply(address: number, re: number, im: number): void {
    const [i, j] = [address / this.size, address / this.size + this.lanes];
    const [a, b] = [this.reals[i] as number, this.reals[j] as number];
    this.reals[i] = a * re + FLUSH[this.size] - b * im - FLUSH[this.size];
    this.reals[j] = a * im + FLUSH[this.size] + b * re - FLUSH[this.size];
  }

  /** The scalars of a block's rows: those of all blocks times each factor, conjugated where the block's parity is odd. */
  private blockScalars(record: number, number: number, scalars: number): void {
    const half = this.word(record, PHASES.scalarBytes) / this.size;
    const [to, from] = [scalars / this.size, this.word(record, PHASES.scalars) / this.size];
    this.reals.copyWithin(to, from, from + 2 * half);
    for (let k = 0; k < this.word(record, PHASES.factorCount); k++) {
      const factors = this.word(record, PHASES.factors);
      const sign = parity(number & this.word(factors, 2 * k)) === 1 ? -1 : 1;
      const table = this.word(factors, 2 * k + 1) / this.size;
      for (let row = 0; row < half; row++) {
        const [a, b] = [this.reals[to + row] as number, this.reals[to + half + row] as number];
        const [c, s] = [this.reals[table + row] as number, sign * (this.reals[table + half + row] as number)];
        this.reals[to + row] = a * c - b * s;
        this.reals[to + half + row] = a * s + b * c;
      }
    }
  }
}
