import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { sha256 } from '#pure/digest/digest.js';
import { CompactRange } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { rootFromTiles, tilesForRoot } from '#pure/merkle/proof.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { rightEdge, type Tile, tileKey } from '#pure/merkle/tile.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { CHECKPOINT_PURPOSES, checkpointKey, isSignedBy, readCheckpoint, signersOf } from './checkpoint-note.js';
import { EntryRepository, type SequencedEntry } from './persistence/entry.repository.js';
import { type StoredCheckpoint, type TreeHead, TreeRepository } from './persistence/tree.repository.js';

const VERIFIER = systemPrincipal('ledger-verifier');

/** Entries read at once: a few megabytes at most sizes, 16 MiB at the limit of each. */
const PAGE_ENTRIES = 1_000;
/** Their notes have 4 kB each. */
const PAGE_CHECKPOINTS = 500;
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
      const claims = [head, last === null ? null : lastClaimOf(last, keys, (sentence) => mismatches.push(sentence))];
      for (const claim of claims) if (claim !== null && claim.size <= size) await this.compareTiles(tx, claim, mismatches);
      return { size, mismatches };
    });
  }

  /**
   * Everything again from the entries' bytes: every leaf, every tile, every stored head and checkpoint. Pages are read
   * in transactions of their own, so that it can run beside a working log: what is verified is as of its start.
   */
  async rederive(): Promise<Verification> {
    const walk = new Walk(await this.keys());
    const { size, last } = await this.units.run(VERIFIER, async (tx) => ({
      last: await this.tree.lastCheckpoint(tx),
      size: (await this.tree.head(tx))?.size ?? 0,
    }));
    let isAtEnd = false;
    while (walk.size < size && !walk.isFull && !isAtEnd) {
      const start = walk.size;
      isAtEnd = await this.units.run(VERIFIER, (tx) => this.rederivePage(tx, walk, size));
      await this.rederiveCheckpoints(walk, start, last?.number ?? 0);
    }
    if (walk.size < size) walk.report(`the head counts ${size} leaves, and ${walk.size} could be derived`);
    if (walk.checkpoint !== (last?.number ?? 0)) walk.report(`of ${last?.number ?? 0} checkpoints, ${walk.checkpoint} could be followed`);
    return { size: walk.size, mismatches: walk.mismatches };
  }

  /** The next entries in leaf order: their hashes, the heads among them, the tiles that they make. True when there were none. */
  private async rederivePage(tx: Tx, walk: Walk, size: number): Promise<boolean> {
    const start = walk.size;
    const page = await this.entries.sequenced(tx, start, Math.min(PAGE_ENTRIES, size - start));
    const heads = await this.tree.headsBetween(tx, start, start + page.length);
    const tiles = walk.append(page, heads);
    const stored = await this.tree.tiles(tx, tiles);
    for (const tile of tiles) {
      if (stored.get(tileKey(tile))?.equals(tile.bytes) !== true) walk.report(`tile ${tileKey(tile)} of width ${tile.width} has other hashes than its leaves`);
    }
    return page.length === 0;
  }

  /** The checkpoints of the page that was just derived: there may be many of one size, since silence is published too. */
  private async rederiveCheckpoints(walk: Walk, start: number, last: number): Promise<void> {
    for (let isMore = true; isMore && !walk.isFull; ) {
      const page = await this.units.run(VERIFIER, (tx) => this.tree.checkpointsBetween(tx, start, walk.size, walk.checkpoint, PAGE_CHECKPOINTS));
      for (const checkpoint of page) if (checkpoint.number <= last) walk.follow(checkpoint, checkpoint.number === last);
      isMore = page.length === PAGE_CHECKPOINTS;
    }
  }

  private async compareTiles(tx: Tx, { size, root }: TreeHead, mismatches: string[]): Promise<void> {
    const wanted = tilesForRoot(size);
    const stored = await this.tree.tiles(tx, wanted);
    const isWhole = wanted.every((tile) => stored.has(tileKey(tile)));
    if (!isWhole) mismatches.push(`tiles of the tree of size ${size} are missing`);
    else if (!rootFromTiles(size, (tile) => stored.get(tileKey(tile))!).equals(root)) mismatches.push(`the tiles do not lead to the root at size ${size}`);
  }

  /**
   * Of every version, the revoked too: a revocation takes nothing back that was signed before it. When that was, the
   * chain tells and not the signature: once a newer version has signed, an older one that signs again is reported. The
   * last checkpoint may be by a key that was revoked a moment ago; the publisher replaces it at its next turn, and could
   * not if boot refused it.
   */
  private async keys(): Promise<readonly VerifierKey[]> {
    const origin = await this.units.run(VERIFIER, (tx) => this.tree.origin(tx));
    if (origin === null) return [];
    const keys = CHECKPOINT_PURPOSES.map(async (purpose) => {
      const versions = await this.keyring.everyVersion(purpose);
      return versions.map((version) => checkpointKey(origin, purpose, version));
    });
    return (await Promise.all(keys)).flat();
  }
}

/** The state of one re-derivation: what of the log it has seen, no more than a page of it, and what it found. */
class Walk {
  readonly mismatches: string[] = [];
  private readonly range = new CompactRange();
  /** Partial tiles of what was derived so far. */
  private edge: ReadonlyMap<string, Buffer> = new Map();
  /** Derived roots, of the heads of the last page alone. */
  private roots: ReadonlyMap<number, Buffer> = new Map();
  private before: StoredCheckpoint | null = null;
  /** Place of the key that signed the checkpoint before, in the order of versions. */
  private keyBefore = 0;

  constructor(private readonly keys: readonly VerifierKey[]) {}

  get size(): number {
    return this.range.size;
  }

  /** Number of the last checkpoint that was followed. */
  get checkpoint(): number {
    return this.before?.number ?? 0;
  }

  get isFull(): boolean {
    return this.mismatches.length > MISMATCHES_MAX;
  }

  report(sentence: string): void {
    if (this.isFull) return;
    this.mismatches.push(this.mismatches.length === MISMATCHES_MAX ? 'and more: verification stopped here' : sentence);
  }

  /** Takes the next entries in, compares the heads among them, and returns the tiles that they must have made. */
  append(page: readonly SequencedEntry[], heads: readonly TreeHead[]): readonly Tile[] {
    const start = this.size;
    const expected = new Map(heads.map(({ size, root }) => [size, root]));
    const roots = new Map<number, Buffer>();
    const hashes = page.map((entry) => {
      const hash = this.leafOf(entry);
      this.range.append(hash);
      const head = expected.get(this.size);
      if (head === undefined) return hash;
      roots.set(this.size, this.range.root());
      if (!head.equals(this.range.root())) this.report(`the head of size ${this.size} has another root than its leaves`);
      return hash;
    });
    const { tiles } = newTilesFor(start, hashes, (tile) => this.edge.get(tileKey(tile))!);
    const made = new Map(tiles.map((tile) => [tileKey(tile), tile.bytes]));
    this.edge = new Map(rightEdge(this.size).map((tile) => [tileKey(tile), made.get(tileKey(tile)) ?? this.edge.get(tileKey(tile))!]));
    this.roots = roots;
    return tiles;
  }

  /** The next checkpoint of the chain, of a size that the last page reached. */
  follow(checkpoint: StoredCheckpoint, isLast: boolean): void {
    if (!follows(checkpoint, this.before)) this.report(`checkpoint ${checkpoint.number} does not follow the one before`);
    const claim = (isLast ? lastClaimOf : claimOf)(checkpoint, this.keys, (sentence) => this.report(sentence));
    if (claim !== null && this.roots.get(claim.size)?.equals(claim.root) !== true) {
      this.report(`checkpoint ${checkpoint.number} has another root than its ${claim.size} leaves`);
    }
    const signers = signersOf(checkpoint.note, this.keys);
    const key = this.keys.findIndex((candidate) => signers.includes(candidate));
    if (key >= 0 && key < this.keyBefore) this.report(`checkpoint ${checkpoint.number} is signed by a key that a newer one had replaced`);
    this.keyBefore = Math.max(this.keyBefore, key);
    this.before = checkpoint;
  }

  private leafOf(entry: SequencedEntry): Buffer {
    if (entry.index !== this.size) this.report(`leaf ${this.size} is missing`);
    if (entry.body === null) {
      this.report(`the entry ${entry.id} of leaf ${entry.index} is missing`);
      return entry.hash;
    }
    const hash = leafHash(entry.body);
    if (!hash.equals(entry.hash)) this.report(`leaf ${entry.index} has another hash than the entry ${entry.id}`);
    return hash;
  }
}

/** What a stored checkpoint claims, if its note is one, belongs to its row, and is signed by keys of ours. */
function claimOf(checkpoint: StoredCheckpoint, keys: readonly VerifierKey[], report: (sentence: string) => void): TreeHead | null {
  const claim = readCheckpoint(checkpoint.note);
  if (claim === null || claim.size !== checkpoint.size) {
    report(`checkpoint ${checkpoint.number} is not the note that was signed`);
    return null;
  }
  // Thinned cosignatures are no fault; one that is there and false is.
  if (!isSignedBy(checkpoint.note + checkpoint.cosignatures, keys, ['audit-checkpoint'])) report(`checkpoint ${checkpoint.number} is not signed by the log's keys`);
  return claim;
}

/** The last one is never thinned: it has the cosigner's signature too. */
function lastClaimOf(checkpoint: StoredCheckpoint, keys: readonly VerifierKey[], report: (sentence: string) => void): TreeHead | null {
  const claim = claimOf(checkpoint, keys, report);
  if (claim !== null && !isSignedBy(checkpoint.note + checkpoint.cosignatures, keys)) report(`checkpoint ${checkpoint.number} is not cosigned by the log's keys`);
  return claim;
}

function follows(checkpoint: StoredCheckpoint, before: StoredCheckpoint | null): boolean {
  if (before === null) return checkpoint.number === 1 && checkpoint.previousHash === null;
  const hash = sha256(Buffer.from(before.note, 'utf8'));
  return checkpoint.number === before.number + 1 && checkpoint.size >= before.size && checkpoint.previousHash?.equals(hash) === true;
}
