import { setTimeout as pause } from 'node:timers/promises';
import { parseOpenQasm2 } from '#pure/quantum/qasm/openqasm2.js';
import { simulate } from '#pure/quantum/simulate.js';
import { call, loginOwner } from '../harness/api.js';
import { figure, median } from '../harness/ledger-bench.js';
import { createHome, startServer } from '../harness/server.js';
import { brickwork, cliffords, ghz, grover, type NamedCircuit, qft, TELEPORTATION } from './circuits.js';

/**
 * How long somebody waits for a small circuit: text to counts in the engine, and the same through HTTP with
 * `Prefer: wait`, where the job is checked, recorded, claimed, run, signed and read back. The first of each is that of a
 * process that nobody has asked before. A thousand shots; the median of the rounds. Where the cores are shared with others,
 * the CPU time of this thread tells more than the wait.
 */
const SHOTS = 1000;
const ROUNDS = 40;
const IN_ENGINE = 'in the engine';
const BESIDE: readonly NamedCircuit[] = [{ ...ghz(2), name: 'bell' }, ghz(5), qft(8), qft(12), grover(7, 8), TELEPORTATION, brickwork(12)];
const WIDE = cliffords(1000);

function simulated({ source }: NamedCircuit, seed: number): void {
  const parsed = parseOpenQasm2(source);
  if (!parsed.ok) throw new Error(parsed.error.message);
  simulate(parsed.circuit, { shots: SHOTS, seed, precision: 'single' });
}

async function millis(deed: () => unknown): Promise<number> {
  const start = performance.now();
  await deed();
  return performance.now() - start;
}

function cpuMillis(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

interface Waits {
  readonly first: number;
  readonly middle: number;
  /** Of this thread, a round. */
  readonly cpu: number;
}

async function rounds(deed: (round: number) => unknown): Promise<Waits> {
  const first = await millis(() => deed(0));
  const all: number[] = [];
  const before = cpuMillis();
  for (let round = 1; round <= ROUNDS; round += 1) all.push(await millis(() => deed(round)));
  return { first, middle: median(all), cpu: (cpuMillis() - before) / ROUNDS };
}

function tell(how: string, { name }: NamedCircuit, { first, middle, cpu }: Waits, atMost: number): void {
  figure(`${name} ${how}, first`, first, 'ms');
  figure(`${name} ${how}`, middle, 'ms', { atMost });
  if (how === IN_ENGINE) figure(`${name} ${how}, CPU`, cpu, 'ms', { atMost });
}

for (const circuit of BESIDE) tell(IN_ENGINE, circuit, await rounds((seed) => simulated(circuit, seed)), 5);
tell(IN_ENGINE, WIDE, await rounds((seed) => simulated(WIDE, seed)), 30);

const home = createHome({ SIMULATION_WARM_UP: 'on' });
try {
  const server = await startServer(home);
  const token = await loginOwner(server);
  /* Threads practise when the server has started. */
  await pause(6_000);
  const asked = async ({ source }: NamedCircuit, seed: number): Promise<void> => {
    const { status, body } = await call(server, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: { program: { language: 'openqasm2', source }, shots: SHOTS, seed } });
    if (status !== 200 || body['status'] !== 'succeeded') throw new Error(`${status} ${JSON.stringify(body).slice(0, 500)}`);
  };
  for (const circuit of BESIDE) tell('through HTTP', circuit, await rounds((seed) => asked(circuit, seed)), 25);
  tell('through HTTP', WIDE, await rounds((seed) => asked(WIDE, seed)), 100);
  await server.stop();
} finally {
  await home.dispose();
}
