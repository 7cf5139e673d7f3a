import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SCOPES } from '#pure/principal/principal.js';
import { type AccessTokenClaims, formatClaims, parseClaims, refusalOfClaims } from './access-token.js';
import { encodeBase64url, hasLowS, tokenHeader, withLowS } from './compact-jws.js';
import { type SignatureRefusal, verifyAccessToken } from './verify-access-token.js';

const KEY_ID = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const HEADER = tokenHeader('at+jwt', KEY_ID, 'ES256');
const keys = new Map([[HEADER, { algorithm: 'ES256', verify: (bytes: Uint8Array, signature: Uint8Array) => verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature) }]]);

const NOW = 1_780_000_000;
const CLAIMS: AccessTokenClaims = {
  issuer: 'https://quantonium.example',
  audience: 'https://quantonium.example',
  subject: '01980000-0000-7000-8000-000000000001',
  subjectKind: 'user',
  clientId: 'quantonium-login',
  sessionId: '01980000-0000-7000-8000-000000000002',
  tokenId: '01980000-0000-7000-8000-000000000003',
  scopes: new Set(SCOPES),
  projectId: null,
  epoch: 3,
  assurance: 'aal1',
  methods: ['pwd'],
  authenticatedAtSeconds: NOW,
  issuedAtSeconds: NOW,
  notBeforeSeconds: NOW,
  expiresAtSeconds: NOW + 600,
  confirmation: null,
};
const PAYLOAD = formatClaims(CLAIMS);

function signed(header: string, payload: string | Uint8Array, key = privateKey): string {
  const input = `${header}.${encodeBase64url(payload)}`;
  return `${input}.${encodeBase64url(withLowS(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })))}`;
}
const json = (value: unknown): string => encodeBase64url(JSON.stringify(value));
const GOOD = signed(HEADER, PAYLOAD);
const [, BODY, SIGNATURE] = GOOD.split('.') as [string, string, string];
const without = (...names: string[]): string => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(PAYLOAD) as object).filter(([name]) => !names.includes(name))));
const withClaims = (changes: object): string => JSON.stringify({ ...(JSON.parse(PAYLOAD) as object), ...changes });

describe('an access token', () => {
  it('is accepted when it is what we wrote', () => {
    assert.deepEqual(verifyAccessToken(GOOD, keys), CLAIMS);
  });

  it('has one signature of the two that verify alike', () => {
    const signature = Buffer.from(SIGNATURE, 'base64url');
    const s = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - BigInt(`0x${signature.toString('hex', 32)}`);
    const twin = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    assert.ok(verify('sha256', Buffer.from(`${HEADER}.${BODY}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, twin), 'the arithmetic takes both');
    assert.equal(verifyAccessToken(`${HEADER}.${BODY}.${encodeBase64url(twin)}`, keys), 'bad-signature');
    assert.deepEqual([hasLowS(signature), hasLowS(twin)], [true, false]);
    assert.deepEqual([withLowS(signature), withLowS(twin)], [signature, signature]);
  });

  it('has no second spelling of its last character', () => {
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const at = last.indexOf(GOOD.at(-1)!);
    // 64 bytes end in a character of which four bits are of no byte.
    for (let bits = 1; bits < 16; bits += 1) assert.equal(verifyAccessToken(GOOD.slice(0, -1) + last[at ^ bits]!, keys), 'not-base64url');
  });

  it('may name a project', () => {
    const claims = { ...CLAIMS, projectId: '01980000-0000-7000-8000-000000000009' };
    assert.deepEqual(verifyAccessToken(signed(HEADER, formatClaims(claims)), keys), claims);
  });

  const hs256 = (): string => {
    const input = `${json({ alg: 'HS256', typ: 'at+jwt', kid: KEY_ID })}.${BODY}`;
    return `${input}.${createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' })).update(input).digest('base64url')}`;
  };
  const forged: readonly [string, string, SignatureRefusal][] = [
    ['an empty text', '', 'not-compact'],
    ['two segments', `${HEADER}.${BODY}`, 'not-compact'],
    ['four segments', `${GOOD}.x`, 'not-compact'],
    ['a trailing dot', `${GOOD}.`, 'not-compact'],
    ['a leading dot', `.${GOOD}`, 'not-compact'],
    ['five segments, as JWE has', `${GOOD}.x.y`, 'not-compact'],
    ['no signature', `${HEADER}.${BODY}.`, 'not-base64url'],
    ['nine thousand bytes', `${GOOD}${'A'.repeat(9000)}`, 'oversize'],
    ['a space in front', ` ${GOOD}`, 'not-base64url'],
    ['a line break behind', `${GOOD}\n`, 'not-base64url'],
    ['a tab within', `${HEADER}.${BODY.slice(0, 20)}\t${BODY.slice(20)}.${SIGNATURE}`, 'not-base64url'],
    ['padding', `${GOOD}==`, 'not-base64url'],
    ['the alphabet of plain base64', `${HEADER}.${BODY}.${'+/'.repeat(43)}`, 'not-base64url'],
    ['alg none', `${json({ alg: 'none', typ: 'at+jwt', kid: KEY_ID })}.${BODY}.${SIGNATURE}`, 'unknown-header'],
    ['HS256 under the public key', hs256(), 'unknown-header'],
    ['another kid', signed(tokenHeader('at+jwt', 'x'.repeat(43), 'ES256'), PAYLOAD), 'unknown-header'],
    ['no kid', signed(json({ alg: 'ES256', typ: 'at+jwt' }), PAYLOAD), 'unknown-header'],
    ['typ JWT', signed(json({ alg: 'ES256', typ: 'JWT', kid: KEY_ID }), PAYLOAD), 'unknown-header'],
    ['typ mfa+jwt', signed(json({ alg: 'ES256', typ: 'mfa+jwt', kid: KEY_ID }), PAYLOAD), 'unknown-header'],
    ['no typ', signed(json({ alg: 'ES256', kid: KEY_ID }), PAYLOAD), 'unknown-header'],
    ['ES384 with our signature', signed(json({ alg: 'ES384', typ: 'at+jwt', kid: KEY_ID }), PAYLOAD), 'unknown-header'],
    ['crit', signed(json({ alg: 'ES256', typ: 'at+jwt', kid: KEY_ID, crit: ['b64'], b64: true }), PAYLOAD), 'unknown-header'],
    ['jku', signed(json({ alg: 'ES256', typ: 'at+jwt', kid: KEY_ID, jku: 'https://evil.example/jwks' }), PAYLOAD), 'unknown-header'],
    ['an embedded jwk, signed by it', signed(json({ alg: 'ES256', typ: 'at+jwt', kid: KEY_ID, jwk: stranger.publicKey.export({ format: 'jwk' }) }), PAYLOAD, stranger.privateKey), 'unknown-header'],
    ['members in another order', signed(json({ typ: 'at+jwt', alg: 'ES256', kid: KEY_ID }), PAYLOAD), 'unknown-header'],
    ['a duplicate member in the header', signed(encodeBase64url(`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${KEY_ID}"}`), PAYLOAD), 'unknown-header'],
    ["a stranger's signature", signed(HEADER, PAYLOAD, stranger.privateKey), 'bad-signature'],
    ['the signature of another payload', `${HEADER}.${encodeBase64url(withClaims({ sub: CLAIMS.sessionId }))}.${SIGNATURE}`, 'bad-signature'],
    ['a DER signature', `${HEADER}.${BODY}.${encodeBase64url(sign('sha256', Buffer.from(`${HEADER}.${BODY}`), privateKey))}`, 'bad-signature'],
    ['a signature of zeros', `${HEADER}.${BODY}.${encodeBase64url(Buffer.alloc(64))}`, 'bad-signature'],
    ['a signature of 63 bytes', `${HEADER}.${BODY}.${encodeBase64url(Buffer.from(SIGNATURE, 'base64url').subarray(1))}`, 'bad-signature'],
    ['a payload that is no JSON', signed(HEADER, 'sub=alice'), 'not-json'],
    ['a payload that is not UTF-8', signed(HEADER, Buffer.from([0x7b, 0xff, 0x7d])), 'not-json'],
    ['a payload that is a list', signed(HEADER, '[]'), 'bad-claims'],
    ['a payload that is null', signed(HEADER, 'null'), 'bad-claims'],
    ['aud as a list', signed(HEADER, withClaims({ aud: [CLAIMS.audience] })), 'bad-claims'],
    ['exp as text', signed(HEADER, withClaims({ exp: String(NOW + 600) })), 'bad-claims'],
    ['exp with a fraction', signed(HEADER, withClaims({ exp: NOW + 600.5 })), 'bad-claims'],
    ['a negative iat', signed(HEADER, withClaims({ iat: -1 })), 'bad-claims'],
    ['exp beyond 2^53', signed(HEADER, PAYLOAD.replace(String(NOW + 600), '1e30')), 'bad-claims'],
    ['a sub that is no UUID', signed(HEADER, withClaims({ sub: 'alice' })), 'bad-claims'],
    ['a sub in capitals', signed(HEADER, withClaims({ sub: '0198ABCD-0000-7000-8000-000000000001' })), 'bad-claims'],
    ['an unknown sub_type', signed(HEADER, withClaims({ sub_type: 'system' })), 'bad-claims'],
    ['an unknown scope', signed(HEADER, withClaims({ scope: 'read:data be:root' })), 'bad-claims'],
    ['an unknown acr', signed(HEADER, withClaims({ acr: 'aal9' })), 'bad-claims'],
    ['amr as text', signed(HEADER, withClaims({ amr: 'pwd' })), 'bad-claims'],
    ['prj as null', signed(HEADER, withClaims({ prj: null })), 'bad-claims'],
    ['an extra claim', signed(HEADER, withClaims({ admin: true })), 'not-canonical'],
    ['a duplicate claim', signed(HEADER, PAYLOAD.replace('{', `{"sub":"${CLAIMS.sessionId}",`)), 'not-canonical'],
    ['a __proto__ claim', signed(HEADER, PAYLOAD.replace('{', '{"__proto__":{"sub":"x"},')), 'not-canonical'],
    ['white space', signed(HEADER, PAYLOAD.replace(',', ', ')), 'not-canonical'],
    ['a byte order mark', signed(HEADER, `\ufeff${PAYLOAD}`), 'not-json'],
    ['a number written otherwise', signed(HEADER, PAYLOAD.replace(`"sep":3`, '"sep":3.0')), 'not-canonical'],
    ['an escape', signed(HEADER, PAYLOAD.replace('"user"', '"us\\u0065r"')), 'not-canonical'],
    ['scopes in another order', signed(HEADER, withClaims({ scope: 'run:simulation read:data' })), 'not-canonical'],
  ];
  for (const [what, token, refusal] of forged) it(`is refused with ${what}`, () => assert.equal(verifyAccessToken(token, keys), refusal));

  for (const name of Object.keys(JSON.parse(PAYLOAD) as object)) {
    it(`is refused without ${name}`, () => assert.equal(verifyAccessToken(signed(HEADER, without(name)), keys), 'bad-claims'));
  }

  it('is refused after any change of a single character', () => {
    const alphabet = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é');
    fc.assert(
      fc.property(fc.nat({ max: GOOD.length - 1 }), alphabet, fc.constantFrom('replace', 'insert', 'delete'), (at, character, edit) => {
        const rest = GOOD.slice(edit === 'insert' ? at : at + 1);
        const mutated = `${GOOD.slice(0, at)}${edit === 'delete' ? '' : character}${rest}`;
        fc.pre(mutated !== GOOD);
        assert.equal(typeof verifyAccessToken(mutated, keys), 'string', mutated);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused with any other last character, though most decode to the same bytes', () => {
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if (last !== GOOD.at(-1)) assert.equal(typeof verifyAccessToken(GOOD.slice(0, -1) + last, keys), 'string', last);
    }
  });

  it('answers every text without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => assert.equal(typeof verifyAccessToken(text, keys), 'string')));
  });
});

describe('claims', () => {
  it('read back what was written', () => {
    const uuid = fc.uuid();
    const instant = fc.nat({ max: 4_000_000_000 });
    const claims = fc.record({
      issuer: fc.webUrl(), audience: fc.webUrl(), subject: uuid, subjectKind: fc.constantFrom('user' as const, 'service' as const), clientId: fc.string({ minLength: 1 }), sessionId: uuid, tokenId: uuid,
      scopes: fc.subarray([...SCOPES], { minLength: 1 }).map((scopes) => new Set(scopes)), projectId: fc.option(uuid, { nil: null }), epoch: instant, assurance: fc.constantFrom('aal1' as const, 'aal2' as const, 'aal3' as const),
      methods: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), authenticatedAtSeconds: instant, issuedAtSeconds: instant, notBeforeSeconds: instant, expiresAtSeconds: instant,
      confirmation: fc.option(fc.record({ kind: fc.constantFrom('certificate' as const, 'dpop' as const), thumbprint: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url')) }, { noNullPrototype: true }), { nil: null }),
    }, { noNullPrototype: true });
    fc.assert(fc.property(claims, (value) => assert.deepEqual(parseClaims(Buffer.from(formatClaims(value))), value)));
  });

  const expected = { issuer: CLAIMS.issuer, audience: CLAIMS.audience };
  const at = (nowSeconds: number, changes: Partial<AccessTokenClaims> = {}) => refusalOfClaims({ ...CLAIMS, ...changes }, expected, nowSeconds);

  it('are good from five seconds before to five seconds after their time', () => {
    assert.deepEqual([NOW - 5, NOW, NOW + 600, NOW + 604.999].map((now) => at(now)), [null, null, null, null]);
  });

  const refused: readonly [string, () => unknown, string][] = [
    ['six seconds early', () => at(NOW - 6), 'not-yet-valid'],
    ['five seconds after the end', () => at(NOW + 605), 'expired'],
    ['from the future by nbf alone', () => at(NOW, { notBeforeSeconds: NOW + 10 }), 'not-yet-valid'],
    ['from the future by iat alone', () => at(NOW, { issuedAtSeconds: NOW + 10, expiresAtSeconds: NOW + 610 }), 'not-yet-valid'],
    ['from the future by auth_time alone', () => at(NOW, { authenticatedAtSeconds: NOW + 10 }), 'not-yet-valid'],
    ['of another issuer', () => at(NOW, { issuer: 'https://evil.example' }), 'wrong-issuer'],
    ['of an issuer with a slash', () => at(NOW, { issuer: `${CLAIMS.issuer}/` }), 'wrong-issuer'],
    ['for another audience', () => at(NOW, { audience: 'https://registry.example' }), 'wrong-audience'],
    ['living longer than an hour', () => at(NOW, { expiresAtSeconds: NOW + 3601 }), 'lifetime-too-long'],
  ];
  for (const [what, refusal, code] of refused) it(`are refused ${what}`, () => assert.equal(refusal(), code));
});
