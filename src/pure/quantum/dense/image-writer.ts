import type { Geometry } from './geometry.js';
import { CHUNK_BYTES, CHUNK_SHIFT, realBytes } from './geometry.js';

/** Of the latest plan, cleared, for the next one of the thread: new memory costs more than the writing. */
let spare: ArrayBuffer | null = null;
const FIRST_BYTES = 1 << 20;
/** Of a buffer that is kept. */
const SPARE_BYTES_MAX = 1 << 23;

/** Builds the bytes of a plan: records of 32-bit words and tables of numbers, each on a chunk's boundary. Addresses in it are absolute. */
export class ImageWriter {
  private buffer: ArrayBuffer;
  private words: Int32Array;
  private end = 0;
  reals: Float32Array | Float64Array;

  constructor(private readonly geometry: Geometry, readonly base: number) {
    this.buffer = spare ?? new ArrayBuffer(FIRST_BYTES);
    spare = null;
    this.words = new Int32Array(this.buffer);
    this.reals = this.realsOver(this.buffer);
  }

  /** Room for so many bytes, zeroed; its address. */
  reserve(bytes: number): number {
    const at = this.end;
    this.end = Math.ceil((at + bytes) / CHUNK_BYTES) * CHUNK_BYTES;
    if (this.end > this.buffer.byteLength) this.grow();
    return this.base + at;
  }

  setWord(address: number, index: number, value: number): void {
    this.words[((address - this.base) >> 2) + index] = value;
  }

  /** A record of words; its address. */
  record(values: readonly number[] | Int32Array): number {
    const address = this.reserve(4 * values.length);
    this.words.set(values, (address - this.base) >> 2);
    return address;
  }

  /** Index into `reals` of an address. */
  realIndex(address: number): number {
    return (address - this.base) / realBytes(this.geometry);
  }

  /** The plan's bytes; nothing is written afterwards. */
  finish(): Uint8Array {
    const used = new Uint8Array(this.buffer, 0, this.end);
    const image = used.slice();
    if (this.buffer.byteLength <= SPARE_BYTES_MAX) {
      used.fill(0);
      spare = this.buffer;
    }
    return image;
  }

  private realsOver(buffer: ArrayBuffer): Float32Array | Float64Array {
    return this.geometry.precision === 'single' ? new Float32Array(buffer) : new Float64Array(buffer);
  }

  private grow(): void {
    const bytes = new Uint8Array(this.buffer);
    this.buffer = new ArrayBuffer(2 ** Math.ceil(Math.log2(this.end)));
    new Uint8Array(this.buffer).set(bytes);
    this.words = new Int32Array(this.buffer);
    this.reals = this.realsOver(this.buffer);
  }
}

/** Where the real part of an amplitude is, as an index of real numbers; the imaginary part is `imaginaryStep` further. */
export function realPartIndex(index: number, { laneBits }: Geometry): number {
  const lanes = 1 << laneBits;
  return (index >>> laneBits) * 2 * lanes + (index & (lanes - 1));
}

export function imaginaryStep({ laneBits }: Geometry): number {
  return 1 << laneBits;
}

/** A chunk mask as a mask of byte addresses within a block. */
export function chunkMask(mask: number, { laneBits }: Geometry): number {
  return (mask >>> laneBits) << CHUNK_SHIFT;
}

export function laneMask(mask: number, { laneBits }: Geometry): number {
  return mask & ((1 << laneBits) - 1);
}

