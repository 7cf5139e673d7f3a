import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import autocannon from 'autocannon';
import fastify from 'fastify';
import { call, loginOwner } from '../../../../test/harness/api.js';
import { openInsider } from '../../../../test/harness/insider.js';
import { figure, interleavedRates, openDurableLedger, ratio } from '../../../../test/harness/ledger-bench.js';
import { createHome, startServer } from '../../../../test/harness/server.js';

/**
 * What working with keys costs through HTTP, beside limits of the same run: a bare Fastify server that takes the same
 * body; the ledger's own group commit, which an answer has to wait for; raw node:crypto for a batch. Load generator,
 * server and Postgres share the machine's cores: the ratios say more than the figures.
 */
const SECONDS = 5;
const CONNECTIONS = 64;
/** 137 KB a request: more of them at once only wait for each other. */
const BATCH_CONNECTIONS = 16;
const ITEM_BYTES = 1024;
const BATCH = 100;

async function rateOf(url: string, body: string, headers: Readonly<Record<string, string>> = {}, connections = CONNECTIONS): Promise<number> {
  const result = await autocannon({ url, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, connections, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers of another status, ${result.errors} errors`);
  return result.requests.average;
}

const plaintext = randomBytes(ITEM_BYTES).toString('base64');
const single = JSON.stringify({ plaintext });
const batch = JSON.stringify({ batch_input: Array.from({ length: BATCH }, () => ({ plaintext })) });

const bare = fastify();
bare.post('/', async () => ({ data: { ciphertext: `vault:v1:${plaintext}`, key_version: 1 } }));
const limit = await rateOf(await bare.listen({ port: 0, host: '127.0.0.1' }), single);
await bare.close();

const ledger = await openDurableLedger(CONNECTIONS);
const event = ledger.event({ facts: { count: 1, failed: 0 }, items: [randomBytes(32)] });
const recording = await interleavedRates({ grouped: { callers: CONNECTIONS, once: () => ledger.log.record(event) } }, 3, 1_500);
await ledger.close();
const grouped = recording.grouped.toSorted((a, b) => a - b)[1]!;

const secret = createSecretKey(randomBytes(32));
const bytes = Buffer.from(plaintext, 'base64');
function rawBatches(): number {
  let done = 0;
  for (const until = performance.now() + 2_000; performance.now() < until; done += 1) {
    for (let item = 0; item < BATCH; item += 1) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce);
      Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    }
  }
  return done / 2;
}

const home = createHome();
const server = await startServer(home);
try {
  const token = await loginOwner(server);
  const headers = { 'x-vault-token': token };
  const post = async (path: string, json: object): Promise<void> => {
    const answer = await call(server, 'POST', `/v1/transit/${path}`, { json, headers });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  };
  await post('keys/bench', {});
  const url = `${server.url}/v1/transit/encrypt/bench`;
  const raw = rawBatches();
  await rateOf(url, single, headers); // Until it is compiled.
  const one = await rateOf(url, single, headers);
  const many = await rateOf(url, batch, headers, BATCH_CONNECTIONS);
  figure('bare Fastify, the same body (the limit)', limit, '/s');
  figure('audit-only group commit (the limit with the ledger)', grouped, '/s');
  figure('encrypt 1 KiB, one a request, recorded', one, '/s');
  figure('  over bare Fastify', one / limit, '×', { atLeast: 0.4 });
  figure('  over the group commit', one / grouped, '×', { atLeast: 0.6 });
  figure(`raw node:crypto, ${BATCH} × 1 KiB`, raw, '/s');
  figure(`a batch of ${BATCH} × 1 KiB, recorded`, many, '/s');
  figure('  over raw node:crypto', many / raw, '×', { atLeast: 0.35 });

  await post('keys/ten', {});
  await post('keys/thousand', {});
  const insider = await openInsider(home);
  const more = (name: string, versions: number): Promise<unknown> =>
    insider.query(
      `WITH k AS (UPDATE crypto.transit_key SET latest_version = $2 WHERE name = $1 RETURNING id)
       INSERT INTO crypto.transit_key_version (key_id, version, public_key, wrapped_secret, wrapped_hmac_key, created_at)
       SELECT k.id, n, v.public_key, v.wrapped_secret, v.wrapped_hmac_key, v.created_at FROM k JOIN crypto.transit_key_version v ON v.key_id = k.id, generate_series(2, $2::int) n`,
      [name, versions],
    );
  await more('ten', 10);
  await more('thousand', 1000);
  await insider.close();
  const read = (name: string) => ({ callers: 8, once: () => call(server, 'GET', `/v1/transit/keys/${name}`, { headers }) });
  const reads = await interleavedRates({ ten: read('ten'), thousand: read('thousand') }, 5, 800);
  figure('reading a key of 1,000 versions, over one of 10', ratio(reads.thousand, reads.ten), '×', { atLeast: 0.8 });
} finally {
  await server.stop();
  await home.dispose();
}
