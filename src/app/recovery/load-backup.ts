import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Config } from '#platform/config/config.js';
import { type CopiedTable, TableCopy } from '#platform/database/table-copy.js';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { parseContentDigest } from '#pure/oci/content-digest.js';
import type { SealRow } from '../../modules/crypto/domain/seal.js';
import { automaticSeal } from '../../modules/crypto/seals/configured-seals.js';
import { isKeyOf, refuseOtherType } from '../../modules/crypto/seals/seal-opening.js';
import { SealRefusal } from '../../modules/crypto/seals/seal-refusal.js';
import { makeDirectory } from '../../modules/registry/persistence/storage/durable-files.js';
import { openBlobFiles, registryDirectory } from '../../modules/registry/persistence/storage/open-blob-files.js';
import { type BackupReader, type ListedFile, tablePath } from './backup-directory.js';
import type { Manifest } from './manifest.js';
import { RecoveryRefusal } from './recovery-refusal.js';
import { lastCheckpoint, LEFT_OUT, MIGRATIONS, SCHEMAS } from './what-is-copied.js';

/** Refuses what no loading would mend: another version, or a key that opens nothing in it. Nothing was touched yet. */
export async function refuseUnfitBackup(config: Config, { schema, seal }: Manifest): Promise<void> {
  const differs = schema.length !== MIGRATIONS.length || schema.some((name, index) => name !== MIGRATIONS[index]);
  if (differs) throw new RecoveryRefusal('the backup is of another version of the schema: restore it with the version that made it, and migrate then');
  if (seal === null) return;
  const row = { type: seal.type, parameters: seal.parameters, checkValue: Buffer.from(seal.checkValue, 'hex') } as SealRow;
  refuseOtherType(row, config.seal.type);
  // Null: people hold the shares, and give them when the keys are needed.
  const own = automaticSeal(config, new SystemRandomness(), new SystemClock());
  if (own !== null && !isKeyOf(row, await own.open(row.parameters))) throw new SealRefusal(own.wrongKey);
}

/** Where a restore stands on this database. */
export type Standing = 'empty' | 'begun' | 'used';

/**
 * `begun` only by this backup: another one finds a database that is in use. A first start leaves a seal, and every deed an
 * entry. A database of another version is somebody's, too, and is not migrated to find out.
 */
export async function standingOf(copy: TableCopy, digest: string): Promise<Standing> {
  const [schema] = await copy.rows<{ isMade: boolean }>(`SELECT to_regclass('platform.migration') IS NOT NULL AS "isMade"`);
  if (!schema!.isMade) return 'empty';
  const migrations = await copy.rows<{ name: string }>('SELECT name FROM platform.migration');
  if (migrations.length === 0) return 'empty';
  if (migrations.length !== MIGRATIONS.length || migrations.some(({ name }) => !MIGRATIONS.includes(name))) return 'used';
  const [row] = await copy.rows<{ begun: string | null; used: boolean }>(
    `SELECT (SELECT backup FROM platform.restoration) AS begun,
            EXISTS (SELECT FROM crypto.seal) OR EXISTS (SELECT FROM audit.entry) OR EXISTS (SELECT FROM auth.principal) OR EXISTS (SELECT FROM registry.blob) AS used`,
  );
  if (row!.begun === digest) return 'begun';
  return row!.used || row!.begun !== null ? 'used' : 'empty';
}

/**
 * Loads all tables in one transaction, and leaves the row by which no server starts until the restore has come to its
 * end. A file that is not the one which the backup was made with takes everything back.
 */
export async function loadTables(url: string, backup: BackupReader): Promise<readonly CopiedTable[]> {
  const { manifest, digest } = backup;
  const files = await tableFiles(backup);
  return TableCopy.run(url, 'WRITE', SCHEMAS, async (copy) => {
    const tables = await copy.tables(LEFT_OUT);
    refuseOtherTables(manifest, tables);
    await copy.lock(tables);
    // Again, now that nobody can make use of the database any more.
    if ((await standingOf(copy, digest)) !== 'empty') throw new RecoveryRefusal('the database is not empty any more: a server has started on it');
    await copy.replace(tables, async () => {
      for (const table of tables) await loadTable(copy, backup, table, files.get(tablePath(table.name))!, manifest);
    });
    await copy.setSequences(manifest.sequences);
    await refuseOtherLedger(copy, manifest);
    await copy.rows('INSERT INTO platform.restoration (backup) VALUES ($1)', [digest]);
    return tables;
  });
}

async function tableFiles(backup: BackupReader): Promise<ReadonlyMap<string, ListedFile>> {
  const files = new Map<string, ListedFile>();
  for await (const file of backup.files()) if (file.path.startsWith('database/')) files.set(file.path, file);
  return files;
}

function refuseOtherTables(manifest: Manifest, tables: readonly CopiedTable[]): void {
  const columnsOf = new Map(manifest.tables.map(({ name, columns }) => [name, columns.join()]));
  const other = tables.find(({ name, columns }) => columnsOf.get(name) !== columns.join());
  if (other !== undefined || columnsOf.size !== tables.length) throw new RecoveryRefusal(`the tables of the backup are not those of this version${other === undefined ? '' : `: ${other.name} differs`}`);
}

async function loadTable(copy: TableCopy, backup: BackupReader, table: CopiedTable, file: ListedFile, manifest: Manifest): Promise<void> {
  const rows = copy.in(table);
  await pipeline(backup.read(file), createGunzip(), rows);
  const expected = manifest.tables.find(({ name }) => name === table.name)!.rows;
  if (rows.rowCount !== expected) throw new RecoveryRefusal(`${file.path} has ${rows.rowCount} rows, and the manifest says ${expected}`);
}

/** What the manifest promises of the ledger is what the rows say. */
async function refuseOtherLedger(copy: TableCopy, { ledger }: Manifest): Promise<void> {
  const found = await lastCheckpoint(copy);
  const isSame = found === null ? ledger === null : ledger !== null && found.origin === ledger.origin && found.size === ledger.size && found.root.toString('hex') === ledger.root;
  if (!isSame) throw new RecoveryRefusal('the last checkpoint in the backup is not the one that its manifest names');
}

const SUFFIX_BYTES = 8;

/** Before the rows: a row is never without its bytes. Content-addressed, so that doing it again does no harm. Returns how many. */
export async function putBlobsBack(config: Config, backup: BackupReader): Promise<number> {
  if (backup.manifest.blobs === null) return 0;
  const blobs = await openBlobFiles(config);
  // On the file system of the store, which takes files over by renaming them.
  const spool = join(registryDirectory(config), 'uploads');
  await makeDirectory(spool);
  let count = 0;
  for await (const file of backup.files()) {
    const [kind, algorithm, hex] = file.path.split('/');
    if (kind !== 'blobs') continue;
    const digest = parseContentDigest(`${algorithm}:${hex}`);
    if (digest === null) throw new RecoveryRefusal(`${file.path} is not the name of a blob`);
    const path = join(spool, `restored-${new SystemRandomness().bytes(SUFFIX_BYTES).toString('hex')}`);
    try {
      await pipeline(backup.read(file), createWriteStream(path, { flags: 'wx', mode: 0o400, flush: true }));
      await blobs.keep(digest, path);
    } finally {
      await rm(path, { force: true });
    }
    count += 1;
  }
  return count;
}
