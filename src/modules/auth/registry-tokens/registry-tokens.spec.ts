import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { type AccessScope, parseAccessScope } from '#pure/oci/access-scope.js';
import type { Principal } from '#pure/principal/principal.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene } from '../../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { outcomeOf } from '../../../../test/harness/token-outcome.js';
import { ApiKeys } from '../api-keys/api-keys.js';
import { Authenticator } from '../authenticator.js';
import { signCompact } from '../compact-signing.js';
import { formatRegistryClaims, type RegistryTokenClaims } from '../domain/registry-token.js';
import { Users } from '../users.js';
import { RegistryTokens } from './registry-tokens.js';

const ACCESS: readonly AccessScope[] = [parseAccessScope('repository:default/app:pull,push')!, parseAccessScope('registry:catalog:*')!];

describe('tokens of the registry', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let one: RegistryTokens;
  let two: RegistryTokens;
  let key: { readonly id: string; readonly text: string };
  let holder: Principal;

  before(async () => {
    scene = await openAuthScene({ clock });
    [one, two] = [scene.engine.get(RegistryTokens), (await scene.replica()).get(RegistryTokens)];
    key = await makeKey(scene.owner);
    holder = await one.byKey(key.text);
  });
  after(() => scene.close());

  const makeKey = (owner: Principal) => scene.engine.get(ApiKeys).create(owner, null, { label: null, scopes: new Set(['manage:registry'] as const), project: null, lifetimeDays: 200 });
  const at = (tokens: RegistryTokens, token: string): Promise<string> => outcomeOf(tokens.authenticate(token));

  it('stand for the owner of the key, narrowed, on every replica', async () => {
    const { token, expiresInSeconds } = await one.issue(holder, ACCESS);
    assert.equal(expiresInSeconds, 300);
    for (const tokens of [one, two]) {
      const principal = await tokens.authenticate(token);
      assert.deepEqual([principal.id, principal.apiKeyId, principal.sessionId, principal.repositoryAccess], [scene.owner.id, key.id, null, ACCESS]);
      assert.deepEqual([...principal.scopes], ['manage:registry']);
      assert.deepEqual((await scene.engine.get(Authenticator).again(await one.authenticate(token))).repositoryAccess, ACCESS);
    }
    assert.deepEqual((await one.authenticate((await one.issue(holder, [])).token)).repositoryAccess, []);
  });

  it('end after five minutes, and what they are had for after thirty days', async () => {
    const { token } = await one.issue(holder, ACCESS);
    const refresh = (await one.issueRefreshToken(holder)).token;
    clock.offsetMillis += 304_000;
    assert.equal(await at(one, token), 'done');
    clock.offsetMillis += 2_000;
    assert.deepEqual([await at(one, token), await at(two, token)], ['expired', 'expired']);
    assert.equal((await two.byRefreshToken(refresh)).repositoryAccess, undefined);
    clock.offsetMillis += 30 * 24 * 3_600_000;
    assert.equal(await outcomeOf(two.byRefreshToken(refresh)), 'expired');
  });

  it('end with the key and with the account, at once and on every replica', async () => {
    const person = await scene.person('anna');
    const anna = await scene.principal(person.username, person.password);
    const made = await makeKey(anna);
    const hers = await one.byKey(made.text);
    const [{ token }, { token: refresh }] = [await one.issue(hers, ACCESS), await one.issueRefreshToken(hers)];
    assert.equal(await at(two, token), 'done');
    await scene.engine.get(Users).disable(scene.owner, person.id);
    assert.deepEqual([await at(one, token), await at(two, token), await outcomeOf(two.byRefreshToken(refresh))], ['account-disabled', 'account-disabled', 'account-disabled']);
    await scene.engine.get(Users).enable(scene.owner, person.id);
    assert.equal(await at(two, token), 'done');
    await scene.engine.get(ApiKeys).revoke(scene.owner, made.id);
    assert.deepEqual([await at(one, token), await at(two, token), await outcomeOf(one.byRefreshToken(refresh))], ['no-session', 'no-session', 'no-session']);
  });

  it('are no access tokens, nor the reverse, nor one another', async () => {
    const [{ token }, { token: refresh }] = [await one.issue(holder, ACCESS), await one.issueRefreshToken(holder)];
    assert.equal(await outcomeOf(scene.engine.get(Authenticator).authenticate(token)), 'unknown-header');
    assert.equal(await outcomeOf(scene.engine.get(Authenticator).authenticate(refresh)), 'unknown-header');
    assert.deepEqual([await at(one, refresh), await outcomeOf(one.byRefreshToken(token))], ['unknown-header', 'unknown-header']);
    assert.equal(await at(one, key.text), 'not-compact');
    assert.equal(await outcomeOf(one.byKey(token)), 'malformed');
    await assert.rejects(one.issue(scene.owner, ACCESS), /stands for an API key/);
    await assert.rejects(one.issue(systemPrincipal('x'), ACCESS), /stands for an API key/);
  });

  const now = (): number => Math.floor(clock.nowMillis() / 1000);
  const claims = (): RegistryTokenClaims => ({ issuer: 'https://quantonium.example', audience: 'quantonium.example', subject: scene.owner.id, subjectKind: 'user', apiKeyId: key.id, tokenId: key.id, access: ACCESS, issuedAtSeconds: now(), notBeforeSeconds: now(), expiresAtSeconds: now() + 300 });
  const signed = (payload: string, type: 'registry+jwt' | 'registry-refresh+jwt' | 'at+jwt' = 'registry+jwt', purpose: 'registry-token' | 'jwt' = 'registry-token'): Promise<string> => signCompact(scene.engine.get(Keyring), purpose, type, payload);
  const changed = (over: Partial<RegistryTokenClaims>): Promise<string> => signed(formatRegistryClaims({ ...claims(), ...over }));

  it('are refused for whatever is not as we write it, though our own key had signed it', async () => {
    assert.equal(await at(one, await changed({})), 'done');
    const good = formatRegistryClaims(claims());
    const forged: readonly (readonly [string, Promise<string>, string])[] = [
      ['another issuer', changed({ issuer: 'https://evil.example' }), 'wrong-issuer'],
      ['another service', changed({ audience: 'evil.example' }), 'wrong-audience'],
      ['the API for an audience', changed({ audience: 'https://quantonium.example' }), 'wrong-audience'],
      ['a longer life', changed({ expiresAtSeconds: now() + 301 }), 'lifetime-too-long'],
      ['a later beginning', changed({ notBeforeSeconds: now() + 60 }), 'not-yet-valid'],
      ['another subject', changed({ subject: key.id }), 'no-session'],
      ['another kind of subject', changed({ subjectKind: 'service' }), 'no-session'],
      ['a key that is not there', changed({ apiKeyId: scene.owner.id }), 'no-session'],
      ['no access', changed({ access: null }), 'bad-claims'],
      ['an action that nobody knows', signed(good.replace('"push"', '"fly"')), 'bad-claims'],
      ['actions in another order', signed(good.replace('"pull","push"', '"push","pull"')), 'bad-claims'],
      ['every action by a star', signed(good.replace('"pull","push"', '"*"')), 'bad-claims'],
      ['a member more in its access', signed(good.replace('"actions":["*"]', '"actions":["*"],"x":1')), 'not-canonical'],
      ['a member more', signed(good.replace('{', '{"x":1,')), 'not-canonical'],
      ['a member twice', signed(good.replace('"iss"', '"iss":"x","iss"')), 'not-canonical'],
      ['a space', signed(good.replace(',', ', ')), 'not-canonical'],
      ['the header of an access token', signed(good, 'at+jwt'), 'unknown-header'],
      ['the key of access tokens', signed(good, 'registry+jwt', 'jwt'), 'unknown-header'],
    ];
    for (const [what, token, refusal] of forged) assert.equal(await at(one, await token), refusal, what);
  });

  it('are refused from the revocation of their signing key on', async () => {
    const keyring = scene.engine.get(Keyring);
    const { token } = await one.issue(holder, ACCESS);
    const { keyId } = await keyring.signer('registry-token');
    const prepared = await keyring.prepare('registry-token');
    await scene.database.app.run(systemPrincipal('spec'), (tx) => keyring.announce(tx, prepared));
    await scene.database.app.run(systemPrincipal('spec'), (tx) => keyring.rotate(tx, 'registry-token'));
    assert.equal(await at(two, token), 'done');
    await scene.database.app.run(systemPrincipal('spec'), (tx) => keyring.revoke(tx, 'registry-token', keyId));
    assert.deepEqual([await at(one, token), await at(two, token)], ['unknown-header', 'unknown-header']);
    assert.equal(await at(two, (await one.issue(holder, ACCESS)).token), 'done');
  });
});
