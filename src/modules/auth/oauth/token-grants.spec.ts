import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { Fault } from '#pure/fault/fault.js';
import { type AuthEngine, type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import { ApiKeys } from '../api-keys/api-keys.js';
import { Authenticator } from '../authenticator.js';
import { CertificateLogin } from '../certificate-login.js';
import { ClientSecrets } from '../client-secrets.js';
import { ASSERTION_TYPE } from '../domain/client-assertion.js';
import { ServiceAccounts } from '../service-accounts.js';
import type { IssuedToken } from '../token-issuer.js';
import { Users } from '../users.js';
import { VaultLogins } from '../vault-logins.js';
import { ClientAuthentication } from './client-authentication.js';
import { ClientKeys } from './client-keys.js';
import { TokenGrants } from './token-grants.js';
import { TokenStandings } from './token-standing.js';

const ISSUER = 'https://quantonium.example';
type Fields = Readonly<Record<string, string>>;

/** Service accounts at the token endpoint, on two replicas of one installation. */
describe('tokens for programs', () => {
  let scene: AuthScene;
  let other: AuthEngine;
  let accountId: string;
  let secret: string;
  let secretId: string;
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let keyId: string;

  const ask = async (engine: AuthEngine, fields: Fields, basic: { id: string; secret: string } | null = null, source = SOURCE): Promise<IssuedToken> => {
    const request = { fields: new Map(Object.entries({ grant_type: 'client_credentials', ...fields })), basic, certificateThumbprint: null, source };
    const client = await engine.get(ClientAuthentication).authenticate(request);
    return engine.get(TokenGrants).exchange({ client, fields: request.fields, dpopThumbprint: null });
  };
  const outcome = async (attempt: Promise<unknown>): Promise<string> => {
    try {
      await attempt;
      return 'ok';
    } catch (error) {
      if (error instanceof Fault) return error.kind.code;
      throw error;
    }
  };
  const assertion = (changed: object = {}): Promise<string> =>
    new SignJWT({ iss: accountId, sub: accountId, aud: ISSUER, exp: Math.floor(Date.now() / 1000) + 60, jti: crypto.randomUUID(), ...changed } as never).setProtectedHeader({ alg: 'ES256' }).sign(pair.privateKey);
  const asserted = async (changed: object = {}): Promise<Fields> => ({ client_assertion_type: ASSERTION_TYPE, client_assertion: await assertion(changed) });
  const basic = (): { id: string; secret: string } => ({ id: accountId, secret });
  const isGood = async (token: IssuedToken, engine = other): Promise<boolean> => engine.get(Authenticator).authenticate(token.accessToken).then(() => true, () => false);

  before(async () => {
    scene = await openAuthScene();
    other = await scene.replica();
    const { engine, owner } = scene;
    accountId = (await engine.get(ServiceAccounts).create(owner, null, { name: 'calibration' })).id;
    ({ secret, id: secretId } = await engine.get(ClientSecrets).create(owner, null, accountId, { label: null, lifetimeDays: 1 }));
    keyId = (await engine.get(ClientKeys).create(owner, null, accountId, { jwk: pair.publicKey.export({ format: 'jwk' }), label: null, lifetimeDays: 1 })).id;
  });
  after(() => scene.close());

  it('are given for a secret, by header or form, and for no more than is asked', async () => {
    const wide = await ask(scene.engine, {}, basic());
    assert.deepEqual([wide.tokenType, wide.refreshToken, await isGood(wide)], ['Bearer', null, true]);
    const narrow = await ask(other, { client_id: accountId, client_secret: secret, scope: 'read:data' });
    assert.deepEqual([...(await scene.engine.get(Authenticator).authenticate(narrow.accessToken)).scopes], ['read:data']);
    assert.equal(await outcome(ask(scene.engine, { scope: 'everything' }, basic())), 'invalid-scope');
  });

  it('are refused for whatever does not prove who asks, alike', async () => {
    const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    const misdirected = await asserted({ aud: 'https://other.example' });
    const attempts: readonly Promise<unknown>[] = [
      ask(scene.engine, {}, { id: accountId, secret: wrong }),
      ask(scene.engine, {}, { id: scene.owner.id, secret }),
      ask(scene.engine, {}, { id: 'calibration', secret }),
      ask(scene.engine, { client_id: accountId }),
      ask(scene.engine, {}),
      ask(scene.engine, misdirected),
    ];
    assert.deepEqual(new Set(await Promise.all(attempts.map(outcome))), new Set(['invalid-client']));
  });

  it('are refused for two ways at once, and for two names', async () => {
    assert.equal(await outcome(ask(scene.engine, { client_secret: secret }, basic())), 'invalid-request');
    assert.equal(await outcome(ask(scene.engine, await asserted(), basic())), 'invalid-request');
    assert.equal(await outcome(ask(scene.engine, { client_id: scene.owner.id }, basic())), 'invalid-request');
  });

  it('are given once for an assertion, on whatever replica it comes again and however many at a time', async () => {
    const once = await asserted();
    assert.equal(await outcome(ask(scene.engine, once)), 'ok');
    assert.equal(await outcome(ask(other, once)), 'invalid-client');
    const raced = await asserted();
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => outcome(ask(n % 2 === 0 ? scene.engine : other, raced, null, `198.51.100.${n}`))));
    assert.equal(outcomes.filter((each) => each === 'ok').length, 1, outcomes.join());
  });

  it('are still given to who has the secret while strangers try others from the same place, as fast as they can', async () => {
    const place = '203.0.113.77';
    const strange = Array.from({ length: 40 }, () => outcome(ask(scene.engine, {}, { id: accountId, secret: 'qcs_wrong' }, place)));
    const outcomes = await Promise.all(strange);
    assert.ok(outcomes.includes('too-many-attempts'), 'nobody was slowed down');
    assert.equal(await outcome(ask(scene.engine, {}, basic(), place)), 'ok');
  });

  it('end with the secret or the key that they were given for, and with nothing else', async () => {
    const { engine, owner } = scene;
    const [bySecret, byKey] = [await ask(engine, {}, basic()), await ask(engine, await asserted())];
    await engine.get(ClientKeys).revoke(owner, accountId, keyId);
    assert.deepEqual([await isGood(bySecret), await isGood(byKey), await outcome(ask(other, await asserted()))], [true, false, 'invalid-client']);
    await engine.get(ClientSecrets).revoke(owner, accountId, secretId);
    assert.deepEqual([await isGood(bySecret), await outcome(ask(other, {}, basic()))], [false, 'invalid-client']);
    ({ secret, id: secretId } = await engine.get(ClientSecrets).create(owner, null, accountId, { label: null, lifetimeDays: 1 }));
  });

  it('of an account that is to bind them are given with a proof or not at all, whichever way is asked', async () => {
    const { engine, owner } = scene;
    const services = engine.get(ServiceAccounts);
    const { id } = await services.create(owner, null, { name: 'sealed-hands' });
    const made = await engine.get(ClientSecrets).create(owner, null, id, { label: null, lifetimeDays: 1 });
    const own = { id, secret: made.secret };
    const withProof = async (engine: AuthEngine): Promise<IssuedToken> => {
      const client = await engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: own, certificateThumbprint: null, source: SOURCE });
      return engine.get(TokenGrants).exchange({ client, fields: new Map([['grant_type', 'client_credentials']]), dpopThumbprint: Buffer.alloc(32, 5) });
    };
    const isLive = async (token: IssuedToken): Promise<boolean> => (await other.get(Authenticator).inspect(token.accessToken)) !== null;
    const byAppRole = (): Promise<unknown> => engine.get(VaultLogins).bySecret({ roleId: id, secretId: made.secret, source: SOURCE });
    const [loose, bound] = [await ask(engine, {}, own), await withProof(engine)];
    await byAppRole();
    // Authenticated before the demand, and asking for the token after it.
    const late = await engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: own, certificateThumbprint: null, source: SOURCE });
    await services.update(owner, id, null, { dpopRequired: true });
    assert.deepEqual([await isLive(loose), await isLive(bound)], [false, true]);
    assert.equal(await outcome(engine.get(TokenGrants).exchange({ client: late, fields: new Map([['grant_type', 'client_credentials']]), dpopThumbprint: null })), 'invalid-dpop-proof');
    assert.equal(await outcome(ask(other, {}, own)), 'invalid-dpop-proof');
    assert.equal(await outcome(byAppRole()), 'possession-required');
    assert.equal(await outcome(engine.get(VaultLogins).bySecret({ roleId: id, secretId: 'qcs_wrong', source: SOURCE })), 'vault-login-refused');
    assert.deepEqual([(await withProof(other)).tokenType, await isLive(await withProof(other))], ['DPoP', true]);
    const thumbprint = Buffer.alloc(32, 6);
    await scene.query(`INSERT INTO auth.client_certificate (id, principal_id, thumbprint, created_at, created_by, expires_at) VALUES ($1, $2, $3, now(), $4, now() + interval '1 hour')`, [crypto.randomUUID(), id, thumbprint, owner.id]);
    assert.equal(await isLive(await engine.get(CertificateLogin).login({ thumbprint: thumbprint.toString('base64url') })), true);
    const failures = await scene.query<{ reason: string }>(`SELECT convert_from(body, 'UTF8')::jsonb #>> '{unmapped,reason}' AS reason FROM audit.entry WHERE position('"possession-required"'::bytea IN body) > 0 OR position('"invalid-dpop-proof"'::bytea IN body) > 0 ORDER BY id`);
    assert.deepEqual(failures.map(({ reason }) => reason), ['invalid-dpop-proof', 'invalid-dpop-proof', 'possession-required']);
    await services.update(owner, id, null, { dpopRequired: false });
    assert.equal(await outcome(ask(other, {}, own)), 'ok');
  });

  it('are not given by the grants of people', async () => {
    for (const grant of ['refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']) {
      assert.equal(await outcome(ask(scene.engine, { grant_type: grant, refresh_token: 'x', device_code: 'x' }, basic())), 'unauthorized-client', grant);
    }
    for (const grant of ['password', 'authorization_code', 'toString', '__proto__']) assert.equal(await outcome(ask(scene.engine, { grant_type: grant }, basic())), 'unsupported-grant-type', grant);
    assert.equal(await outcome(ask(scene.engine, { client_id: 'quantonium-cli' })), 'unauthorized-client');
  });

  it('tell their own program what they are, until it gives them back', async () => {
    const client = await scene.engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: basic(), certificateThumbprint: null, source: SOURCE });
    const standings = other.get(TokenStandings);
    const token = await ask(scene.engine, {}, basic());
    const standing = await standings.introspect({ client }, token.accessToken);
    assert.ok(standing?.kind === 'access' && standing.claims.subject === accountId);
    const foreign = await scene.principal('owner', 'correct horse battery staple').then(() => scene.owner);
    assert.equal(await standings.introspect({ client }, 'qrt_nothing'), null);
    assert.ok((await standings.introspect({ principal: foreign }, token.accessToken)) !== null, 'the owner may ask about others');
    await standings.revoke(client, token.accessToken);
    assert.deepEqual([await standings.introspect({ client }, token.accessToken), await isGood(token, scene.engine)], [null, false]);
  });

  it('of others are nothing to a program, and are not its to end', async () => {
    const { engine, owner } = scene;
    const strangerId = (await engine.get(ServiceAccounts).create(owner, null, { name: 'stranger' })).id;
    const made = await engine.get(ClientSecrets).create(owner, null, strangerId, { label: null, lifetimeDays: 1 });
    const stranger = await engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: { id: strangerId, secret: made.secret }, certificateThumbprint: null, source: SOURCE });
    const token = await ask(engine, {}, basic());
    assert.equal(await engine.get(TokenStandings).introspect({ client: stranger }, token.accessToken), null);
    await engine.get(TokenStandings).revoke(stranger, token.accessToken);
    assert.equal(await isGood(token), true);
  });

  it('are no API keys, which whoever has one may give back, also while its owner is disabled, and whoever has half of it not', async () => {
    const { engine, owner } = scene;
    const { id, username, password } = await scene.person('has-a-key');
    const person = await scene.principal(username, password);
    const make = () => engine.get(ApiKeys).create(person, null, { label: null, scopes: new Set(['read:data']), project: null, lifetimeDays: 1 });
    const [given, kept, late] = [await make(), await make(), await make()];
    const program = await engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: basic(), certificateThumbprint: null, source: SOURCE });
    const cli = await engine.get(ClientAuthentication).authenticate({ fields: new Map([['client_id', 'quantonium-cli']]), basic: null, certificateThumbprint: null, source: SOURCE });
    const isGoodKey = async ({ text }: { text: string }): Promise<boolean> => other.get(ApiKeyAuthenticator).authenticate(text).then(() => true, () => false);
    const standings = engine.get(TokenStandings);
    // Of the one that stays, its public half, its id, and a secret that is another.
    for (const text of [kept.text.slice(0, 17), kept.id, `${kept.text.slice(0, 17)}${given.text.slice(17)}`]) await standings.revoke(cli, text);
    await standings.revoke(program, given.text);
    await standings.revoke(program, given.text);
    assert.deepEqual([await isGoodKey(given), await isGoodKey(kept), await isGoodKey(late)], [false, true, true]);
    await engine.get(Users).disable(owner, id);
    await standings.revoke(cli, late.text);
    await engine.get(Users).enable(owner, id);
    assert.deepEqual([await isGoodKey(kept), await isGoodKey(late)], [true, false]);
    const rows = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY id');
    const revocations = rows.map(({ body }) => body.toString()).filter((text) => text.includes('"auth.api-key.revoke"')).map((text) => JSON.parse(text) as { status_id: number; actor: { user: { uid: string } } });
    assert.deepEqual(revocations.map(({ status_id: status, actor }) => [status, actor.user.uid]), [[1, id], [1, id]]);
  });

  it('are not given to an account that was disabled meanwhile', async () => {
    const { engine, owner } = scene;
    const client = await engine.get(ClientAuthentication).authenticate({ fields: new Map(), basic: basic(), certificateThumbprint: null, source: SOURCE });
    await engine.get(ServiceAccounts).disable(owner, accountId);
    assert.equal(await outcome(engine.get(TokenGrants).exchange({ client, fields: new Map([['grant_type', 'client_credentials']]), dpopThumbprint: null })), 'invalid-client');
    assert.equal(await outcome(ask(other, {}, basic())), 'invalid-client');
  });
});
