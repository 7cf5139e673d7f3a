import { parity } from '../circuit/word-bits.js';
import type { Geometry } from './geometry.js';
import { realBytes } from './geometry.js';
import type { ImageWriter } from './image-writer.js';
import { chunkMask, laneMask } from './image-writer.js';
import { KERNEL } from './operation-records.js';
import type { ScheduledRotation } from './pass-scheduler.js';
import { kernelBasis } from './span.js';

const BLOCK_VARIANTS = 2;
const GROUP_MAX = 3;

/** The steps of a Gray code over the chunks with even parity under each of `tests`, as byte offsets, with a spare one. */
function graySteps(image: ImageWriter, tests: readonly number[], chunkBits: number): { readonly steps: number; readonly iterations: number } {
  const basis = kernelBasis(tests, chunkBits);
  return { steps: image.record([...basis.map((vector) => vector << 6), 0]), iterations: 2 ** basis.length };
}

/** `value(lane)` for every lane of a chunk, and for blocks of the other parity the negative of it. */
function laneFactors(image: ImageWriter, geometry: Geometry, value: (lane: number) => number): number {
  const lanes = 1 << geometry.laneBits;
  const address = image.reserve(BLOCK_VARIANTS * lanes * realBytes(geometry));
  const at = image.realIndex(address);
  for (let lane = 0; lane < lanes; lane++) {
    image.reals[at + lane] = value(lane);
    image.reals[at + lanes + lane] = -value(lane);
  }
  return address;
}

function sign(word: number): 1 | -1 {
  return parity(word) === 1 ? -1 : 1;
}

/** Up to three rotations that move whole chunks, in one sweep over the chunks that are first of all their pairs. */
function encodeGroup(image: ImageWriter, geometry: Geometry, bits: number, group: readonly ScheduledRotation[]): number {
  const { steps, iterations } = graySteps(image, group.map(({ test }) => test >>> geometry.laneBits), bits - geometry.laneBits);
  const words: number[] = [KERNEL.rotate1 + group.length - 1, 0, iterations, steps];
  for (const { move, test, blockTest, angle } of group) {
    const tangent = Math.tan(angle);
    words.push(chunkMask(move, geometry), blockTest, laneFactors(image, geometry, (lane) => tangent * sign(laneMask(test, geometry) & lane)));
  }
  return image.record(words);
}

/** Bytes of a 16-byte vector, its lanes exchanged by `lanes`. */
function laneShuffle(image: ImageWriter, geometry: Geometry, lanes: number): number {
  const size = realBytes(geometry);
  const address = image.reserve(16);
  for (let word = 0; word < 4; word++) {
    let packed = 0;
    for (let k = 0; k < 4; k++) packed |= ((4 * word + k) ^ (lanes * size)) << (8 * k);
    image.setWord(address, word, packed);
  }
  return address;
}

/** One rotation of any kind that exchanges lanes. */
function encodeTurn(image: ImageWriter, geometry: Geometry, bits: number, { move, test, blockTest, angle }: ScheduledRotation): number {
  const offset = chunkMask(move, geometry);
  const tangent = Math.tan(angle);
  const [lanes, half] = [laneMask(move, geometry), 1 << (geometry.laneBits - 1)];
  // Of two chunks, the one without the highest bit of their offset is visited, and brings the other along.
  const { steps, iterations } = graySteps(image, offset === 0 ? [] : [highestBit(move) >>> geometry.laneBits], bits - geometry.laneBits);
  return image.record([
    offset === 0 ? KERNEL.turnChunk : KERNEL.turnPair, 0, iterations, steps, offset, chunkMask(test, geometry), blockTest,
    laneFactors(image, geometry, (lane) => -tangent * sign(laneMask(test, geometry) & lane)),
    laneShuffle(image, geometry, lanes & (half - 1)), (lanes & half) !== 0 ? 16 : 0,
    parity((test & move) >>> geometry.laneBits) === 1 ? 32 : 0,
  ]);
}

function highestBit(word: number): number {
  return 1 << (31 - Math.clz32(word));
}

/** Rotations inside a chunk by single lane bits, at most one for each bit. */
function encodeLanes(image: ImageWriter, geometry: Geometry, bits: number, rotations: readonly ScheduledRotation[]): number {
  const sorted = [...rotations].sort((a, b) => a.move - b.move);
  const subset = sorted.reduce((all, { move }) => all | move, 0);
  const words: number[] = [KERNEL.lanes + subset - 1, 0, 2 ** (bits - geometry.laneBits)];
  for (const { test, blockTest, angle } of sorted) {
    const tangent = Math.tan(angle);
    words.push(blockTest, laneFactors(image, geometry, (lane) => -tangent * sign(test & lane)));
  }
  return image.record(words);
}

/**
 * Records for the rotations of one level, those inside a chunk together, those of whole chunks by threes, the rest one
 * by one. Being of one level, none's `move` is odd under another's `test`: they commute, and the chunks that are even
 * under all tests of a group are one of each orbit of its moves.
 */
export function encodeRotations(image: ImageWriter, geometry: Geometry, bits: number, rotations: readonly ScheduledRotation[]): readonly number[] {
  const lane = 1 << geometry.laneBits;
  const records: number[] = [];
  const inChunk = rotations.filter(({ move, test }) => move < lane && (move & (move - 1)) === 0 && test < lane);
  const chunks = rotations.filter(({ move }) => (move & (lane - 1)) === 0);
  if (inChunk.length > 0) records.push(encodeLanes(image, geometry, bits, inChunk));
  for (const rotation of rotations) {
    if (!inChunk.includes(rotation) && !chunks.includes(rotation)) records.push(encodeTurn(image, geometry, bits, rotation));
  }
  const waiting = [...chunks].sort((a, b) => a.move - b.move);
  for (let i = 0; i < waiting.length; i += GROUP_MAX) records.push(encodeGroup(image, geometry, bits, waiting.slice(i, i + GROUP_MAX)));
  return records;
}
