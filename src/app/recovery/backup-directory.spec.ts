import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { BackupReader, BackupWriter, type ListedFile, tablePath } from './backup-directory.js';
import { RecoveryRefusal } from './recovery-refusal.js';

const scratch = mkdtempSync(join(tmpdir(), 'backup-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const TABLE = { name: 'auth.principal', columns: ['id'], rows: 1 };
const PATH = tablePath(TABLE.name);

async function backupOf(name: string, contents: string): Promise<string> {
  const directory = join(scratch, name);
  const writer = await BackupWriter.begin(directory, 'a');
  await writer.add(PATH, [Readable.from([Buffer.from(contents)])]);
  await writer.finish({ takenAt: '2026-11-23T12:00:00.000Z', productVersion: '0.1.0', schema: [], seal: null, ledger: null, tables: [TABLE], sequences: [], blobs: null }, () => Promise.resolve());
  return directory;
}

async function filesOf(backup: BackupReader): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  for await (const file of backup.files()) files.push(file);
  return files;
}

describe('a backup that is read', () => {
  it('is the one that was written, in each pass over it', async () => {
    const backup = await BackupReader.open(await backupOf('whole', 'one owner'));
    await backup.verify();
    for (let pass = 0; pass < 2; pass += 1) {
      const [file, ...others] = await filesOf(backup);
      assert.deepEqual([file?.path, others], [PATH, []]);
      assert.equal(await text(backup.read(file!)), 'one owner');
    }
  });

  it('is refused when its list and a file of it are exchanged after it was verified', async () => {
    const directory = await backupOf('exchanged', 'one owner');
    const backup = await BackupReader.open(directory);
    await backup.verify();
    writeFileSync(join(directory, PATH), 'my owner!');
    writeFileSync(join(directory, 'SHA256SUMS'), `${createHash('sha256').update('my owner!').digest('hex')}  ${PATH}\n`);
    await assert.rejects(filesOf(backup), (error) => error instanceof RecoveryRefusal && error.message.startsWith('SHA256SUMS is not the file'));
  });
});
