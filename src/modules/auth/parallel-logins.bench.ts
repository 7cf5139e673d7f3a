import { call, loginOwner } from '../../../test/harness/api.js';
import { createHome, type RunningServer, startServer } from '../../../test/harness/server.js';

/**
 * What others notice of many logins at once: a liveness probe, asked again and again, while fifty people log in with
 * their passwords at the same moment, and while nobody does. The hashes (argon2id, 19 MiB, two passes) run two at once on
 * threads of their own; what is left of two cores is shared by the loop, the database and this load.
 */
const LOGINS = 50;
const ROUNDS = 5;
const QUIET_PROBES = 400;
const P99_MILLIS_MAX = 200;

async function probe(server: RunningServer): Promise<number> {
  const started = performance.now();
  const { status } = await call(server, 'GET', '/health/live');
  if (status !== 200) throw new Error(`liveness answered ${status}`);
  return performance.now() - started;
}

async function logIn(server: RunningServer, username: string): Promise<number> {
  const started = performance.now();
  const { status, text } = await call(server, 'POST', '/v1/auth/login', { json: { username, password: passwordOf(username) } });
  if (status !== 200) throw new Error(`a login answered ${status}: ${text}`);
  return performance.now() - started;
}

const nameOf = (n: number): string => `person-${n}`;
const passwordOf = (username: string): string => `a long enough phrase for ${username}`;

async function round(server: RunningServer): Promise<{ readonly logins: readonly number[]; readonly probes: readonly number[] }> {
  let isOver = false;
  const logins = Promise.all(Array.from({ length: LOGINS }, (_, n) => logIn(server, nameOf(n)))).finally(() => (isOver = true));
  const probes: number[] = [];
  while (!isOver) probes.push(await probe(server));
  return { logins: await logins, probes };
}

function show(name: string, millis: readonly number[], limitMillis?: number): void {
  const sorted = millis.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const verdict = limitMillis === undefined ? '' : `   p99 ≤ ${limitMillis}  ${at(0.99) <= limitMillis ? 'met' : 'NOT MET'}`;
  console.log(`${name.padEnd(40)} ${String(millis.length).padStart(5)}   p50 ${at(0.5).toFixed(1).padStart(7)} ms   p99 ${at(0.99).toFixed(1).padStart(7)} ms   worst ${sorted.at(-1)!.toFixed(1).padStart(7)} ms${verdict}`);
}

const home = createHome({});
const server = await startServer(home);
try {
  const owner = await loginOwner(server);
  for (let n = 0; n < LOGINS; n += 1) {
    const { status, text } = await call(server, 'POST', '/v1/users', { token: owner, json: { username: nameOf(n), password: passwordOf(nameOf(n)) } });
    if (status !== 201) throw new Error(text);
  }
  // The first warms up.
  await round(server);
  const quiet: number[] = [];
  const rounds: { readonly logins: readonly number[]; readonly probes: readonly number[] }[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    for (let asked = 0; asked < QUIET_PROBES / ROUNDS; asked += 1) quiet.push(await probe(server));
    rounds.push(await round(server));
  }
  show('liveness, while nobody logs in (limit)', quiet);
  show(`liveness, while ${LOGINS} log in at once`, rounds.flatMap(({ probes }) => probes), P99_MILLIS_MAX);
  show(`a login among ${LOGINS} at once`, rounds.flatMap(({ logins }) => logins));
} finally {
  await server.stop();
  await home.dispose();
}
