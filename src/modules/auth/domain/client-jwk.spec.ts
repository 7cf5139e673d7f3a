import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { readClientJwk, type ReadClientKey } from './client-jwk.js';

const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength = 2048, publicExponent = 65_537) => generateKeyPairSync('rsa', { modulusLength, publicExponent });
const jwkOf = (key: KeyObject): JsonWebKey & Record<string, unknown> => key.export({ format: 'jwk' });
const refusalOf = (jwk: object): string => {
  const read = readClientJwk(jwk as Record<string, unknown>);
  assert.ok('member' in read, JSON.stringify(jwk));
  return `${read.member}: ${read.code}`;
};

describe('the public key of a program', () => {
  it('is known by the thumbprint that others give it, and by one algorithm', async () => {
    const keys: readonly [object, string][] = [
      [jwkOf(ec().publicKey), 'ES256'],
      [jwkOf(generateKeyPairSync('ed25519').publicKey), 'EdDSA'],
      [{ ...jwkOf(rsa().publicKey), alg: 'RS256' }, 'RS256'],
      [{ ...jwkOf(rsa().publicKey), alg: 'PS256', use: 'sig', key_ops: ['verify'], kid: 'mine' }, 'PS256'],
    ];
    for (const [jwk, algorithm] of keys) {
      const read = readClientJwk(jwk as Record<string, unknown>) as ReadClientKey;
      assert.equal(read.algorithm, algorithm);
      assert.equal(read.thumbprint.toString('base64url'), await calculateJwkThumbprint(jwk));
      assert.equal(createPublicKey({ key: read.publicKey, format: 'der', type: 'spki' }).type, 'public');
    }
  });

  it('is refused with anything secret in it, and the member is named', () => {
    assert.equal(refusalOf(jwkOf(ec().privateKey)), 'd: holds-a-private-key');
    assert.equal(refusalOf({ ...jwkOf(rsa().publicKey), alg: 'RS256', p: 'AQAB' }), 'p: holds-a-private-key');
    assert.equal(refusalOf({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }), 'k: holds-a-private-key');
  });

  it('is refused where it is no key of these kinds', () => {
    assert.equal(refusalOf({ kty: 'oct' }), 'kty: not-one-of');
    assert.equal(refusalOf({ kty: 'toString' }), 'kty: not-one-of');
    assert.equal(refusalOf({}), 'kty: not-one-of');
    assert.equal(refusalOf(jwkOf(ec('P-384').publicKey)), 'crv: not-one-of');
    assert.equal(refusalOf(jwkOf(ec('secp256k1').publicKey)), 'crv: not-one-of');
    assert.equal(refusalOf(jwkOf(generateKeyPairSync('x25519').publicKey)), 'crv: not-one-of');
  });

  it('is refused with an algorithm of another kind, and an RSA key without one', () => {
    assert.equal(refusalOf({ ...jwkOf(ec().publicKey), alg: 'HS256' }), 'alg: not-one-of');
    assert.equal(refusalOf({ ...jwkOf(ec().publicKey), alg: 'none' }), 'alg: not-one-of');
    assert.equal(refusalOf(jwkOf(rsa().publicKey)), 'alg: not-one-of');
    assert.equal(refusalOf({ ...jwkOf(ec().publicKey), use: 'enc' }), 'use: not-one-of');
  });

  it('is refused where it is weak', () => {
    assert.equal(refusalOf({ ...jwkOf(rsa(1024).publicKey), alg: 'RS256' }), 'n: out-of-range');
    assert.equal(refusalOf({ ...jwkOf(rsa(2048, 3).publicKey), alg: 'PS256' }), 'e: out-of-range');
  });

  it('has one spelling, and nothing beside it', () => {
    const jwk = jwkOf(ec().publicKey);
    assert.equal(refusalOf({ ...jwk, x: `${jwk['x'] as string}=` }).split(': ')[0], 'x');
    assert.equal(refusalOf({ ...jwk, y: 'AA' }).split(': ')[0], 'y');
    assert.equal(refusalOf({ ...jwk, x5c: [] }), 'x5c: unknown-field');
    assert.equal(refusalOf({ ...jwk, kid: '' }), 'kid: wrong-type');
    assert.equal(refusalOf({ ...jwk, x: 7 }), 'x: required');
  });
});
