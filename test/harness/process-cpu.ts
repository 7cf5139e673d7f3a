import { readdirSync, readFileSync } from 'node:fs';

/** CPU that a process has used, and that those have which it started and which are there, in microseconds. Linux alone. */
export function cpuMicrosOf(pid: number): { readonly own: number; readonly children: number } {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => statOf(name) ?? []);
  const family = new Set([pid]);
  // A parent has a lower number than its children but for a wrap of the numbers: as often as somebody is found.
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const each of processes) if (family.has(each.parent)) family.add(each.pid);
  }
  const sum = (of: (each: Stat) => boolean): number => processes.filter(of).reduce((total, { micros }) => total + micros, 0);
  return { own: sum((each) => each.pid === pid), children: sum((each) => each.pid !== pid && family.has(each.pid)) };
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly micros: number;
}

/** proc(5): user and system time in ticks of 10 ms, behind the name, which may hold anything. */
const TICK_MICROS = 10_000;

function statOf(pid: string): Stat | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { pid: Number(pid), parent: Number(fields[1]), micros: (Number(fields[11]) + Number(fields[12])) * TICK_MICROS };
  } catch {
    // Gone since it was listed.
    return null;
  }
}
