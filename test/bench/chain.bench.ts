import { randomBytes } from 'node:crypto';
import autocannon from 'autocannon';
import { call } from '../harness/api.js';
import { startBareNestServer } from '../harness/bare-nest-server.js';
import { figure, interleaved, median, openDurableLedger, rateOf, ratio } from '../harness/ledger-bench.js';
import { createHome, type RunningServer, startServer, SIMULATOR_AS_INSTALLED } from '../harness/server.js';
import { createWorld, type World } from '../harness/world.js';

/**
 * What the request pipeline costs: a read through all of it (limits, headers, rate limiter, cached token, security
 * lookup, policy, validation) beside the bare frame, Nest on Fastify with one controller that greets; and a read that
 * is recorded beside the ledger's own group commit, which its answer waits for. All of it in turns in one run, each
 * server in a process of its own; load generator, servers and Postgres share the machine's cores.
 */
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
/** Until it is compiled. */
const WARM_REQUESTS = 15_000;

async function load(url: string, token: string | null, end: { duration: number } | { amount: number }): Promise<number> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const result = await autocannon({ url, headers, connections: CONNECTIONS, ...end });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers of another status, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

interface Reads {
  readonly version: [string, string];
  readonly project: [string, string];
  readonly list: [string, string];
  readonly entry: [string, string];
}

async function readsOf(server: RunningServer, world: World): Promise<Reads> {
  const made = await call(server, 'POST', '/v1/projects', { token: world.owner.token, json: { slug: 'green', name: 'green' } });
  const { token } = world.alice;
  return {
    version: [`${server.url}/v1/version`, token],
    project: [`${server.url}/v1/projects/${world.red}`, token],
    list: [`${server.url}/v1/projects?limit=1`, token],
    entry: [`${server.url}/v1/audit/entries/${made.headers.get('audit-event-id')!}`, world.carol.token],
  };
}

const ledger = await openDurableLedger(CONNECTIONS);
const home = createHome(SIMULATOR_AS_INSTALLED);
const hello = await startBareNestServer();
try {
  const server = await startServer(home);
  const reads = await readsOf(server, await createWorld(server));
  await load(hello.url, null, { amount: WARM_REQUESTS });
  for (const [url, token] of Object.values(reads) as [string, string][]) await load(url, token, { amount: WARM_REQUESTS });

  const event = ledger.event({ facts: { count: 1 }, items: [randomBytes(32)] });
  const timed = (url: string, token: string | null) => () => load(url, token, { duration: SECONDS });
  const rates = await interleaved(
    {
      hello: timed(hello.url, null),
      version: timed(...reads.version),
      project: timed(...reads.project),
      list: timed(...reads.list),
      grouped: () => rateOf({ callers: CONNECTIONS, once: () => ledger.log.record(event) }, SECONDS * 1000),
      entry: timed(...reads.entry),
    },
    ROUNDS,
  );
  await server.stop();
  figure('Nest on Fastify, a greeting (the limit)', median(rates.hello), '/s');
  figure('the whole chain, before a handler that reads constants', median(rates.version), '/s');
  figure('  over the limit', ratio(rates.version, rates.hello), '×', { atLeast: 0.4 });
  figure('a project by its id, which the handler asks the database for', median(rates.project), '/s');
  figure('  over the limit', ratio(rates.project, rates.hello), '×');
  figure('a list of projects, its query validated, filtered by the policy', median(rates.list), '/s');
  figure('  over the limit', ratio(rates.list, rates.hello), '×');
  figure(`audit-only group commit, ${CONNECTIONS} callers (the limit with the ledger)`, median(rates.grouped), '/s');
  figure('an entry of the ledger by its id, which is recorded', median(rates.entry), '/s');
  figure('  over the group commit', ratio(rates.entry, rates.grouped), '×', { atLeast: 0.6 });
} finally {
  hello.stop();
  await home.dispose();
  await ledger.close();
}
