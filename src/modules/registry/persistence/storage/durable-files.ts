import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A write may take less than it was given (POSIX write(2)), for one when the disk is nearly full. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.byteLength - offset, position + offset);
    offset += bytesWritten;
  }
}

/** Of several parts, one behind the other. */
export async function writeParts(file: FileHandle, parts: readonly Buffer[], position: number): Promise<void> {
  const lengthBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const { bytesWritten } = await file.writev(parts, position);
  if (bytesWritten < lengthBytes) await writeWhole(file, Buffer.concat(parts).subarray(bytesWritten), position + bytesWritten);
}

/** Up to that many bytes; fewer where the file ends. */
export async function readAt(file: FileHandle, position: number, lengthBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(lengthBytes);
  let filled = 0;
  while (filled < lengthBytes) {
    const { bytesRead } = await file.read(bytes, filled, lengthBytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Makes the directory and makes its name durable: each level that is new is synced into the one above it. False when it was there. */
export async function makeDirectory(directory: string): Promise<boolean> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return false;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
  return true;
}

/**
 * A new name is durable once its directory is (fsync(2), NOTES); syncing the file alone does not do it. By a handle: under
 * Node's permission model, which production demands, a descriptor that is a number cannot be synced.
 */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Also when a part of the path is a file: there are no such bytes either way. */
export function isAbsent(cause: unknown): boolean {
  return hasCode(cause, 'ENOENT', 'ENOTDIR');
}

/** The disk has no room, or none for us. */
export function isFull(cause: unknown): boolean {
  return hasCode(cause, 'ENOSPC', 'EDQUOT');
}

/** Of a failed call of the operating system. */
export function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code));
}

/** Null in place of an error that says that there is nothing. */
export async function unlessAbsent<T>(deed: Promise<T>): Promise<T | null> {
  try {
    return await deed;
  } catch (cause) {
    if (isAbsent(cause)) return null;
    throw cause;
  }
}
