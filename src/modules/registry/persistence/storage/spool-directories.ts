import { copyFile, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, syncDirectory, unlessAbsent } from './durable-files.js';
import { discardUpload, isRestOf, SpooledUpload } from './spooled-upload.js';

/**
 * Uploads lie in a directory of the process that works on them, below one that all processes see: nobody ever writes a file
 * that another has open. Records of one upload open under one key, so that two that wrote one file, as when a client sends again
 * to one server what another still reads, would make a blob of the bytes of both, under the digest of one.
 *
 * An upload that another process has is copied, and then its file is unlinked: whoever still works on that one writes to a file
 * without a name, and cannot give it a blob's. So it does not matter whether they are dead, slow or far away, and the
 * last who came goes on. A crash before the end leaves both, of which the longer is the one.
 */
export class SpoolDirectories {
  readonly own: string;

  constructor(
    private readonly root: string,
    owner: string,
  ) {
    this.own = join(root, owner);
  }

  /** Bytes that are here: our own, or those of whoever else has the upload. */
  async received(id: string): Promise<number> {
    if (await this.has(id)) return SpooledUpload.received(this.own, id);
    const counts = await Promise.all((await this.others()).map((directory) => SpooledUpload.received(directory, id)));
    return Math.max(0, ...counts);
  }

  /** Makes the upload this process's own. True when it was another's: nothing that is remembered of it holds. */
  async take(id: string): Promise<boolean> {
    await makeDirectory(this.own);
    if (await this.has(id)) return false;
    const others = await this.others();
    const held = await Promise.all(others.map(async (directory) => ({ directory, received: await SpooledUpload.received(directory, id) })));
    const longest = held.reduce<(typeof held)[number] | null>((best, each) => (each.received > (best?.received ?? 0) ? each : best), null);
    if (longest !== null) await this.copy(longest.directory, id);
    for (const directory of others) await discardUpload(directory, id);
    return longest !== null;
  }

  async discard(id: string): Promise<void> {
    for (const directory of await this.directories()) await discardUpload(directory, id);
  }

  /** Removes what nobody has written to since, and directories of processes that are gone. Returns how many files. */
  async sweep(oldestMillis: number): Promise<number> {
    let removed = 0;
    for (const directory of await this.directories()) {
      for (const name of await namesIn(directory)) {
        const path = join(directory, name);
        const found = await unlessAbsent(stat(path));
        if (found === null || found.mtimeMs >= oldestMillis) continue;
        await unlink(path).then(() => (removed += 1), () => {}); // Another replica's sweep was faster.
      }
      const found = await unlessAbsent(stat(directory));
      // Its owner makes it anew when it is alive.
      if (found !== null && found.mtimeMs < oldestMillis) await rmdir(directory).catch(() => {});
    }
    return removed;
  }

  /** Durable before the other is unlinked: its bytes were acknowledged. Half a copy is never taken for one, and leaves no room taken. */
  private async copy(from: string, id: string): Promise<void> {
    const rests = (await namesIn(from)).filter((name) => isRestOf(name, id));
    const unfinished = join(this.own, `${id}.taken`);
    for (const name of await namesIn(this.own)) if (isRestOf(name, id)) await unlink(join(this.own, name)); // Of what another took from us.
    try {
      for (const name of rests) await copyDurably(join(from, name), join(this.own, name));
      await copyDurably(join(from, id), unfinished);
      await rename(unfinished, join(this.own, id));
    } catch (cause) {
      for (const path of [unfinished, ...rests.map((name) => join(this.own, name))]) await unlink(path).catch(() => {});
      throw cause;
    }
    await syncDirectory(this.own);
  }

  private async has(id: string): Promise<boolean> {
    return (await unlessAbsent(stat(join(this.own, id)))) !== null;
  }

  private async others(): Promise<readonly string[]> {
    return (await this.directories()).filter((directory) => directory !== this.own);
  }

  private async directories(): Promise<readonly string[]> {
    return (await namesIn(this.root)).map((name) => join(this.root, name));
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await unlessAbsent(unlink(to)); // Of a copy that a crash has left half.
  await copyFile(from, to);
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return (await unlessAbsent(readdir(directory))) ?? [];
}
