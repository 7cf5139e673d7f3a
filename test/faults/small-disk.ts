import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own in memory, which can be full. Mounting is root's. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes all the room that there is but for so many bytes, as another program would. */
  fill(leftBytes?: number): void;
  /** No file and no directory can be made any more, though there are bytes. */
  fillNames(): void;
  /** Gives back what was taken. */
  makeRoom(): void;
  close(): void;
}

/** @param directory is there, and empty. */
export function openSmallDisk(directory: string, sizeBytes: number, namesMax = 1000): SmallDisk {
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes},nr_inodes=${namesMax},mode=700`, 'tmpfs', directory);
  const filler = join(directory, 'another-program');
  const names: string[] = [];
  return {
    directory,
    fill: (leftBytes = 0) => {
      const file = openSync(filler, 'w');
      try {
        untilFull(() => void writeSync(file, Buffer.alloc(4096)));
      } finally {
        closeSync(file);
      }
      if (leftBytes > 0) run('truncate', '-s', `-${leftBytes}`, filler);
    },
    fillNames: () => {
      untilFull(() => {
        const name = join(directory, `name-${names.length}`);
        writeFileSync(name, '');
        names.push(name);
      });
    },
    makeRoom: () => {
      for (const name of [filler, ...names.splice(0)]) rmSync(name, { force: true });
    },
    close: () => run('umount', directory),
  };
}

function untilFull(take: () => void): void {
  try {
    for (;;) take();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
