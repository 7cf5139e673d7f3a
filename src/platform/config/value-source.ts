import { readlinkSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { OPEN_TO_OTHERS, readGuarded, WRITTEN_BY_OTHERS } from '../system/guarded-file.js';

/** Why a value could not be had: a phrase that follows the variable's name. */
export class Refused extends Error {}

const FILE_BYTES_MAX = 64 * 1024;
/**
 * The content of a setting's file (Docker, Kubernetes, systemd credentials): regular, small, written by nobody else and, where
 * it is private, read by nobody but its owner and its group. It is no symbolic link, unless as Kubernetes mounts a secret: to
 * a place below its own directory. One closing newline is an editor's and not the secret's.
 */
export function readValueFile(file: string, isPrivate: boolean): string {
  const target = linkTarget(file);
  if (target !== null && !target.startsWith(`${dirname(resolve(file))}${sep}`)) throw new Refused('names a link that leads out of its directory');
  const bytes = contentOf(file, isPrivate);
  try {
    return bytes.toString('utf8', 0, bytes.length - lineEndOf(bytes));
  } finally {
    bytes.fill(0);
  }
}

function contentOf(file: string, isPrivate: boolean): Buffer {
  let read: ReturnType<typeof readGuarded>;
  try {
    read = readGuarded(file, isPrivate ? OPEN_TO_OTHERS : WRITTEN_BY_OTHERS, FILE_BYTES_MAX);
  } catch (error) {
    throw new Refused(`names a file that cannot be opened (${(error as NodeJS.ErrnoException).code})`);
  }
  if ('bytes' in read) return read.bytes;
  if (read.flaw === 'not-regular') throw new Refused('names something that is not a regular file');
  if (read.flaw === 'too-large') throw new Refused(`names a file of more than ${FILE_BYTES_MAX} bytes`);
  if ((read.mode & WRITTEN_BY_OTHERS) !== 0) throw new Refused('names a file that its group or others may write to: chmod go-w');
  throw new Refused('names a file that others may read: chmod 0400, or 0440 for a group of its own');
}

function lineEndOf(bytes: Buffer): number {
  if (bytes.at(-1) !== 0x0a) return 0;
  return bytes.at(-2) === 0x0d ? 2 : 1;
}

/** Where a link leads; null of what is none, which opening it judges. */
function linkTarget(file: string): string | null {
  try {
    return resolve(dirname(resolve(file)), readlinkSync(file));
  } catch {
    return null;
  }
}
