import { once } from 'node:events';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { globalSetup, globalTeardown } from './global-setup.js';
import { makeRunDirectory } from './run-directory.js';
import { processesFor } from './spec-groups.js';

/**
 * Runs one suite with Node's own runner: `node dist/test/harness/run-suite.js unit|clients|faults [pattern…]`.
 * `TEST_CONCURRENCY` says how many processes at once; with `TEST_ORDER=reversed` the last file comes first, which shows
 * whether a file leans on one that shares its process.
 */
interface Suite {
  readonly files: readonly string[];
  readonly not: RegExp;
  /** On two cores: what a spec needs is one for itself and one for its Postgres. */
  readonly filesAtOnce: number;
  readonly onDisk?: true;
}

const SUITES: Readonly<Record<string, Suite>> = {
  /* A third works while another waits for a deadline, a tick or a server. */
  unit: { files: ['dist/src/**/*.spec.js', 'dist/migrations/**/*.spec.js', 'dist/test/**/*.spec.js'], not: /\/test\/(clients|faults)\/.*/, filesAtOnce: 3 },
  clients: { files: ['dist/test/clients/*.spec.js'], not: /^$/, filesAtOnce: 2 },
  /* Where a file is when the power goes is a question to a disk. */
  faults: { files: ['dist/test/faults/*.spec.js'], not: /^$/, filesAtOnce: 2, onDisk: true },
};

/** Those that start servers come first, then the groups: a run that ends with short files has no core idle at its end. */
const isLong = (file: string): boolean => file.startsWith('dist/test/e2e/');

const [name = 'unit', ...patterns] = process.argv.slice(2);
const suite = SUITES[name];
if (suite === undefined) throw new Error(`no suite is called ${name}: there are ${Object.keys(SUITES).join(', ')}`);

/** A spec whose source is gone can linger in dist: only what still has its source is run. */
const sources = new Set(globSync(['src/**/*.spec.ts', 'migrations/**/*.spec.ts', 'test/**/*.spec.ts']));
const files = suite.files
  .flatMap((pattern) => globSync(pattern))
  .filter((file) => !suite.not.test(`/${file}`))
  .map((compiled) => ({ compiled, source: compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts') }))
  .filter(({ source }) => sources.has(source))
  .filter(({ compiled }) => patterns.length === 0 || patterns.some((pattern) => compiled.includes(pattern)))
  .sort((one, other) => (one.compiled < other.compiled ? -1 : 1));
if (files.length === 0) throw new Error(`no file of the suite ${name} is called ${patterns.join(' or ')}`);

const directory = makeRunDirectory(suite.onDisk !== true);
process.env['TMPDIR'] = directory;
// Until the summary says otherwise: a run that is broken off has not passed.
process.exitCode = 1;
await globalSetup();
if (process.env['TEST_ORDER'] === 'reversed') files.reverse();
const { alone, groups } = processesFor(files, join(directory, 'groups'));
const results = run({
  files: [...alone.filter(isLong), ...groups, ...alone.filter((file) => !isLong(file))],
  concurrency: Number(process.env['TEST_CONCURRENCY'] ?? suite.filesAtOnce),
  execArgv: ['--import=./dist/test/harness/source-maps.js'],
});
results.on('test:summary', ({ file, success }) => {
  if (file === undefined && success) process.exitCode = 0;
});
const report = results.compose(spec);
report.pipe(process.stdout);
await once(report, 'end');
await globalTeardown();
rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
