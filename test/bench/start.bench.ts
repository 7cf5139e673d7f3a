import { spawnSync } from 'node:child_process';
import { createHome, startServer, SIMULATOR_AS_INSTALLED } from '../harness/server.js';

/**
 * From the start of the process to `ready at`, beside the limit of a Node that does nothing: the first time on an
 * empty directory (Postgres is made, everything is migrated, keys and owner are made), and later.
 */
const LATER_STARTS = 5;

function millisOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

async function startMillis(home: ReturnType<typeof createHome>): Promise<number> {
  const started = performance.now();
  const server = await startServer(home);
  const millis = performance.now() - started;
  await server.stop();
  return millis;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const limit = median(Array.from({ length: 5 }, () => millisOf(() => spawnSync(process.execPath, ['-e', '0']))));
const home = createHome(SIMULATOR_AS_INSTALLED);
const first = await startMillis(home);
const later: number[] = [];
for (let start = 0; start < LATER_STARTS; start += 1) later.push(await startMillis(home));
await home.dispose();

const row = (what: string, millis: number): string => `${what.padEnd(44)}${(millis / 1000).toFixed(2).padStart(7)} s${(millis / limit).toFixed(0).padStart(8)} × limit`;
console.log(row('Node that does nothing (the limit)', limit));
console.log(row('first start, on an empty directory', first));
console.log(row(`later start, median of ${LATER_STARTS}`, median(later)));
