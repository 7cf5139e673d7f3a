import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RoleBindings } from '#modules/rbac/index.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { Authenticator } from './authenticator.js';
import { ServiceAccounts } from './service-accounts.js';
import { Users } from './users.js';

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (error instanceof Fault) return error.kind.code;
  throw error;
}

describe('users', () => {
  let scene: AuthScene;
  let users: Users;
  let services: ServiceAccounts;
  const admit = async (username: string, roleId: string): Promise<{ id: string; username: string; password: string; principal: Principal }> => {
    const person = await scene.person(username);
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: person.id, roleId, projectId: null, expiresAt: null });
    return { ...person, principal: await scene.principal(person.username, person.password) };
  };
  const entriesOf = async (id: string): Promise<string[]> => {
    const rows = await scene.query<{ code: string }>(
      `SELECT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code FROM audit.entry WHERE position($1::bytea IN body) > 0 ORDER BY id`,
      [Buffer.from(id)],
    );
    return rows.map((row) => row.code);
  };

  before(async () => {
    scene = await openAuthScene();
    users = scene.engine.get(Users);
    services = scene.engine.get(ServiceAccounts);
  });
  after(() => scene.close());

  describe('creating', () => {
    it('makes a one-time password that opens only the own account', async () => {
      const { user, oneTimePassword } = await users.create(scene.owner, null, { username: 'alice', displayName: 'Alice Smith' });
      assert.match(oneTimePassword ?? '', /^[0-9a-hjkmnp-tv-z]{5}(-[0-9a-hjkmnp-tv-z]{5}){4}$/);
      assert.deepEqual({ ...user, id: '', createdAt: '' }, { id: '', createdAt: '', username: 'alice', displayName: 'Alice Smith', status: 'active', mustChangePassword: true, createdBy: scene.owner.id, version: 1 });
      const principal = await scene.principal('alice', oneTimePassword!);
      assert.equal(principal.mustChangePassword, true);
      assert.equal((await users.self(principal))?.id, user.id);
      assert.equal(await codeOf(users.list(principal, {}, { limit: 10, after: null })), 'password-change-required');
      assert.deepEqual((await entriesOf(user.id)).slice(0, 1), ['auth.user.create']);
    });

    it('takes a given password, to be changed all the same', async () => {
      const { user, oneTimePassword } = await users.create(scene.owner, null, { username: 'bob', password: 'seven grey geese under a bridge' });
      assert.equal(oneTimePassword, null);
      assert.equal(user.mustChangePassword, true);
      assert.equal((await scene.principal('bob', 'seven grey geese under a bridge')).mustChangePassword, true);
    });

    it('refuses a name that is taken, with its pointer, and leaves no principal behind', async () => {
      const count = async (): Promise<unknown> => scene.query('SELECT count(*) FROM auth.principal');
      const before = await count();
      const error: unknown = await users.create(scene.owner, null, { username: 'owner' }).catch((error: unknown) => error);
      assert.ok(error instanceof Fault);
      assert.equal(error.kind.status, 409);
      assert.equal(error.context.pointers?.[0]?.pointer, '/username');
      assert.deepEqual(await count(), before);
    });

    it('lets one of many who ask for the same name at once have it', async () => {
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => users.create(scene.owner, null, { username: 'contested' }).then(() => 'made', (error: Fault) => error.kind.code)));
      assert.deepEqual(outcomes.sort(), ['made', ...Array<string>(7).fill('username-taken')].sort());
    });

    for (const [what, wanted, pointer] of [
      ['a capital in the name', { username: 'Carol' }, '/username'],
      ['a short password', { username: 'carol', password: 'too short' }, '/password'],
      ['a password made of the name', { username: 'carolina', password: 'carolina-carolina' }, '/password'],
    ] as const) {
      it(`refuses ${what} with its pointer`, async () => {
        const error: unknown = await users.create(scene.owner, null, wanted).catch((error: unknown) => error);
        assert.ok(error instanceof Fault);
        assert.equal(error.kind.status, 422);
        assert.equal(error.context.pointers?.[0]?.pointer, pointer);
      });
    }

    it('does not show a one-time password twice, and replays one without a secret', async () => {
      const request = { key: 'k1', route: 'POST /v1/users', bodyDigest: Buffer.alloc(32, 1) };
      const { user } = await users.create(scene.owner, request, { username: 'once' });
      const replayed: unknown = await users.create(scene.owner, request, { username: 'once' }).catch((error: unknown) => error);
      assert.ok(replayed instanceof Fault && replayed.kind.code === 'idempotency-replay-refused');
      assert.equal(replayed.context.members?.['resourceId'], user.id);

      const plain = { ...request, key: 'k2' };
      const first = await users.create(scene.owner, plain, { username: 'twice', password: 'seven grey geese under a bridge' });
      const again = await users.create(scene.owner, plain, { username: 'twice', password: 'seven grey geese under a bridge' });
      assert.equal(again.user.id, first.user.id);
    });

    it('refuses who may not, and whose token may not', async () => {
      const person = await admit('viewer', 'viewer');
      assert.equal(await codeOf(users.create(person.principal, null, { username: 'x1' })), 'forbidden');
      const narrow = await scene.principal(OWNER.username, OWNER.password, 'read:data');
      assert.equal(await codeOf(users.create(narrow, null, { username: 'x1' })), 'insufficient-scope');
    });
  });

  it('lists in pages, each user once, in order of creation, and no hash', async () => {
    const seen: string[] = [];
    for (let after: string | null = null, page; ; after = page.next) {
      page = await users.list(scene.owner, {}, { limit: 2, after });
      assert.ok(page.items.length <= 2);
      seen.push(...page.items.map(({ user }) => user.username));
      assert.ok(!JSON.stringify(page).includes('argon2'));
      if (page.next === null) break;
    }
    const rows = await scene.query<{ username: string }>('SELECT username FROM auth.user_account ORDER BY principal_id');
    assert.deepEqual(seen, rows.map((row) => row.username));
  });

  it('shows by rules about some accounts and some fields those accounts, and those fields', async () => {
    const rules = [{ effect: 'allow', resource: 'users', verbs: ['read'], fields: ['status', 'username'], where: { username: { $in: ['seen', 'hidden'] } } }, { effect: 'deny', resource: 'users', verbs: ['read'], where: { username: { $eq: 'hidden' } } }];
    await scene.query(`INSERT INTO rbac.role (id, name, builtin, rules) VALUES ('looks', 'looks', false, $1)`, [JSON.stringify(rules)]);
    const [seen, hidden, looker] = await Promise.all(['seen', 'hidden', 'looker'].map((username) => scene.person(username)));
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: looker!.id, roleId: 'looks', projectId: null, expiresAt: null });
    const principal = await scene.principal(looker!.username, looker!.password);
    const { items, next } = await users.list(principal, {}, { limit: 1, after: null });
    assert.deepEqual([items.map(({ user }) => user.id), next], [[seen!.id], null]);
    assert.deepEqual([...items[0]!.fields], ['username', 'status']);
    assert.deepEqual([...(await users.get(principal, seen!.id)).fields], ['username', 'status']);
    assert.deepEqual([await codeOf(users.get(principal, hidden!.id)), await codeOf(users.get(principal, looker!.id)), await codeOf(users.disable(principal, seen!.id))], ['not-found', 'not-found', 'forbidden']);
  });

  it('lists only those in a state, or the one of a name', async () => {
    const { user } = await users.create(scene.owner, null, { username: 'findme' });
    const named = async (filter: Parameters<Users['list']>[1]): Promise<string[]> => (await users.list(scene.owner, filter, { limit: 100, after: null })).items.map((each) => each.user.id);
    assert.deepEqual(await named({ username: 'findme' }), [user.id]);
    assert.deepEqual(await named({ username: 'findme', status: 'disabled' }), []);
    await users.disable(scene.owner, user.id);
    assert.deepEqual(await named({ status: 'disabled' }), [user.id]);
  });

  describe('renaming', () => {
    it('changes what others see and nothing else, once for one version, and is recorded', async () => {
      const { user } = await users.create(scene.owner, null, { username: 'renamed', displayName: 'Before' });
      const after = await users.rename(scene.owner, user.id, new Set([user.version]), 'After');
      assert.deepEqual(after, { ...user, displayName: 'After', version: 2 });
      assert.equal(await codeOf(users.rename(scene.owner, user.id, new Set([user.version]), 'Again')), 'precondition-failed');
      assert.equal((await users.rename(scene.owner, user.id, null, null)).displayName, null);
      assert.deepEqual((await entriesOf(user.id)).filter((code) => code === 'auth.user.update').length, 2);
    });

    it('of two who saw the same lets one through', async () => {
      const { user } = await users.create(scene.owner, null, { username: 'raced' });
      const outcomes = await Promise.all(['one', 'two'].map((name) => users.rename(scene.owner, user.id, new Set([1]), name).then(() => 'done', (error: Fault) => error.kind.code)));
      assert.deepEqual(outcomes.sort(), ['done', 'precondition-failed']);
    });

    it('is refused of who stands above, of a service account, and of an erased account', async () => {
      const admin = await admit('renamer', 'access-admin');
      assert.equal(await codeOf(users.rename(admin.principal, scene.owner.id, null, 'The boss')), 'account-protected');
      assert.equal(await codeOf(users.rename(scene.owner, (await services.create(scene.owner, null, { name: 'robot-2' })).id, null, 'x')), 'not-found');
      const { user } = await users.create(scene.owner, null, { username: 'gone' });
      await scene.query(`UPDATE auth.principal SET status = 'disabled', disabled_at = now(), erased_at = now() WHERE id = $1`, [user.id]);
      assert.equal(await codeOf(users.rename(scene.owner, user.id, null, 'x')), 'account-erased');
    });

    it('is a version that disabling, enabling and a new password move too', async () => {
      const { id } = await scene.person('versioned');
      const before = (await users.get(scene.owner, id)).user.version;
      assert.equal(await codeOf(users.disable(scene.owner, id, new Set([before - 1]))), 'precondition-failed');
      assert.equal((await users.disable(scene.owner, id, new Set([before]))).version, before + 1);
      assert.equal((await users.enable(scene.owner, id)).version, before + 2);
    });
  });

  it('answers not-found for who is not there, and for a service account', async () => {
    assert.equal(await codeOf(users.get(scene.owner, '01980000-0000-7000-8000-000000000000')), 'not-found');
    const { id } = await services.create(scene.owner, null, { name: 'robot' });
    assert.equal(await codeOf(users.get(scene.owner, id)), 'not-found');
    assert.equal(await codeOf(users.disable(scene.owner, id)), 'not-found');
    assert.equal(await codeOf(users.enable(scene.owner, id)), 'not-found');
  });

  describe('disabling', () => {
    it('ends the sessions at once, and enabling does not bring them back', async () => {
      const { id, username, password } = await scene.person('dora');
      const token = (await logIn(scene.engine, { username, password, source: SOURCE })).accessToken;
      assert.equal((await users.disable(scene.owner, id)).status, 'disabled');
      assert.equal(await codeOf(scene.engine.get(Authenticator).authenticate(token)), 'unauthenticated');
      assert.equal(await codeOf(scene.principal(username, password)), 'invalid-credentials');
      assert.equal((await users.enable(scene.owner, id)).status, 'active');
      assert.equal(await codeOf(scene.engine.get(Authenticator).authenticate(token)), 'unauthenticated');
      await scene.principal(username, password);
      assert.deepEqual((await entriesOf(id)).filter((code) => code.startsWith('auth.user.')), ['auth.user.create', 'auth.user.disable', 'auth.user.enable']);
    });

    it('is refused for oneself', async () => {
      assert.equal(await codeOf(users.disable(scene.owner, scene.owner.id)), 'own-account');
    });

    it('of an owner or a security-admin is refused to an access-admin, as is enabling', async () => {
      const dave = await admit('dave', 'access-admin');
      const sam = await admit('sam', 'security-admin');
      for (const target of [scene.owner.id, sam.id]) {
        assert.equal(await codeOf(users.disable(dave.principal, target)), 'account-protected');
        assert.equal(await codeOf(users.enable(dave.principal, target)), 'account-protected');
      }
      await users.disable(dave.principal, (await scene.person('plain')).id);
      await users.disable(scene.owner, sam.id);
      assert.equal(await codeOf(users.enable(dave.principal, sam.id)), 'account-protected');
      const [uma, sealed] = [await scene.person('uma'), await scene.person('sealed')];
      await scene.query(`INSERT INTO rbac.role (id, name, builtin, rules) VALUES ('lord', 'lord', false, '[{"effect": "allow", "resource": "*", "verbs": ["*"]}]')`);
      await scene.query(`INSERT INTO rbac.role_binding VALUES (gen_random_uuid(), $1, 'lord', NULL, NULL, now(), 'spec')`, [uma.id]);
      await scene.query('INSERT INTO rbac.break_glass_account VALUES ($1, now(), $1)', [sealed.id]);
      assert.equal(await codeOf(users.disable(dave.principal, uma.id)), 'account-protected', 'an owner by another name');
      assert.equal(await codeOf(users.disable(dave.principal, sealed.id)), 'account-protected', 'what is sealed for emergencies');
    });

    it('leaves one of two owners who disable one another at once', async () => {
      const second = await admit('second', 'owner');
      const outcomes = await Promise.all([
        users.disable(scene.owner, second.id).then(() => 'done', (error: Fault) => error.kind.code),
        users.disable(second.principal, scene.owner.id).then(() => 'done', (error: Fault) => error.kind.code),
      ]);
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, 1, outcomes.join());
      const [active] = await scene.query<{ count: number }>(`SELECT count(*)::int AS count FROM auth.principal p JOIN rbac.role_binding b ON b.subject_id = p.id WHERE b.role_id = 'owner' AND p.status = 'active'`);
      assert.equal(active?.count, 1);
    });
  });

});
