import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RoleBindings } from '#modules/rbac/index.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, OWNER } from '../../../test/harness/auth-engine.js';
import { arriving } from '../../../test/harness/policy.js';
import { ServiceAccounts } from './service-accounts.js';
import { Users } from './users.js';

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (error instanceof Fault) return error.kind.code;
  throw error;
}


describe('service accounts', () => {
  let scene: AuthScene;
  let services: ServiceAccounts;

  before(async () => {
    scene = await openAuthScene();
    services = scene.engine.get(ServiceAccounts);
  });
  after(() => scene.close());

  /** The account as a request of it would arrive, once it has the role. */
  const acting = async (id: string, roleId: string): Promise<Principal> => {
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: id, roleId, projectId: null, expiresAt: null });
    return arriving(scene.database, id, { kind: 'service' });
  };

  it('are principals that roles can be bound to', async () => {
    const account = await services.create(scene.owner, null, { name: 'nightly' });
    assert.equal(account.status, 'active');
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: account.id, roleId: 'viewer', projectId: null, expiresAt: null });
    assert.deepEqual(await services.get(scene.owner, account.id), account);
    assert.deepEqual((await services.list(scene.owner, {}, { limit: 10, after: null })).items, [account]);
  });

  it('refuse a name that is taken by another, and share no names with users', async () => {
    await services.create(scene.owner, null, { name: 'owner' });
    assert.equal(await codeOf(services.create(scene.owner, null, { name: 'owner' })), 'name-taken');
    assert.equal(await codeOf(services.create(scene.owner, null, { name: 'Not A Name' })), 'invalid-request');
  });

  it('can be disabled, and keep nobody out or in as owners', async () => {
    const account = await services.create(scene.owner, null, { name: 'spare' });
    assert.equal((await services.disable(scene.owner, account.id)).status, 'disabled');
    assert.equal(await codeOf(services.get(scene.owner, '01980000-0000-7000-8000-000000000000')), 'not-found');
    const { user } = await scene.engine.get(Users).create(scene.owner, null, { username: 'a.person' });
    for (const id of [user.id, '01980000-0000-7000-8000-000000000000']) assert.equal(await codeOf(services.disable(scene.owner, id)), 'not-found');
  });

  it('belong to who made them, and what a program makes to the person behind it', async () => {
    const account = await services.create(scene.owner, null, { name: 'maker' });
    assert.deepEqual([account.ownerId, account.createdBy], [scene.owner.id, scene.owner.id]);
    const made = await services.create(await acting(account.id, 'access-admin'), null, { name: 'made' });
    assert.deepEqual([made.ownerId, made.createdBy], [scene.owner.id, account.id]);
    assert.deepEqual((await services.list(scene.owner, { name: 'made', ownerId: scene.owner.id, status: 'active' }, { limit: 10, after: null })).items, [made]);
    assert.deepEqual((await services.list(scene.owner, { ownerId: account.id }, { limit: 10, after: null })).items, []);
  });

  it('are renamed, once for one version, to a name that no other has', async () => {
    const account = await services.create(scene.owner, null, { name: 'before' });
    await services.create(scene.owner, null, { name: 'others' });
    const after = await services.update(scene.owner, account.id, new Set([1]), { name: 'after' });
    assert.deepEqual(after, { ...account, name: 'after', version: 2 });
    assert.equal(await codeOf(services.update(scene.owner, account.id, new Set([1]), { name: 'later' })), 'precondition-failed');
    assert.equal(await codeOf(services.update(scene.owner, account.id, null, { name: 'others' })), 'name-taken');
    assert.equal(await codeOf(services.update(scene.owner, account.id, null, { name: 'Not A Name' })), 'invalid-request');
    assert.equal(await codeOf(services.update(scene.owner, scene.owner.id, null, { name: 'x' })), 'not-found');
    assert.equal(await codeOf(services.update(scene.owner, account.id, null, {})), 'invalid-request');
  });

  it('may be asked to bind their tokens, by whoever may rename them, and are released by who could give them a secret', async () => {
    const account = await services.create(scene.owner, null, { name: 'bound', dpopRequired: true });
    assert.deepEqual([account.dpopRequired, (await services.list(scene.owner, { name: 'bound' }, { limit: 1, after: null })).items[0]], [true, account]);
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: account.id, roleId: 'key-manager', projectId: null, expiresAt: null });
    const person = await scene.person('releaser');
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: person.id, roleId: 'access-admin', projectId: null, expiresAt: null });
    const admin = await scene.principal(person.username, person.password);
    assert.equal((await services.update(admin, account.id, null, { dpopRequired: true })).version, 2);
    assert.equal(await codeOf(services.update(admin, account.id, null, { dpopRequired: false })), 'grant-exceeds-own');
    assert.equal((await services.update(scene.owner, account.id, new Set([2]), { dpopRequired: false })).dpopRequired, false);
    await assert.rejects(scene.query('UPDATE auth.principal SET dpop_required = true WHERE id = $1', [person.id]), /violates check constraint/);
  });

  describe('handed over', () => {
    it('belong to another person from then on, which is recorded', async () => {
      const account = await services.create(scene.owner, null, { name: 'inherited' });
      const heir = await scene.person('heir');
      const handed = await services.handOver(scene.owner, account.id, new Set([account.version]), heir.id);
      assert.deepEqual(handed, { ...account, ownerId: heir.id, version: 2 });
      assert.equal(await codeOf(services.handOver(scene.owner, account.id, new Set([account.version]), heir.id)), 'precondition-failed');
      const entries = await scene.query<{ code: string }>(`SELECT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code FROM audit.entry WHERE position($1::bytea IN body) > 0 ORDER BY id`, [Buffer.from(account.id)]);
      assert.deepEqual(entries.map(({ code }) => code), ['auth.service-account.create', 'auth.service-account.hand-over']);
    });

    it('go to nobody but a person with an active account', async () => {
      const [account, other] = [await services.create(scene.owner, null, { name: 'orphan' }), await services.create(scene.owner, null, { name: 'no-parent' })];
      const { user } = await scene.engine.get(Users).create(scene.owner, null, { username: 'leaver' });
      await scene.engine.get(Users).disable(scene.owner, user.id);
      for (const ownerId of [other.id, account.id, user.id, '01980000-0000-7000-8000-000000000000']) assert.equal(await codeOf(services.handOver(scene.owner, account.id, null, ownerId)), 'invalid-request');
      assert.equal(await codeOf(services.handOver(scene.owner, user.id, null, scene.owner.id)), 'not-found');
    });

    it('only by who has all that their roles say, and never by themselves', async () => {
      const account = await services.create(scene.owner, null, { name: 'strong' });
      await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: account.id, roleId: 'key-manager', projectId: null, expiresAt: null });
      const person = await scene.person('weak');
      await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: person.id, roleId: 'access-admin', projectId: null, expiresAt: null });
      const admin = await scene.principal(person.username, person.password);
      assert.equal(await codeOf(services.handOver(admin, account.id, null, person.id)), 'grant-exceeds-own');
      const itself = await acting(account.id, 'access-admin');
      assert.equal(await codeOf(services.handOver(itself, account.id, null, scene.owner.id)), 'own-account');
      assert.equal(await codeOf(services.handOver(await scene.principal(OWNER.username, OWNER.password, 'manage:identity'), account.id, null, person.id)), 'insufficient-scope');
    });
  });

  it('are enabled again, and their sessions from before stay ended', async () => {
    const account = await services.create(scene.owner, null, { name: 'paused' });
    await services.disable(scene.owner, account.id);
    assert.equal((await services.enable(scene.owner, account.id)).status, 'active');
    assert.equal(await codeOf(services.enable(scene.owner, scene.owner.id)), 'not-found');
  });

  it('cannot have a password: the database refuses it', async () => {
    const account = await services.create(scene.owner, null, { name: 'passwordless' });
    await assert.rejects(
      scene.query(`INSERT INTO auth.user_account (principal_id, username, password_hash, must_change_password, password_changed_at) VALUES ($1, 'sneaky', '$argon2id$x', false, now())`, [account.id]),
      /violates foreign key/,
    );
  });
});
