import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * `npm run check`: types, lint (with what an attacker would look for), floors, golden files, and where everything comes
 * from that is not written here. All of them run, two at once, the longest first, so that one round shows everything within
 * two minutes of two cores.
 */
const SUPPLY_CHAIN = 'dist/test/supply-chain/check.js';
const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '--config', 'test/architecture/eslint.config.js', 'src', 'migrations', 'test', 'clients'] },
  { name: 'golden files', command: ['dist/test/golden/write-golden.js', '--check'] },
  { name: 'types', command: ['node_modules/typescript-native/bin/tsc', '--noEmit'] },
  { name: 'floors', command: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', 'test/architecture/dependency-cruiser.cjs', 'src', 'migrations', 'test', 'clients'] },
  { name: 'the same build twice', command: [SUPPLY_CHAIN, 'build'] },
  { name: 'no secret, now or ever', command: [SUPPLY_CHAIN, 'secrets'] },
  { name: 'lock file', command: [SUPPLY_CHAIN, 'lock-file'] },
  { name: 'install scripts', command: [SUPPLY_CHAIN, 'install-scripts'] },
  { name: 'licences', command: [SUPPLY_CHAIN, 'licences'] },
  { name: 'bill of materials', command: [SUPPLY_CHAIN, 'bill-of-materials'] },
];
const AT_ONCE = 2;

let failed = 0;
const waiting = [...CHECKS];
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await run(check);
}));
console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What it says is printed when it has ended: two at once would not be understood. */
async function run({ name, command }: (typeof CHECKS)[number]): Promise<void> {
  const started = performance.now();
  const child = spawn(process.execPath, [...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  if (status !== 0) failed += 1;
  process.stdout.write(out);
  process.stderr.write(err);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
