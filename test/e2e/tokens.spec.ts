import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Answer, call, type CallOptions, loginOwner } from '../harness/api.js';
import { type DpopKey, dpopKey, proofFor } from '../harness/dpop.js';
import { installedHome } from '../harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { bind, createPerson, type Person } from '../harness/world.js';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
}

interface Sessions {
  readonly items: readonly { readonly id: string; readonly current: boolean; readonly boundTo: string | null; readonly source: string | null; readonly userAgent: string | null }[];
}

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What somebody holds who has logged in, at two replicas of one installation. */
describe('tokens, at two replicas', () => {
  let home: TestHome;
  let one: RunningServer;
  let two: RunningServer;
  let owner: string;
  let alice: Person;

  before(async () => {
    // Forgeries by the hundred come from one address.
    home = await installedHome({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: '100000', RATE_LIMIT_PRINCIPAL_PER_MINUTE: '100000' });
    [one, two] = await Promise.all([startServer(home), startServer(home)]);
    owner = await loginOwner(one);
    alice = await createPerson(one, owner, 'alice');
  });
  after(async () => {
    assert.deepEqual(await Promise.all([one.stop(), two.stop()]), [0, 0]);
    await home.dispose();
  });

  const login = async (headers: Readonly<Record<string, string>> = {}): Promise<Tokens> => {
    const answer = await call<Tokens>(one, 'POST', '/v1/auth/login', { json: { username: alice.username, password: alice.password }, headers });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  const refresh = (text: string, server = one, headers: Readonly<Record<string, string>> = {}) => call<Tokens>(server, 'POST', '/v1/auth/refresh', { json: { refresh_token: text }, headers });
  const me = (options: CallOptions, server = one) => call(server, 'GET', '/v1/auth/me', options);
  const atBoth = async (options: CallOptions): Promise<number[]> => Promise.all([one, two].map(async (server) => (await me(options, server)).status));
  const issuer = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { iss: string }).iss;
  const challengeOf = (answer: Answer<unknown>): string => answer.headers.get('www-authenticate') ?? '';

  describe('that are refreshed', () => {
    it('are the same successor for twenty at once, and void for whoever comes with an older one', async () => {
      const first = await login();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => refresh(first.refresh_token, n % 2 === 0 ? one : two)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1);
      const second = answers[0]!;
      assert.equal(second.headers.get('cache-control'), 'no-store');
      assert.ok(second.headers.has('audit-event-id'));
      const third = await refresh(second.body.refresh_token, two);
      assert.deepEqual(await atBoth({ token: third.body.access_token }), [200, 200]);
      const again = await refresh(first.refresh_token);
      assert.equal(again.status, 401, again.text);
      assert.match(challengeOf(again), /^Bearer /);
      assert.deepEqual(await atBoth({ token: third.body.access_token }), [401, 401]);
      assert.equal((await refresh(third.body.refresh_token)).status, 401);
    });

    it('are refused for what is none, with the field', async () => {
      assert.equal((await refresh('qrt_none')).status, 401);
      assert.equal((await call(one, 'POST', '/v1/auth/refresh', { json: {} })).status, 422);
      assert.equal((await call(one, 'POST', '/v1/auth/refresh', { json: { refresh_token: 7 } })).status, 422);
      const narrowed = await call(one, 'POST', '/v1/auth/refresh', { json: { refresh_token: (await login()).refresh_token, scope: 'everything' } });
      assert.deepEqual([narrowed.status, (narrowed.body['errors'] as { pointer: string }[])[0]!.pointer], [422, '/scope']);
    });
  });

  describe('whose sessions are ended', () => {
    const mine = async (token: string): Promise<Sessions['items']> => (await call<Sessions>(one, 'GET', '/v1/auth/sessions?limit=100', { token })).body.items;

    it('are refused at once, one by one or all, by their holder', async () => {
      const [here, there, third] = [await login({ 'user-agent': 'spec/1' }), await login(), await login()];
      const sessions = await mine(here.access_token);
      const current = sessions.find((session) => session.current)!;
      assert.equal(current.userAgent, 'spec/1');
      assert.equal(typeof current.source, 'string');
      const other = (await mine(there.access_token)).find((session) => session.current)!;
      assert.equal((await call(two, 'DELETE', `/v1/auth/sessions/${other.id}`, { token: here.access_token })).status, 204);
      assert.deepEqual([await atBoth({ token: there.access_token }), (await refresh(there.refresh_token)).status], [[401, 401], 401]);
      assert.equal((await call(two, 'DELETE', `/v1/auth/sessions/${other.id}`, { token: here.access_token })).status, 404);
      const others = await call<{ sessionsEnded: number }>(two, 'DELETE', '/v1/auth/sessions?others=true', { token: here.access_token });
      assert.ok(others.status === 200 && others.body.sessionsEnded > 0, others.text);
      assert.deepEqual([await atBoth({ token: third.access_token }), await atBoth({ token: here.access_token })], [[401, 401], [200, 200]]);
      assert.equal((await call(two, 'DELETE', '/v1/auth/sessions', { token: here.access_token })).status, 200);
      assert.deepEqual(await atBoth({ token: here.access_token }), [401, 401]);
    });

    it('are refused at once by who administers accounts, and by nobody else', async () => {
      const dave = await createPerson(one, owner, 'dave');
      await bind(one, owner, dave.id, 'access-admin', 'global');
      const [first, second] = [await login(), await login()];
      const path = `/v1/users/${alice.id}/sessions`;
      const seen = await call<Sessions>(two, 'GET', path, { token: dave.token });
      assert.equal(seen.status, 200, seen.text);
      const [session] = await mine(first.access_token);
      assert.ok(seen.body.items.some(({ id }) => id === session!.id));
      assert.equal((await call(one, 'GET', path, { token: first.access_token })).status, 403);
      assert.equal((await call(one, 'DELETE', path, { token: first.access_token })).status, 403);
      const [of] = (await mine(second.access_token)).filter(({ current }) => current);
      assert.equal((await call(two, 'DELETE', `${path}/${of!.id}`, { token: dave.token })).status, 204);
      assert.deepEqual([await atBoth({ token: second.access_token }), await atBoth({ token: first.access_token })], [[401, 401], [200, 200]]);
      assert.equal((await call(two, 'DELETE', path, { token: dave.token })).status, 200);
      assert.deepEqual(await atBoth({ token: first.access_token }), [401, 401]);
      const me = await call<{ id: string }>(one, 'GET', '/v1/auth/me', { token: owner });
      assert.equal((await call(one, 'DELETE', `/v1/users/${me.body.id}/sessions`, { token: dave.token })).status, 403, 'whoever is above is not to be thrown out');
      assert.equal((await call(one, 'GET', `/v1/service-accounts/${alice.id}/sessions`, { token: dave.token })).status, 404, 'a person is no program');
    });
  });

  describe('that are bound to a key', () => {
    const key = dpopKey('ES256');
    let bound: Tokens;
    let base: string;

    const proof = (path: string, { method = 'GET', by = key, accessToken, ...rest }: { method?: string; by?: DpopKey; accessToken?: string; jti?: string; iat?: number } = {}): string =>
      proofFor(by, { method, url: `${base}${path}`, ...(accessToken === undefined ? {} : { accessToken }), ...rest });
    const asDpop = (token: string, text?: string): CallOptions => ({ headers: { authorization: `DPoP ${token}`, ...(text === undefined ? {} : { dpop: text }) } });

    before(async () => {
      base = issuer(owner);
      bound = await login({ dpop: proof('/v1/auth/login', { method: 'POST' }) });
    });

    it('are good with a proof for each request, once', async () => {
      assert.equal(bound.token_type, 'DPoP');
      const text = proof('/v1/auth/me', { accessToken: bound.access_token });
      assert.equal((await me(asDpop(bound.access_token, text))).status, 200);
      for (const server of [one, two]) {
        const replayed = await me(asDpop(bound.access_token, text), server);
        assert.equal(replayed.status, 401);
        assert.match(challengeOf(replayed), /^DPoP .*error="invalid_dpop_proof", algs="ES256 EdDSA Ed25519"$/);
      }
      const race = proof('/v1/auth/me', { accessToken: bound.access_token });
      const raced = await Promise.all(Array.from({ length: 20 }, (_, n) => me(asDpop(bound.access_token, race), n % 2 === 0 ? one : two)));
      assert.equal(raced.filter(({ status }) => status === 200).length, 1);
      assert.ok(raced.every(({ status }) => status === 200 || status === 401));
    });

    it('are refused as Bearer, and told why', async () => {
      for (const headers of [{}, { dpop: proof('/v1/auth/me', { accessToken: bound.access_token }) }]) {
        const answer = await me({ token: bound.access_token, headers });
        assert.equal(answer.status, 401);
        assert.match(challengeOf(answer), /^DPoP realm="quantonium", error="invalid_token"/);
      }
    });

    it('are refused with a proof that is for anything else, or by anybody else', async () => {
      const { access_token: accessToken } = bound;
      const bad: readonly (string | undefined)[] = [
        undefined,
        proof('/v1/auth/me'),
        proof('/v1/auth/me', { accessToken: owner }),
        proof('/v1/auth/me', { accessToken, method: 'POST' }),
        proof('/v1/auth/sessions', { accessToken }),
        proof('/v1/auth/me', { accessToken, by: dpopKey('ES256') }),
        proof('/v1/auth/me', { accessToken, iat: Math.floor(Date.now() / 1000) - 600 }),
        `${proof('/v1/auth/me', { accessToken })}, ${proof('/v1/auth/me', { accessToken })}`,
      ];
      for (const [index, text] of bad.entries()) assert.equal((await me(asDpop(accessToken, text))).status, 401, String(index));
      const unbound = await login();
      assert.equal((await me(asDpop(unbound.access_token, proof('/v1/auth/me', { accessToken: unbound.access_token })))).status, 401, 'a token that is bound to nothing is no DPoP token');
      assert.equal((await me(asDpop(accessToken, proof('/v1/auth/me', { accessToken })))).status, 200);
    });

    it('are refreshed with a proof of the same key alone', async () => {
      const at = (by: DpopKey): Readonly<Record<string, string>> => ({ dpop: proof('/v1/auth/refresh', { method: 'POST', by }) });
      assert.equal((await refresh(bound.refresh_token)).status, 401);
      assert.equal((await refresh(bound.refresh_token, one, at(dpopKey('EdDSA')))).status, 401);
      const next = await refresh(bound.refresh_token, two, at(key));
      assert.deepEqual([next.status, next.body.token_type], [200, 'DPoP'], next.text);
    });
  });

  describe('that are forged', () => {
    const twinsOf = (token: string): string[] => {
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const bytes = Buffer.from(signature, 'base64url');
      const s = P256_ORDER - BigInt(`0x${bytes.toString('hex', 32)}`);
      const otherS = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64url');
      const last = ALPHABET.indexOf(signature.at(-1)!);
      const spellings = Array.from({ length: 15 }, (_, bits) => `${token.slice(0, -1)}${ALPHABET[last ^ (bits + 1)]!}`);
      return [`${header}.${payload}.${otherS}`, ...spellings, `${token}=`, `${token}==`];
    };

    it('out of a revoked one are revoked as it is, and out of a good one are none', async () => {
      const { access_token: token } = await login();
      for (const twin of twinsOf(token)) assert.equal((await me({ token: twin })).status, 401);
      assert.deepEqual(await atBoth({ token }), [200, 200]);
      assert.equal((await call(two, 'POST', '/v1/auth/logout', { token })).status, 204);
      for (const text of [token, ...twinsOf(token)]) assert.deepEqual(await atBoth({ token: text }), [401, 401]);
    });

    it('however they are, are never let in and never break anything', async () => {
      const { access_token: token } = await login();
      const segments = token.split('.') as [string, string, string];
      const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = JSON.parse(Buffer.from(segments[1], 'base64url').toString()) as Record<string, unknown>;
      const header = JSON.parse(Buffer.from(segments[0], 'base64url').toString()) as Record<string, unknown>;
      const printable = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 300 });
      const text = fc.oneof(
        printable,
        fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...ALPHABET, '.', '=')).map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1)),
        fc.tuple(fc.nat(token.length), fc.nat(token.length)).map(([from, to]) => token.slice(0, from) + token.slice(to)),
        fc.shuffledSubarray([...segments], { minLength: 1 }).map((parts) => parts.join('.')),
        fc.tuple(fc.constantFrom(...Object.keys(claims)), fc.jsonValue()).map(([name, value]) => [segments[0], json({ ...claims, [name]: value }), segments[2]].join('.')),
        fc.tuple(fc.constantFrom('alg', 'typ', 'kid', 'jwk', 'jku', 'crit', 'b64'), fc.oneof(fc.jsonValue(), fc.constantFrom('none', 'HS256', 'JWT'))).map(([name, value]) => [json({ ...header, [name]: value }), segments[1], segments[2]].join('.')),
        fc.uint8Array({ maxLength: 96 }).map((bytes) => [segments[0], segments[1], Buffer.from(bytes).toString('base64url')].join('.')),
        fc.constantFrom('', '.', '..', '...', 'null', 'undefined', '[object Object]', `${token}${token}`, 'A'.repeat(12_000)),
      );
      const scheme = fc.constantFrom('Bearer ', 'bearer ', 'DPoP ', 'Bearer  ', 'Basic ', '', 'Bearer\t');
      await fc.assert(
        fc.asyncProperty(text, scheme, async (forged, before) => {
          fc.pre(!(forged === token && /^bearer $/i.test(before)));
          const { status } = await me({ headers: { authorization: before + forged } });
          assert.ok(status === 401 || status === 400 || status === 431, `${before}${forged}: ${status}`);
        }),
        { numRuns: 400 },
      );
      assert.deepEqual(await atBoth({ token }), [200, 200]);
    });
  });
});
