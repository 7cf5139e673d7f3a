import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PolicyDecision, Projects, RoleBindings, RBAC_PERMISSIONS } from '#modules/rbac/index.js';
import { type Principal, type Scope, SCOPES } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene, OWNER } from '../../../../test/harness/auth-engine.js';
import { CountingUnitOfWork } from '../../../../test/harness/counting-unit-of-work.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { outcomeOf } from '../../../../test/harness/token-outcome.js';
import { AccountErasure } from '../account-erasure.js';
import { Authenticator } from '../authenticator.js';
import { ClientSecrets } from '../client-secrets.js';
import { CredentialSweep } from '../credential-sweep.js';
import { type ApiKey, API_KEYS_MAX } from '../domain/api-key.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { PasswordChange } from '../password-change.js';
import { SecurityStateRepository } from '../persistence/security-state.repository.js';
import { OwnerRecovery } from '../owner-recovery.js';
import { SecurityLookup } from '../security-lookup.js';
import { ServiceAccounts } from '../service-accounts.js';
import { Sessions } from '../sessions.js';
import { Users } from '../users.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyUses } from './api-key-uses.js';
import { ApiKeys } from './api-keys.js';

describe('API keys', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let one: AuthEngine;
  let two: AuthEngine;

  before(async () => {
    scene = await openAuthScene({ clock });
    one = scene.engine;
    two = await scene.replica();
  });
  after(() => scene.close());

  const make = (principal: Principal, wanted: { scopes?: readonly Scope[]; project?: string; lifetimeDays?: number } = {}): Promise<ApiKey & { readonly text: string }> =>
    one.get(ApiKeys).create(principal, null, { label: null, scopes: new Set(wanted.scopes ?? SCOPES), project: wanted.project ?? null, lifetimeDays: wanted.lifetimeDays ?? 30 });
  const at = (engine: AuthEngine, text: string): Promise<Principal> => engine.get(ApiKeyAuthenticator).authenticate(text);
  const bind = (subjectId: string, roleId: string, projectId: string | null = null) => one.get(RoleBindings).bind(scene.owner, null, { subjectId, roleId, projectId, expiresAt: null });
  const may = async (engine: AuthEngine, text: string, permission: (typeof AUTH_PERMISSIONS)[keyof typeof AUTH_PERMISSIONS]): Promise<string> =>
    outcomeOf(engine.get(PolicyDecision).require(await at(engine, text), permission, null));
  const PASSWORD = 'a phrase that is long enough';
  /** Without the detour by a one-time password, since every argon2 costs a tenth of a second here. */
  const loggedIn = async (username: string): Promise<Principal> => {
    const { user } = await one.get(Users).create(scene.owner, null, { username, password: PASSWORD });
    await scene.query('UPDATE auth.user_account SET must_change_password = false WHERE principal_id = $1', [user.id]);
    return scene.principal(username, PASSWORD);
  };

  it('stand for their owner, narrowed, on every replica and without a session', async () => {
    const made = await make(scene.owner, { scopes: ['read:data', 'run:simulation'] });
    assert.equal(made.text.slice(4, 16), made.publicId);
    for (const engine of [one, two]) {
      const principal = await at(engine, made.text);
      assert.deepEqual({ ...principal, policyVersion: 0, transitVersion: 0 }, {
        id: scene.owner.id, kind: 'user', sessionId: null, apiKeyId: made.id, scopes: new Set(['read:data', 'run:simulation']), assurance: 'aal1',
        authenticatedAtSeconds: Math.floor(made.createdAt.getTime() / 1000), projectId: null, mustChangePassword: false, withoutSecondFactor: true, policyVersion: 0, transitVersion: 0,
      });
      const again = await engine.get(Authenticator).again(await engine.get(Authenticator).again(principal));
      assert.equal(again.apiKeyId, made.id);
    }
  });

  it('may do at each moment what their owner may do, and not what their scopes leave out', async () => {
    const admin = await loggedIn('anna');
    const binding = await bind(admin.id, 'access-admin');
    const [key, narrow] = [await make(admin), await make(admin, { scopes: ['read:data'] })];
    const read = AUTH_PERMISSIONS['users:read'];
    assert.deepEqual([await may(one, key.text, read), await may(two, key.text, read), await may(two, narrow.text, read)], ['done', 'done', 'insufficient-scope']);
    await one.get(RoleBindings).unbind(scene.owner, binding.id);
    assert.deepEqual([await may(one, key.text, read), await may(two, key.text, read)], ['forbidden', 'forbidden']);
    await bind(admin.id, 'access-admin');
    assert.equal(await may(two, key.text, read), 'done');
  });

  it('are refused while their owner is disabled, or has a password that must be changed', async () => {
    const person = await loggedIn('bert');
    const { text } = await make(person);
    await one.get(Users).disable(scene.owner, person.id);
    assert.deepEqual([await outcomeOf(at(one, text)), await outcomeOf(at(two, text))], ['account-disabled', 'account-disabled']);
    await one.get(Users).enable(scene.owner, person.id);
    assert.equal((await at(two, text)).id, person.id);
    await scene.query('UPDATE auth.user_account SET must_change_password = true WHERE principal_id = $1', [person.id]);
    assert.equal(await may(two, text, AUTH_PERMISSIONS['api-keys:read']), 'password-change-required');
  });

  it('outlive a password that their owner changes, and none that somebody resets', async () => {
    const person = await loggedIn('carl');
    const { text } = await make(person);
    await one.get(PasswordChange).change(person, { currentPassword: PASSWORD, newPassword: 'another phrase, long enough' });
    assert.equal((await at(two, text)).id, person.id);
    await one.get(OwnerRecovery).recover('carl');
    assert.equal(await outcomeOf(at(two, text)), 'no-session');
  });

  it('make no credential, of whatever kind, and change nothing of the own account', async () => {
    const key = await at(one, (await make(scene.owner)).text);
    const account = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'mint' });
    const attempts = [
      make(key),
      one.get(ClientSecrets).create(key, null, account.id, { label: null, lifetimeDays: 1 }),
      one.get(Users).create(key, null, { username: 'minted' }),
      one.get(PasswordChange).change(key, { currentPassword: OWNER.password, newPassword: 'another phrase, long enough' }),
    ];
    for (const attempt of attempts) assert.equal(await outcomeOf(attempt), 'session-required');
    const decision = one.get(PolicyDecision);
    for (const permission of ['account:update', 'account:renew', 'account:logout'] as const) assert.equal(await outcomeOf(decision.require(key, AUTH_PERMISSIONS[permission], null)), 'session-required', permission);
    assert.equal(await outcomeOf(decision.require(key, AUTH_PERMISSIONS['account:read'], null)), 'done');
    // What takes a second factor stays out of reach, whatever the owner has logged in with.
    assert.equal(await outcomeOf(decision.require(key, RBAC_PERMISSIONS['roles:escalate'], null)), 'insufficient-assurance');
  });

  it('are made for no more than the login that asks is good for', async () => {
    const whole = await loggedIn('dora');
    const narrow: Principal = { ...whole, scopes: new Set(['read:data', 'manage:identity']) };
    assert.equal(await outcomeOf(make(narrow, { scopes: ['read:data', 'write:data'] })), 'insufficient-scope');
    assert.equal(await outcomeOf(make(narrow, { scopes: ['read:data'] })), 'done');
    const red = await one.get(Projects).create(scene.owner, null, { slug: 'red', name: 'Red' });
    const blue = await one.get(Projects).create(scene.owner, null, { slug: 'blue', name: 'Blue' });
    for (const { id } of [red, blue]) await bind(narrow.id, 'researcher', id);
    // What was read of the policy before is older than the bindings.
    const later = await scene.principal('dora', PASSWORD);
    const inRed = { ...later, projectId: red.id };
    assert.equal(await outcomeOf(make(inRed, { project: 'blue' })), 'not-found');
    assert.equal((await make(inRed)).projectId, red.id);
    assert.equal(await outcomeOf(make(await loggedIn('emil'), { project: 'red' })), 'not-found');
    const { text } = await make(later, { project: 'blue' });
    assert.deepEqual([await one.get(PolicyDecision).sees(await at(one, text), red.id), await one.get(PolicyDecision).sees(await at(one, text), blue.id)], [false, true]);
  });

  it('are made by people, and by nobody who was thrown out a moment ago', async () => {
    const account = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'robot' });
    assert.equal(await outcomeOf(make({ ...scene.owner, id: account.id, kind: 'service' })), 'people-only');
    const person = await loggedIn('fritz');
    await one.get(Sessions).logout(person);
    assert.equal(await outcomeOf(make(person)), 'unauthenticated');
    const disabled = await loggedIn('gerda');
    await one.get(Users).disable(scene.owner, disabled.id);
    assert.equal(await outcomeOf(make(disabled)), 'unauthenticated');
  });

  it('are refused from the next call on once they are revoked, on a second replica in a storm of requests', async () => {
    const { id, text } = await make(scene.owner);
    let isRevoked = false;
    const { promise: underWay, resolve: begun } = Promise.withResolvers<void>();
    const wrong: number[] = [];
    const storm = Array.from({ length: 20 }, async (_, client) => {
      for (let request = 0; request < 30; request += 1) {
        const arrivedAfter = isRevoked;
        const accepted = (await outcomeOf(at(client % 2 === 0 ? one : two, text))) === 'done';
        if (accepted && !arrivedAfter) begun();
        if (accepted && arrivedAfter) wrong.push(client);
      }
    });
    await underWay;
    await one.get(ApiKeys).revoke(scene.owner, id);
    isRevoked = true;
    await Promise.all(storm);
    assert.deepEqual(wrong, []);
    assert.equal(await outcomeOf(at(two, text)), 'no-session');
  });

  it('are refused without asking the database where the text has a typing error', async () => {
    const { text } = await make(scene.owner);
    const counting = new CountingUnitOfWork(scene.database.app);
    const counted = new ApiKeyAuthenticator(one.get(Authenticator), new SecurityLookup(counting, one.get(SecurityStateRepository)), one.get(ApiKeyUses));
    for (let place = 4; place < text.length; place += 1) {
      const wrong = text[place] === 'a' ? 'b' : 'a';
      assert.equal(await outcomeOf(counted.authenticate(text.slice(0, place) + wrong + text.slice(place + 1))), 'malformed');
    }
    assert.equal(counting.count, 0);
    assert.equal((await counted.authenticate(text)).id, scene.owner.id);
    assert.equal(counting.count, 1);
  });

  it('end when their time is over, stay listed for a month, and are then cleared away', async () => {
    const person = await loggedIn('hans');
    const { id, text } = await make(person, { lifetimeDays: 1 });
    await scene.query(`UPDATE auth.api_key SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    assert.equal(await outcomeOf(at(two, text)), 'session-ended');
    const list = async (): Promise<number> => (await one.get(ApiKeys).list(person, { ownerId: null, publicId: null }, { limit: 10, after: null })).items.length;
    await one.get(CredentialSweep).sweep();
    assert.equal(await list(), 1);
    await scene.query(`UPDATE auth.api_key SET created_at = now() - interval '33 days', expires_at = now() - interval '31 days' WHERE id = $1`, [id]);
    await one.get(CredentialSweep).sweep();
    assert.equal(await list(), 0);
  });

  it('tell when they were last used, to the minute and behind the request', async () => {
    const { id, text } = await make(scene.owner);
    const lastUsed = async (): Promise<number | undefined> => (await one.get(ApiKeys).get(scene.owner, id)).lastUsedAt?.getTime();
    await at(one, text);
    assert.equal(await lastUsed(), undefined, 'no request writes');
    await one.get(ApiKeyUses).flush();
    const first = await lastUsed();
    assert.ok(first !== undefined && Math.abs(first - clock.nowMillis()) < 60_000);
    await at(one, text);
    await one.get(ApiKeyUses).flush();
    assert.equal(await lastUsed(), first, 'not twice in a minute');
    clock.offsetMillis += 61_000;
    await at(two, text);
    await two.get(ApiKeyUses).flush();
    assert.ok((await lastUsed())! > first);
    clock.offsetMillis = 0;
  });

  it('are seen and revoked by their owner, by who may do so to anybody’s, and by themselves', async () => {
    const [mine, theirs] = [await loggedIn('ines'), await loggedIn('jan')];
    const [key, other] = [await make(mine), await make(theirs)];
    const keys = one.get(ApiKeys);
    const listed = async (principal: Principal, ownerId: string | null = null): Promise<string[]> => (await keys.list(principal, { ownerId, publicId: null }, { limit: 100, after: null })).items.map(({ id }) => id);
    assert.deepEqual([await listed(mine), await listed(mine, theirs.id), await listed(scene.owner, theirs.id)], [[key.id], [], [other.id]]);
    assert.deepEqual([await outcomeOf(keys.get(mine, other.id)), await outcomeOf(keys.revoke(mine, other.id))], ['not-found', 'not-found']);
    assert.deepEqual((await keys.list(scene.owner, { ownerId: null, publicId: key.publicId }, { limit: 10, after: null })).items.map(({ ownerId }) => ownerId), [mine.id]);
    await keys.revoke(scene.owner, other.id);
    assert.equal(await outcomeOf(at(two, other.text)), 'no-session');
    const narrow = await make(mine, { scopes: ['read:data'] });
    await keys.revoke(await at(one, narrow.text), narrow.id);
    assert.equal(await outcomeOf(at(two, narrow.text)), 'no-session');
    assert.equal(await outcomeOf(keys.revoke(mine, narrow.id)), 'not-found');
  });

  it('are of a number that can be looked over, however many are asked for at once', async () => {
    const person = await loggedIn('karl');
    const made = await Promise.all(Array.from({ length: API_KEYS_MAX + 10 }, () => outcomeOf(make(person))));
    assert.equal(made.filter((outcome) => outcome === 'done').length, API_KEYS_MAX);
    assert.equal(made.filter((outcome) => outcome === 'too-many-keys').length, 10);
  });

  it('are no way around the seal of an account for emergencies', async () => {
    const person = await loggedIn('lena');
    const { text } = await make(person);
    await scene.query('UPDATE auth.principal SET sealed = true WHERE id = $1', [person.id]);
    assert.equal(await outcomeOf(at(two, text)), 'session-ended');
  });

  it('leave nothing of the key in the database, and nothing of the person when they are erased', async () => {
    const person = await loggedIn('mona');
    const { text } = await one.get(ApiKeys).create(person, null, { label: 'Mona’s notebook', scopes: new Set(SCOPES), project: null, lifetimeDays: 1 });
    const [row] = await scene.query<Record<string, unknown>>('SELECT row_to_json(key)::text AS row FROM auth.api_key AS key WHERE principal_id = $1', [person.id]);
    assert.ok(!String(row!['row']).includes(text.slice(17)));
    await scene.database.app.run(scene.owner, (tx) => one.get(AccountErasure).erase(tx, scene.owner, person.id));
    assert.deepEqual(await scene.query('SELECT FROM auth.api_key WHERE principal_id = $1', [person.id]), []);
    assert.equal(await outcomeOf(at(two, text)), 'no-session');
  });

  it('are named by the entries of what was done with them', async () => {
    const { id, text } = await make(scene.owner);
    const victim = await loggedIn('nils');
    await one.get(Users).disable(await at(one, text), victim.id);
    const bodies = await scene.query<{ body: Buffer }>(`SELECT body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [id]);
    const entries = bodies.map(({ body }) => JSON.parse(body.toString('utf8')) as { metadata: { event_code: string }; actor: { user: object; session?: object } });
    const disabling = entries.find(({ metadata }) => metadata.event_code === 'auth.user.disable')!;
    assert.deepEqual(disabling.actor, { user: { uid: scene.owner.id, type: 'User', type_id: 1, credential_uid: id } });
  });
});
