import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Config } from '#platform/config/config.js';
import { type CopiedTable, TableCopy } from '#platform/database/table-copy.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import { RELEASE } from '#pure/release/release.js';
import { liesInside } from '../../modules/crypto/seals/root-key-file.js';
import type { BlobFiles, StoredFile } from '../../modules/registry/persistence/storage/blob-files.js';
import { openBlobFiles } from '../../modules/registry/persistence/storage/open-blob-files.js';
import { BackupWriter, tablePath } from './backup-directory.js';
import type { Manifest } from './manifest.js';
import { RecoveryRefusal } from './recovery-refusal.js';
import { lastCheckpoint, LEFT_OUT, MIGRATIONS, SCHEMAS } from './what-is-copied.js';

export interface BackupOrder {
  readonly destination: string;
  /** False where the bucket that keeps them has backups of its own. */
  readonly withBlobs: boolean;
  /** Records it, in the ledger of the database that it is a backup of. What rejects leaves no backup. */
  record(digest: string, manifest: Omit<Manifest, 'list'>): Promise<void>;
}

export interface Backup extends Omit<Manifest, 'list'> {
  readonly digest: string;
  readonly bytes: number;
}

/** Text and hex shrink to a half at the first level, at the speed of a disk; what is encrypted shrinks at none. */
const GZIP = { level: 1 } as const;
const BLOB_PAGE = 500;
const READ_BYTES = 1024 * 1024;
const SUFFIX_BYTES = 4;

/**
 * A backup of the database in one snapshot, and of the blobs that its rows name. Beside a running server, which notices
 * nothing: readers hold no writer up, and a blob is never written again under its name. The snapshot comes first, so that
 * whatever it names was durable before; what is collected meanwhile, nobody may read any more, and it is counted.
 */
export async function takeBackup(config: Config, url: string, order: BackupOrder): Promise<Backup> {
  const destination = resolve(order.destination);
  await refusePlace(config, destination);
  const writer = await BackupWriter.begin(destination, new SystemRandomness().bytes(SUFFIX_BYTES).toString('hex'));
  try {
    const manifest = await TableCopy.run(url, 'READ', SCHEMAS, (copy) => copyAll(config, copy, writer, order.withBlobs));
    const digest = await writer.finish(manifest, (of) => order.record(of, manifest));
    return { ...manifest, digest, bytes: writer.bytesWritten };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** One thief, or one failing disk, must not have both: a backup and the key to it, or the data and its backup. */
async function refusePlace({ rootKeyFile, dataDirectory, ledger, seal }: Config, destination: string): Promise<void> {
  const places: readonly (readonly [string, string])[] = [
    ...(seal.type === 'key-file' ? [[dirname(resolve(rootKeyFile)), 'the directory of the root key: whoever takes the backup would have the key to it'] as const] : []),
    [dataDirectory, 'the data directory: what destroys the one would destroy the other'],
    [ledger.anchorDirectory, 'the directory of the anchors, which tell whether a backup is the newest'],
  ];
  for (const [directory, what] of places) {
    if (await liesInside(destination, directory)) throw new RecoveryRefusal(`${destination} lies in ${what}. Name another place`);
  }
}

async function copyAll(config: Config, copy: TableCopy, writer: BackupWriter, withBlobs: boolean): Promise<Omit<Manifest, 'list'>> {
  // The first statement takes the snapshot; the clock is read before it, so that nothing in it is younger than it says.
  const takenAt = new SystemClock().now().toISOString();
  await refuseOtherSchema(copy);
  const ledger = await lastCheckpoint(copy);
  const [seal] = await copy.rows<{ type: string; parameters: Record<string, unknown>; check: string }>(`SELECT type, parameters, encode(check_value, 'hex') AS check FROM crypto.seal`);
  const tables = [];
  for (const table of await copy.tables(LEFT_OUT)) tables.push(await copyTable(copy, writer, table));
  return {
    takenAt,
    productVersion: RELEASE.version,
    schema: MIGRATIONS,
    seal: seal === undefined ? null : { type: seal.type, parameters: seal.parameters, checkValue: seal.check },
    ledger: ledger === null ? null : { origin: ledger.origin, size: ledger.size, root: ledger.root.toString('hex') },
    tables,
    sequences: await copy.sequences(),
    blobs: withBlobs ? await copyBlobs(copy, writer, await openBlobFiles(config)) : null,
  };
}

async function refuseOtherSchema(copy: TableCopy): Promise<void> {
  const rows = await copy.rows<{ name: string }>('SELECT name FROM platform.migration').catch(() => []);
  const names = new Set(rows.map(({ name }) => name));
  if (names.size !== MIGRATIONS.length || !MIGRATIONS.every((name) => names.has(name))) throw new RecoveryRefusal('the database is not of this version: let the version that it belongs to make its backup');
  const [unfinished] = await copy.rows('SELECT FROM platform.restoration');
  if (unfinished !== undefined) throw new RecoveryRefusal('a restore of this database did not come to its end: finish it first');
}

async function copyTable(copy: TableCopy, writer: BackupWriter, table: CopiedTable): Promise<Manifest['tables'][number]> {
  const rows = copy.out(table);
  await writer.add(tablePath(table.name), [rows, createGzip(GZIP)]);
  return { name: table.name, columns: table.columns, rows: rows.rowCount };
}

async function copyBlobs(copy: TableCopy, writer: BackupWriter, files: BlobFiles): Promise<NonNullable<Manifest['blobs']>> {
  let [count, absent] = [0, 0];
  const before = writer.bytesWritten;
  for (let after = '', page = await pageOf(copy, after); page.length > 0; page = await pageOf(copy, after)) {
    for (const text of page) {
      after = text;
      const file = await files.open(parseContentDigest(text)!);
      if (file === null) absent += 1;
      else {
        await writer.add(`blobs/${text.replace(':', '/')}`, [Readable.from(chunksOf(file), { objectMode: false })]);
        count += 1;
      }
    }
  }
  return { count, absent, bytes: writer.bytesWritten - before };
}

async function pageOf(copy: TableCopy, after: string): Promise<readonly string[]> {
  const rows = await copy.rows<{ digest: string }>(`SELECT digest FROM registry.blob WHERE digest COLLATE "C" > $1 AND state <> 'deleting' ORDER BY digest COLLATE "C" LIMIT ${BLOB_PAGE}`, [after]);
  return rows.map(({ digest }) => digest);
}

async function* chunksOf(file: StoredFile): AsyncGenerator<Buffer> {
  try {
    for (let position = 0; position < file.lengthBytes; ) {
      const chunk = await file.read(position, READ_BYTES);
      if (chunk.length === 0) return;
      position += chunk.length;
      yield chunk;
    }
  } finally {
    await file.close();
  }
}
