import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SigningKeys } from '#modules/crypto/index.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthEngine, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { Authenticator } from './authenticator.js';
import { hasLowS } from './domain/compact-jws.js';
import { PublishedKeys } from './published-keys.js';

const OPERATOR = systemPrincipal('operator');
const unrecorded = (): Promise<void> => Promise.resolve();

/** Whoever knows nothing but RFC 7515 and the published keys. */
const INDEPENDENT: Readonly<Record<string, (key: ReturnType<typeof createPublicKey>, bytes: Buffer, signature: Buffer) => boolean>> = {
  ES256: (key, bytes, signature) => verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature),
  EdDSA: (key, bytes, signature) => verify(null, bytes, key, signature),
  RS256: (key, bytes, signature) => verify('sha256', bytes, key, signature),
};

describe('the algorithm of access tokens', () => {
  let scene: AuthScene;
  const others: AuthEngine[] = [];

  before(async () => {
    scene = await openAuthScene();
  });
  after(async () => {
    for (const other of others) await other.close();
    await scene.close();
  });

  const login = async (engine: AuthEngine): Promise<string> => (await logIn(engine, { ...OWNER, source: SOURCE })).accessToken;
  const headerOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { alg: string; typ: string; kid: string };

  it('is the one that the key was made for, and a new setting holds from the next key on', async () => {
    const tokens = [await login(scene.engine)];
    assert.deepEqual(headerOf(tokens[0]!).alg, 'ES256');
    for (const algorithm of ['EdDSA', 'RS256'] as const) {
      const engine = await openAuthEngine(scene.database, scene.rootKey, { settings: { JWT_ALGORITHM: algorithm } });
      others.push(engine);
      assert.notEqual(headerOf(await login(engine)).alg, algorithm, 'the key that signs stays what it is');
      await engine.get(SigningKeys).rotate(OPERATOR, 'jwt', unrecorded);
      // The replica that was told something else signs with the key that there is.
      for (const each of [engine, scene.engine]) {
        const token = await login(each);
        assert.deepEqual({ ...headerOf(token), kid: '' }, { alg: algorithm, typ: 'at+jwt', kid: '' });
        tokens.push(token);
      }
    }
    const published = await scene.engine.get(PublishedKeys).list();
    for (const token of tokens) {
      for (const engine of [scene.engine, ...others]) assert.equal((await engine.get(Authenticator).authenticate(token)).kind, 'user');
      const { alg, kid } = headerOf(token);
      const jwk = published.find((key) => key.kid === kid)!;
      assert.equal(jwk.alg, alg);
      const [header, payload, signature] = token.split('.') as [string, string, string];
      assert.ok(INDEPENDENT[alg]!(createPublicKey({ key: { ...jwk }, format: 'jwk' }), Buffer.from(`${header}.${payload}`), Buffer.from(signature, 'base64url')), alg);
    }
    assert.deepEqual(published.map(({ alg }) => alg), ['ES256', 'EdDSA', 'RS256']);
    for (const key of published) for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key), secret);
  });

  it('is never the token’s to choose', async () => {
    const [header, payload, signature] = (await login(scene.engine)).split('.') as [string, string, string];
    const { kid } = headerOf(`${header}.`);
    for (const alg of ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS384', 'HS256', 'none']) {
      const forged = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })).toString('base64url');
      await assert.rejects(scene.engine.get(Authenticator).authenticate(`${forged}.${payload}.${signature}`));
    }
  });

  it('gives ES256 signatures with the lower s alone', async () => {
    const engine = await openAuthEngine(scene.database, scene.rootKey);
    others.push(engine);
    await engine.get(SigningKeys).rotate(OPERATOR, 'jwt', unrecorded);
    // Of twelve that are not looked after, all are low once in four thousand times.
    for (let n = 0; n < 12; n += 1) assert.ok(hasLowS(Buffer.from((await login(engine)).split('.')[2]!, 'base64url')));
  });
});
