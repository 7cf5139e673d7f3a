/**
 * The records that the driver of a pass walks through: words of 32 bits, addresses absolute, and of each the kernel that
 * reads it. Word 0 is the kernel's number, word 1 the address of the next record or 0.
 */
export const KERNEL = {
  rotate1: 0,
  rotate2: 1,
  rotate3: 2,
  /** A rotation that also exchanges lanes, between two chunks. */
  turnPair: 3,
  /** The same inside one chunk. */
  turnChunk: 4,
  /** Several rotations inside a chunk that each exchange lanes by one bit; the bits are the number's offset plus 1. */
  lanes: 5,
  phasesByTableAndRow: 12,
  phasesByTable: 13,
  phasesByRow: 14,
} as const;
export const KERNELS = 15;

/** Words of rotate1, 2, 3; then for each rotation `offset`, `blockTest`, `factors`. */
export const ROTATE = { iterations: 2, steps: 3, rotations: 4 } as const;
/** `factors`: 64 bytes, one vector of a chunk's lanes for blocks that turn as scheduled and one for the others. */
export const ROTATION_WORDS = { offset: 0, blockTest: 1, factors: 2, count: 3 } as const;

/**
 * Words of turnPair and turnChunk. `laneShuffle`: 16 byte numbers, the exchange inside a vector of 16 bytes;
 * `halfSwap`: 16 where the two vectors of a chunk change places, else 0; `partnerFlip`: 32 where the partner chunk
 * takes the other factors, else 0.
 */
export const TURN = { iterations: 2, steps: 3, offset: 4, chunkTest: 5, blockTest: 6, factors: 7, laneShuffle: 8, halfSwap: 9, partnerFlip: 10, count: 11 } as const;

/** Words of lanes: as many `blockTest`, `factors` as there are bits, the lowest bit first. */
export const LANES = { chunks: 2, rotations: 3 } as const;
export const LANE_WORDS = { blockTest: 0, factors: 1, count: 2 } as const;

/** Variants of a table are chosen by at most so many parities: 2^4 variants are 32 KiB, two thirds of an L1. */
export const SELECTORS_MAX = 4;

/**
 * Words of the phase sweeps. A row here is as long as the table. `selectors`: for each row, the byte offset of its
 * variant in a block of number 0; `blockTests`: which parities of the block's number change bit j of the variant.
 * `signs`: see NOTES. `scalars`: re of every row, then im; `factors`: pairs of (blockTest, address of a table like `scalars`), conjugated in
 * blocks of odd parity.
 */
export const PHASES = {
  rows: 2, rowChunks: 3, table: 4, variantShift: 5, selectors: 6, scalars: 7, scalarBytes: 8, factors: 9, factorCount: 10,
  signs: 11, blockTests: 12, count: 12 + SELECTORS_MAX,
} as const;

/** Words of a pass. `blockVectors`: pairs of (byte offset, syndrome), one for each bit of a block's number. */
export const PASS = {
  firstRecord: 0, rows: 1, rowBytes: 2, rowOffsets: 3, syndromes: 4, blockBits: 5, blockVectors: 6, count: 7,
} as const;

/**
 * Phase sweeps add this to their products and take it away again, by bytes of a real number: what is 2^24 (2^53) times
 * smaller becomes zero. Else products of rounding residues, which circuits with unwound ancillas make, become denormal,
 * and each instruction on one takes a hundred cycles (four times the run of a Grover search).
 */
export const FLUSH = { 4: 1e-24, 8: 1e-280 } as const;

/**
 * An image begins with notes: the numbers 1, -1 and FLUSH, eight bytes apart, then room for the record of a weighing and its
 * vectors, which are known when the run has ended.
 */
export const NOTES_BYTES = 256;
export const NOTES = { flush: 16, weighing: 64, vectors: 128 } as const;

/**
 * Words of a weighing: rows are numbered over the live subspace, row r being at the XOR of `vectors[j]` over the bits of
 * r; 2^groupBits of them share a sum.
 */
export const WEIGH = { groupBits: 0, rowBytes: 1, sums: 2, vectors: 3 } as const;
