import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createRootKeyFile, liesInside, readRootKeyFile } from './root-key-file.js';
import { SealRefusal } from './seal-refusal.js';

let directory: string;
let count = 0;
before(() => (directory = mkdtempSync(join(tmpdir(), 'root-key-'))));
after(() => rmSync(directory, { recursive: true }));

function fileWith(mode: number, bytes = 32): string {
  const path = join(directory, `key-${(count += 1)}`);
  writeFileSync(path, Buffer.alloc(bytes, 5));
  chmodSync(path, mode);
  return path;
}

const refusal = (matching: RegExp) => (error: unknown) => error instanceof SealRefusal && matching.test(error.message);

describe('reading a root key file', () => {
  for (const mode of [0o600, 0o400, 0o440, 0o640]) {
    it(`accepts mode ${mode.toString(8)}`, async () => assert.notEqual(await readRootKeyFile(fileWith(mode)), null));
  }
  for (const mode of [0o604, 0o602, 0o601, 0o620, 0o610, 0o644, 0o666, 0o777]) {
    it(`refuses mode ${mode.toString(8)}`, async () => assert.rejects(readRootKeyFile(fileWith(mode)), refusal(/open to other users/)));
  }

  it('says nothing is there when nothing is there', async () => assert.equal(await readRootKeyFile(join(directory, 'absent')), null));

  it('refuses a symbolic link, also to a good file', async () => {
    const link = join(directory, 'link');
    symlinkSync(fileWith(0o600), link);
    await assert.rejects(readRootKeyFile(link), refusal(/symbolic link/));
  });

  it('refuses a directory', async () => {
    const path = join(directory, 'directory');
    mkdirSync(path);
    await assert.rejects(readRootKeyFile(path), refusal(/not a regular file/));
  });

  for (const bytes of [0, 31, 33, 64]) {
    it(`refuses a file of ${bytes} bytes`, async () => assert.rejects(readRootKeyFile(fileWith(0o600, bytes)), refusal(new RegExp(`has ${bytes} bytes`))));
  }

  it('refuses a file of another user', { skip: process.getuid?.() !== 0 && 'only root can give a file away' }, async () => {
    const { chownSync } = await import('node:fs');
    const path = fileWith(0o600);
    chownSync(path, 65534, 65534);
    await assert.rejects(readRootKeyFile(path), refusal(/belongs to user 65534/));
  });
});

describe('creating a root key file', () => {
  it('makes 32 bytes that only the owner can read, in a directory that only the owner can enter', async () => {
    const path = join(directory, 'new', 'deep', 'root.key');
    assert.equal(await createRootKeyFile(path), true);
    const stats = statSync(path);
    assert.equal(stats.size, 32);
    assert.equal(stats.mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'new')).mode & 0o777, 0o700);
    assert.notEqual(await readRootKeyFile(path), null);
  });

  it('never touches a file that is there', async () => {
    const path = fileWith(0o600);
    const before = (await readRootKeyFile(path))!.checkValue();
    assert.equal(await createRootKeyFile(path), false);
    assert.ok((await readRootKeyFile(path))!.checkValue().equals(before));
  });

  it('makes one key, whole from the first moment, when eight replicas start at once, and leaves nothing beside it', async () => {
    const home = join(directory, 'race');
    const path = join(home, 'root.key');
    const replica = async (): Promise<[boolean, string]> => [await createRootKeyFile(path), (await readRootKeyFile(path))!.checkValue().toString('hex')];
    const outcomes = await Promise.all(Array.from({ length: 8 }, replica));
    assert.equal(outcomes.filter(([created]) => created).length, 1);
    assert.equal(new Set(outcomes.map(([, check]) => check)).size, 1);
    assert.deepEqual(readdirSync(home), ['root.key']);
  });
});

describe('liesInside', () => {
  it('sees through links and through directories that do not exist yet', async () => {
    const data = join(directory, 'data');
    mkdirSync(data);
    symlinkSync(data, join(directory, 'alias'));
    assert.equal(await liesInside(join(data, 'root.key'), data), true);
    assert.equal(await liesInside(join(directory, 'alias', 'deep', 'root.key'), data), true);
    assert.equal(await liesInside(join(data, '..', 'root.key'), data), false);
    assert.equal(await liesInside(join(directory, 'data-beside', 'root.key'), data), false);
    assert.equal(existsSync(join(directory, 'data-beside')), false);
  });
});
