import { type Dirent, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileRecord, type ReleaseManifest, sha256Of } from './release-manifest.js';
import { MANIFEST_FILE, RELEASE_ALGORITHMS, signatureFile } from './release-signatures.js';
import type { Violation } from './violation.js';

/** What lies beside the files that it tells of. */
const SEALS: ReadonlySet<string> = new Set([MANIFEST_FILE, ...RELEASE_ALGORITHMS.map(signatureFile)]);

/** @param path from the root of the release. */
export const isSeal = (path: string): boolean => SEALS.has(path);

/**
 * What the system has too little of for the moment, which a flood of connections is enough for: it says nothing of the
 * release. What was asked for fails, and the process does not end by it. Every other error does say something.
 */
const FOR_LACK: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** Throws on what is no violation. */
export function unreadable(reason: 'file-missing' | 'directory-unreadable', file: string, error: unknown): Violation {
  const { code } = error as NodeJS.ErrnoException;
  if (FOR_LACK.has(code)) throw error;
  return { reason, file, ...(code === undefined || code === 'ENOENT' ? {} : { detail: code }) };
}

/** The release on the disk, as its manifest says that it is. */
export class VerifiedFiles {
  constructor(
    /** Absolute, with no link in it. */
    readonly root: string,
    readonly manifest: ReleaseManifest,
  ) {}

  /** The bytes, read once: whoever gets them has what was verified, and not what lies there a moment later. */
  read(path: string): Buffer | Violation {
    const record = this.manifest.files.get(path);
    if (record === undefined) return { reason: 'file-not-listed', file: path };
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(this.root, path));
    } catch (error) {
      return unreadable('file-missing', path, error);
    }
    return compare(path, record, bytes) ?? bytes;
  }

  /**
   * Whether exactly the listed files are there, as regular files of their sizes. Walks the disk and then the list: a file
   * that nobody has signed is as wrong as one that is gone. Contents are not read.
   */
  survey(): Violation | null {
    const seen = new Set<string>();
    const violation = this.surveyDirectory('', seen);
    if (violation !== null) return violation;
    for (const path of this.manifest.files.keys()) if (!seen.has(path)) return { reason: 'file-missing', file: path };
    return null;
  }

  private surveyDirectory(directory: string, seen: Set<string>): Violation | null {
    let entries: readonly Dirent[];
    try {
      entries = readdirSync(join(this.root, directory), { withFileTypes: true });
    } catch (error) {
      return unreadable('directory-unreadable', directory, error);
    }
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      const violation = entry.isDirectory() ? this.surveyDirectory(path, seen) : this.surveyFile(path, entry.isFile(), seen);
      if (violation !== null) return violation;
    }
    return null;
  }

  private surveyFile(path: string, isRegular: boolean, seen: Set<string>): Violation | null {
    if (isSeal(path)) return null;
    // A directory of the name of a file is not that file.
    seen.add(path);
    const record = this.manifest.files.get(path);
    if (record === undefined) return { reason: 'file-not-listed', file: path };
    if (!isRegular) return { reason: 'file-not-regular', file: path };
    const { size } = lstatSync(join(this.root, path));
    return size === record.sizeBytes ? null : { reason: 'size-differs', file: path, expected: String(record.sizeBytes), actual: String(size) };
  }
}

/** Null: it is the file that was signed. */
export function compare(path: string, record: FileRecord, bytes: Uint8Array): Violation | null {
  if (bytes.length !== record.sizeBytes) return { reason: 'size-differs', file: path, expected: String(record.sizeBytes), actual: String(bytes.length) };
  const actual = sha256Of(bytes);
  return actual === record.sha256 ? null : { reason: 'digest-differs', file: path, expected: record.sha256, actual };
}
