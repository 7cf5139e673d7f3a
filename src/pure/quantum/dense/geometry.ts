import type { Precision } from '../statevector/state-vector.js';

/**
 * How amplitudes lie in memory, and what the engine works on at once. An index has, from its low bits: lanes of a
 * chunk, chunks of a row, rows.
 *
 * A chunk is 64 bytes in either precision: [re 32 bytes][im 32 bytes], so that kernels address chunks and only their
 * arithmetic knows the precision. A row is what stays contiguous when a block is gathered from memory. A block is what
 * is worked on in the second level cache. A table holds a phase for each amplitude of its few chunks.
 */
export interface Geometry {
  readonly precision: Precision;
  readonly laneBits: number;
  readonly rowBits: number;
  readonly tableBits: number;
  readonly blockBits: number;
}

export const CHUNK_BYTES = 64;
export const CHUNK_SHIFT = 6;
/** The real parts, or the imaginary ones: two vectors of 16 bytes. */
export const HALF_CHUNK_BYTES = 32;

/** Sizes in chunks, chosen by measurement: rows of 512 bytes, tables of 2 KiB, blocks of 512 KiB (a core's L2 has 2 MiB). */
export interface ChunkBits {
  readonly row: number;
  readonly table: number;
  readonly block: number;
}

export const CHUNK_BITS: ChunkBits = { row: 3, table: 5, block: 13 };

/** Tests choose small chunk bits, to have many passes over a small state. The bits of a result depend on them. */
export function geometryFor(precision: Precision, { row, table, block }: ChunkBits = CHUNK_BITS): Geometry {
  const laneBits = precision === 'single' ? 3 : 2;
  return { precision, laneBits, rowBits: laneBits + row, tableBits: laneBits + table, blockBits: laneBits + block };
}

/** The engine's own. */
export const GEOMETRIES: Readonly<Record<Precision, Geometry>> = { single: geometryFor('single'), double: geometryFor('double') };

/** Bytes of one real number. */
export function realBytes({ precision }: Geometry): 4 | 8 {
  return precision === 'single' ? 4 : 8;
}

/** Bytes of a run of 2^bits amplitudes. */
export function bytesOf(bits: number, { laneBits }: Geometry): number {
  return CHUNK_BYTES * 2 ** (bits - laneBits);
}

/** The byte offset of an index or mask without lane bits; as an unsigned number. */
export function chunkOffset(index: number, { laneBits }: Geometry): number {
  return (index >>> laneBits) * CHUNK_BYTES;
}
