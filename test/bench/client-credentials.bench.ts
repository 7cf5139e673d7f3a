import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import autocannon from 'autocannon';
import { exportJWK, generateKeyPair } from 'jose';
import { call, loginOwner } from '../harness/api.js';
import { cpuMicrosOf } from '../harness/process-cpu.js';
import { createHome, type RunningServer, startServer } from '../harness/server.js';

/**
 * Tokens by client_credentials (ES256, client_secret_basic, kept connections) beside the npm package `oidc-provider`, in
 * one run on one machine: each a process of its own, in turns, with the load and the database on the same cores. The
 * peer keeps clients and grants in memory, records nothing, and its tokens cannot be revoked before they end. Ours opens
 * a session and writes an entry of the ledger in Postgres before it answers. So the ratio compares what each does, not
 * the same work. Where the cores are shared with others, the time that each spends on a token tells more than the rate.
 *
 * The liveness probe goes through the same pipeline and does nothing: what it costs is no token's. All of a token is the
 * request's own (secret, claims, signature, entry) and what follows it (sequencing, detection). The database's part has
 * been made small by sharing transactions (program-logins.ts); the next to be had are the pipeline's, and the
 * detector's, which sees each entry.
 */
/** It comes without types. */
type Peer = new (issuer: string, configuration: object) => { callback(): RequestListener };
const PEER = 'oidc-provider';

const ROUNDS = 3;
const SECONDS = 4;
const CONNECTIONS = 32;
const BODY = 'grant_type=client_credentials&scope=read%3Adata';
const PEER_SECRET = 'bench:a-secret-of-the-bench';

interface Subject {
  readonly url: string;
  /** Null: it asks for nothing but an answer. */
  readonly basic: string | null;
  readonly pid: number;
}

interface Round {
  /** Tokens a second. */
  readonly rate: number;
  /** CPU of a token: of the server itself, and of the processes that it has started. */
  readonly ownMicros: number;
  readonly childMicros: number;
}

/** In a process of its own: says where it listens, and ends with its parent. */
async function servePeer(): Promise<void> {
  const { default: Provider } = (await import(PEER)) as { readonly default: Peer };
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'bench' }] },
    scopes: ['read:data'],
    clients: [{ client_id: 'bench', client_secret: 'a-secret-of-the-bench', grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'read:data', id_token_signed_response_alg: 'ES256' }],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => url,
        getResourceServerInfo: () => ({ scope: 'read:data', audience: url, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } }),
      },
    },
  });
  listener.on('request', provider.callback());
  process.once('disconnect', () => process.exit());
  process.send!(url);
}

async function startPeer(): Promise<{ readonly child: ChildProcess; readonly subject: Subject }> {
  const child = fork(new URL(import.meta.url), ['peer'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [url] = (await once(child, 'message')) as [string];
  return { child, subject: { url: `${url}/token`, basic: PEER_SECRET, pid: child.pid! } };
}

async function subjectOf(server: RunningServer): Promise<Subject> {
  const token = await loginOwner(server);
  const account = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token, json: { name: 'bench' } });
  const secret = await call<{ secret: string }>(server, 'POST', `/v1/service-accounts/${account.body.id}/secrets`, { token, json: {} });
  return { url: `${server.url}/oauth/token`, basic: `${account.body.id}:${secret.body.secret}`, pid: server.pid };
}

async function roundOf({ url, basic, pid }: Subject): Promise<Round> {
  const headers = { 'authorization': `Basic ${Buffer.from(basic ?? '').toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' };
  const asked = basic === null ? {} : { method: 'POST' as const, headers, body: BODY };
  const before = cpuMicrosOf(pid);
  const { requests, statusCodeStats = {} } = await autocannon({ url, ...asked, connections: CONNECTIONS, duration: SECONDS });
  const after = cpuMicrosOf(pid);
  const wrong = Object.entries(statusCodeStats).filter(([status]) => status !== '200');
  if (wrong.length > 0) throw new Error(`${url}: answered ${JSON.stringify(Object.fromEntries(wrong))}`);
  return { rate: requests.average, ownMicros: (after.own - before.own) / requests.total, childMicros: (after.children - before.children) / requests.total };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

function show(name: string, rounds: readonly Round[], limit: readonly Round[]): void {
  const [rate, own, children] = [median(rounds.map((each) => each.rate)), median(rounds.map(({ ownMicros }) => ownMicros)), median(rounds.map(({ childMicros }) => childMicros))];
  const ratio = median(rounds.map((each, at) => each.rate / limit[at]!.rate));
  console.log(`${name.padEnd(48)} ${rate.toFixed(0).padStart(6)}/s  ${ratio.toFixed(2)} ×   ${own.toFixed(0).padStart(6)} µs of its CPU, ${children.toFixed(0).padStart(5)} µs of its database's`);
}

async function measure(): Promise<void> {
  const home = createHome({});
  const [server, { child, subject: peer }] = await Promise.all([startServer(home), startPeer()]);
  try {
    const subjects = [peer, await subjectOf(server), { url: `${server.url}/health/live`, basic: null, pid: server.pid }] as const;
    const rounds: [Round, Round, Round][] = [];
    // The first warms up.
    for (let round = -1; round < ROUNDS; round += 1) {
      const each: [Round, Round, Round] = [await roundOf(subjects[0]), await roundOf(subjects[1]), await roundOf(subjects[2])];
      if (round >= 0) rounds.push(each);
    }
    const limit = rounds.map(([first]) => first);
    console.log(`client_credentials, ES256, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s each`);
    show('oidc-provider, all in memory, nothing recorded', limit, limit);
    show('ours, session and ledger entry (wanted: 2 ×)', rounds.map(([, second]) => second), limit);
    show('ours, a liveness probe', rounds.map(([, , third]) => third), limit);
  } finally {
    child.disconnect();
    await server.stop();
    await home.dispose();
  }
}

await (process.argv[2] === 'peer' ? servePeer() : measure());
