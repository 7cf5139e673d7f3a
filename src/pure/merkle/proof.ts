import { foldRight, rootOfLeaves } from './compact-range.js';
import { assertCount, type LeafRange, splitPoint, subtreesOf } from './subtree.js';
import { hashesOfTile, type TileCoordinate, tileKey, tileOfSubtree, type TileReader } from './tile.js';

/**
 * Proofs of RFC 6962 §2.1.1 and §2.1.2, from tiles. A proof is first a list of leaf ranges whose hashes it consists
 * of; the ranges tell which tiles to fetch (at most 7 for a million leaves), and with the tiles they become hashes.
 */

/** Tiles to fetch before `inclusionProof`. */
export function tilesForInclusion(index: number, size: number): TileCoordinate[] {
  return tilesFor(inclusionRanges(index, size), size);
}

/** The audit path of leaf `index` in the tree of `size` leaves, from its sibling upwards. */
export function inclusionProof(index: number, size: number, tiles: TileReader): Buffer[] {
  return inclusionRanges(index, size).map((range) => rangeHash(range, size, tiles));
}

/** Tiles to fetch before `consistencyProof`. */
export function tilesForConsistency(oldSize: number, size: number): TileCoordinate[] {
  return tilesFor(consistencyRanges(oldSize, size), size);
}

/** The proof that the first `oldSize` leaves of the tree of `size` leaves are the tree of `oldSize` leaves. */
export function consistencyProof(oldSize: number, size: number, tiles: TileReader): Buffer[] {
  return consistencyRanges(oldSize, size).map((range) => rangeHash(range, size, tiles));
}

/** Tiles to fetch before `rootFromTiles`. */
export function tilesForRoot(size: number): TileCoordinate[] {
  assertCount(size, 'size');
  return size === 0 ? [] : tilesFor([{ start: 0, end: size }], size);
}

/** The root of the first `size` leaves, at least 1, of which the tiles may show more. */
export function rootFromTiles(size: number, tiles: TileReader): Buffer {
  assertCount(size, 'size');
  if (size === 0) throw new RangeError('the empty tree has no tiles; its root is EMPTY_ROOT');
  return rangeHash({ start: 0, end: size }, size, tiles);
}

/** The roots of the complete subtrees that the first `size` leaves are made of, left to right; from `tilesForRoot(size)`. */
export function subtreeRoots(size: number, tiles: TileReader): Buffer[] {
  assertCount(size, 'size');
  return size === 0 ? [] : rootsOf({ start: 0, end: size }, size, tiles);
}

/** PATH(m, D[n]), written as the walk from the root down to the leaf, reversed. */
function inclusionRanges(index: number, size: number): LeafRange[] {
  assertCount(index, 'index');
  assertCount(size, 'size');
  if (index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
  const downwards: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      downwards.push({ start: middle, end });
      end = middle;
    } else {
      downwards.push({ start, end: middle });
      start = middle;
    }
  }
  return downwards.reverse();
}

/** PROOF(m, D[n]): the walk from the root to the edge of the old tree; the old root itself is left out, being known. */
function consistencyRanges(oldSize: number, size: number): LeafRange[] {
  assertCount(oldSize, 'oldSize');
  assertCount(size, 'size');
  if (oldSize === 0 || oldSize > size) throw new RangeError(`no consistency proof from ${oldSize} to ${size} leaves`);
  const downwards: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end !== oldSize) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      downwards.push({ start: middle, end });
      end = middle;
    } else {
      downwards.push({ start, end: middle });
      start = middle;
    }
  }
  if (start > 0) downwards.push({ start, end });
  return downwards.reverse();
}

function tilesFor(ranges: readonly LeafRange[], size: number): TileCoordinate[] {
  const tiles = new Map<string, TileCoordinate>();
  for (const range of ranges) {
    for (const subtree of subtreesOf(range)) {
      const { tile } = tileOfSubtree(subtree, size);
      tiles.set(tileKey(tile), tile);
    }
  }
  return [...tiles.values()];
}

function rangeHash(range: LeafRange, size: number, tiles: TileReader): Buffer {
  return foldRight(rootsOf(range, size, tiles))!;
}

function rootsOf(range: LeafRange, size: number, tiles: TileReader): Buffer[] {
  return subtreesOf(range).map((subtree) => {
    const { tile, offset, count } = tileOfSubtree(subtree, size);
    return rootOfLeaves(hashesOfTile(tiles(tile), offset, count));
  });
}
