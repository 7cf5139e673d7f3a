import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { makeRunDirectory } from './run-directory.js';

/**
 * Runs one suite with Node's own runner: `node dist/test/harness/run-suite.js unit|clients|faults [pattern…]`.
 * Two files at a time: what a spec needs of a machine is a core for itself and one for its Postgres.
 */
const SUITES: Readonly<Record<string, { readonly files: readonly string[]; readonly not: RegExp; readonly onDisk?: true }>> = {
  unit: { files: ['dist/src/**/*.spec.js', 'dist/migrations/**/*.spec.js', 'dist/test/**/*.spec.js'], not: /\/test\/(clients|faults)\/.*/ },
  clients: { files: ['dist/test/clients/*.spec.js'], not: /^$/ },
  /* Where a file is when the power goes is a question to a disk. */
  faults: { files: ['dist/test/faults/*.spec.js'], not: /^$/, onDisk: true },
};

const [name = 'unit', ...patterns] = process.argv.slice(2);
const suite = SUITES[name];
if (suite === undefined) throw new Error(`no suite is called ${name}: there are ${Object.keys(SUITES).join(', ')}`);

/** A spec whose source is gone can linger in dist: only what still has its source is run. */
const sources = new Set(globSync(['src/**/*.spec.ts', 'migrations/**/*.spec.ts', 'test/**/*.spec.ts']));
const files = suite.files
  .flatMap((pattern) => globSync(pattern))
  .filter((file) => !suite.not.test(`/${file}`))
  .filter((file) => sources.has(file.replace(/^dist\//, '').replace(/\.js$/, '.ts')))
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort();

const directory = makeRunDirectory(suite.onDisk !== true);
const result = spawnSync(
  process.execPath,
  [
    '--import=./dist/test/harness/source-maps.js',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${process.env['TEST_CONCURRENCY'] ?? '2'}`,
    '--test-global-setup=dist/test/harness/global-setup.js',
    ...files,
  ],
  { stdio: 'inherit', env: { ...process.env, TMPDIR: directory } },
);
rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
process.exitCode = result.status ?? 1;
