import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { call, loginOwner } from '../harness/api.js';
import { figure, median } from '../harness/ledger-bench.js';
import { createHome, type RunningServer, SIMULATOR_AS_INSTALLED, startServer } from '../harness/server.js';
import type { Step } from '../harness/step-trace.js';
import { cliffords, ghz, type NamedCircuit } from './circuits.js';

/**
 * Where the time of a simulation goes between its request and its answer, as the main thread of the server sees it: the
 * median of each stretch, which need not add up to that of the whole. Then how many tiny simulations a server ends in a
 * second. Client, server and database share the cores.
 */
const ROUNDS = 60;
/** Of a circuit of half a megabyte. */
const WIDE_ROUNDS = 15;
const LOAD_MILLIS = 5_000;

/** Each ends where the first such step comes after the one before. */
const STRETCHES: readonly (readonly [what: string, endsWith: string])[] = [
  ['authentication, and the body', 'to a thread'],
  ['check of the program', 'from a thread: done'],
  ['submission', 'simulation.claim'],
  ['claim', 'to a thread'],
  ['run', 'from a thread: done'],
  ['end of the run', 'platform.version-counter'],
  ['signature', 'simulation.job'],
  ['answer', 'answered'],
];

function stretchesOf(steps: readonly Step[]): readonly number[] | null {
  let [at, since] = [0, 0];
  const millis: number[] = [];
  for (const [, endsWith] of STRETCHES) {
    const end = steps.findIndex(([, what], index) => index >= at && what === endsWith);
    if (end < 0) return null;
    millis.push(steps[end]![0] - since);
    [at, since] = [end + 1, steps[end]![0]];
  }
  return millis;
}

const home = createHome(SIMULATOR_AS_INSTALLED);
const trace = join(home.directory, 'steps');

async function ask(server: RunningServer, token: string, { source }: NamedCircuit, seed: number): Promise<void> {
  const { status, text } = await call(server, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: { program: { language: 'openqasm2', source }, shots: 1000, seed } });
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 500)}`);
}

async function tellStretches(server: RunningServer, token: string, circuit: NamedCircuit, rounds: number): Promise<void> {
  writeFileSync(trace, '');
  for (let round = 0; round < rounds; round += 1) await ask(server, token, circuit, round);
  await pause(100);
  const requests = readFileSync(trace, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Step[]);
  const taken = requests.map(stretchesOf).filter((stretches) => stretches !== null);
  STRETCHES.forEach(([what], index) => figure(`${circuit.name}: ${what}`, median(taken.map((stretches) => stretches[index]!)), 'ms'));
  figure(`${circuit.name}: from the request to the answer`, median(requests.map((steps) => steps.at(-1)![0])), 'ms');
}

async function tellThroughput(server: RunningServer, token: string, clients: number): Promise<void> {
  const start = performance.now();
  let ended = 0;
  const client = async (): Promise<void> => {
    for (; performance.now() - start < LOAD_MILLIS; ended += 1) await ask(server, token, ghz(2), ended);
  };
  await Promise.all(Array.from({ length: clients }, client));
  figure(`Bell pairs, ${clients === 1 ? 'one client' : `${clients} clients`}`, ended / ((performance.now() - start) / 1000), 'jobs/s');
}

try {
  const traced = { NODE_OPTIONS: `--import=${pathToFileURL('dist/test/harness/step-trace.js').href}`, STEP_TRACE_FILE: trace };
  const server = await startServer(home, traced);
  const token = await loginOwner(server);
  /* Threads practise when the server has started, and the first requests are not what is asked about. */
  await pause(5_000);
  for (let round = 0; round < ROUNDS; round += 1) await ask(server, token, ghz(2), round);
  await tellStretches(server, token, { ...ghz(2), name: 'bell' }, ROUNDS);
  await tellStretches(server, token, cliffords(1000), WIDE_ROUNDS);
  for (const clients of [1, 8]) await tellThroughput(server, token, clients);
  await server.stop();
} finally {
  await home.dispose();
}
