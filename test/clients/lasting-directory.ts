import { lstatSync, mkdirSync } from 'node:fs';

/** On a disk, and there for the next run too: for what takes long to make and is the same every time. */
export function lastingDirectory(): string {
  const directory = `/var/tmp/quantonium-test-${process.getuid?.() ?? 0}`;
  mkdirSync(directory, { mode: 0o711, recursive: true });
  // Everybody may make directories there, also one of this name, and what lies in it is run.
  const { uid, mode } = lstatSync(directory);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${directory} belongs to somebody else`);
  return directory;
}
