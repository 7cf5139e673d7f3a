import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { type AssertionKey, parseAssertion, verifyAssertion } from './client-assertion.js';
import { readClientJwk, type ReadClientKey } from './client-jwk.js';

const ISSUER = 'https://quantonium.example';
const AUDIENCES = new Set([ISSUER, `${ISSUER}/oauth/token`]);
const CLIENT = '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a10';
const NOW = 1_795_327_200;

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
type Algorithm = keyof typeof pairs;
const keyOf = (algorithm: Algorithm, kid: string | null = null): AssertionKey => ({
  id: algorithm,
  ...(readClientJwk({ ...pairs[algorithm].publicKey.export({ format: 'jwk' }), alg: algorithm }) as ReadClientKey),
  kid,
});
const KEYS = (Object.keys(pairs) as Algorithm[]).map((algorithm) => keyOf(algorithm));

const claims = (changed: object = {}): Record<string, unknown> => ({ iss: CLIENT, sub: CLIENT, aud: ISSUER, exp: NOW + 60, iat: NOW, nbf: NOW, jti: 'a'.repeat(22), ...changed });
const signed = (algorithm: Algorithm, changed: object = {}, header: object = {}): Promise<string> =>
  new SignJWT(claims(changed) as never).setProtectedHeader({ alg: algorithm, ...header }).sign(pairs[algorithm].privateKey);

function outcome(text: string, keys: readonly AssertionKey[] = KEYS): string {
  const parsed = parseAssertion(text);
  if (typeof parsed === 'string') return parsed;
  const verified = verifyAssertion(parsed, keys, AUDIENCES, NOW);
  return typeof verified === 'string' ? verified : `good: ${verified.keyId}`;
}
const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('an assertion of a client', () => {
  it('is good under each algorithm, as somebody else writes it', async () => {
    for (const algorithm of Object.keys(pairs) as Algorithm[]) {
      assert.equal(outcome(await signed(algorithm)), `good: ${algorithm}`);
      assert.equal(outcome(await signed(algorithm, { aud: [`${ISSUER}/oauth/token`] }, { typ: 'JWT' })), `good: ${algorithm}`);
    }
  });

  it('is good under the key that it names, by the holder’s name or by the thumbprint, and under no other', async () => {
    const key = keyOf('ES256', 'mine');
    assert.equal(outcome(await signed('ES256', {}, { kid: 'mine' }), [key]), 'good: ES256');
    assert.equal(outcome(await signed('ES256', {}, { kid: key.thumbprint.toString('base64url') }), [key]), 'good: ES256');
    assert.equal(outcome(await signed('ES256', {}, { kid: 'other' }), [key]), 'unknown-key');
  });

  it('is for this server alone', async () => {
    for (const aud of ['https://other.example', `${ISSUER}/`, `${ISSUER}/oauth/introspect`, [ISSUER, 'https://other.example'], [ISSUER, `${ISSUER}/oauth/token`], []]) {
      assert.equal(outcome(await signed('ES256', { aud })), 'wrong-audience', JSON.stringify(aud));
    }
    assert.equal(outcome(await signed('ES256', { aud: 7 })), 'bad-claims');
    assert.equal(outcome(await signed('ES256', { aud: undefined })), 'bad-claims');
  });

  it('is about who signs, has an end that is near, and a name', async () => {
    assert.equal(outcome(await signed('ES256', { sub: 'somebody' })), 'bad-claims');
    assert.equal(outcome(await signed('ES256', { exp: NOW })), 'expired');
    assert.equal(outcome(await signed('ES256', { exp: NOW + 301 })), 'too-long');
    assert.equal(outcome(await signed('ES256', { exp: 1e300 })), 'bad-claims');
    assert.equal(outcome(await signed('ES256', { exp: undefined })), 'bad-claims');
    assert.equal(outcome(await signed('ES256', { nbf: NOW + 31 })), 'not-yet-valid');
    assert.equal(outcome(await signed('ES256', { iat: NOW + 31 })), 'not-yet-valid');
    for (const jti of [undefined, '', 7, 'x'.repeat(257)]) assert.equal(outcome(await signed('ES256', { jti })), 'bad-claims', String(jti));
  });

  it('is no good without a signature, or with one that the public key makes', () => {
    const body = encoded(claims());
    assert.equal(outcome(`${encoded({ alg: 'none' })}.${body}.`), 'malformed');
    assert.equal(outcome(`${encoded({ alg: 'none' })}.${body}.AAAA`), 'unknown-key');
    for (const secret of [keyOf('RS256').publicKey, pairs.RS256.publicKey.export({ type: 'spki', format: 'pem' })]) {
      const input = `${encoded({ alg: 'HS256' })}.${body}`;
      assert.equal(outcome(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`), 'unknown-key');
      const lied = `${encoded({ alg: 'RS256' })}.${body}`;
      assert.equal(outcome(`${lied}.${createHmac('sha256', secret).update(lied).digest('base64url')}`), 'bad-signature');
    }
  });

  it('is no good under an algorithm that is not the key’s, though the key could do it', () => {
    const input = `${encoded({ alg: 'PS256' })}.${encoded(claims())}`;
    const pkcs = sign('sha256', Buffer.from(input), pairs.RS256.privateKey).toString('base64url');
    assert.equal(outcome(`${input}.${pkcs}`, [keyOf('RS256')]), 'unknown-key');
    assert.equal(outcome(`${input}.${pkcs}`, [keyOf('PS256')]), 'bad-signature');
  });

  it('does not bring its key along, nor what nobody understands', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signedBy = (key: KeyObject, header: object): string => {
      const input = `${encoded(header)}.${encoded(claims())}`;
      return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    };
    assert.equal(outcome(signedBy(other.privateKey, { alg: 'ES256', jwk: other.publicKey.export({ format: 'jwk' }) })), 'bad-header');
    assert.equal(outcome(signedBy(other.privateKey, { alg: 'ES256', jku: 'https://evil.example' })), 'bad-header');
    assert.equal(outcome(signedBy(pairs.ES256.privateKey, { alg: 'ES256', crit: ['b64'], b64: false })), 'bad-header');
    assert.equal(outcome(signedBy(pairs.ES256.privateKey, { alg: 'ES256', typ: 'at+jwt' })), 'bad-header');
    assert.equal(outcome(signedBy(other.privateKey, { alg: 'ES256' })), 'bad-signature');
    assert.equal(outcome(await signed('ES256'), []), 'unknown-key');
  });

  it('has no second reading', async () => {
    const text = await signed('ES256');
    const [header, body, signature] = text.split('.') as [string, string, string];
    const doubled = encoded(`{"iss":"${CLIENT}","sub":"${CLIENT}","aud":"${ISSUER}","aud":"${ISSUER}","exp":${NOW + 60},"jti":"j"}`);
    for (const other of [`${header}.${doubled}.${signature}`, `${header}.${body}.${signature}.x`, `${header}.${body}`, `${header}.${body}.${signature}=`, ` ${text}`, `${header}=.${body}.${signature}`, `${encoded('[]')}.${body}.${signature}`, 'x'.repeat(9000)]) {
      assert.equal(outcome(other), 'malformed', other.slice(0, 40));
    }
    const der = sign('sha256', Buffer.from(`${header}.${body}`), pairs.ES256.privateKey).toString('base64url');
    assert.equal(outcome(`${header}.${body}.${der}`), 'bad-signature');
  });
});
