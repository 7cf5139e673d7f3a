import { CompactRange, rootOfLeaves } from '#pure/merkle/compact-range.js';
import { HASH_BYTES, leafHash } from '#pure/merkle/hashing.js';
import { rootFromTiles, subtreeRoots, tilesForRoot } from '#pure/merkle/proof.js';
import { hashesOfTile, TILE_WIDTH, type TileCoordinate, tileKey, type TileReader, tileWidth } from '#pure/merkle/tile.js';
import type { Findings } from './findings.js';

/** Leaves `from` to `to - 1` of a tree; `from` is a multiple of 256, and so is `to` where it is not the tree's end. */
export interface LeafSpan {
  readonly from: number;
  readonly to: number;
}

export interface Head {
  readonly size: number;
  readonly root: Buffer;
}

export interface StoredLeaf {
  readonly index: number;
  readonly id: string;
  readonly hash: Buffer;
  readonly body: Buffer | null;
}

/** What is stored of a span, nothing of it trusted. */
export interface StoredSpan extends LeafSpan {
  /** The head that the tiles have to lead to: `to` is at most its size. */
  readonly head: Head;
  readonly leaves: readonly StoredLeaf[];
  /** Heads with `from < size <= to`. */
  readonly heads: readonly Head[];
  /** By `tileKey`: those of `tilesForSpan` that are there, at the width that it named. */
  readonly tiles: ReadonlyMap<string, Buffer>;
  /** Below it, entries were pruned by policy. */
  readonly minimumIndex: number;
}

/** The tiles that a span is checked against: those of its leaves, those above them, and what roots are made of. */
export function tilesForSpan({ from, to }: LeafSpan, size: number): TileCoordinate[] {
  const wanted = new Map<string, TileCoordinate>();
  const want = (tile: TileCoordinate): void => {
    const known = wanted.get(tileKey(tile));
    if (known === undefined || known.width < tile.width) wanted.set(tileKey(tile), tile);
  };
  for (const tile of pathOf({ from, to }, size)) want(tile);
  for (const tile of [...tilesForRoot(size), ...tilesForRoot(from)]) want(tile);
  return [...wanted.values()];
}

/**
 * Checks every link between the span's entries and the head: entry to leaf, leaf to tile, full tile to the tile above
 * it, tiles to the head's root, and the heads among its leaves. A link is checked against what stands above it as it
 * is stored, so that one changed row is one finding that names it, and not a hundred that follow from it. Were all
 * spans of a tree without findings, its root would be derived from the bytes of its entries.
 */
export function checkSpan(span: StoredSpan, findings: Findings): void {
  for (const tile of tilesForSpan(span, span.head.size)) {
    if (!span.tiles.has(tileKey(tile))) findings.report(`tile ${tileKey(tile)} of width ${tile.width} is missing`, firstLeafOf(tile));
  }
  const known = findings.count;
  checkLeaves(span, findings);
  checkTiles(span, findings);
  // A changed hash is in every head above it: they say nothing more, and are many.
  if (findings.count === known) checkHeads(span, findings);
}

function checkLeaves({ from, to, leaves, tiles, minimumIndex }: StoredSpan, findings: Findings): void {
  const byIndex = new Map(leaves.map((leaf) => [leaf.index, leaf]));
  for (let index = from; index < to; index += 1) {
    const leaf = byIndex.get(index);
    if (leaf === undefined) {
      findings.report(`leaf ${index} is missing`, index);
      continue;
    }
    if (leaf.body !== null) {
      if (!leafHash(leaf.body).equals(leaf.hash)) findings.report(`leaf ${index} has another hash than the entry ${leaf.id}`, index, leaf.id);
    } else if (index >= minimumIndex) {
      findings.report(`the entry ${leaf.id} of leaf ${index} is missing`, index, leaf.id);
    }
    const inTile = hashAt(tiles, 0, index);
    if (inTile !== null && !inTile.equals(leaf.hash)) findings.report(`leaf ${index}, the entry ${leaf.id}, has another hash in tile ${keyOfHash(0, index)}`, index, leaf.id);
  }
}

/** A full tile's root stands in the tile above it; what has no full tile above it stands in the root. */
function checkTiles({ from, to, head, tiles }: StoredSpan, findings: Findings): void {
  for (const tile of pathOf({ from, to }, head.size)) {
    const bytes = tiles.get(tileKey(tile));
    const above = tile.width < TILE_WIDTH ? null : hashAt(tiles, tile.level + 1, tile.index);
    if (bytes === undefined || above === null) continue;
    if (!rootOfLeaves(hashesOfTile(bytes, 0, TILE_WIDTH)).equals(above)) {
      findings.report(`tile ${tileKey(tile)} has another root than tile ${keyOfHash(tile.level + 1, tile.index)} says`, firstLeafOf(tile));
    }
  }
  const root = whenWhole(tiles, (reader) => rootFromTiles(head.size, reader));
  if (root !== null && !root.equals(head.root)) findings.report(`the tiles do not lead to the root at size ${head.size}`);
}

function checkHeads({ from, to, heads, tiles }: StoredSpan, findings: Findings): void {
  if (heads.length === 0) return;
  const roots = whenWhole(tiles, (reader) => subtreeRoots(from, reader));
  if (roots === null) return;
  const expected = new Map(heads.map(({ size, root }) => [size, root]));
  const range = new CompactRange(from, roots);
  for (let index = from; index < to; index += 1) {
    const hash = hashAt(tiles, 0, index);
    if (hash === null) return;
    range.append(hash);
    if (expected.get(range.size)?.equals(range.root()) === false) findings.report(`the head of size ${range.size} has another root than its leaves`);
  }
}

/** The tiles over a span at every level. */
function* pathOf({ from, to }: LeafSpan, size: number): Generator<TileCoordinate> {
  for (let level = 0, span = TILE_WIDTH; span / TILE_WIDTH <= size; level += 1, span *= TILE_WIDTH) {
    for (let index = Math.floor(from / span); index * span < to; index += 1) {
      const width = tileWidth(level, index, size);
      if (width > 0) yield { level, index, width };
    }
  }
}

/** Null where a tile is not at hand; that has been reported. */
function whenWhole<T>(tiles: ReadonlyMap<string, Buffer>, compute: (reader: TileReader) => T): T | null {
  let isWhole = true;
  const value = compute((tile) => {
    const bytes = tiles.get(tileKey(tile));
    if (bytes !== undefined && bytes.length >= tile.width * HASH_BYTES) return bytes;
    isWhole = false;
    return Buffer.alloc(tile.width * HASH_BYTES);
  });
  return isWhole ? value : null;
}

function hashAt(tiles: ReadonlyMap<string, Buffer>, level: number, index: number): Buffer | null {
  const offset = (index % TILE_WIDTH) * HASH_BYTES;
  const bytes = tiles.get(keyOfHash(level, index));
  return bytes === undefined || bytes.length < offset + HASH_BYTES ? null : bytes.subarray(offset, offset + HASH_BYTES);
}

/** The tile in which the hash of a level stands. */
function keyOfHash(level: number, index: number): string {
  return tileKey({ level, index: Math.floor(index / TILE_WIDTH) });
}

function firstLeafOf({ level, index }: Pick<TileCoordinate, 'level' | 'index'>): number {
  return index * TILE_WIDTH ** (level + 1);
}
