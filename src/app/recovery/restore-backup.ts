import { join } from 'node:path';
import type { Config } from '#platform/config/config.js';
import type { DatabaseUrls } from '#platform/database/database-urls.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { analyse, TableCopy } from '#platform/database/table-copy.js';
import { crashPoint } from '#platform/system/crash-points.js';
import { SCHEMA } from '../../../migrations/index.js';
import { ERASURE_JOURNAL, type ErasureNote, readErasureJournal } from '../../modules/audit/privacy/erasure-journal.js';
import { BackupReader } from './backup-directory.js';
import { type Finished, finishRestore } from './finish-restore.js';
import { loadTables, putBlobsBack, refuseUnfitBackup, type Standing, standingOf } from './load-backup.js';
import { RecoveryRefusal } from './recovery-refusal.js';
import { type Getter, withRestoredServer } from './restored-server.js';
import { SCHEMAS } from './what-is-copied.js';

export interface RestoreOrder {
  readonly directory: string;
  /** The journal of erasures; null: the one beside the anchors. */
  readonly erasures: string | null;
  /** Nobody knows who was erased since, and the operator says that it is to be done all the same. */
  readonly withoutErasures: boolean;
  /** Which backup it must be; null: whichever it is. */
  readonly digest: string | null;
  readonly withPrograms: boolean;
}

export interface RestoreHands {
  tell(line: string): void;
  /** Opens the seal of what was loaded. Rejects with `SealRefusal`. */
  unseal(get: Getter): Promise<void>;
}

/**
 * From an empty database to one that a server may start on, in steps that can each be done again: everything is looked at
 * before anything is changed; bytes come before the rows that name them; all rows come in one transaction, with the row by
 * which no server starts; and what has to be done before one may is another, which takes that row away.
 */
export async function restoreBackup(config: Config, urls: DatabaseUrls, order: RestoreOrder, hands: RestoreHands): Promise<Finished> {
  const backup = await BackupReader.open(order.directory);
  if (order.digest !== null && order.digest !== backup.digest) throw new RecoveryRefusal(`the backup has the digest ${backup.digest}, and not the one that was given`);
  await refuseUnfitBackup(config, backup.manifest);
  const erasures = await erasuresSince(config, order);
  const found = await standing(urls, backup);
  await backup.verify();
  hands.tell(`The backup of ${backup.manifest.takenAt} is whole: every file is the one that it was made with.`);
  if (found === 'empty') await load(config, urls, backup, hands);
  crashPoint('recovery.restore.after-load');
  return withRestoredServer(config, urls.migration, hands.tell, async (get) => {
    await hands.unseal(get);
    return finishRestore(get, backup, { erasures, withPrograms: order.withPrograms });
  });
}

/** Default deny: without a journal, who was forgotten would be remembered again, and nobody would notice. */
async function erasuresSince({ ledger }: Config, { erasures, withoutErasures }: RestoreOrder): Promise<readonly ErasureNote[]> {
  if (withoutErasures) return [];
  const path = erasures ?? join(ledger.anchorDirectory, ERASURE_JOURNAL);
  const notes = await readErasureJournal(path);
  if (notes !== null) return notes;
  throw new RecoveryRefusal(`there is no journal of erasures at ${path}: whoever was erased since the backup would be brought back. Give it by --erasures FILE (it stands beside the anchors of each machine that kept the ledger), or say --without-erasures and repeat them by hand`);
}

async function standing(urls: DatabaseUrls, backup: BackupReader): Promise<Standing> {
  const found = await TableCopy.run(urls.migration, 'READ', SCHEMAS, (copy) => standingOf(copy, backup.digest));
  if (found === 'used') throw new RecoveryRefusal('the database is not empty: a backup is restored into one that no server has ever started on, nor another backup been loaded into');
  return found;
}

async function load(config: Config, urls: DatabaseUrls, backup: BackupReader, { tell }: RestoreHands): Promise<void> {
  await migrateUp(urls, SCHEMA);
  const blobs = await putBlobsBack(config, backup);
  if (backup.manifest.blobs !== null) tell(`${blobs} blobs are back.`);
  const tables = await loadTables(urls.migration, backup);
  tell(`${tables.length} tables are loaded.`);
  await analyse(urls.migration, tables);
}
