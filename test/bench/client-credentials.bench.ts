import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import autocannon from 'autocannon';
import { exportJWK, generateKeyPair } from 'jose';
import { call, loginOwner } from '../harness/api.js';
import { createHome, startServer } from '../harness/server.js';

/**
 * Tokens by client_credentials (ES256, client_secret_basic) beside the npm package `oidc-provider`, in one run on one
 * machine: the peer inside this process' own thread pair, ours as it is started, with load and servers on the same
 * cores. The peer keeps clients and grants in memory, records nothing, and its tokens cannot be revoked before they
 * end. Ours opens a session and writes an entry of the ledger in one Postgres transaction before it answers. So the
 * ratio compares what each does, not the same work.
 */
/** It comes without types. */
type Peer = new (issuer: string, configuration: object) => { callback(): RequestListener };
const PEER = 'oidc-provider';
const { default: Provider } = (await import(PEER)) as { readonly default: Peer };

const SECONDS = 5;
const CONNECTIONS = 32;
const BODY = 'grant_type=client_credentials&scope=read%3Adata';

async function rateOf(url: string, basic: string): Promise<number> {
  const headers = { 'authorization': `Basic ${Buffer.from(basic).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' };
  const result = await autocannon({ url, method: 'POST', headers, body: BODY, connections: CONNECTIONS, duration: SECONDS });
  const wrong = Object.entries(result.statusCodeStats ?? {}).filter(([status]) => status !== '200');
  if (wrong.length > 0) throw new Error(`${url}: answered ${JSON.stringify(Object.fromEntries(wrong))}`);
  return result.requests.average;
}

async function peer(): Promise<number> {
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
  try {
    return await rateOf(`${url}/token`, 'bench:a-secret-of-the-bench');
  } finally {
    listener.closeAllConnections();
    listener.close();
  }
}

async function ours(): Promise<number> {
  const home = createHome({});
  const server = await startServer(home);
  try {
    const token = await loginOwner(server);
    const account = await call<{ id: string }>(server, 'POST', '/v1/service-accounts', { token, json: { name: 'bench' } });
    const secret = await call<{ secret: string }>(server, 'POST', `/v1/service-accounts/${account.body.id}/secrets`, { token, json: {} });
    return await rateOf(`${server.url}/oauth/token`, `${account.body.id}:${secret.body.secret}`);
  } finally {
    await server.stop();
    await home.dispose();
  }
}

const limit = await peer();
const rate = await ours();
console.log(`client_credentials, ES256, ${CONNECTIONS} connections, ${SECONDS} s each`);
console.log(`oidc-provider, all in memory, nothing recorded  ${limit.toFixed(0).padStart(7)}/s`);
console.log(`ours, session and ledger entry in Postgres      ${rate.toFixed(0).padStart(7)}/s  ${(rate / limit).toFixed(2)} × oidc-provider (wanted: 2)`);
