import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rootOfLeaves } from './compact-range.js';
import { EMPTY_ROOT, HASH_BYTES, leafHash } from './hashing.js';
import { consistencyProof, inclusionProof, rootFromTiles, tilesForConsistency, tilesForInclusion, tilesForRoot } from './proof.js';
import { hashesOfTile, readerOf, rightEdge, type Tile, TILE_WIDTH, type TileCoordinate, tileKey, type TileReader, tileWidth } from './tile.js';
import { newTilesFor, rootOfEdge } from './tile-append.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

const leavesOf = (from: number, count: number): Buffer[] => Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`entry ${from + i}`)));

/** What the database keeps: of each level and index the widest tile. */
class TileStore {
  readonly tiles = new Map<string, Tile>();
  readonly leaves: Buffer[] = [];
  size = 0;
  root: Buffer = EMPTY_ROOT;

  append(count: number): readonly Tile[] {
    const leaves = leavesOf(this.size, count);
    const edge = rightEdge(this.size).map((tile) => this.tiles.get(tileKey(tile))!);
    const appended = newTilesFor(this.size, leaves, readerOf(edge));
    for (const tile of appended.tiles) this.tiles.set(tileKey(tile), tile);
    this.leaves.push(...leaves);
    [this.size, this.root] = [appended.size, appended.root];
    return appended.tiles;
  }

  /** Only the tiles that were asked for, as the database would answer. */
  reader(wanted: readonly TileCoordinate[]): TileReader {
    return readerOf(wanted.map((tile) => this.tiles.get(tileKey(tile))!));
  }
}

function storeOf(...appends: number[]): TileStore {
  const store = new TileStore();
  for (const count of appends) store.append(count);
  return store;
}

describe('the geometry of tiles', () => {
  it('counts every hash of every level exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300_000 }), (size) => {
        for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
          let sum = 0;
          for (let index = 0; tileWidth(level, index, size) > 0; index += 1) sum += tileWidth(level, index, size);
          assert.equal(sum, hashes);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has as right edge the tiles that are not full, with their widths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (size) => {
        for (const { level, index, width } of rightEdge(size)) {
          assert.ok(width >= 1 && width < TILE_WIDTH);
          assert.equal(tileWidth(level, index, size), width);
          assert.equal(tileWidth(level, index + 1, size), 0);
        }
      }),
    );
    assert.deepEqual(rightEdge(0), []);
  });

  it('refuses sizes and indices that are none', () => {
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) assert.throws(() => rightEdge(size), RangeError);
    for (const [index, size] of [[5, 5], [0, 0], [-1, 5], [0.5, 5]] as const) assert.throws(() => tilesForInclusion(index, size), RangeError);
    for (const [oldSize, size] of [[0, 5], [6, 5], [-1, 5], [1, 0]] as const) assert.throws(() => tilesForConsistency(oldSize, size), RangeError);
    assert.throws(() => rootFromTiles(0, readerOf([])), RangeError);
    assert.deepEqual(tilesForRoot(0), []);
  });

  it('needs few tiles: at most 7 for any proof among a million leaves', () => {
    const million = 1_000_000;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: million }), fc.nat(), (size, seed) => {
        assert.ok(tilesForInclusion(seed % size, size).length <= 7);
        assert.ok(tilesForConsistency(1 + (seed % size), size).length <= 7);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an append', () => {
  it('yields the root of the definition, however the leaves are cut into appends', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 6 }), (appends) => {
        const store = storeOf(...appends);
        assert.deepEqual(store.root, rootOfLeaves(store.leaves));
        if (store.size > 0) assert.deepEqual(rootFromTiles(store.size, store.reader(tilesForRoot(store.size))), store.root);
      }),
      { numRuns: 40 },
    );
  });

  it('yields the same tiles in one append and in many', () => {
    const [once, often] = [storeOf(70_000), storeOf(1, 255, 256, 1, 65_023, 4_000, 464)];
    assert.equal(often.size, 70_000);
    assert.deepEqual(often.root, once.root);
    assert.equal(often.tiles.size, 274 + 2 + 1);
    for (const [key, tile] of once.tiles) assert.deepEqual(often.tiles.get(key), tile);
  });

  it('writes each tile with exactly the hashes that its width says', () => {
    const store = storeOf(255);
    assert.deepEqual(store.append(2).map(({ level, index, width, bytes }) => [level, index, width, bytes.length / HASH_BYTES]), [
      [0, 0, 256, 256],
      [0, 1, 1, 1],
      [1, 0, 1, 1],
    ]);
  });

  it('of nothing writes nothing and tells the root of the stored edge', () => {
    const store = storeOf(300);
    const again = newTilesFor(300, [], readerOf(store.tiles.values()));
    assert.deepEqual(again.tiles, []);
    assert.deepEqual(again.root, store.root);
    assert.deepEqual(newTilesFor(0, [], readerOf([])).root, EMPTY_ROOT);
    assert.deepEqual(rootOfEdge(300, readerOf(store.tiles.values())), store.root);
  });

  it('tells another root when a stored hash was changed', () => {
    const store = storeOf(300);
    for (const tile of rightEdge(300)) {
      const stored = store.tiles.get(tileKey(tile))!;
      const bytes = Buffer.from(stored.bytes);
      bytes[7]! ^= 1;
      const changed = readerOf([...store.tiles.values()].map((other) => (other === stored ? { ...stored, bytes } : other)));
      assert.notDeepEqual(rootOfEdge(300, changed), store.root);
    }
  });

  it('refuses an edge that is missing or too narrow, and leaves that are no hashes', () => {
    assert.throws(() => newTilesFor(300, leavesOf(300, 1), readerOf([])), RangeError);
    const narrow = [...storeOf(290).tiles.values()];
    assert.throws(() => newTilesFor(300, leavesOf(300, 1), readerOf(narrow)), RangeError);
    assert.throws(() => newTilesFor(0, [Buffer.alloc(31)], readerOf([])), RangeError);
    assert.throws(() => hashesOfTile(Buffer.alloc(33), 0, 1), RangeError);
  });
});

describe('proofs from tiles', () => {
  it('verify at every boundary of tiles', () => {
    const store = storeOf(66_000);
    const sizes = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000];
    for (const size of sizes) {
      const root = rootOfLeaves(store.leaves.slice(0, size));
      for (const index of [...sizes, 1].map((each) => each - 1).filter((each) => each < size)) {
        const proof = inclusionProof(index, size, store.reader(tilesForInclusion(index, size)));
        assert.ok(verifyInclusion(store.leaves[index]!, index, size, proof, root), `${index} of ${size}`);
      }
      for (const oldSize of sizes.filter((each) => each <= size)) {
        const proof = consistencyProof(oldSize, size, store.reader(tilesForConsistency(oldSize, size)));
        assert.ok(verifyConsistency(oldSize, rootOfLeaves(store.leaves.slice(0, oldSize)), size, root, proof), `${oldSize} to ${size}`);
      }
    }
  });

  it('verify for any place and any earlier size of a log that has grown since', () => {
    const store = storeOf(700, 800, 900);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2400 }), fc.nat(), fc.nat(), (size, a, b) => {
        const [index, oldSize] = [a % size, 1 + (b % size)];
        const root = rootFromTiles(size, store.reader(tilesForRoot(size)));
        assert.ok(verifyInclusion(store.leaves[index]!, index, size, inclusionProof(index, size, store.reader(tilesForInclusion(index, size))), root));
        const old = rootFromTiles(oldSize, store.reader(tilesForRoot(oldSize)));
        assert.ok(verifyConsistency(oldSize, old, size, root, consistencyProof(oldSize, size, store.reader(tilesForConsistency(oldSize, size)))));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses when a tile was changed: the proof leads to another root', () => {
    const store = storeOf(600);
    const wanted = tilesForInclusion(300, 600);
    const proof = inclusionProof(300, 600, store.reader(wanted));
    for (const tile of wanted) {
      const changed = wanted.map((each) => {
        const { bytes } = store.tiles.get(tileKey(each))!;
        return { ...each, bytes: each === tile ? Buffer.from(bytes.map((byte) => byte ^ 0x80)) : bytes };
      });
      const other = inclusionProof(300, 600, readerOf(changed));
      assert.notDeepEqual(other, proof);
      assert.ok(!verifyInclusion(store.leaves[300]!, 300, 600, other, store.root));
    }
  });
});
