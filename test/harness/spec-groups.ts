import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Starting a process and loading what is tested takes longer than most spec files take to run: those about values in
 * and values out share one, neighbours with neighbours, because they load the same.
 */
const FILES_IN_A_GROUP_MAX = 16;

/**
 * What belongs to a process and not to a file: its environment, signals, memory, flags and log, hooks outside of every
 * `describe`, the time that something takes, what waits or listens, and whatever needs a harness: databases, servers,
 * programs. A spec that names any of it has a process of its own.
 */
const OF_THE_PROCESS = new RegExp(
  [
    String.raw`\bprocess\.(?:env|on|once|kill|umask|memoryUsage|chdir|exitCode|stdout|stderr)\b`,
    String.raw`^(?:before|after)(?:Each)?\(`,
    String.raw`\bmock\.`,
    String.raw`\b(?:overrideLogger|setFlagsFromString|globalThis|performance|setTimeout)\b`,
    String.raw`\bchild_process\b|\bnode:(?:http|https|net|tls|timers|worker_threads)\b`,
    String.raw`\bharness/`,
  ].join('|'),
  'm',
);

export interface SpecFile {
  readonly compiled: string;
  readonly source: string;
}

export interface Processes {
  readonly alone: readonly string[];
  /** A written entry for each group. */
  readonly groups: readonly string[];
}

/** Which files are run by which processes. @param directory where the entries of the groups are written. */
export function processesFor(files: readonly SpecFile[], directory: string): Processes {
  const sharing = chunks(files.filter((file) => !needsItsProcess(file)).map(({ compiled }) => compiled), FILES_IN_A_GROUP_MAX);
  mkdirSync(directory, { recursive: true });
  return {
    alone: files.filter(needsItsProcess).map(({ compiled }) => compiled),
    groups: sharing.map((group, index) => writeEntry(group, join(directory, `group-${index + 1}.mjs`))),
  };
}

function needsItsProcess({ source }: SpecFile): boolean {
  return OF_THE_PROCESS.test(readFileSync(source, 'utf8'));
}

/** As few as may be, and as even as can be. */
function chunks<T>(items: readonly T[], sizeMax: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / sizeMax);
  const from = (index: number): number => Math.round((index * items.length) / count);
  return Array.from({ length: count }, (_, index) => items.slice(from(index), from(index + 1)));
}

function writeEntry(files: readonly string[], entry: string): string {
  writeFileSync(entry, `import { runTogether } from ${JSON.stringify(new URL('./run-together.js', import.meta.url).href)};\nawait runTogether(${JSON.stringify(files)});\n`);
  return entry;
}
