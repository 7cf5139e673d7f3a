import { foldRight, rootOfLeaves } from './compact-range.js';
import { EMPTY_ROOT, HASH_BYTES } from './hashing.js';
import { assertCount } from './subtree.js';
import { hashesOfTile, rightEdge, type Tile, TILE_WIDTH, type TileReader, tileKey } from './tile.js';

/** What an append yields: write the tiles, then the new head, in one transaction. */
export interface Appended {
  readonly size: number;
  readonly root: Buffer;
  /** Tiles that are new or have grown, lowest level first; a partial one replaces the narrower one in its place. */
  readonly tiles: readonly Tile[];
}

/**
 * Appends leaf hashes to a tree of `oldSize` leaves of which only the right edge is read (`rightEdge(oldSize)`).
 * Without new leaves it yields no tiles, and the root that the stored edge has: compare it with the head's.
 */
export function newTilesFor(oldSize: number, newLeaves: readonly Buffer[], edge: TileReader): Appended {
  assertCount(oldSize, 'oldSize');
  const size = oldSize + newLeaves.length;
  assertCount(size, 'size');
  const tiles: Tile[] = [];
  let arriving = newLeaves;
  for (let level = 0, hashes = oldSize; arriving.length > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const grown = growLevel(level, hashes, arriving, edge);
    tiles.push(...grown.tiles);
    arriving = grown.roots;
  }
  return { size, root: rootOfEdge(size, grownOver(tiles, edge)), tiles };
}

/** The root of a tree from its partial tiles alone: every complete subtree of its right edge lies in one of them. */
export function rootOfEdge(size: number, edge: TileReader): Buffer {
  let accumulated: Buffer | undefined;
  for (const tile of rightEdge(size)) {
    const hashes = hashesOfTile(edge(tile), 0, tile.width);
    const roots: Buffer[] = [];
    for (let width = TILE_WIDTH / 2, start = 0; width >= 1; width /= 2) {
      if ((tile.width & width) === 0) continue;
      roots.push(rootOfLeaves(hashes.slice(start, start + width)));
      start += width;
    }
    if (accumulated !== undefined) roots.push(accumulated);
    accumulated = foldRight(roots);
  }
  return accumulated ?? EMPTY_ROOT;
}

/** One level: the partial tile that is there, then the arriving hashes, cut into tiles; the roots of those that filled up. */
function growLevel(level: number, hashes: number, arriving: readonly Buffer[], edge: TileReader): { tiles: Tile[]; roots: Buffer[] } {
  const present = hashes % TILE_WIDTH;
  const first = Math.floor(hashes / TILE_WIDTH);
  const kept = present === 0 ? [] : hashesOfTile(edge({ level, index: first, width: present }), 0, present);
  // Not by push, whose arguments lie on the stack: a million leaves do not fit there.
  const row = [...kept, ...arriving];
  const tiles: Tile[] = [];
  const roots: Buffer[] = [];
  for (let start = 0; start < row.length; start += TILE_WIDTH) {
    const cut = row.slice(start, start + TILE_WIDTH);
    tiles.push({ level, index: first + start / TILE_WIDTH, width: cut.length, bytes: joined(cut) });
    if (cut.length === TILE_WIDTH) roots.push(rootOfLeaves(cut));
  }
  return { tiles, roots };
}

function joined(hashes: readonly Buffer[]): Buffer {
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw new RangeError('a hash has 32 bytes');
  return Buffer.concat(hashes);
}

/** Reads the tiles just made, and the old edge where a level did not change. */
function grownOver(tiles: readonly Tile[], edge: TileReader): TileReader {
  const made = new Map(tiles.map((tile) => [tileKey(tile), tile.bytes]));
  return (tile) => made.get(tileKey(tile)) ?? edge(tile);
}
