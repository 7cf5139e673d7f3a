import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * `npm run bench [pattern…]`: every `*.bench.ts`, one process each and one after the other, so that none disturbs
 * another. What they print is kept in docs/benchmarks.md when all of them ran.
 */
const patterns = process.argv.slice(2);
const files = globSync(['dist/src/**/*.bench.js', 'dist/test/**/*.bench.js'])
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();

const sections: string[] = [];
let failed = 0;
for (const file of files) {
  const title = file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
  console.log(`\n${title}`);
  const { status, stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--expose-gc', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(stdout);
  if (status !== 0) failed += 1;
  sections.push(`## ${title}\n\n\`\`\`\n${stdout.trimEnd()}\n\`\`\`\n`);
}

if (patterns.length === 0 && failed === 0) {
  mkdirSync('docs', { recursive: true });
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}.`;
  const intro = `# Benchmarks\n\nWritten by \`npm run bench\`. ${machine} The machine is shared and noisy: compare within one run, by the ratios to the named limits.\n`;
  writeFileSync('docs/benchmarks.md', [intro, ...sections].join('\n'));
}
process.exitCode = failed === 0 ? 0 : 1;
