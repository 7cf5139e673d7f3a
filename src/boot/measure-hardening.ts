import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  /** Where the code lies that runs: absolute. */
  readonly codeRoot: string;
  readonly hasPermissionModel: boolean;
  /** What the permission model lets it do all the same, and would be nothing with: rights by their names. */
  readonly wideRights: readonly string[];
  /** Node's own flags that the process was started with. */
  readonly flags: readonly string[];
}

/** Whether each holds. What cannot be seen does not. */
export type MeasuredHardening = Readonly<Record<Hardening, boolean>>;

/** Seccomp mode 2 is a filter; 1 would leave nothing but read and write (seccomp(2)). */
const SECCOMP_FILTER = '2';

export function measureHardening({ status, mounts, limits, userId, codeRoot, hasPermissionModel, wideRights, flags }: Surroundings): MeasuredHardening {
  const field = (name: string): string | null => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status ?? '')?.[1] ?? null;
  const isNone = (name: string): boolean => /^0+$/.test(field(name) ?? '');
  return {
    'no-new-privileges': field('NoNewPrivs') === '1',
    seccomp: field('Seccomp') === SECCOMP_FILTER,
    // Those it has, those it could take up, and those that a program it started could have.
    capabilities: ['CapEff', 'CapPrm', 'CapInh', 'CapBnd', 'CapAmb'].every(isNone),
    user: userId !== null && userId !== 0,
    // A release on a volume of its own is no better than the mount that it lies on.
    'read-only-root': ['/', codeRoot].every((place) => isReadOnly(mounts, place)),
    'permission-model': hasPermissionModel && wideRights.length === 0,
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

/**
 * Of the mounts that a place lies on the innermost counts, and of several at one point the last, which hides the others. A line:
 * id, parent, device, root, mount point, options, …
 */
function isReadOnly(mounts: string | null, place: string): boolean {
  const points = (mounts ?? '').split('\n').flatMap((line) => {
    const [, , , , point, options] = line.split(' ');
    return point === undefined || options === undefined ? [] : [{ point: unescaped(point), options: options.split(',') }];
  });
  const [innermost] = points
    .filter(({ point }) => point === '/' || place === point || place.startsWith(`${point}/`))
    .reverse()
    .sort((a, b) => b.point.length - a.point.length);
  return innermost?.options.includes('ro') ?? false;
}

/** Blanks stand in octal (proc_pid_mountinfo(5)). */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Other processes, native code and debuggers are held by nothing; whoever may read or write everywhere is held from nothing.
 * Asked of files, since of `/` Node says no where it was allowed behind something else. None of these is anything of a server's.
 */
const WIDE: readonly (readonly [right: string, place?: string])[] = [['child'], ['addon'], ['wasi'], ['inspector'], ['fs.read', '/etc/shadow'], ['fs.read', '/proc/self/mem'], ['fs.write', '/etc/shadow']];

export function surroundings(): Surroundings {
  const read = (file: string): string | null => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return null;
    }
  };
  const codeRoot = join(import.meta.dirname, '../../..');
  const wide = [...WIDE, ['fs.write', join(codeRoot, 'package.json')] as const].filter(([right, place]) => process.permission?.has(right, place) === true);
  return {
    status: read('/proc/self/status'),
    mounts: read('/proc/self/mountinfo'),
    limits: read('/proc/self/limits'),
    userId: process.getuid?.() ?? null,
    codeRoot,
    hasPermissionModel: process.permission !== undefined,
    wideRights: [...new Set(wide.map(([right]) => right))],
    flags: process.execArgv,
  };
}

/** What is demanded and does not hold, in the order of the table. */
export function missingHardening(measured: MeasuredHardening, exempt: ReadonlySet<string>): readonly Hardening[] {
  return (Object.keys(measured) as Hardening[]).filter((name) => !measured[name] && !exempt.has(name));
}
