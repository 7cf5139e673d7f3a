import { CompactRange, rootOfLeaves } from '#pure/merkle/compact-range.js';
import { EMPTY_ROOT, leafHash } from '#pure/merkle/hashing.js';
import { EvidenceError } from './evidence-error.js';
import { BUNDLE_BYTES_MAX, entriesOf, HASH_BYTES, pathOf, TILE_HASHES } from './log-files.js';
import type { LogSource } from './log-source.js';

/** Whoever reads the verdict has understood after this many sentences. */
const FINDINGS_MAX = 20;
/** Files that are read ahead: a server is some milliseconds away, and hashing a tile takes less. */
const AHEAD = 6;

export interface Walked {
  /** Sentences; empty when every hash agrees. */
  readonly findings: readonly string[];
  /** The derived root of the whole tree, and that of each size that was asked for. */
  readonly roots: ReadonlyMap<number, Buffer>;
}

export interface WalkSettings {
  readonly size: number;
  /** Smaller trees whose roots are wanted. */
  readonly sizes: readonly number[];
  /** Bundles that lie wholly below it may be missing. */
  readonly minimumIndex: number;
  readonly onProgress: (leaves: number) => void;
  readonly onFile: (path: string, bytes: Buffer) => Promise<void>;
}

interface Page {
  readonly index: number;
  readonly tile: Buffer;
  readonly entries: readonly Buffer[] | null;
}

/** Reads a whole log once, from its first entry on, and derives every hash above. Memory does not grow with the log. */
export async function walkTree(source: LogSource, settings: WalkSettings): Promise<Walked> {
  const walk = new Walk(source, settings);
  for await (const page of pagesOf(source, settings)) {
    await walk.take(page);
    settings.onProgress(walk.size);
    if (walk.findings.length >= FINDINGS_MAX) break;
  }
  if (walk.size === settings.size) await walk.end();
  return { findings: walk.findings, roots: walk.roots };
}

/** Tiles of level 0 with their bundles, in order, some of them read ahead. */
async function* pagesOf(source: LogSource, settings: WalkSettings): AsyncGenerator<Page> {
  const count = Math.ceil(settings.size / TILE_HASHES);
  const reading: Promise<Page>[] = [];
  for (let next = 0; next < count || reading.length > 0; ) {
    while (next < count && reading.length < AHEAD) {
      const page = readPage(source, settings, next);
      // One that fails while an earlier one is awaited is met in its turn.
      page.catch(() => undefined);
      reading.push(page);
      next += 1;
    }
    yield await reading.shift()!;
  }
}

async function readPage(source: LogSource, settings: WalkSettings, index: number): Promise<Page> {
  const width = Math.min(TILE_HASHES, settings.size - index * TILE_HASHES);
  const tile = await readTile(source, settings, 0, index, width);
  if (!source.hasEntries) return { index, tile, entries: null };
  const path = pathOf('entries', index, width);
  const bundle = await source.read(path, BUNDLE_BYTES_MAX);
  if (bundle === null) {
    if (index * TILE_HASHES + width <= settings.minimumIndex) return { index, tile, entries: null };
    throw new EvidenceError(`${path} is missing: its entries cannot be verified`);
  }
  const entries = entriesOf(bundle, width, path);
  await settings.onFile(path, bundle);
  return { index, tile, entries };
}

/** A partial tile may have gone when the full one came: the narrower is the beginning of the wider. */
async function readTile(source: LogSource, settings: WalkSettings, level: number, index: number, width: number): Promise<Buffer> {
  const path = pathOf(level, index, width);
  const exact = await source.read(path, width * HASH_BYTES);
  const bytes = exact ?? (width === TILE_HASHES ? null : (await source.read(pathOf(level, index, TILE_HASHES), TILE_HASHES * HASH_BYTES))?.subarray(0, width * HASH_BYTES));
  if (bytes === null || bytes === undefined) throw new EvidenceError(`${path} is missing`);
  if (bytes.length !== width * HASH_BYTES) throw new EvidenceError(`${path} has ${bytes.length} bytes and not ${width * HASH_BYTES}`);
  await settings.onFile(path, bytes);
  return bytes;
}

class Walk {
  readonly findings: string[] = [];
  readonly roots = new Map<number, Buffer>();
  private readonly range = new CompactRange();
  /** Of each level above the leaves, the hashes of the tile that is not full yet, and its place. */
  private readonly upper: { index: number; hashes: Buffer[] }[] = [];
  private readonly wanted: ReadonlySet<number>;

  constructor(
    private readonly source: LogSource,
    private readonly settings: WalkSettings,
  ) {
    this.wanted = new Set([...settings.sizes, settings.size]);
    if (this.wanted.has(0)) this.roots.set(0, EMPTY_ROOT);
  }

  get size(): number {
    return this.range.size;
  }

  async take({ index, tile, entries }: Page): Promise<void> {
    const hashes = Array.from({ length: tile.length / HASH_BYTES }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
    for (const [at, hash] of hashes.entries()) {
      const entry = entries?.[at];
      if (entry !== undefined && !leafHash(entry).equals(hash)) this.report(`entry ${index * TILE_HASHES + at} has another hash than its tile says`);
      this.range.append(hash);
      if (this.wanted.has(this.range.size)) this.roots.set(this.range.size, this.range.root());
    }
    if (hashes.length === TILE_HASHES) await this.rise(1, rootOfLeaves(hashes));
  }

  /** The tiles of the right edge, above the leaves. */
  async end(): Promise<void> {
    for (const [at, { index, hashes }] of this.upper.entries()) if (hashes.length > 0) await this.compare(at + 1, index, hashes);
  }

  private async rise(level: number, hash: Buffer): Promise<void> {
    const tile = (this.upper[level - 1] ??= { index: 0, hashes: [] });
    tile.hashes.push(hash);
    if (tile.hashes.length < TILE_HASHES) return;
    await this.compare(level, tile.index, tile.hashes);
    const root = rootOfLeaves(tile.hashes);
    this.upper[level - 1] = { index: tile.index + 1, hashes: [] };
    await this.rise(level + 1, root);
  }

  private async compare(level: number, index: number, hashes: readonly Buffer[]): Promise<void> {
    const stored = await readTile(this.source, this.settings, level, index, hashes.length);
    if (!stored.equals(Buffer.concat(hashes))) this.report(`${pathOf(level, index, hashes.length)} has other hashes than the tiles below it`);
  }

  private report(sentence: string): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push(sentence);
  }
}
