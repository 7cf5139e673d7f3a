import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { renderTargets } from './benchmark-targets.js';

/**
 * `npm run bench [pattern…]`: every `*.bench.ts`, one process each and one after the other, so that none disturbs
 * another. What they print is kept in docs/benchmarks.md, each in a section of its own: with patterns, the sections of
 * those that ran are put in the place of the earlier ones. What somebody wrote below the figures of a section stays there.
 * Above them stands what each figure was meant to be, and whether it is. Nothing is kept where one of them failed.
 */
const RECORD = 'docs/benchmarks.md';
const TARGETS_TITLE = 'Targets';
const patterns = process.argv.slice(2);
const files = globSync(['dist/src/**/*.bench.js', 'dist/test/**/*.bench.js'])
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();

/** By title. */
const before = new Map<string, string>(existsSync(RECORD) ? sectionsOf(readFileSync(RECORD, 'utf8')) : []);
/** Without a pattern no section of before is left. */
const sections = new Map<string, string>(patterns.length === 0 ? [] : before);
let failed = 0;
for (const file of files) {
  const title = file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  console.log(`\n${title}`);
  const { status, stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--expose-gc', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(stdout);
  if (status !== 0) failed += 1;
  sections.set(title, `\`\`\`\n${stdout.trimEnd()}\n\`\`\`\n${remarkOf(before.get(title))}`);
}

if (failed === 0) {
  mkdirSync('docs', { recursive: true });
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}.`;
  const intro = `# Benchmarks\n\nWritten by \`npm run bench\`. ${machine} The machine is shared and noisy: compare within one section, which is one run, by the ratios to the named limits.\n`;
  sections.delete(TARGETS_TITLE);
  const inOrder = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `## ${title}\n\n${text}`);
  writeFileSync(RECORD, [intro, `## ${TARGETS_TITLE}\n\n${renderTargets(sections)}`, ...inOrder].join('\n'));
}
process.exitCode = failed === 0 ? 0 : 1;

/** As they are written above. */
function sectionsOf(record: string): [string, string][] {
  return record.split(/^## /m).slice(1).map((section) => {
    const end = section.indexOf('\n');
    return [section.slice(0, end), `${section.slice(end).trim()}\n`];
  });
}

/** What stands below the figures. */
function remarkOf(section: string | undefined): string {
  const [, remark = ''] = section?.split('\n```\n', 2) ?? [];
  return remark.trim() === '' ? '' : `\n${remark.trim()}\n`;
}
