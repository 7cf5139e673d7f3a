import { createServer } from 'node:http';
import autocannon from 'autocannon';
import fastify from 'fastify';
import { call } from '../harness/api.js';
import { createHome, startServer, SIMULATOR_AS_INSTALLED } from '../harness/server.js';
import { createWorld } from '../harness/world.js';
import { BELL } from '../e2e/programs.js';

/**
 * Requests per second of the whole chain beside the bare frameworks, in one run on one machine: load generator and
 * server share its cores, so the ratios say more than the figures. Limits: a bare node:http and a bare Fastify server.
 */
const SECONDS = 5;
const CONNECTIONS = 16;

interface Load {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly expect: number;
}

async function requestsPerSecond({ url, method = 'GET', headers = {}, body, expect }: Load): Promise<{ rate: number; p50: number; p99: number }> {
  const result = await autocannon({ url, method, headers, ...(body === undefined ? {} : { body }), connections: CONNECTIONS, duration: SECONDS });
  const wrong = Object.entries(result.statusCodeStats ?? {}).filter(([status]) => Number(status) !== expect);
  if (wrong.length > 0) throw new Error(`${url}: answered ${JSON.stringify(Object.fromEntries(wrong))}, expected ${expect}`);
  return { rate: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
}

const rows: [string, { rate: number; p50: number; p99: number }][] = [];

const plain = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"hello":"world"}')).listen(0);
rows.push(['node:http hello', await requestsPerSecond({ url: `http://127.0.0.1:${(plain.address() as { port: number }).port}/`, expect: 200 })]);
plain.close();

const bare = fastify();
bare.get('/', async () => ({ hello: 'world' }));
const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' });
rows.push(['Fastify hello (the limit)', await requestsPerSecond({ url: bareUrl, expect: 200 })]);
await bare.close();

/* The queue may grow: what is measured is the acknowledgement of a job, not its run. */
const home = createHome({ ...SIMULATOR_AS_INSTALLED, SIMULATION_QUEUED_JOBS_MAX: '100000' });
const server = await startServer(home);
try {
  const world = await createWorld(server);
  const authorization = `Bearer ${world.alice.token}`;
  const json = JSON.stringify({ program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1, project: 'red' });
  const submitted = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: world.alice.token, raw: json, headers: { 'content-type': 'application/json', prefer: 'wait=30' } });
  const eventId = submitted.headers.get('audit-event-id')!;
  rows.push(['liveness probe', await requestsPerSecond({ url: `${server.url}/health/live`, expect: 200 })]);
  rows.push(['authenticated, authorised read', await requestsPerSecond({ url: `${server.url}/v1/simulations/${submitted.body.id}`, headers: { authorization }, expect: 200 })]);
  rows.push(['authenticated, authorised, audited read', await requestsPerSecond({ url: `${server.url}/v1/audit/entries/${eventId}/receipt`, headers: { authorization: `Bearer ${world.carol.token}` }, expect: 200 })]);
  rows.push(['job submission', await requestsPerSecond({ url: `${server.url}/v1/simulations`, method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: json, expect: 202 })]);
} finally {
  await server.stop();
  await home.dispose();
}

const limit = rows[1]![1].rate;
console.log(`${CONNECTIONS} connections, ${SECONDS} s each, load and server on the same cores`);
console.log('what                                          req/s   of limit   p50 ms   p99 ms');
for (const [what, { rate, p50, p99 }] of rows) {
  console.log(`${what.padEnd(42)}${rate.toFixed(0).padStart(9)}${(rate / limit).toFixed(3).padStart(11)}${String(p50).padStart(9)}${String(p99).padStart(9)}`);
}
