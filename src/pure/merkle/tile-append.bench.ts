import { hash } from 'node:crypto';
import { leafHash } from './hashing.js';
import { readerOf, rightEdge, type Tile, tileKey } from './tile.js';
import { newTilesFor } from './tile-append.js';

/**
 * What a sequencer's batch costs in hashing, beside the limit: as many bare SHA-256 calls as a tree must make, one for
 * each entry of 420 bytes and one for each inner node, of which there are as many as leaves.
 */
const BATCH = 5_000;
const BATCHES = 20;
const entries = Array.from({ length: BATCH }, (_, i) => Buffer.alloc(420, i % 251));
const node = Buffer.alloc(65);

function microsPerEntry(work: (batch: number) => void): number {
  const start = process.hrtime.bigint();
  for (let batch = 0; batch < BATCHES; batch += 1) work(batch);
  return Number(process.hrtime.bigint() - start) / 1e3 / (BATCH * BATCHES);
}

function bare(): void {
  for (const entry of entries) {
    hash('sha256', entry, 'buffer');
    hash('sha256', node, 'buffer');
  }
}

const stored = new Map<string, Tile>();
let size = 0;

/** From the stored right edge, as the sequencer has it from the database. */
function append(): void {
  const edge = rightEdge(size).map((tile) => stored.get(tileKey(tile))!);
  const appended = newTilesFor(size, entries.map(leafHash), readerOf(edge));
  for (const tile of appended.tiles) stored.set(tileKey(tile), tile);
  size = appended.size;
}

bare();
append();
const limit = microsPerEntry(bare);
const cost = microsPerEntry(append);
console.log(`leaf hashes, tiles and root, ${BATCH} entries a batch  ${cost.toFixed(1)} µs/entry  ${(cost / limit).toFixed(2)} × bare SHA-256 (${limit.toFixed(1)} µs)`);
