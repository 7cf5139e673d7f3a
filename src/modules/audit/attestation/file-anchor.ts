import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Checkpoint } from '#pure/transparency-log/checkpoint.js';
import type { VerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type Anchor, type AnchoredCheckpoint, AnchorFailure } from './anchor.js';
import { largestVouched } from './anchored-note.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

/** The tail that is read back: some 250 notes. Files only grow, so the largest checkpoint is among the last. */
const TAIL_BYTES = 64 * 1024;
const BLANK = '\n';

/** What was read, and of which state of the file: it is read before each signature, and seldom has changed. */
interface Remembered {
  readonly state: string;
  readonly last: Checkpoint | null;
}

/**
 * Notes in a file that is only ever appended to, one after another with a blank line behind each; a file for each log
 * key, named by its id. Append-only by the way it is opened; an operator can make it so for everybody (`chattr +a`).
 *
 * A crash in the middle of an append leaves a torn note at the end. It is passed over when read, because no key signed
 * it, and the next append begins with a blank line, so that it cannot run into what follows.
 */
export class FileAnchor implements Anchor {
  readonly name = 'file';
  readonly isLocal = true;
  private readonly remembered = new Map<string, Remembered>();

  /** `forbidden`: production has the files outside of this directory, also by way of symbolic links. */
  constructor(
    private readonly directory: string,
    private readonly forbidden: string | null,
  ) {}

  async last(keys: readonly VerifierKey[]): Promise<Checkpoint | null> {
    const lasts = await Promise.all(keys.map((key) => this.lastOf(key)));
    return lasts.reduce((largest, one) => (one !== null && one.size > (largest?.size ?? -1) ? one : largest), null);
  }

  async put({ keyId, note }: AnchoredCheckpoint): Promise<void> {
    await prepareAnchorDirectory(this.directory, this.forbidden);
    const file = await this.open(keyId, O_RDWR | O_APPEND | O_CREAT);
    try {
      const { size } = await file.stat();
      const end = await read(file, Math.max(0, size - 2), 2);
      const isWhole = size === 0 || end.toString('latin1') === '\n\n';
      // One write: two processes that append at once do not mix.
      await file.appendFile(`${isWhole ? '' : '\n\n'}${note}${BLANK}`);
      await file.sync();
      if (size === 0) await syncDirectory(this.directory);
    } finally {
      await file.close();
    }
  }

  private async lastOf(key: VerifierKey): Promise<Checkpoint | null> {
    let file: FileHandle;
    try {
      file = await this.open(key.keyId, O_RDONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const { size, mtimeMs, ino } = await file.stat();
      const state = `${ino} ${size} ${mtimeMs}`;
      const known = this.remembered.get(key.keyId);
      if (known?.state === state) return known.last;
      const tail = await read(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
      const last = largestVouched(notesIn(tail.toString('utf8')), [key]);
      this.remembered.set(key.keyId, { state, last });
      return last;
    } finally {
      await file.close();
    }
  }

  private async open(keyId: string, flags: number): Promise<FileHandle> {
    const file = await open(join(this.directory, `${keyId}.checkpoints`), flags | O_NOFOLLOW, 0o600).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP' ? new AnchorFailure('the file is a symbolic link') : error;
    });
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new AnchorFailure('there is something else than a file in its place');
  }
}

/** Throws `AnchorFailure` for one that others could exchange, or (`forbidden`) that one copy would take along. */
export async function prepareAnchorDirectory(directory: string, forbidden: string | null): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const status = await lstat(directory);
  if (!status.isDirectory()) throw new AnchorFailure('the directory is a symbolic link, or none');
  // Who else may write there could take the file away and put another in its place.
  if (process.platform !== 'win32' && (status.mode & 0o022) !== 0) throw new AnchorFailure('others than its owner can write to the directory');
  if (forbidden === null) return;
  const [inside, outside] = await Promise.all([realpath(directory), realpath(forbidden).catch(() => forbidden)]);
  if (inside === outside || inside.startsWith(outside + sep)) throw new AnchorFailure('the directory lies in the data directory, so that one copy would take both');
}

/** A note is a text, a blank line and signatures; behind each stands another blank line. */
function notesIn(tail: string): string[] {
  const parts = tail.split('\n\n').map((part) => part.replace(/^\n+/, ''));
  return parts.flatMap((part, index) => {
    const next = parts[index + 1];
    return next?.startsWith('\u2014 ') === true && !part.startsWith('\u2014 ') ? [`${part}\n\n${next.trimEnd()}\n`] : [];
  });
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** That there is a file of this name is the directory's content. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
