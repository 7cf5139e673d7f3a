import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { Projects, RoleBindings } from '#modules/rbac/index.js';
import { LETTER_SEAL, openLetter } from '#platform/outbox/letter.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { AccountErasure } from '../account-erasure.js';
import { CredentialSweep } from '../credential-sweep.js';
import { ServiceAccounts } from '../service-accounts.js';
import { PasswordLogin } from '../password-login.js';
import { Users } from '../users.js';
import { InviteAcceptance } from './invite-acceptance.js';
import { Invites, type MadeInvite, type NewInvite } from './invites.js';
import { Registration } from './registration.js';

const PASSWORD = 'a phrase that is long enough';
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Fault) return error.kind.code;
      throw error;
    },
  );

describe('invitations', () => {
  let scene: AuthScene;
  let invites: Invites;
  let bindings: RoleBindings;

  before(async () => {
    scene = await openAuthScene({ settings: { SMTP_URL: 'smtp://mail.example', ALERT_EMAIL_FROM: 'q@example.com' } });
    invites = scene.engine.get(Invites);
    bindings = scene.engine.get(RoleBindings);
  });
  after(() => scene.close());

  const invite = (inviter: Principal, username: string, over: Partial<NewInvite> = {}): Promise<MadeInvite> =>
    invites.create(inviter, null, { username, displayName: null, email: null, roles: [], lifetimeHours: 24, ...over });
  const secretOf = (link: string | null): string => link!.slice(link!.indexOf('#') + 1);
  const accept = (token: string, password = PASSWORD) => scene.engine.get(InviteAcceptance).accept({ token, password });
  const role = (name: string, project: string | null = null) => ({ role: name, project, expiresAt: null });
  const bind = (subjectId: string, roleId: string) => bindings.bind(scene.owner, null, { subjectId, roleId, projectId: null, expiresAt: null });
  /** Somebody who may invite, by a role that is no owner's. */
  const admin = async (username: string): Promise<{ readonly principal: Principal; readonly bindingId: string }> => {
    const { user } = await scene.engine.get(Users).create(scene.owner, null, { username, password: PASSWORD });
    await scene.query('UPDATE auth.user_account SET must_change_password = false WHERE principal_id = $1', [user.id]);
    const { id: bindingId } = await bind(user.id, 'access-admin');
    return { principal: await scene.principal(username, PASSWORD), bindingId };
  };
  const reasons = async (): Promise<string[]> =>
    (await scene.query<{ reason: string }>(`SELECT convert_from(body, 'UTF8')::jsonb->'unmapped'->>'reason' AS reason FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb->'metadata'->>'event_code' = 'auth.invite.accept.failed' ORDER BY seq`)).map(({ reason }) => reason);

  it('make an account with the roles that were promised, whose password nobody else ever knew', async () => {
    await scene.engine.get(Projects).create(scene.owner, null, { slug: 'red', name: 'Red' });
    const { invite: made, link } = await invite(scene.owner, 'alice', { displayName: 'Alice', roles: [role('researcher', 'red'), role('viewer')] });
    assert.match(link!, /^https:\/\/quantonium\.example\/invite#qiv_/);
    const { id, username } = await accept(secretOf(link));
    assert.equal(username, 'alice');
    const token = await scene.engine.get(PasswordLogin).login({ username, password: PASSWORD, source: SOURCE });
    assert.ok('mustChangePassword' in token && !token.mustChangePassword);
    const tx = await scene.database.app.run(scene.owner, (work) => bindings.rolesOf(work, id));
    assert.deepEqual([...tx].sort(), ['researcher', 'viewer']);
    const [principal] = await scene.query<{ createdBy: string }>('SELECT created_by AS "createdBy" FROM auth.principal WHERE id = $1', [id]);
    assert.equal(principal!.createdBy, scene.owner.id, 'who invited may not have the account approve for them');
    assert.deepEqual(await scene.query('SELECT FROM auth.invite WHERE id = $1', [made.id]), []);
  });

  it('are used once, of 20 acceptances at once by one', async () => {
    const token = secretOf((await invite(scene.owner, 'bob')).link);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => codeOf(accept(token))));
    assert.deepEqual(outcomes.sort(), ['done', ...Array<string>(19).fill('link-refused')]);
    assert.equal((await scene.query(`SELECT FROM auth.user_account WHERE username = 'bob'`)).length, 1);
    assert.equal(await codeOf(accept(token)), 'link-refused');
  });

  it('are refused alike when they are unknown, expired, taken back, or of a name that somebody has by now', async () => {
    const before = (await reasons()).length;
    const [expired, revoked, late] = [await invite(scene.owner, 'eve-1'), await invite(scene.owner, 'eve-2'), await invite(scene.owner, 'eve-3')];
    await scene.query(`UPDATE auth.invite SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1`, [expired.invite.id]);
    await invites.revoke(scene.owner, revoked.invite.id);
    await scene.engine.get(Users).create(scene.owner, null, { username: 'eve-3' });
    const twin = secretOf(late.link).replace(/.$/, (letter) => (letter === 'A' ? 'B' : 'A'));
    for (const token of [twin, 'qiv_', secretOf(late.link).replace('qiv_', 'qpr_'), secretOf(expired.link), secretOf(revoked.link), secretOf(late.link)]) assert.equal(await codeOf(accept(token)), 'link-refused');
    assert.deepEqual((await reasons()).slice(before), ['unknown', 'unknown', 'unknown', 'expired', 'unknown', 'name-taken']);
    assert.equal(await codeOf(invites.revoke(scene.owner, revoked.invite.id)), 'not-found');
  });

  it('promise nothing that who invites could not give, and no owner', async () => {
    const { principal } = await admin('carl');
    assert.equal(await codeOf(invite(principal, 'x-1', { roles: [role('viewer')] })), 'done');
    assert.equal(await codeOf(invite(principal, 'x-2', { roles: [role('security-admin')] })), 'grant-exceeds-own');
    assert.equal(await codeOf(invite(principal, 'x-2', { roles: [role('owner')] })), 'grant-exceeds-own');
    assert.equal(await codeOf(invite(scene.owner, 'x-3', { roles: [role('owner')] })), 'invalid-request');
    assert.equal(await codeOf(invite(scene.owner, 'x-3', { roles: [role('break-glass')] })), 'invalid-request');
    const narrow: Principal = { ...principal, scopes: new Set(['manage:identity', 'manage:policy']) };
    assert.equal(await codeOf(invite(narrow, 'x-4', { roles: [role('viewer')] })), 'insufficient-scope', 'a token gives no more than it is good for');
  });

  it('give nothing when who invited has lost the right, the role or the account meanwhile', async () => {
    const before = (await reasons()).length;
    const { principal, bindingId } = await admin('dora');
    const token = secretOf((await invite(principal, 'y-1', { roles: [role('viewer')] })).link);
    await bindings.unbind(scene.owner, bindingId);
    assert.equal(await codeOf(accept(token)), 'link-refused');
    const again = await bind(principal.id, 'access-admin');
    await scene.engine.get(Users).disable(scene.owner, principal.id);
    assert.equal(await codeOf(accept(token)), 'link-refused');
    await scene.engine.get(Users).enable(scene.owner, principal.id);
    // What was refused is not used up: when the right is back, so is the promise.
    assert.equal(await codeOf(accept(token)), 'done');
    assert.deepEqual((await reasons()).slice(before), ['beyond-the-inviter', 'inviter-gone']);
    await bindings.unbind(scene.owner, again.id);
    assert.deepEqual(await scene.query(`SELECT FROM auth.user_account WHERE username = 'y-2'`), []);
  });

  it('are not made by a key, nor by who may not', async () => {
    assert.equal(await codeOf(invite({ ...scene.owner, apiKeyId: scene.owner.id }, 'z-1')), 'session-required');
    const nobody = await accept(secretOf((await invite(scene.owner, 'nobody')).link));
    assert.equal(await codeOf(invite(await scene.principal(nobody.username, PASSWORD), 'z-2')), 'forbidden');
    const account = await scene.engine.get(ServiceAccounts).create(scene.owner, null, { name: 'inviter' });
    assert.equal(await codeOf(invite({ ...scene.owner, id: account.id, kind: 'service' }, 'z-3')), 'forbidden');
  });

  it('take no password that the policy refuses, and are good afterwards', async () => {
    const token = secretOf((await invite(scene.owner, 'nelly', { email: null })).link);
    for (const weak of ['short', 'nelly nelly nelly', 'password password']) assert.equal(await codeOf(accept(token, weak)), 'password-rejected');
    assert.equal(await codeOf(accept(token)), 'done');
  });

  it('are mailed where there is an address, and then shown to nobody', async () => {
    const { invite: made, link } = await invite(scene.owner, 'paula', { email: 'paula@example.com' });
    assert.equal(link, null);
    const [row] = await scene.query<{ destination: string; subject: { letter: string }; sink: string }>('SELECT sink, destination, subject FROM platform.outbox');
    assert.ok(!Buffer.from(row!.subject.letter, 'base64').toString('latin1').includes('paula'), 'sealed, since the database keeps no link and no address in a queue');
    const letter = openLetter(scene.engine.get(Keyring).sealer(LETTER_SEAL), row!)!;
    assert.deepEqual([row!.sink, letter.to], ['email', 'paula@example.com']);
    const sent = /https:\/\/quantonium\.example\/invite#(qiv_\S+)/.exec(letter.text)![1]!;
    assert.throws(() => openLetter(scene.engine.get(Keyring).sealer(LETTER_SEAL), { ...row!, destination: 'letter:invite:other' }));
    const { id } = await accept(sent);
    assert.deepEqual(await scene.query('SELECT email FROM auth.user_account WHERE principal_id = $1', [id]), [{ email: 'paula@example.com' }]);
    void made;
  });

  it('leave nothing in the database that is the link, and go with who invited', async () => {
    const { principal } = await admin('quentin');
    const { invite: made, link } = await invite(principal, 'guest', { email: null });
    const [row] = await scene.query<{ row: string }>('SELECT row_to_json(invite)::text AS row FROM auth.invite WHERE id = $1', [made.id]);
    assert.ok(!row!.row.includes(secretOf(link).slice(4, 40)));
    assert.deepEqual((await invites.list(scene.owner, { limit: 100, after: null })).items.filter(({ id }) => id === made.id), [made]);
    await scene.database.app.run(scene.owner, (tx) => scene.engine.get(AccountErasure).erase(tx, scene.owner, principal.id));
    assert.deepEqual(await scene.query('SELECT FROM auth.invite WHERE id = $1', [made.id]), []);
  });

  it('are cleared away a week after they have expired', async () => {
    const { invite: made } = await invite(scene.owner, 'rita');
    const expire = (age: string): Promise<unknown> => scene.query(`UPDATE auth.invite SET created_at = now() - interval '30 days', expires_at = now() - $2::interval WHERE id = $1`, [made.id, age]);
    const there = async (): Promise<boolean> => (await scene.query('SELECT FROM auth.invite WHERE id = $1', [made.id])).length === 1;
    await expire('6 days');
    await scene.engine.get(CredentialSweep).sweep();
    assert.equal(await there(), true);
    await expire('8 days');
    await scene.engine.get(CredentialSweep).sweep();
    assert.equal(await there(), false);
  });

  it('are the only way in for strangers, unless the operator says otherwise', async () => {
    assert.equal(await codeOf(scene.engine.get(Registration).register({ username: 'stranger', password: PASSWORD, displayName: null })), 'registration-closed');
  });
});

describe('registration', () => {
  it('makes an account without any role where it is open, and says that a name is taken', async () => {
    const scene = await openAuthScene({ settings: { REGISTRATION: 'open' } });
    const registration = scene.engine.get(Registration);
    const { id } = await registration.register({ username: 'stranger', password: PASSWORD, displayName: null });
    assert.deepEqual(await scene.database.app.run(scene.owner, (tx) => scene.engine.get(RoleBindings).rolesOf(tx, id)), []);
    assert.equal(await codeOf(registration.register({ username: 'stranger', password: PASSWORD, displayName: null })), 'username-taken');
    assert.equal(await codeOf(registration.register({ username: 'stranger-2', password: 'short', displayName: null })), 'password-rejected');
    assert.equal(await codeOf(registration.register({ username: 'erased.x', password: PASSWORD, displayName: null })), 'invalid-request');
    await scene.close();
  });
});
