import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileRecord } from './loader/release-manifest.js';
import { isSeal, unreadable, type VerifiedFiles } from './loader/verified-files.js';
import type { Violation } from './loader/violation.js';

/** The first reading is over within a minute of the start, each further one within ten. */
const FIRST_TURNS = 60;
const TURNS = 600;
export const TURN_MILLIS = 1_000;

/**
 * Reads the running release over and over: modules were verified when they were loaded, and this finds what was changed
 * since, and what is read in other ways: pages, rules, programs. A turn takes some of the files, and leaves the thread
 * between two of them.
 */
export class ReleaseWatch {
  #reading: AsyncGenerator<Violation | null> | null = null;
  #turns = FIRST_TURNS;

  /** @param onRead after each reading that found everything as it was signed. */
  constructor(
    private readonly files: VerifiedFiles,
    private readonly onRead: () => void,
  ) {}

  /** What is wrong, if it came upon something. Rejects when it could not read on for want of descriptors or memory: it begins anew. */
  async turn(): Promise<Violation | null> {
    // What is on the disk, and what is on the list.
    const looks = Math.ceil((2 * this.files.manifest.files.size) / this.#turns);
    for (let looked = 0; looked < looks; looked += 1) {
      const { done, value } = await this.#next();
      if (done === true) {
        this.#reading = null;
        this.#turns = TURNS;
        this.onRead();
        return null;
      }
      if (value !== null) return value;
    }
    return null;
  }

  /** A reading that threw is over, and asked again would seem to have come to its end: it counts for nothing. */
  async #next(): Promise<IteratorResult<Violation | null>> {
    this.#reading ??= readOver(this.files);
    try {
      return await this.#reading.next();
    } catch (error) {
      this.#reading = null;
      throw error;
    }
  }
}

/** One file a step: first what lies there, then the contents of what is listed. */
async function* readOver(files: VerifiedFiles): AsyncGenerator<Violation | null> {
  for await (const found of walk(files.root, '')) {
    if (typeof found !== 'string') yield found;
    else if (!isSeal(found) && !files.manifest.files.has(found)) yield { reason: 'file-not-listed', file: found };
    yield null;
  }
  for (const [path, record] of files.manifest.files) yield await differs(files.root, path, record);
}

/** The paths of all files; a directory that cannot be looked into is a violation, for it may hold what nobody has signed. */
async function* walk(root: string, directory: string): AsyncGenerator<string | Violation> {
  try {
    for await (const entry of await opendir(join(root, directory))) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) yield* walk(root, path);
      else yield path;
    }
  } catch (error) {
    yield unreadable('directory-unreadable', directory, error);
  }
}

/** Read as a stream: among the files is a Node of more than a hundred MiB. */
async function differs(root: string, path: string, record: FileRecord): Promise<Violation | null> {
  try {
    const stat = await lstat(join(root, path));
    if (!stat.isFile()) return { reason: 'file-not-regular', file: path };
    if (stat.size !== record.sizeBytes) return { reason: 'size-differs', file: path, expected: String(record.sizeBytes), actual: String(stat.size) };
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(root, path)) as AsyncIterable<Buffer>) hash.update(chunk);
    const actual = hash.digest('hex');
    return actual === record.sha256 ? null : { reason: 'digest-differs', file: path, expected: record.sha256, actual };
  } catch (error) {
    return unreadable('file-missing', path, error);
  }
}
