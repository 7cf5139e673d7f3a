import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Starting a process and loading what is tested takes longer than most spec files take to run: neighbours share one,
 * because they load the same. Fewer of those with a harness, which take longer and leave more behind.
 */
const FILES_IN_A_GROUP_MAX = { plain: 16, withHarness: 8 };

/**
 * What belongs to a process and not to a file: its environment, signals, memory, flags and log, the time that something
 * takes, what waits or listens, servers and programs. A spec that names any of it has a process of its own, and so has
 * one that says why: `// A process of its own: …`.
 */
const OF_THE_PROCESS = new RegExp(
  [
    String.raw`\bprocess\.(?:env|on|once|kill|umask|memoryUsage|chdir|exitCode|stdout|stderr)\b`,
    String.raw`\bmock\.`,
    String.raw`\b(?:overrideLogger|setFlagsFromString|globalThis|performance|setTimeout)\b`,
    String.raw`\bchild_process\b|\bnode:(?:http|https|net|tls|timers|worker_threads)\b`,
    String.raw`\bharness/(?:server|with-server|insider|run-command|data-directory|redis)\.js`,
    String.raw`^// A process of its own: `,
  ].join('|'),
  'm',
);

const HARNESS = /\bharness\//;

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
  const texts = files.map(({ compiled, source }) => ({ compiled, text: readFileSync(source, 'utf8') }));
  const namesOf = (which: (text: string) => boolean): readonly string[] => texts.filter(({ text }) => which(text)).map(({ compiled }) => compiled);
  const needsItsOwn = (text: string): boolean => OF_THE_PROCESS.test(text);
  const sharing = [
    ...chunks(namesOf((text) => !needsItsOwn(text) && HARNESS.test(text)), FILES_IN_A_GROUP_MAX.withHarness),
    ...chunks(namesOf((text) => !needsItsOwn(text) && !HARNESS.test(text)), FILES_IN_A_GROUP_MAX.plain),
  ];
  mkdirSync(directory, { recursive: true });
  return {
    alone: namesOf(needsItsOwn),
    groups: sharing.map((group, index) => writeEntry(group, join(directory, `group-${index + 1}.mjs`))),
  };
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
