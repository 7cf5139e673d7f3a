import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type DpopKey, dpopKey, signedProof } from '../../../../test/harness/dpop.js';
import { accessTokenHash, type DpopRequest, examineProof, type ProofRefusal } from './dpop-proof.js';

const NOW = 1_790_000_000;
const REQUEST: DpopRequest = { method: 'POST', url: 'https://q.example/v1/simulations', accessToken: null };
const key = dpopKey('ES256');

const examined = (proof: string, request: Partial<DpopRequest> = {}, nowSeconds = NOW) => examineProof(proof, { ...REQUEST, ...request }, nowSeconds * 1000);
/** A good proof, but for what is told. */
const proof = ({ header = {}, claims = {}, by = key }: { header?: object; claims?: object; by?: DpopKey } = {}): string =>
  signedProof(by, { typ: 'dpop+jwt', alg: by.algorithm, jwk: by.jwk, ...header }, { jti: 'e1j3V_bKic8-LAEB', htm: 'POST', htu: REQUEST.url, iat: NOW, ...claims });

describe('a proof of possession', () => {
  for (const algorithm of ['ES256', 'EdDSA', 'Ed25519'] as const) {
    it(`gives the thumbprint of its key (${algorithm})`, () => {
      const by = dpopKey(algorithm);
      const found = examined(proof({ by }));
      assert.ok(typeof found !== 'string', String(found));
      assert.equal(found.thumbprint.toString('base64url'), by.thumbprint);
      assert.equal(found.expiresAtMillis, (NOW + 120) * 1000);
    });
  }

  it('is the one of RFC 9449 §4.1, at its time and for its request', () => {
    const published =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';
    const found = examined(published, { url: 'https://server.example.com/token' }, 1_562_262_616);
    // §6.1: the thumbprint that the token of the example is bound to.
    assert.ok(typeof found !== 'string', String(found));
    assert.equal(found.thumbprint.toString('base64url'), '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('names the access token that it comes with', () => {
    assert.equal(accessTokenHash('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'), 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo', 'RFC 9449 §7.1');
    assert.ok(typeof examined(proof({ claims: { ath: accessTokenHash('token') } }), { accessToken: 'token' }) !== 'string');
    assert.equal(examined(proof({ claims: { ath: accessTokenHash('other') } }), { accessToken: 'token' }), 'made for another access token');
    assert.equal(examined(proof(), { accessToken: 'token' }), 'an access token that came without its hash');
  });

  it('is for one URL, however that is written', () => {
    for (const htu of ['HTTPS://Q.EXAMPLE:443/v1/simulations', 'https://q.example/v1/./simulations', `${REQUEST.url}?a=b#c`]) {
      assert.ok(typeof examined(proof({ claims: { htu } })) !== 'string', htu);
    }
    assert.ok(typeof examined(proof({ claims: { htu: 'https://q.example/v2/a%2fb' } }), { url: 'https://q.example/v2/a%2Fb' }) !== 'string');
    for (const htu of ['http://q.example/v1/simulations', 'https://q.example:8443/v1/simulations', 'https://q.example/v1/simulations/', 'https://evil@q.example/v1/simulations', 'https://q.example.evil/v1/simulations', '/v1/simulations', 'https:/q.example/v1/simulations', '']) {
      assert.equal(examined(proof({ claims: { htu } })), 'made for another URL', htu);
    }
  });

  it('is good for two minutes, by the clock of whoever takes it', () => {
    for (const seconds of [-30, 0, 119, 120]) assert.ok(typeof examined(proof(), {}, NOW + seconds) !== 'string', String(seconds));
    for (const seconds of [-31, -3600, 121, 3600]) assert.equal(examined(proof(), {}, NOW + seconds), 'made too long ago, or in the future', String(seconds));
  });

  it('is known again by its key and its jti, whatever else it says', () => {
    const hash = (text: string): string => {
      const found = examined(text);
      assert.ok(typeof found !== 'string', String(found));
      return found.hash.toString('hex');
    };
    assert.equal(hash(proof()), hash(proof({ claims: { iat: NOW - 1 }, header: { more: 1 } })));
    assert.notEqual(hash(proof()), hash(proof({ claims: { jti: 'another' } })));
    assert.notEqual(hash(proof()), hash(proof({ by: dpopKey('ES256') })));
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const { x, y } = key.jwk as { x: string; y: string };
  const refusals: readonly [string, string, ProofRefusal][] = [
    ['another type of JWT', proof({ header: { typ: 'JWT' } }), 'not the header of a proof'],
    ['an access token’s type', proof({ header: { typ: 'at+jwt' } }), 'not the header of a proof'],
    ['no algorithm', proof({ header: { alg: 'none' } }), 'not the header of a proof'],
    ['a symmetric algorithm', proof({ header: { alg: 'HS256' } }), 'not the header of a proof'],
    ['an algorithm that is not offered', proof({ header: { alg: 'RS256', jwk: rsa } }), 'not the header of a proof'],
    ['what has to be understood and is not', proof({ header: { crit: ['b64'], b64: false } }), 'not the header of a proof'],
    ['a key of another algorithm', proof({ header: { alg: 'EdDSA' } }), 'not a public key of the algorithm'],
    ['no key', proof({ header: { jwk: null } }), 'not a public key of the algorithm'],
    ['a list for a key', proof({ header: { jwk: [key.jwk] } }), 'not a public key of the algorithm'],
    ['a key that is not on the curve', proof({ header: { jwk: { ...key.jwk, y: x } } }), 'not a public key of the algorithm'],
    ['a coordinate in another spelling', proof({ header: { jwk: { ...key.jwk, y: `${y.slice(0, -1)}${twin(y.at(-1)!)}` } } }), 'not a public key of the algorithm'],
    ['a private key', proof({ header: { jwk: { ...key.jwk, d: x } } }), 'a private key was sent: do not use it again'],
    ['another one’s key', proof({ header: { jwk: dpopKey('ES256').jwk } }), 'a wrong signature'],
    ['no jti', proof({ claims: { jti: undefined } }), 'claims are missing or of a wrong type'],
    ['an empty jti', proof({ claims: { jti: '' } }), 'claims are missing or of a wrong type'],
    ['a jti without end', proof({ claims: { jti: 'x'.repeat(257) } }), 'claims are missing or of a wrong type'],
    ['a time in words', proof({ claims: { iat: String(NOW) } }), 'claims are missing or of a wrong type'],
    ['another method', proof({ claims: { htm: 'GET' } }), 'made for another method'],
    ['a method in lower case', proof({ claims: { htm: 'post' } }), 'made for another method'],
    ['two segments', proof().split('.').slice(0, 2).join('.'), 'not a JWT'],
    ['nothing', '', 'not a JWT'],
    ['a text without end', `${proof({ claims: { more: 'x'.repeat(4096) } })}`, 'not a JWT'],
  ];
  for (const [name, text, refusal] of refusals) {
    it(`is refused with ${name}`, () => assert.equal(examined(text), refusal));
  }

  it('is refused when a member stands in it twice', () => {
    const [, payload, signature] = proof().split('.') as [string, string, string];
    const header = Buffer.from(`{"typ":"dpop+jwt","alg":"none","alg":"ES256","jwk":${JSON.stringify(key.jwk)}}`).toString('base64url');
    assert.equal(examined(`${header}.${payload}.${signature}`), 'not the header of a proof');
  });

  it('is refused after any change of any character', () => {
    const text = proof();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'ABab01-_.='), (at, character) => {
        fc.pre(text[at] !== character);
        assert.equal(typeof examined(text.slice(0, at) + character + text.slice(at + 1)), 'string');
      }),
    );
  });
});

/** Another character whose upper four bits are the same: of 43 characters the last two bits are of no byte. */
function twin(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) ^ 1]!;
}
