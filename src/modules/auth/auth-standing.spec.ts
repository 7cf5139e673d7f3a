import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RoleBindings } from '#modules/rbac/index.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, OWNER } from '../../../test/harness/auth-engine.js';
import { ServiceAccountKeys } from './api-keys/service-account-keys.js';
import { standingBy } from './auth-standing.module.js';
import { ClientSecrets } from './client-secrets.js';
import { OwnerRecovery } from './owner-recovery.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { UserAccountRepository } from './persistence/user-account.repository.js';
import { ServiceAccounts } from './service-accounts.js';
import { Users } from './users.js';

const SPEC = systemPrincipal('spec');
const DAY_MILLIS = 24 * 3600 * 1000;
const NOBODY = '0198c0de-0000-7000-8000-00000000dead';

describe('who somebody is beside their roles', () => {
  let scene: AuthScene;
  let [maker, made, stranger]: string[] = [];
  let service = '';
  const standing = standingBy(new PrincipalRepository());
  const ask = <T>(question: (tx: Parameters<typeof standing.isActive>[0]) => Promise<T>): Promise<T> => scene.database.app.run(SPEC, question);
  const beholden = (approverId: string, requesterId: string, sinceMillis = 0): Promise<boolean> => ask((tx) => standing.isBeholdenTo(tx, approverId, requesterId, sinceMillis));

  before(async () => {
    scene = await openAuthScene();
    const admin = await scene.person('admin');
    await scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId: admin.id, roleId: 'access-admin', projectId: null, expiresAt: null });
    const principal = await scene.principal(admin.username, admin.password);
    const { user } = await scene.engine.get(Users).create(principal, null, { username: 'made' });
    service = (await scene.engine.get(ServiceAccounts).create(principal, null, { name: 'robot' })).id;
    [maker, made, stranger] = [admin.id, user.id, (await scene.person('stranger')).id];
  });
  after(() => scene.close());

  it('is beholden to who made the account, for ever, and nobody to whom they made', async () => {
    assert.equal(await beholden(made!, maker!, Date.now()), true);
    assert.equal(await beholden(service, maker!, Date.now()), true);
    assert.equal(await beholden(maker!, made!), false);
    assert.equal(await beholden(stranger!, maker!), false);
    assert.equal(await beholden(NOBODY, maker!), false);
  });

  it('is beholden to who reset the credentials, from then on for as long as is asked', async () => {
    const at = Date.UTC(2026, 10, 22);
    await scene.database.app.run(SPEC, (tx) => new UserAccountRepository().noteReset(tx, stranger!, maker!, new Date(at)));
    assert.deepEqual([await beholden(stranger!, maker!, at), await beholden(stranger!, maker!, at + 1), await beholden(stranger!, made!, at)], [true, false, false]);
    const reset = (id: string, otherId: string, since: number): Promise<boolean> => ask((tx) => standing.wasResetBy(tx, id, otherId, since));
    assert.deepEqual([await reset(stranger!, maker!, at), await reset(stranger!, maker!, at + 1), await reset(made!, maker!, at)], [true, false, false], 'and who only made an account has reset none');
  });

  it('is beholden, as a program, to whoever gave it what it proves itself by and may still know it', async () => {
    const since = Date.now() - 7 * DAY_MILLIS;
    const given = (other: string, id = service): Promise<boolean> => ask((tx) => standing.wasResetBy(tx, id, other, since));
    const { id: first } = await scene.engine.get(ClientSecrets).create(scene.owner, null, service, { label: null, lifetimeDays: 1 });
    assert.deepEqual([await given(scene.owner.id), await given(maker!), await given(stranger!)], [true, false, false]);
    await scene.engine.get(ClientSecrets).revoke(scene.owner, service, first);
    assert.equal(await given(scene.owner.id), true, 'it is gone, and was known');
    await scene.query(`UPDATE auth.service_account SET credentials_given_at = now() - interval '8 days' WHERE principal_id = $1`, [service]);
    assert.equal(await given(scene.owner.id), false);
    const { id: key } = await scene.engine.get(ServiceAccountKeys).create(scene.owner, null, service, { label: null, scopes: new Set(['read:data']), project: null, lifetimeDays: 90 });
    await scene.query(`UPDATE auth.service_account SET credentials_given_at = now() - interval '8 days' WHERE principal_id = $1`, [service]);
    assert.equal(await given(scene.owner.id), true, 'it is old, and good');
    await scene.query(`UPDATE auth.api_key SET created_at = now() - interval '9 days', expires_at = now() - interval '8 days' WHERE id = $1`, [key]);
    assert.equal(await given(scene.owner.id), false);
    // By the hands of a program: who answers for that.
    const { id: hand } = await scene.engine.get(ServiceAccounts).create(scene.owner, null, { name: 'hand' });
    await scene.query('UPDATE auth.service_account SET credentials_given_by = $2, credentials_given_at = now() WHERE principal_id = $1', [service, hand]);
    assert.deepEqual([await given(scene.owner.id), await given(hand), await given(maker!), await given(scene.owner.id, stranger!)], [true, true, false, false]);
  });

  it('knows when the recovery command reset an account, which nobody did', async () => {
    await scene.engine.get(OwnerRecovery).recover(OWNER.username);
    const [row] = await scene.query<{ at: Date | null; by: string | null }>('SELECT credentials_reset_at AS at, credentials_reset_by AS by FROM auth.user_account WHERE username = $1', [OWNER.username]);
    assert.ok(row!.at !== null && row!.by === null);
  });

  it('tells people from programs, and who answers for one', async () => {
    assert.deepEqual([await ask((tx) => standing.isPerson(tx, made!)), await ask((tx) => standing.isPerson(tx, service)), await ask((tx) => standing.isPerson(tx, NOBODY))], [true, false, false]);
    assert.deepEqual(await ask((tx) => standing.guarantorOf(tx, service)), { id: maker, isActive: true });
    assert.equal(await ask((tx) => standing.guarantorOf(tx, made!)), null);
  });

  it('says who answers for a program also to the login that delivers in its name', async () => {
    assert.deepEqual(await scene.database.sequencer.run(SPEC, (tx) => standing.guarantorOf(tx, service)), { id: maker, isActive: true });
  });
});
