import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import autocannon from 'autocannon';
import { call, loginOwner } from '../../../../test/harness/api.js';
import { startBareServer } from '../../../../test/harness/bare-server.js';
import { openInsider } from '../../../../test/harness/insider.js';
import { figure, interleaved, interleavedRates, median, openDurableLedger, rateOf, ratio } from '../../../../test/harness/ledger-bench.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../../../../test/harness/server.js';

/**
 * What working with keys costs through HTTP, beside limits of the same run, all of them in turns: a bare Fastify server
 * in a process of its own that takes the same body and answers with as many bytes; the ledger's own group commit, with
 * as many callers, which an answer has to wait for; raw node:crypto for a batch. The same server is measured twice, once
 * with a ledger that records nothing. Load generator, server and Postgres share the machine's cores: the ratios say more
 * than the figures.
 */
const ROUNDS = 5;
const SECONDS = 3;
/** Until it is compiled: after 10,000 requests a quarter of a server's work is still V8's compiler. */
const WARM_REQUESTS = 15_000;
const WARM_BATCHES = 600;
const CONNECTIONS = 64;
/** 137 KB a request: more of them at once only wait for each other. */
const BATCH_CONNECTIONS = 16;
const ITEM_BYTES = 1024;
const BATCH = 100;

type Headers = Readonly<Record<string, string>>;
const JSON_TYPE = { 'content-type': 'application/json' };

async function load(url: string, body: string, headers: Headers, end: { duration: number } | { amount: number }): Promise<number> {
  const connections = body === single ? CONNECTIONS : BATCH_CONNECTIONS;
  const result = await autocannon({ url, method: 'POST', headers: { ...JSON_TYPE, ...headers }, body, connections, ...end });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers of another status, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

interface Subject {
  readonly home: TestHome;
  readonly server: RunningServer;
  readonly headers: Headers;
  readonly url: string;
}

/** A server with a key, which has been worked with for a while. */
async function openSubject(environment: Headers = {}): Promise<Subject> {
  const home = createHome();
  const server = await startServer(home, environment);
  const headers = { 'x-vault-token': await loginOwner(server) };
  const url = `${server.url}/v1/transit/encrypt/bench`;
  await make(server, headers, 'bench');
  await load(url, single, headers, { amount: WARM_REQUESTS });
  await load(url, batch, headers, { amount: WARM_BATCHES });
  return { home, server, headers, url };
}

async function make(server: RunningServer, headers: Headers, name: string): Promise<void> {
  const { status, text } = await call(server, 'POST', `/v1/transit/keys/${name}`, { json: {}, headers });
  if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
}

const plaintext = randomBytes(ITEM_BYTES).toString('base64');
const single = JSON.stringify({ plaintext });
const batch = JSON.stringify({ batch_input: Array.from({ length: BATCH }, () => ({ plaintext })) });
const bytes = Buffer.from(plaintext, 'base64');
const secret = createSecretKey(randomBytes(32));

function rawBatch(): void {
  for (let item = 0; item < BATCH; item += 1) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', secret, nonce);
    Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

async function readVersions({ home, server, headers }: Subject): Promise<void> {
  const insider = await openInsider(home);
  for (const [name, versions] of [['ten', 10], ['thousand', 1000]] as const) {
    await make(server, headers, name);
    await insider.query(
      `WITH k AS (UPDATE crypto.transit_key SET latest_version = $2 WHERE name = $1 RETURNING id)
       INSERT INTO crypto.transit_key_version (key_id, version, public_key, wrapped_secret, wrapped_hmac_key, created_at)
       SELECT k.id, n, v.public_key, v.wrapped_secret, v.wrapped_hmac_key, v.created_at FROM k JOIN crypto.transit_key_version v ON v.key_id = k.id, generate_series(2, $2::int) n`,
      [name, versions],
    );
  }
  await insider.close();
  const read = (name: string) => ({ callers: 8, once: () => call(server, 'GET', `/v1/transit/keys/${name}`, { headers }) });
  const reads = await interleavedRates({ ten: read('ten'), thousand: read('thousand') }, 5, 800);
  figure('reading a key of 1,000 versions, over one of 10', ratio(reads.thousand, reads.ten), '×', { atLeast: 0.8 });
}

const opened: Subject[] = [];
const ledger = await openDurableLedger(CONNECTIONS);
try {
  const recorded = await openSubject();
  opened.push(recorded);
  const silent = await openSubject({ NODE_OPTIONS: `--import=${new URL('../../../../test/harness/silent-ledger.js', import.meta.url).href}` });
  opened.push(silent);
  const answer = await call(recorded.server, 'POST', '/v1/transit/encrypt/bench', { raw: single, headers: { ...JSON_TYPE, ...recorded.headers } });
  const bare = await startBareServer(answer.text);
  await load(bare.url, single, {}, { amount: WARM_REQUESTS });

  const event = ledger.event({ facts: { count: 1, failed: 0 }, items: [randomBytes(32)] });
  const whole = (url: string, body: string, headers: Headers = {}) => () => load(url, body, headers, { duration: SECONDS });
  const rates = await interleaved(
    {
      bare: whole(bare.url, single),
      silent: whole(silent.url, single, silent.headers),
      grouped: () => rateOf({ callers: CONNECTIONS, once: () => ledger.log.record(event) }, SECONDS * 1000),
      recorded: whole(recorded.url, single, recorded.headers),
      raw: () => rateOf({ callers: 1, once: async () => rawBatch() }, SECONDS * 1000),
      silentBatch: whole(silent.url, batch, silent.headers),
      recordedBatch: whole(recorded.url, batch, recorded.headers),
    },
    ROUNDS,
  );
  bare.stop();

  figure('bare Fastify, the same body, an answer as long (the limit)', median(rates.bare), '/s');
  figure('encrypt 1 KiB, one a request, nothing recorded', median(rates.silent), '/s');
  figure('  over bare Fastify', ratio(rates.silent, rates.bare), '×', { atLeast: 0.4 });
  figure(`audit-only group commit, ${CONNECTIONS} callers (the limit with the ledger)`, median(rates.grouped), '/s');
  figure('encrypt 1 KiB, one a request, recorded', median(rates.recorded), '/s');
  figure('  over the group commit', ratio(rates.recorded, rates.grouped), '×', { atLeast: 0.6 });
  figure('  over the same with nothing recorded', ratio(rates.recorded, rates.silent), '×');
  figure(`raw node:crypto, ${BATCH} × 1 KiB (the limit of a batch)`, median(rates.raw), '/s');
  figure(`a batch of ${BATCH} × 1 KiB, recorded`, median(rates.recordedBatch), '/s');
  figure('  over raw node:crypto', ratio(rates.recordedBatch, rates.raw), '×', { atLeast: 0.35 });
  figure('  with nothing recorded, over raw node:crypto', ratio(rates.silentBatch, rates.raw), '×');
  await readVersions(recorded);
} finally {
  for (const { server, home } of opened) {
    await server.stop();
    await home.dispose();
  }
  await ledger.close();
}
