import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PolicyDecision, Projects, RoleBindings } from '#modules/rbac/index.js';
import { parseAccessScope } from '#pure/oci/access-scope.js';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene } from '../../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { outcomeOf } from '../../../../test/harness/token-outcome.js';
import { AccountErasure } from '../account-erasure.js';
import { ClientSecrets } from '../client-secrets.js';
import { type ApiKey, API_KEYS_MAX } from '../domain/api-key.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { TokenStandings } from '../oauth/token-standing.js';
import { RegistryTokens } from '../registry-tokens/registry-tokens.js';
import { ServiceAccounts } from '../service-accounts.js';
import { Users } from '../users.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyUses } from './api-key-uses.js';
import { ApiKeys } from './api-keys.js';
import { ServiceAccountKeys } from './service-account-keys.js';

const NOBODY = '01980000-0000-7000-8000-000000000000';

describe('API keys of service accounts', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let one: AuthEngine;
  let two: AuthEngine;
  let admin: Principal;

  before(async () => {
    scene = await openAuthScene({ clock });
    one = scene.engine;
    two = await scene.replica();
    const person = await scene.person('administrator');
    await bind(person.id, 'access-admin');
    admin = await scene.principal(person.username, person.password);
  });
  after(() => scene.close());

  const bind = (subjectId: string, roleId: string, projectId: string | null = null) => one.get(RoleBindings).bind(scene.owner, null, { subjectId, roleId, projectId, expiresAt: null });
  let count = 0;
  const robot = async (maker = scene.owner): Promise<string> => (await one.get(ServiceAccounts).create(maker, null, { name: `robot-${(count += 1)}` })).id;
  const make = (accountId: string, { by = scene.owner, scopes = SCOPES, project = null, lifetimeDays = 30 }: { by?: Principal; scopes?: readonly Scope[]; project?: string | null; lifetimeDays?: number } = {}): Promise<ApiKey & { readonly text: string }> =>
    one.get(ServiceAccountKeys).create(by, null, accountId, { label: 'pipeline', scopes: new Set(scopes), project, lifetimeDays });
  const revoke = (by: Principal, accountId: string, id: string): Promise<void> => one.get(ServiceAccountKeys).revoke(by, accountId, id);
  const at = (engine: AuthEngine, text: string): Promise<Principal> => engine.get(ApiKeyAuthenticator).authenticate(text);
  const may = async (text: string, permission = AUTH_PERMISSIONS['users:read']): Promise<string> => outcomeOf(two.get(PolicyDecision).require(await at(two, text), permission, null));

  it('stand for the account, narrowed, on every replica and without a session', async () => {
    const id = await robot();
    const made = await make(id, { scopes: ['manage:registry'], project: 'default' });
    const { id: project } = await one.get(Projects).resolve(scene.owner);
    for (const engine of [one, two]) {
      const { kind, sessionId, apiKeyId, scopes, assurance, projectId, mustChangePassword, withoutSecondFactor, id: principalId } = await at(engine, made.text);
      assert.deepEqual({ kind, sessionId, apiKeyId, scopes, assurance, projectId, mustChangePassword, withoutSecondFactor, principalId }, {
        kind: 'service', sessionId: null, apiKeyId: made.id, scopes: new Set(['manage:registry']), assurance: 'aal1', projectId: project, mustChangePassword: false, withoutSecondFactor: undefined, principalId: id,
      });
    }
    const { text, ...shown } = made;
    assert.deepEqual([shown.ownerId, shown.ownerKind, shown.createdBy], [id, 'service', scene.owner.id]);
    assert.deepEqual((await one.get(ServiceAccountKeys).list(admin, id, { limit: 10, after: null })).items, [shown]);
    assert.deepEqual(await two.get(TokenStandings).introspect({ principal: scene.owner }, text), { kind: 'api-key', subject: id, subjectKind: 'service', scopes: new Set(['manage:registry']), projectId: project });
  });

  it('may do what the account may do, while the person who answers for it may do so too, and not what their scopes leave out', async () => {
    const person = await scene.person('answerable');
    const given = await bind(person.id, 'access-admin');
    const id = await robot(await scene.principal(person.username, person.password));
    const [wide, narrow] = [await make(id), await make(id, { scopes: ['manage:registry'] })];
    assert.equal(await may(wide.text), 'forbidden');
    await bind(id, 'access-admin');
    assert.deepEqual([await may(wide.text), await may(narrow.text)], ['done', 'insufficient-scope']);
    await one.get(RoleBindings).unbind(scene.owner, given.id);
    assert.equal(await may(wide.text), 'forbidden', 'who answers for it has lost it');
    await bind(person.id, 'access-admin');
    assert.equal(await may(wide.text), 'done');
    await one.get(Users).disable(scene.owner, person.id);
    assert.equal(await may(wide.text), 'forbidden', 'and cannot log in');
  });

  it('make no credential, of whatever kind', async () => {
    const id = await robot();
    await bind(id, 'owner');
    const key = await at(one, (await make(id)).text);
    assert.equal(await outcomeOf(make(id, { by: key })), 'session-required');
    assert.equal(await outcomeOf(one.get(ClientSecrets).create(key, null, id, { label: null, lifetimeDays: 1 })), 'session-required');
    assert.equal(await outcomeOf(one.get(ApiKeys).create(key, null, { label: null, scopes: new Set(['read:data']), project: null, lifetimeDays: 1 })), 'session-required');
  });

  it('end with the account and with themselves, and the tokens of the registry that were had for them too, at once and everywhere', async () => {
    const id = await robot();
    const [first, second] = [await make(id, { scopes: ['manage:registry'] }), await make(id, { scopes: ['manage:registry'] })];
    const holder = await two.get(RegistryTokens).byKey(first.text);
    const { token } = await two.get(RegistryTokens).issue(holder, [parseAccessScope('repository:default/app:pull')!]);
    const { token: refresh } = await two.get(RegistryTokens).issueRefreshToken(holder);
    const outcomes = async (): Promise<string[]> => Promise.all([outcomeOf(at(two, first.text)), outcomeOf(two.get(RegistryTokens).authenticate(token)), outcomeOf(one.get(RegistryTokens).byRefreshToken(refresh)), outcomeOf(at(one, second.text))]);
    const all = (outcome: string): string[] => Array.from({ length: 4 }, () => outcome);
    assert.deepEqual(await outcomes(), all('done'));
    assert.deepEqual([(await two.get(RegistryTokens).authenticate(token)).id, (await two.get(RegistryTokens).authenticate(token)).kind], [id, 'service']);
    await one.get(ServiceAccounts).disable(scene.owner, id);
    assert.deepEqual(await outcomes(), all('account-disabled'));
    await one.get(ServiceAccounts).enable(scene.owner, id);
    await revoke(scene.owner, id, first.id);
    assert.deepEqual(await outcomes(), ['no-session', 'no-session', 'no-session', 'done']);
    await scene.database.app.run(scene.owner, (tx) => one.get(AccountErasure).erase(tx, scene.owner, id));
    assert.deepEqual(await outcomes(), all('no-session'));
    assert.deepEqual(await scene.query('SELECT FROM auth.api_key WHERE principal_id = $1', [id]), []);
  });

  it('are none of an account all of whose tokens are bound, nor for as long as they are to be', async () => {
    const { id } = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'bound', dpopRequired: true });
    assert.equal(await outcomeOf(make(id)), 'possession-required');
    await one.get(ServiceAccounts).update(scene.owner, id, null, { dpopRequired: false });
    const { text } = await make(id);
    const { token } = await one.get(RegistryTokens).issue(await one.get(RegistryTokens).byKey(text), []);
    await one.get(ServiceAccounts).update(scene.owner, id, null, { dpopRequired: true });
    assert.deepEqual([await outcomeOf(at(two, text)), await outcomeOf(two.get(RegistryTokens).authenticate(token))], ['session-ended', 'session-ended']);
  });

  it('are made for accounts that there are and that are in use, and for no more than the login that asks is good for', async () => {
    const id = await robot();
    for (const other of [NOBODY, scene.owner.id, admin.id]) assert.equal(await outcomeOf(make(other)), 'not-found');
    assert.equal(await outcomeOf(make(id, { scopes: [] })), 'invalid-request');
    assert.equal(await outcomeOf(make(id, { project: 'nowhere' })), 'not-found');
    const narrow: Principal = { ...scene.owner, scopes: new Set(['manage:identity']) };
    assert.deepEqual([await outcomeOf(make(id, { by: narrow, scopes: ['manage:registry'] })), await outcomeOf(make(id, { by: narrow, scopes: ['manage:identity'] }))], ['insufficient-scope', 'done']);
    const nobody = await scene.person('passer-by');
    assert.equal(await outcomeOf(make(id, { by: await scene.principal(nobody.username, nobody.password) })), 'forbidden');
    await one.get(ServiceAccounts).disable(scene.owner, id);
    assert.equal(await outcomeOf(make(id)), 'conflict');
  });

  it('are given by who has all that the account may do, and of one that decides about others by an owner or itself', async () => {
    const id = await robot();
    assert.equal(await outcomeOf(make(id, { by: admin })), 'done');
    await bind(id, 'operator');
    assert.equal(await outcomeOf(make(id, { by: admin, scopes: ['read:data'] })), 'grant-exceeds-own', 'though the key is for little');
    const guardian = await robot();
    await bind(guardian, 'security-admin');
    assert.equal(await outcomeOf(make(guardian, { by: admin })), 'grant-exceeds-own');
    const person = await scene.person('both');
    for (const role of ['access-admin', 'security-admin']) await bind(person.id, role);
    const both = await scene.principal(person.username, person.password);
    assert.equal(await outcomeOf(make(guardian, { by: both })), 'account-protected', 'having as much is not enough');
    assert.equal(await outcomeOf(one.get(ClientSecrets).create(both, null, guardian, { label: null, lifetimeDays: 1 })), 'account-protected');
    assert.equal(await outcomeOf(make(guardian)), 'done');
    await bind(guardian, 'access-admin');
    // As after a login by a secret.
    const { apiKeyId: _, ...itself } = await at(one, (await make(guardian)).text);
    assert.equal(await outcomeOf(make(guardian, { by: itself })), 'done');
  });

  it('are taken by who may, and those of an account that decides about others by an owner or itself, as its secrets are', async () => {
    const [id, guardian] = [await robot(), await robot()];
    for (const role of ['access-admin', 'security-admin']) await bind(guardian, role);
    const [key, guarded] = [await make(id), await make(guardian)];
    const secret = await one.get(ClientSecrets).create(scene.owner, null, guardian, { label: null, lifetimeDays: 1 });
    assert.equal(await outcomeOf(revoke(admin, guardian, key.id)), 'account-protected');
    assert.equal(await outcomeOf(revoke(scene.owner, guardian, key.id)), 'not-found', 'a key of another account');
    assert.equal(await outcomeOf(revoke(scene.owner, NOBODY, key.id)), 'not-found');
    assert.equal(await outcomeOf(revoke(admin, guardian, guarded.id)), 'account-protected');
    assert.equal(await outcomeOf(one.get(ApiKeys).revoke(admin, guarded.id)), 'account-protected', 'nor by the list of all keys');
    assert.equal(await outcomeOf(one.get(ClientSecrets).revoke(admin, guardian, secret.id)), 'account-protected');
    assert.equal(await outcomeOf(revoke(admin, id, key.id)), 'done');
    assert.equal(await outcomeOf(revoke(admin, id, key.id)), 'not-found');
    assert.equal(await outcomeOf(one.get(ClientSecrets).revoke(await at(one, guarded.text), guardian, secret.id)), 'done', 'it may bare itself');
    assert.equal(await outcomeOf(one.get(ApiKeys).revoke(await at(one, guarded.text), guarded.id)), 'done');
    assert.equal(await outcomeOf(at(two, guarded.text)), 'no-session');
  });

  it('of people are protected so too', async () => {
    const person = await scene.person('guardian');
    await bind(person.id, 'security-admin');
    const theirs = await one.get(ApiKeys).create(await scene.principal(person.username, person.password), null, { label: null, scopes: new Set(['read:data']), project: null, lifetimeDays: 1 });
    assert.equal(await outcomeOf(one.get(ApiKeys).revoke(admin, theirs.id)), 'account-protected');
    assert.equal(await outcomeOf(one.get(ApiKeys).revoke(scene.owner, theirs.id)), 'done');
  });

  it('are given back by whoever has one, which is the account’s own deed', async () => {
    const id = await robot();
    const { id: keyId, text } = await make(id);
    assert.equal(await one.get(ApiKeys).giveBack(text), true);
    assert.equal(await outcomeOf(at(two, text)), 'no-session');
    const bodies = await scene.query<{ body: Buffer }>(`SELECT body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [keyId]);
    const entries = bodies.map(({ body }) => JSON.parse(body.toString('utf8')) as { metadata: { event_code: string }; actor: { user: { uid: string; credential_uid?: string } } });
    assert.deepEqual(entries.map(({ metadata, actor }) => [metadata.event_code, actor.user.uid, actor.user.credential_uid]).sort(), [['auth.api-key.create', scene.owner.id, undefined], ['auth.api-key.revoke', id, keyId]]);
    assert.ok(bodies.every(({ body }) => body.includes('service-account') && !body.includes(text.slice(17))));
  });

  it('tell when they were last used, and are of a number that can be looked over', async () => {
    const id = await robot();
    const { text } = await make(id, { lifetimeDays: 1 });
    await at(one, text);
    await one.get(ApiKeyUses).flush();
    const listed = async (limit: number) => one.get(ServiceAccountKeys).list(admin, id, { limit, after: null });
    assert.ok((await listed(1)).items[0]!.lastUsedAt !== null);
    const outcomes = await Promise.all(Array.from({ length: API_KEYS_MAX + 2 }, () => outcomeOf(make(id))));
    assert.deepEqual([outcomes.filter((outcome) => outcome === 'done').length, outcomes.filter((outcome) => outcome === 'too-many-keys').length], [API_KEYS_MAX - 1, 3]);
    const page = await listed(5);
    assert.deepEqual([page.items.length, page.next !== null], [5, true]);
    assert.equal(await outcomeOf(one.get(ServiceAccountKeys).list(admin, NOBODY, { limit: 1, after: null })), 'not-found');
    assert.equal(await outcomeOf(one.get(ServiceAccountKeys).list(admin, scene.owner.id, { limit: 1, after: null })), 'not-found');
  });
});
