import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PermissionCatalogue, PolicyDecision, RoleBindings } from '#modules/rbac/index.js';
import { ApprovalNeeded } from '#pure/approval/approval.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { Authenticator } from '../auth/authenticator.js';
import { Sessions } from '../auth/sessions.js';
import { BreakGlass } from './break-glass.js';
import { BUILTIN_ROLES } from './domain/builtin-roles.js';

const REASON = 'Both owners are out of reach.';
const HOUR_MILLIS = 3_600_000;

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', (error: unknown) => (error instanceof Fault ? error.kind.code : error instanceof ApprovalNeeded ? 'approval-needed' : String(error)));

describe('breaking the glass', () => {
  let scene: AuthScene;
  let engine: BreakGlass;
  const clock = new HandClock(Date.now());
  before(async () => {
    scene = await openAuthScene({ clock });
    engine = scene.engine.get(BreakGlass);
  });
  after(() => scene.close());

  let people = 0;
  const person = (): ReturnType<AuthScene['person']> => scene.person(`person-${(people += 1)}`);
  /** There is no second factor yet: what its login would give. */
  const strong = async (who: { readonly username: string; readonly password: string }): Promise<Principal> => strengthened(await scene.principal(who.username, who.password));
  const known = new WeakMap<Principal, Principal>();
  const strengthened = (authenticated: Principal): Principal => {
    const principal: Principal = { ...authenticated, assurance: 'aal2' };
    known.set(principal, authenticated);
    return principal;
  };
  /** A principal is of one request: the policy version that the lookup of the next one would see. */
  const owner = async (): Promise<Principal> => {
    const [row] = await scene.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'policy'`);
    return { ...scene.owner, policyVersion: Number(row!.version) };
  };
  /** The next request of the session. */
  const again = async (principal: Principal): Promise<Principal> => strengthened(await scene.engine.get(Authenticator).again(known.get(principal)!));
  const sealed = async (): Promise<{ readonly id: string; readonly username: string; readonly password: string }> => {
    const who = await person();
    await engine.enroll(await owner(), null, who.id);
    return who;
  };
  const entries = async (): Promise<readonly { readonly code: string; readonly glass: string | null }[]> =>
    scene.query(`SELECT convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' AS code, convert_from(body, 'UTF8')::jsonb #>> '{unmapped,breakGlass}' AS glass FROM audit.entry ORDER BY id`);

  it('is for a sealed account at aal2 with a reason, and for nobody else', async () => {
    const who = await sealed();
    assert.equal(await codeOf(engine.open(await scene.principal(who.username, who.password), REASON)), 'insufficient-assurance');
    assert.equal(await codeOf(engine.open(await strong(await person()), REASON)), 'forbidden');
    assert.equal(await codeOf(engine.open({ ...(await owner()), assurance: 'aal2' }, REASON)), 'forbidden');
    assert.equal(await codeOf(engine.open(await strong(who), REASON)), 'done');
  });

  it('seals only people without a role, once', async () => {
    const who = await person();
    assert.equal(await codeOf(engine.enroll(await owner(), null, scene.owner.id)), 'holds-roles');
    assert.equal(await codeOf(engine.enroll(await strong(who), null, who.id)), 'forbidden');
    assert.equal(await codeOf(engine.enroll(await owner(), null, '0198c0de-0000-7000-8000-00000000dead')), 'invalid-request');
    assert.deepEqual([await codeOf(engine.enroll(await owner(), null, who.id)), await codeOf(engine.enroll(await owner(), null, who.id))], ['done', 'already-enrolled']);
  });

  it('gives a role for an hour, that nobody can bind, to an account without another', async () => {
    const who = await sealed();
    const asked = scene.engine.get(RoleBindings).bind(await owner(), null, { subjectId: who.id, roleId: 'break-glass', projectId: null, expiresAt: null });
    assert.equal(await codeOf(asked), 'invalid-request');
    const use = await engine.open(await strong(who), REASON);
    const [binding] = await scene.query<{ role: string; expires: Date }>('SELECT role_id AS role, expires_at AS expires FROM rbac.role_binding WHERE subject_id = $1', [who.id]);
    assert.deepEqual([binding!.role, binding!.expires.getTime(), use.endsAt.getTime()], ['break-glass', clock.nowMillis() + HOUR_MILLIS, clock.nowMillis() + HOUR_MILLIS]);
    for (const statement of ['DELETE FROM rbac.break_glass_use WHERE principal_id = $1', 'DELETE FROM rbac.role_binding WHERE subject_id = $1']) await scene.query(statement, [who.id]);
    await scene.engine.get(RoleBindings).bind(await owner(), null, { subjectId: who.id, roleId: 'viewer', projectId: null, expiresAt: null });
    assert.equal(await codeOf(engine.open(await strong(who), REASON)), 'holds-roles', 'nor is it opened by who was given a role since');
  });

  it('ends the other sessions of the account at once, and marks every entry of the one that goes on', async () => {
    const who = await sealed();
    const [other, opening] = [await logIn(scene.engine, { ...who, source: SOURCE }), await strong(who)];
    const use = await engine.open(opening, REASON);
    const [session] = await scene.query<{ revoked: boolean }>('SELECT revoked_at IS NOT NULL AS revoked FROM auth.session WHERE id = $1', [other.sessionId]);
    assert.equal(session!.revoked, true);
    const later = await again(opening);
    assert.deepEqual([later.breakGlassId, later.holdsBreakGlass], [use.id, true]);
    await scene.engine.get(Sessions).logout(later);
    const found = await entries();
    assert.deepEqual(found.filter(({ glass }) => glass === use.id).map(({ code }) => code).sort(), ['auth.logout', 'rbac.break-glass.open']);
    assert.equal((await owner()).breakGlassId, undefined);
  });

  describe('in one session', () => {
    const may = async (principal: Principal, name = 'users:read'): Promise<string> =>
      codeOf(scene.engine.get(PolicyDecision).require(principal, scene.engine.get(PermissionCatalogue).all().find((permission) => permission.name === name)!, null));

    it('gives nothing to another session of the account, whose login is marked all the same', async () => {
      const who = await sealed();
      const opening = await strong(who);
      const use = await engine.open(opening, REASON);
      const beside = await strong(who);
      assert.deepEqual([await may(await again(opening)), await may(beside)], ['done', 'forbidden']);
      assert.deepEqual([beside.breakGlassId, beside.holdsBreakGlass], [use.id, undefined]);
      assert.deepEqual((await entries()).filter(({ glass }) => glass === use.id).map(({ code }) => code).sort(), ['auth.login', 'rbac.break-glass.open']);
    });

    it('goes on in another, at aal2 and no longer, for who has lost it', async () => {
      const who = await sealed();
      const first = await strong(who);
      const use = await engine.open(first, REASON);
      assert.equal(await codeOf(engine.open(await again(first), REASON)), 'forbidden', 'it is open there already');
      clock.millis += HOUR_MILLIS / 2;
      const second = await strong(who);
      assert.equal(await codeOf(engine.open({ ...second, assurance: 'aal1' }, REASON)), 'insufficient-assurance');
      const resumed = await engine.open(second, 'The machine has crashed.');
      assert.deepEqual([resumed.id, resumed.endsAt], [use.id, use.endsAt]);
      assert.equal(await may(await again(second)), 'done');
      const [row] = await scene.query<{ revoked: boolean }>('SELECT revoked_at IS NOT NULL AS revoked FROM auth.session WHERE id = $1', [first.sessionId]);
      assert.equal(row!.revoked, true);
    });

    it('is no way up for who administers accounts: what proves to be a sealed account is given by who has everything', async () => {
      const [who, plain, admin] = [await sealed(), await person(), await person()];
      await scene.engine.get(RoleBindings).bind(await owner(), null, { subjectId: admin.id, roleId: 'access-admin', projectId: null, expiresAt: null });
      const authority = async (by: Principal, over: string): Promise<string> => codeOf(scene.database.app.run(by, (tx) => scene.engine.get(RoleBindings).requireAuthorityOver(tx, by, over)));
      const administering = await strong(admin);
      assert.deepEqual([await authority(administering, plain.id), await authority(administering, who.id), await authority(await owner(), who.id)], ['done', 'grant-exceeds-own', 'done']);
    });

    it('gives nothing to programs that the account answers for', async () => {
      const who = await sealed();
      const program = '0198c0de-0000-7000-8000-0000000000f0';
      await scene.query(`INSERT INTO auth.principal (id, kind, status, created_at) VALUES ($1, 'service', 'active', now())`, [program]);
      await scene.query('INSERT INTO auth.service_account (principal_id, name, owner_id) VALUES ($1, $2, $3)', [program, 'of-sealed', who.id]);
      await scene.engine.get(RoleBindings).bind(await owner(), null, { subjectId: program, roleId: 'viewer', projectId: null, expiresAt: null });
      await engine.open(await strong(who), REASON);
      const { policyVersion } = await again(await strong(who));
      const asProgram: Principal = { ...(await owner()), id: program, kind: 'service', policyVersion };
      assert.equal(await may(asProgram, 'projects:read'), 'forbidden');
    });
  });

  /** Each by what it would leave behind, or hide. */
  const DENIED: Readonly<Record<string, readonly string[]>> = {
    'a credential': ['account:update', 'users:create', 'users:invite', 'users:update', 'users:reset-password', 'users:reset-mfa', 'service-accounts:create', 'service-accounts:update', 'service-accounts:issue-secret'],
    'what a program or a device is let in by': [
      ...['create', 'read', 'revoke', 'read-any', 'revoke-any'].map((verb) => `api-keys:${verb}`), ...['read', 'create', 'update', 'disable'].map((verb) => `clients:${verb}`), 'devices:approve',
    ],
    'a binding': ['role-bindings:create', 'role-bindings:delete'],
    'a role': ['roles:create', 'roles:update', 'roles:delete', 'roles:escalate', 'roles:bind', 'separations:create', 'separations:delete'],
    'an approval': ['approvals:read', 'approvals:decide', 'projects:approvals'],
    'another emergency': ['break-glass:open', 'break-glass:enroll', 'break-glass:review', 'break-glass:read'],
  };
  describe('of one account that is open', () => {
    let require: (name: string) => Promise<string>;
    let all: readonly string[] = [];
    before(async () => {
      const opening = await strong(await sealed());
      await engine.open(opening, REASON);
      const [principal, decision, catalogue] = [await again(opening), scene.engine.get(PolicyDecision), scene.engine.get(PermissionCatalogue).all()];
      all = catalogue.map(({ name }) => name);
      require = (name) => codeOf(decision.require(principal, catalogue.find((permission) => permission.name === name)!, null));
    });

    for (const [what, names] of Object.entries(DENIED)) {
      it(`lets nobody make ${what}`, async () => {
        for (const name of names) assert.equal(await require(name), 'forbidden', name);
      });
    }

    it('lets everything else be done that belongs to this engine and the accounts', async () => {
      const denied = new Set(Object.values(DENIED).flat());
      for (const name of all.filter((each) => !denied.has(each))) assert.equal(await require(name), 'done', name);
    });
  });

  it('denies the record and who watches it whole, and what makes credentials that are still to come', () => {
    const denied = new Map<string, readonly string[]>(BUILTIN_ROLES['break-glass'].rules.filter(({ effect }) => effect === 'deny').map(({ resource, verbs }) => [resource, verbs]));
    for (const resource of ['audit', 'alerts', 'webhooks', 'break-glass', 'api-keys', 'clients']) assert.deepEqual(denied.get(resource), ['*'], resource);
  });

  it('is over after the hour, and not opened again before somebody else has looked at it', async () => {
    const who = await sealed();
    const opening = await strong(who);
    const use = await engine.open(opening, REASON);
    assert.equal(await codeOf(engine.review(await owner(), null, use.id, 'fine')), 'break-glass-running');
    const during = await again(opening);
    clock.millis += HOUR_MILLIS;
    const list = scene.engine.get(PermissionCatalogue).all().find(({ name }) => name === 'users:read')!;
    assert.equal(await codeOf(scene.engine.get(PolicyDecision).require(during, list, null)), 'forbidden');
    assert.equal(await codeOf(engine.open(during, REASON)), 'break-glass-unreviewed');
    assert.equal(await codeOf(engine.review(during, null, use.id, 'fine')), 'forbidden');
    assert.equal(await codeOf(engine.review(await owner(), null, use.id, 'An exercise.')), 'done');
    assert.equal(await codeOf(engine.review(await owner(), null, use.id, 'Again.')), 'break-glass-reviewed');
    assert.equal(await codeOf(engine.open(during, REASON)), 'done');
  });

  it('takes a second person to seal and to review, as soon as there are two owners, and none to make it ordinary', async () => {
    const [who, second] = [await person(), await person()];
    const removed = await sealed();
    await scene.engine.get(RoleBindings).bind(await owner(), null, { subjectId: second.id, roleId: 'owner', projectId: null, expiresAt: null });
    assert.equal(await codeOf(engine.enroll(await owner(), null, who.id)), 'approval-needed');
    await engine.open(await strong(removed), REASON);
    assert.equal(await codeOf(engine.remove(await owner(), removed.id)), 'done');
    assert.deepEqual(await scene.query('SELECT FROM rbac.role_binding WHERE subject_id = $1', [removed.id]), []);
    assert.equal(await codeOf(engine.remove(await owner(), removed.id)), 'not-found');
  });

  it('is not held up by strangers who try the name from everywhere', async () => {
    const [who, ordinary] = [await scene.person('sealed-name'), await scene.person('ordinary-name')];
    await scene.query('UPDATE auth.principal SET sealed = true WHERE id = $1', [who.id]);
    await scene.query('UPDATE auth.login_throttle SET failures = 5000, last_attempt_at = now(), last_success_at = NULL WHERE key = account');
    const fromNew = (target: { readonly username: string; readonly password: string }): Promise<string> => codeOf(logIn(scene.engine, { ...target, source: '198.51.100.9' }));
    assert.deepEqual([await fromNew(who), await fromNew(ordinary)], ['done', 'too-many-attempts']);
  });
});
