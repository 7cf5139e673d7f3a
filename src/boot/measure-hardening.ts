import { readFileSync } from 'node:fs';
import type { Hardening } from '#platform/config/hardening.js';

/** Production that is started beside what it demands of its surroundings: for the operator, who names what it may lack or provides it. */
export class HardeningRefusal extends Error {
  override readonly name = 'HardeningRefusal';
}

/** What the kernel and Node say of this process. Of another system than Linux there is none. */
export interface Surroundings {
  /** `/proc/self/status` (proc_pid_status(5)); null where there is none. */
  readonly status: string | null;
  /** `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
  readonly mounts: string | null;
  /** `/proc/self/limits` (proc_pid_limits(5)). */
  readonly limits: string | null;
  readonly userId: number | null;
  readonly hasPermissionModel: boolean;
  /** Node's own flags that the process was started with. */
  readonly flags: readonly string[];
}

/** Whether each holds. What cannot be seen does not. */
export type MeasuredHardening = Readonly<Record<Hardening, boolean>>;

/** Seccomp mode 2 is a filter; 1 would leave nothing but read and write (seccomp(2)). */
const SECCOMP_FILTER = '2';

export function measureHardening({ status, mounts, limits, userId, hasPermissionModel, flags }: Surroundings): MeasuredHardening {
  const field = (name: string): string | null => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status ?? '')?.[1] ?? null;
  const isNone = (name: string): boolean => /^0+$/.test(field(name) ?? '');
  return {
    'no-new-privileges': field('NoNewPrivs') === '1',
    seccomp: field('Seccomp') === SECCOMP_FILTER,
    // Those it has, those it could take up, and those that a program it started could have.
    capabilities: ['CapEff', 'CapPrm', 'CapInh', 'CapBnd', 'CapAmb'].every(isNone),
    user: userId !== null && userId !== 0,
    'read-only-root': isRootReadOnly(mounts),
    'permission-model': hasPermissionModel,
    'no-core-dumps': hasNoCoreDumps(limits),
    // Without it SIGUSR1 opens a debugger, whether or not there is a listener for it.
    'no-debug-signal': flags.includes('--disable-sigusr1'),
  };
}

/**
 * The hard limit too: up to that the process could raise it by itself. Node has no call to lower either, so the launcher does.
 * 1 byte is the kernel's word for "to no program either" (fs/coredump.c); a program that cores are piped to is told a limit
 * of 0 and has to obey it, as systemd-coredump does.
 */
function hasNoCoreDumps(limits: string | null): boolean {
  return /^Max core file size\s+[01]\s+[01]\s/m.test(limits ?? '');
}

/** As attestations tell it: 0 none, 1 strict, 2 a filter. */
export function seccompModeOf({ status }: Pick<Surroundings, 'status'>): string {
  return /^Seccomp:\s*([0-9])$/m.exec(status ?? '')?.[1] ?? 'unknown';
}

/** The last mount at `/` hides the others. A line: id, parent, device, root, mount point, options, … */
function isRootReadOnly(mounts: string | null): boolean {
  const options = (mounts ?? '').split('\n').map((line) => line.split(' ')).findLast(([, , , , point]) => point === '/')?.[5];
  return options?.split(',').includes('ro') ?? false;
}

export function surroundings(): Surroundings {
  const read = (file: string): string | null => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  };
  return { status: read('/proc/self/status'), mounts: read('/proc/self/mountinfo'), limits: read('/proc/self/limits'), userId: process.getuid?.() ?? null, hasPermissionModel: process.permission !== undefined, flags: process.execArgv };
}

/** What is demanded and does not hold, in the order of the table. */
export function missingHardening(measured: MeasuredHardening, exempt: ReadonlySet<string>): readonly Hardening[] {
  return (Object.keys(measured) as Hardening[]).filter((name) => !measured[name] && !exempt.has(name));
}
