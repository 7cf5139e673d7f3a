import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { leafHash } from '#pure/merkle/hashing.js';
import { readerOf, TILE_WIDTH } from '#pure/merkle/tile.js';
import { newTilesFor } from '#pure/merkle/tile-append.js';
import { formatCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { formatEntryBundle } from '#pure/transparency-log/entry-bundle.js';
import { formatNote } from '#pure/transparency-log/note.js';
import { type NoteSigner, signNote } from '#pure/transparency-log/note-signature.js';
import { formatTilePath } from '#pure/transparency-log/tile-path.js';
import { LOG_COSIGNER, LOG_SIGNER, SAMPLE_ORIGIN, SAMPLE_SECONDS } from './sample-log.js';

/** The files of a log as c2sp.org/tlog-tiles lays them out, made by the writer's own code. */
export async function writeLogDirectory(directory: string, size: number, signers: readonly NoteSigner[] = [LOG_SIGNER, LOG_COSIGNER]): Promise<void> {
  const entries = Array.from({ length: size }, (_, index) => sampleEntry(index));
  const { tiles } = newTilesFor(0, entries.map(leafHash), readerOf([]));
  for (const tile of tiles) await writeAt(directory, formatTilePath({ kind: 'hashes', ...tile }), tile.bytes);
  for (let index = 0; index * TILE_WIDTH < size; index += 1) {
    const bundle = entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
    await writeAt(directory, formatTilePath({ kind: 'entries', index, width: bundle.length }), formatEntryBundle(bundle));
  }
  await writeAt(directory, 'checkpoint', Buffer.from(await sampleCheckpoint(size, signers), 'utf8'));
}

export function sampleEntry(index: number): Buffer {
  return Buffer.from(`{"entry":${index}}`, 'utf8');
}

/** Of the first so many sample entries, or of any root that is given. */
export async function sampleCheckpoint(size: number, signers: readonly NoteSigner[] = [LOG_SIGNER, LOG_COSIGNER], root?: Buffer, origin = SAMPLE_ORIGIN): Promise<string> {
  const derived = root ?? newTilesFor(0, Array.from({ length: size }, (_, index) => leafHash(sampleEntry(index))), readerOf([])).root;
  return formatNote(await signNote(formatCheckpoint({ origin, size, root: derived, extensions: [] }), signers, SAMPLE_SECONDS));
}

export async function writeAt(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), bytes);
}
