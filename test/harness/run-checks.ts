import { spawnSync } from 'node:child_process';

/** `npm run check`: types, lint, floors, golden files. All of them run, so that one round shows everything. */
const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: ['node_modules/typescript-native/bin/tsc', '--noEmit'] },
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '--config', 'test/architecture/eslint.config.js', 'src', 'migrations', 'test', 'clients'] },
  { name: 'floors', command: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', 'test/architecture/dependency-cruiser.cjs', 'src', 'migrations', 'test', 'clients'] },
  { name: 'golden files', command: ['dist/test/golden/write-golden.js', '--check'] },
];

let failed = 0;
for (const { name, command } of CHECKS) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [...command], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
