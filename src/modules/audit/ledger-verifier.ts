import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { sha256 } from '#pure/digest/digest.js';
import { CompactRange } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { rootFromTiles, tilesForRoot } from '#pure/merkle/proof.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { rightEdge, tileKey } from '#pure/merkle/tile.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { CHECKPOINT_PURPOSES, checkpointKey, isSignedBy, readCheckpoint } from './checkpoint-note.js';
import { EntryRepository, type SequencedEntry } from './persistence/entry.repository.js';
import { type StoredCheckpoint, type TreeHead, TreeRepository } from './persistence/tree.repository.js';

const VERIFIER = systemPrincipal('ledger-verifier');

/** Entries read at once: a few megabytes at most sizes, 16 MiB at the limit of each. */
const PAGE_ENTRIES = 1_000;
/** A rewritten log differs in every later leaf: who reads the report has understood after this many sentences. */
const MISMATCHES_MAX = 100;

/** What a verification found. */
export interface Verification {
  /** Leaves that were looked at. */
  readonly size: number;
  /** Sentences, in the order of the log; empty when all is well. */
  readonly mismatches: readonly string[];
}

/**
 * Checks the stored log against itself, trusting nothing but the entries' bytes and the keyring. It tells a log that
 * was altered by somebody without the signing keys; one who has them too is told by witnesses and by receipts only.
 */
@Injectable()
export class LedgerVerifier {
  constructor(
    private readonly units: UnitOfWork,
    private readonly entries: EntryRepository,
    private readonly tree: TreeRepository,
    private readonly keyring: Keyring,
  ) {}

  /** Cheap, for boot: the last checkpoint is signed by keys of ours, and the tiles lead to its root and to the head's. */
  async verifyHead(): Promise<Verification> {
    const keys = await this.keys();
    return this.units.run(VERIFIER, async (tx) => {
      const mismatches: string[] = [];
      const last = await this.tree.lastCheckpoint(tx);
      const head = await this.tree.head(tx);
      const size = head?.size ?? 0;
      if (last !== null && last.size > size) mismatches.push(`checkpoint ${last.number} covers ${last.size} leaves, and the tree has ${size}`);
      const claims = [head, last === null ? null : claimOf(last, keys, mismatches)];
      for (const claim of claims) if (claim !== null && claim.size <= size) await this.compareTiles(tx, claim, mismatches);
      return { size, mismatches };
    });
  }

  /**
   * Everything again from the entries' bytes: every leaf, every tile, every stored head and checkpoint. Pages are read
   * in transactions of their own, so that it can run beside a working log: what is verified is as of its start.
   */
  async rederive(): Promise<Verification> {
    const keys = await this.keys();
    const report = new Report();
    const { size, last } = await this.units.run(VERIFIER, async (tx) => ({
      last: await this.tree.lastCheckpoint(tx),
      size: (await this.tree.head(tx))?.size ?? 0,
    }));
    const range = new CompactRange();
    const roots = new Map<number, Buffer>();
    const edge = new Map<string, Buffer>();
    while (range.size < size && !report.isFull) {
      const page = await this.units.run(VERIFIER, (tx) => this.rederivePage(tx, range, edge, size, roots, report));
      if (page === 0) break;
    }
    if (range.size < size) report.add(`the head counts ${size} leaves, and ${range.size} could be derived`);
    if (last !== null) await this.rederiveCheckpoints(last.number, roots, keys, report);
    return { size: range.size, mismatches: report.sentences };
  }

  /** The next entries in leaf order: their hashes, the tiles that they make, the heads among them. Returns how many there were. */
  private async rederivePage(tx: Tx, range: CompactRange, edge: Map<string, Buffer>, size: number, roots: Map<number, Buffer>, report: Report): Promise<number> {
    const start = range.size;
    const page = await this.entries.sequenced(tx, start, Math.min(PAGE_ENTRIES, size - start));
    const heads = new Map((await this.tree.headsBetween(tx, start, start + page.length)).map((head) => [head.size, head]));
    const hashes: Buffer[] = [];
    for (const entry of page) {
      const hash = leafOf(entry, start + hashes.length, report);
      hashes.push(hash);
      range.append(hash);
      const head = heads.get(range.size);
      if (head === undefined) continue;
      roots.set(head.size, range.root());
      if (!head.root.equals(range.root())) report.add(`the head of size ${head.size} has another root than its leaves`);
    }
    const { tiles } = newTilesFor(start, hashes, (tile) => edge.get(tileKey(tile))!);
    const stored = await this.tree.tiles(tx, tiles);
    for (const tile of tiles) {
      if (stored.get(tileKey(tile))?.equals(tile.bytes) !== true) report.add(`tile ${tileKey(tile)} of width ${tile.width} has other hashes than its leaves`);
    }
    const next = new Map(tiles.map((tile) => [tileKey(tile), tile.bytes]));
    const kept = rightEdge(range.size).map((tile) => [tileKey(tile), next.get(tileKey(tile)) ?? edge.get(tileKey(tile))!] as const);
    edge.clear();
    for (const [key, bytes] of kept) edge.set(key, bytes);
    return page.length;
  }

  /** The chain of checkpoints up to `last`: numbers, hashes of the one before, sizes, roots, signatures. */
  private async rederiveCheckpoints(last: number, roots: ReadonlyMap<number, Buffer>, keys: readonly VerifierKey[], report: Report): Promise<void> {
    let before: StoredCheckpoint | null = null;
    while ((before?.number ?? 0) < last && !report.isFull) {
      const after: number = before?.number ?? 0;
      const page = await this.units.run(VERIFIER, (tx) => this.tree.checkpointsAfter(tx, after, PAGE_ENTRIES));
      if (page.length === 0) return report.add(`checkpoints ${after + 1} to ${last} are missing`);
      for (const checkpoint of page) {
        const found: string[] = [];
        const claim = claimOf(checkpoint, keys, found);
        found.forEach((sentence) => report.add(sentence));
        if (!follows(checkpoint, before)) report.add(`checkpoint ${checkpoint.number} does not follow the one before`);
        if (claim !== null && checkpoint.number <= last && roots.get(claim.size)?.equals(claim.root) !== true) {
          report.add(`checkpoint ${checkpoint.number} has another root than its ${claim.size} leaves`);
        }
        before = checkpoint;
      }
    }
  }

  private async compareTiles(tx: Tx, { size, root }: TreeHead, mismatches: string[]): Promise<void> {
    const wanted = tilesForRoot(size);
    const stored = await this.tree.tiles(tx, wanted);
    const isWhole = wanted.every((tile) => stored.has(tileKey(tile)));
    if (!isWhole) mismatches.push(`tiles of the tree of size ${size} are missing`);
    else if (!rootFromTiles(size, (tile) => stored.get(tileKey(tile))!).equals(root)) mismatches.push(`the tiles do not lead to the root at size ${size}`);
  }

  private async keys(): Promise<readonly VerifierKey[]> {
    const origin = await this.units.run(VERIFIER, (tx) => this.tree.origin(tx));
    if (origin === null) return [];
    const keys = CHECKPOINT_PURPOSES.map(async (purpose) => {
      const verifiers = await this.keyring.verifiers(purpose);
      return verifiers.map((verifier) => checkpointKey(origin, purpose, verifier));
    });
    return (await Promise.all(keys)).flat();
  }
}

/** Collects sentences up to a limit, and says when it has stopped. */
class Report {
  readonly sentences: string[] = [];

  get isFull(): boolean {
    return this.sentences.length > MISMATCHES_MAX;
  }

  add(sentence: string): void {
    if (this.isFull) return;
    this.sentences.push(this.sentences.length === MISMATCHES_MAX ? 'and more: verification stopped here' : sentence);
  }
}

function leafOf(entry: SequencedEntry, index: number, report: Report): Buffer {
  if (entry.index !== index) report.add(`leaf ${index} is missing`);
  if (entry.body === null) {
    report.add(`the entry ${entry.id} of leaf ${entry.index} is missing`);
    return entry.hash;
  }
  const hash = leafHash(entry.body);
  if (!hash.equals(entry.hash)) report.add(`leaf ${entry.index} has another hash than the entry ${entry.id}`);
  return hash;
}

/** What a stored checkpoint claims, if its note is one, belongs to its row, and is signed by keys of ours. */
function claimOf(checkpoint: StoredCheckpoint, keys: readonly VerifierKey[], mismatches: string[]): TreeHead | null {
  const claim = readCheckpoint(checkpoint.note);
  if (claim === null || claim.size !== checkpoint.size) {
    mismatches.push(`checkpoint ${checkpoint.number} is not the note that was signed`);
    return null;
  }
  if (keys.length === 0 || !isSignedBy(checkpoint.note, keys)) mismatches.push(`checkpoint ${checkpoint.number} is not signed by the log's keys`);
  return claim;
}

function follows(checkpoint: StoredCheckpoint, before: StoredCheckpoint | null): boolean {
  if (before === null) return checkpoint.number === 1 && checkpoint.previousHash === null;
  const hash = sha256(Buffer.from(before.note, 'utf8'));
  return checkpoint.number === before.number + 1 && checkpoint.size >= before.size && checkpoint.previousHash?.equals(hash) === true;
}
