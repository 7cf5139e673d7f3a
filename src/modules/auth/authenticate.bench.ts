import { createPublicKey, verify } from 'node:crypto';
import { type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { Keyring } from '#modules/crypto/index.js';
import { Authenticator } from './authenticator.js';
import { signCompact } from './compact-signing.js';
import { splitCompact } from './domain/compact-jws.js';
import { PublishedKeys } from './published-keys.js';

/**
 * What one authenticated request costs: the cached signature plus its share of the coalesced lookup, beside the limit
 * of doing without a cache, one bare ES256 verification. 64 requests in flight, as a busy server has; the database's
 * work shares the cores with this process.
 */
const SECONDS = 3;
const IN_FLIGHT = 64;
/** Fewer than the cache keeps, and of which none is there. */
const FRESH = 6_000;

async function perSecond(work: () => Promise<unknown> | void, inFlight: number): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  const started = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < end) {
        await work();
        done += 1;
      }
    }),
  );
  return (done * 1000) / (performance.now() - started);
}

const line = (name: string, rate: number, limit: number): void => console.log(`${name.padEnd(46)} ${Math.round(rate).toString().padStart(8)}/s  ${(rate / limit).toFixed(2).padStart(6)} × limit`);

async function measure(scene: AuthScene): Promise<void> {
  const authenticator = scene.engine.get(Authenticator);
  const { accessToken } = await logIn(scene.engine, { ...OWNER, source: SOURCE });
  const jws = splitCompact(accessToken);
  if (typeof jws === 'string') throw new Error(jws);
  const [jwk] = await scene.engine.get(PublishedKeys).list();
  const key = { key: createPublicKey({ key: { ...jwk! }, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
  await authenticator.authenticate(accessToken);

  const limit = await perSecond(() => void verify('sha256', jws.signingInput, key, jws.signature), 1);
  line('limit: bare ES256 verify', limit, limit);
  line(`cached signature + lookup, ${IN_FLIGHT} in flight`, await perSecond(() => authenticator.authenticate(accessToken), IN_FLIGHT), limit);
  const strangers = await freshTokens(scene, accessToken);
  const started = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    for (let token = strangers.pop(); token !== undefined; token = strangers.pop()) await authenticator.authenticate(token);
  }));
  line(`signature never seen + lookup, ${IN_FLIGHT} in flight (≥ 0.8)`, (FRESH * 1000) / (performance.now() - started), limit);
  line('cached signature + lookup, one at a time', await perSecond(() => authenticator.authenticate(accessToken), 1), limit);
}

/** The same claims under signatures of their own: ECDSA gives another each time. */
async function freshTokens(scene: AuthScene, token: string): Promise<string[]> {
  const payload = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  const keyring = scene.engine.get(Keyring);
  return Promise.all(Array.from({ length: FRESH }, () => signCompact(keyring, 'jwt', 'at+jwt', payload)));
}

const scene = await openAuthScene();
try {
  await measure(scene);
} finally {
  await scene.close();
}
