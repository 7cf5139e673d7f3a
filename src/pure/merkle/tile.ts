import { HASH_BYTES } from './hashing.js';
import { assertCount, type Subtree } from './subtree.js';

/**
 * Tiles of C2SP tlog-tiles: the tree cut into pieces of 256 hashes side by side. A tile of level 0 has leaf hashes; a
 * hash of level l+1 is the root of a full tile of level l. A tile only ever grows to its right, so of two tiles of one
 * level and index the narrower is a prefix of the wider.
 */

export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** One tile: at its level, its place from the left, and how many hashes it has (1 to 256; below 256 it is partial). */
export interface TileCoordinate {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** A tile with its hashes, `width * 32` bytes. */
export interface Tile extends TileCoordinate {
  readonly bytes: Buffer;
}

/**
 * Where hashes come from: all tiles that a computation needs are named beforehand (`tilesForInclusion`, …), so the
 * caller fetches them at once and this is a lookup. A wider tile of the same level and index serves as well.
 * The bytes are not trusted: whoever uses a proof made from them compares its root with a signed one.
 */
export type TileReader = (tile: TileCoordinate) => Uint8Array;

/** How many hashes the tile has in a tree of `size` leaves; 0 when it is not there yet. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, hashes));
}

/** The partial tiles of a tree, lowest level first: what must be kept beside the full ones to append and to prove. */
export function rightEdge(size: number): TileCoordinate[] {
  assertCount(size, 'size');
  const tiles: TileCoordinate[] = [];
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

/** The tile that has a subtree's hashes, and which of them the subtree spans. */
export function tileOfSubtree(subtree: Subtree, size: number): { tile: TileCoordinate; offset: number; count: number } {
  const level = Math.floor(subtree.height / TILE_HEIGHT);
  const count = 2 ** (subtree.height % TILE_HEIGHT);
  const first = subtree.index * count;
  const index = Math.floor(first / TILE_WIDTH);
  return { tile: { level, index, width: tileWidth(level, index, size) }, offset: first % TILE_WIDTH, count };
}

/** The hashes `offset` to `offset + count - 1` of a tile's bytes. */
export function hashesOfTile(bytes: Uint8Array, offset: number, count: number): Buffer[] {
  if (bytes.length % HASH_BYTES !== 0 || bytes.length < (offset + count) * HASH_BYTES) {
    throw new RangeError(`a tile of ${bytes.length} bytes has no hashes ${offset} to ${offset + count - 1}`);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => buffer.subarray((offset + i) * HASH_BYTES, (offset + i + 1) * HASH_BYTES));
}

/** `level/index`: for maps of tiles, where a wider tile replaces a narrower one. */
export function tileKey(tile: Pick<TileCoordinate, 'level' | 'index'>): string {
  return `${tile.level}/${tile.index}`;
}

/** A reader of tiles at hand. Asking it for one that is not there, or is too narrow, is a fault of the caller. */
export function readerOf(tiles: Iterable<Pick<Tile, 'level' | 'index' | 'bytes'>>): TileReader {
  const byKey = new Map(Array.from(tiles, (tile) => [tileKey(tile), tile.bytes]));
  return (tile) => {
    const bytes = byKey.get(tileKey(tile));
    if (bytes === undefined || bytes.length < tile.width * HASH_BYTES) {
      throw new RangeError(`tile ${tileKey(tile)} is not at hand with ${tile.width} hashes`);
    }
    return bytes;
  };
}
