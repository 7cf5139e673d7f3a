import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * Runs one suite with Node's own runner: `node dist/test/harness/run-suite.js unit|clients|faults [pattern…]`.
 * Two files at a time: what a spec needs of a machine is a core for itself and one for its Postgres.
 */
const SUITES: Readonly<Record<string, { readonly files: readonly string[]; readonly not: RegExp }>> = {
  unit: { files: ['dist/src/**/*.spec.js', 'dist/migrations/**/*.spec.js', 'dist/test/**/*.spec.js'], not: /\/test\/(clients|faults)\/.*/ },
  clients: { files: ['dist/test/clients/*.spec.js'], not: /^$/ },
  faults: { files: ['dist/test/faults/*.spec.js'], not: /^$/ },
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

const result = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${process.env['TEST_CONCURRENCY'] ?? '2'}`,
    '--test-global-setup=dist/test/harness/global-setup.js',
    ...files,
  ],
  { stdio: 'inherit' },
);
process.exitCode = result.status ?? 1;
