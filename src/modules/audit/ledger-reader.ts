import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { consistencyProof, inclusionProof, tilesForConsistency, tilesForInclusion } from '#pure/merkle/proof.js';
import { TILE_WIDTH, type TileCoordinate, tileKey, tileWidth } from '#pure/merkle/tile.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { isJsonObject, type JsonObject } from '#pure/canonical-json/json-value.js';
import { formatEntryBundle } from '#pure/transparency-log/entry-bundle.js';
import { formatTlogProof } from '#pure/transparency-log/tlog-proof.js';
import { formatVerifierKey, type VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type Reading, UnitOfWork } from '#platform/database/unit-of-work.js';
import { CHECKPOINT_PURPOSES, checkpointKey } from './checkpoint-note.js';
import { projectOfEntry } from './domain/ocsf-entry.js';
import { readEntryObject } from './domain/search-row.js';
import type { FoundEntry } from './domain/search-filter.js';
import { EntryRepository } from './persistence/entry.repository.js';
import { TreeRepository } from './persistence/tree.repository.js';

const READER = systemPrincipal('ledger-reader');

/** A page that the database looks through: 20 ms, and a body of some hundred bytes for each that is found. */
const SCANNED_ENTRIES = 5_000;

/** What an entry says in its own words. Whoever may append may have written it. */
export interface RecordedEntry {
  readonly id: string;
  readonly code: string;
  readonly facts: JsonObject;
}

/**
 * Reads of the published log. Everything is given out as of the last published checkpoint: what is not signed, and by as
 * many witnesses as were promised, is not shown.
 */
@Injectable()
export class LedgerReader {
  private hasFormer = false;

  constructor(
    private readonly units: UnitOfWork,
    private readonly entries: EntryRepository,
    private readonly tree: TreeRepository,
    private readonly keyring: Keyring,
  ) {}

  /**
   * The entry's receipt: a C2SP tlog-proof with the entry's bytes as extra data. `pending` while no checkpoint covers
   * it (for a second or so), null when there is no such entry.
   */
  receipt(entryId: string): Promise<Buffer | 'pending' | null> {
    return this.units.read(READER, async (reading) => {
      const entry = await this.tree.published(reading, entryId);
      if (entry === null) return null;
      if (entry.proven === null) return 'pending';
      const { index, size, note } = entry.proven;
      // Tiles only grow: a later snapshot holds all that the checkpoint's tree is made of.
      const hashes = await this.inclusion(reading, index, size);
      return Buffer.from(formatTlogProof({ extra: entry.body, index, hashes, checkpoint: parseNote(Buffer.from(note, 'utf8')) }), 'utf8');
    });
  }

  /** The entry at its place; `pending` while no checkpoint covers it, null when there is no such entry, or its body was pruned. */
  async entry(entryId: string): Promise<FoundEntry | 'pending' | null> {
    const entry = await this.units.read(READER, (reading) => this.tree.published(reading, entryId));
    if (entry === null) return null;
    return entry.proven === null ? 'pending' : { index: entry.proven.index, id: entryId, body: entry.body };
  }

  /**
   * Entries whose code begins so, that were recorded from then on, in the order of their ids, page by page. They are those that
   * the caller's transaction sees, under a checkpoint or not: who compares them with rows of its own wants the same snapshot
   * of both. An id has the time of the process that gave it: `sinceMillis` allows for clocks that differ.
   */
  async *recordedSince(reading: Reading, codePrefix: string, sinceMillis: number): AsyncGenerator<readonly RecordedEntry[]> {
    const marker = Buffer.from(`"event_code":"${codePrefix}`, 'utf8');
    let after = `${Math.max(0, sinceMillis).toString(16).padStart(12, '0').replace(/^(.{8})(.{4})$/, '$1-$2')}-0000-0000-000000000000`;
    for (;;) {
      const page = await this.entries.containing(reading, marker, after, SCANNED_ENTRIES);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
      const found = page.flatMap(({ id, body }) => recordedOf(id, body, codePrefix) ?? []);
      if (found.length > 0) yield found;
    }
  }

  /** The project that an entry belongs to, null for one of the whole server; `undefined` when there is no such entry. */
  async projectOf(entryId: string): Promise<string | null | undefined> {
    const body = await this.units.read(READER, (reading) => this.entries.body(reading, entryId));
    return body === null ? undefined : projectOfEntry(body);
  }

  /** The digests of what the request worked on, in its order, where the entry had room only for their root; null where it tells them itself. */
  items(entryId: string): Promise<readonly Buffer[] | null> {
    return this.units.read(READER, (reading) => this.entries.items(reading, entryId));
  }

  /** Whether the entry's body is gone by its retention; its place in the log is proven all the same. */
  isPruned(entryId: string): Promise<boolean> {
    return this.units.read(READER, (reading) => this.entries.isPruned(reading, entryId));
  }

  /** The last published checkpoint's note with all its signatures; null before the first. */
  checkpoint(): Promise<string | null> {
    return this.units.read(READER, async (reading) => {
      const shown = await this.tree.shownCheckpoint(reading);
      return shown === null ? null : shown.note + shown.cosignatures;
    });
  }

  /** C2SP verifier keys, one for each key version that may have signed what is still to be verified. Empty before the log has its name. */
  async verifierKeys(): Promise<readonly string[]> {
    const origin = await this.units.run(READER, (tx) => this.tree.origin(tx));
    if (origin === null) return [];
    const keys = await Promise.all(
      CHECKPOINT_PURPOSES.map(async (purpose): Promise<VerifierKey[]> => {
        const verifiers = await this.keyring.verifiers(purpose);
        return verifiers.map((verifier) => checkpointKey(origin, purpose, verifier));
      }),
    );
    return keys.flat().map(formatVerifierKey);
  }

  /** A hash tile of the published tree, at exactly this width; null where the tree of the last checkpoint has none. */
  tile(tile: TileCoordinate): Promise<Buffer | null> {
    return this.units.read(READER, async (reading) => {
      const checkpoint = await this.tree.shownCheckpoint(reading);
      if (checkpoint === null || tile.width > tileWidth(tile.level, tile.index, checkpoint.size)) return null;
      return (await this.tree.tiles(reading, [tile])).get(tileKey(tile)) ?? null;
    });
  }

  /**
   * Whether another log stood under the same addresses before this one: a tile is then not what it once was. To be asked
   * after the bytes were read, or those of the successor could be given out as if nothing had come before.
   */
  async isSuccessor(): Promise<boolean> {
    // A log that succeeded another stays a successor.
    this.hasFormer ||= await this.units.read(READER, (reading) => this.tree.hasFormer(reading));
    return this.hasFormer;
  }

  /**
   * An entry bundle of the published tree: entries `index * 256` on, exactly `width` of them. Null where the tree has
   * none, and where all of it stands below the minimum index: what was pruned is not published any more.
   */
  bundle(index: number, width: number): Promise<Buffer | null> {
    return this.units.read(READER, async (reading) => {
      const size = (await this.tree.shownCheckpoint(reading))?.size ?? 0;
      if (width > tileWidth(0, index, size)) return null;
      const from = index * TILE_WIDTH;
      const { bodies, minimumIndex } = await this.entries.bundle(reading, from, width);
      if (from + TILE_WIDTH <= minimumIndex) return null;
      const gap = bodies.findIndex((body) => body === null);
      if (bodies.length < width || gap !== -1) throw new Error(`leaf ${from + (gap === -1 ? bodies.length : gap)} has no entry`);
      return formatEntryBundle(bodies as Buffer[]);
    });
  }

  /** Audit path of a leaf in the tree of the last checkpoint; null while that does not cover it, or there is no such entry. */
  inclusionProof(entryId: string): Promise<{ index: number; size: number; hashes: readonly Buffer[] } | null> {
    return this.units.read(READER, async (reading) => {
      const index = await this.tree.leafIndex(reading, entryId);
      const size = (await this.tree.shownCheckpoint(reading))?.size ?? 0;
      if (index === null || index >= size) return null;
      return { index, size, hashes: await this.inclusion(reading, index, size) };
    });
  }

  /** That the first `oldSize` leaves began the tree of `size`; null unless `0 < oldSize <= size <= published size`. */
  consistencyProof(oldSize: number, size: number): Promise<readonly Buffer[] | null> {
    return this.units.read(READER, async (reading) => {
      const published = (await this.tree.shownCheckpoint(reading))?.size ?? 0;
      if (oldSize < 1 || oldSize > size || size > published) return null;
      const reader = await this.tree.tileReader(reading, tilesForConsistency(oldSize, size));
      return consistencyProof(oldSize, size, reader);
    });
  }

  private async inclusion(reading: Reading, index: number, size: number): Promise<Buffer[]> {
    return inclusionProof(index, size, await this.tree.tileReader(reading, tilesForInclusion(index, size)));
  }
}

/** Null for what only has the bytes somewhere in it. */
function recordedOf(id: string, body: Buffer | null, codePrefix: string): RecordedEntry | null {
  const entry = body === null ? null : readEntryObject(body);
  if (entry === null || !isJsonObject(entry.metadata)) return null;
  const code = entry.metadata.event_code;
  if (typeof code !== 'string' || !code.startsWith(codePrefix)) return null;
  return { id, code, facts: isJsonObject(entry.unmapped) ? entry.unmapped : {} };
}
