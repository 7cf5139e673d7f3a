import assert from 'node:assert/strict';
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Authenticator, PublishedKeys } from '#modules/auth/index.js';
import { type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../harness/auth-engine.js';

/**
 * The tokens that are really issued, read as a stranger would who has only the RFCs and the published key set: with
 * nothing of ours but the two texts. Sections are of RFC 9068 unless another one is named.
 */
describe('RFC 9068: access tokens as JWTs', () => {
  let scene: AuthScene;
  let token: string;
  let header: Record<string, unknown>;
  let claims: Record<string, unknown>;
  let keys: readonly (JsonWebKey & { kid: string })[];
  const segment = (at: number): Buffer => Buffer.from(token.split('.')[at]!, 'base64url');
  const issue = async (scope?: string): Promise<string> =>
    (await logIn(scene.engine, { ...OWNER, source: SOURCE, ...(scope === undefined ? {} : { scope }) })).accessToken;
  const keyNamed = (kid: unknown): KeyObject => {
    const key = keys.find((candidate) => candidate.kid === kid);
    assert.ok(key, 'the key set names the key');
    return createPublicKey({ key, format: 'jwk' });
  };

  before(async () => {
    scene = await openAuthScene();
    token = await issue('read:data run:simulation');
    header = JSON.parse(segment(0).toString()) as Record<string, unknown>;
    claims = JSON.parse(segment(1).toString()) as Record<string, unknown>;
    keys = JSON.parse(JSON.stringify(await scene.engine.get(PublishedKeys).list())) as typeof keys;
  });
  after(() => scene.close());

  it('§2.1: are signed, by an asymmetric algorithm, and of the type at+jwt', () => {
    assert.equal(header['alg'], 'ES256');
    assert.equal(header['typ'], 'at+jwt');
  });

  it('§2.1, RFC 7515 §3.1: verify under the published key that they name', () => {
    const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
    assert.ok(verify('sha256', signed, { key: keyNamed(header['kid']), dsaEncoding: 'ieee-p1363' }, segment(2)));
    const altered = Buffer.from(signed);
    altered[40]! ^= 1;
    assert.ok(!verify('sha256', altered, { key: keyNamed(header['kid']), dsaEncoding: 'ieee-p1363' }, segment(2)));
  });

  it('§2.2: have every required claim, of the type that RFC 7519 gives it', () => {
    for (const name of ['iss', 'aud', 'sub', 'client_id', 'jti']) assert.equal(typeof claims[name], 'string', name);
    for (const name of ['exp', 'iat', 'nbf', 'auth_time']) assert.ok(Number.isSafeInteger(claims[name]), name);
    assert.ok(URL.canParse(claims['iss'] as string));
    assert.equal(Number(claims['exp']) - Number(claims['iat']), 600);
  });

  it('§2.2.1: say how and when the person was authenticated', () => {
    assert.ok(Math.abs(Number(claims['auth_time']) - Date.now() / 1000) < 60);
    assert.equal(claims['acr'], 'aal1');
    assert.deepEqual(claims['amr'], ['pwd'], 'RFC 8176 §2');
  });

  it('§2.2.3, RFC 8693 §4.2: name their scopes separated by spaces', () => {
    assert.equal(claims['scope'], 'read:data run:simulation');
  });

  it('RFC 7519 §4.1.7: never share a jti', async () => {
    const others = await Promise.all([issue(), issue(), issue()]);
    const ids = others.map((other) => (JSON.parse(Buffer.from(other.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti);
    assert.equal(new Set([...ids, claims['jti']]).size, 4);
  });

  it('§6: carry no personal data and no permissions', () => {
    const known = ['iss', 'aud', 'sub', 'sub_type', 'client_id', 'sid', 'jti', 'scope', 'sep', 'acr', 'amr', 'auth_time', 'iat', 'nbf', 'exp'];
    assert.deepEqual(Object.keys(claims).toSorted(), known.toSorted());
    assert.ok(!JSON.stringify(claims).includes(OWNER.username));
  });

  it('§4: are accepted by the resource server that they are for', async () => {
    assert.equal((await scene.engine.get(Authenticator).authenticate(token)).id, claims['sub']);
  });

  it('RFC 7517 §4, §8.1: come with a key set that has public members only', () => {
    for (const key of keys) {
      assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      assert.equal(Buffer.from(key.x!, 'base64url').length, 32, 'RFC 7518 §6.2.1.2');
      assert.equal(Buffer.from(key.y!, 'base64url').length, 32);
    }
    assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
  });

  it('RFC 7638 §3: name keys by their thumbprint', () => {
    for (const { crv, kty, x, y, kid } of keys) {
      assert.equal(kid, createHash('sha256').update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`).digest('base64url'));
    }
  });
});
