import { readFileSync } from 'node:fs';

/**
 * How many descriptors this process may have open (RLIMIT_NOFILE, as Node has raised it at its start); null where it is not
 * told, as on macOS, or there is no limit. From proc_pid_limits(5), since Node has no call for it.
 */
export function descriptorLimit(): number | null {
  try {
    return descriptorLimitIn(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
}

export function descriptorLimitIn(limits: string): number | null {
  const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}
