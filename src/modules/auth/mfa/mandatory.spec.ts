import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PolicyDecision, RBAC_PERMISSIONS, RoleBindings } from '#modules/rbac/index.js';
import { loadConfig } from '#platform/config/load-config.js';
import { type AuthScene, openAuthScene, OWNER } from '../../../../test/harness/auth-engine.js';
import { faultOf, fromBase32 } from '../../../../test/harness/second-factor.js';
import { Authenticator } from '../authenticator.js';
import { AUTH_PERMISSIONS } from '../domain/auth.permissions.js';
import { hotp, stepAt } from '../domain/totp.js';
import { Users } from '../users.js';
import { TotpEnrolment } from './totp-enrolment.js';

describe('a second factor that is demanded of who administers', () => {
  let scene: AuthScene;

  before(async () => {
    scene = await openAuthScene({ settings: { ADMIN_MFA: 'required' } });
  });
  after(() => scene.close());

  it('leaves an owner without one nothing but the own account, and everything once there is one', async () => {
    const owner = await scene.principal(OWNER.username, OWNER.password);
    const policy = scene.engine.get(PolicyDecision);
    for (const permission of [AUTH_PERMISSIONS['users:read'], AUTH_PERMISSIONS['users:create'], RBAC_PERMISSIONS['roles:read']]) {
      assert.equal((await faultOf(policy.require(owner, permission, null))).kind.code, 'mfa-enrolment-required');
      const early = await policy.permitsSomewhere(owner, permission);
      assert.equal(early.allowed ? null : early.fault.code, 'mfa-enrolment-required');
    }
    for (const permission of [AUTH_PERMISSIONS['account:read'], AUTH_PERMISSIONS['account:update'], AUTH_PERMISSIONS['account:step-up']]) await policy.require(owner, permission, null);

    const { secret } = await scene.engine.get(TotpEnrolment).begin(owner);
    const token = await scene.engine.get(TotpEnrolment).confirm(owner, hotp(fromBase32(secret), stepAt(Date.now())));
    const strong = await scene.engine.get(Authenticator).authenticate(token.accessToken);
    await policy.require(strong, AUTH_PERMISSIONS['users:create'], null);
  });

  it('is not demanded of who only looks, nor of who has no role', async () => {
    const policy = scene.engine.get(PolicyDecision);
    // Without the mark of the account that a password alone opens, the first owner of this scene may do what owners do.
    const owner = { ...scene.owner };
    delete owner.withoutSecondFactor;
    const { user } = await scene.engine.get(Users).create(owner, null, { username: 'looker', password: 'a long enough phrase of mine' });
    await scene.engine.get(RoleBindings).bind(owner, null, { subjectId: user.id, roleId: 'viewer', projectId: null, expiresAt: null }, null);
    const looker = { ...(await scene.principal('looker', 'a long enough phrase of mine')), mustChangePassword: false };
    assert.equal(looker.withoutSecondFactor, true);
    await policy.require(looker, RBAC_PERMISSIONS['roles:read'], null);
    assert.equal((await faultOf(policy.require(looker, AUTH_PERMISSIONS['users:create'], null))).kind.code, 'forbidden');
  });

  it('cannot be left out in production', () => {
    assert.equal(loadConfig({}).administratorsNeedSecondFactor, false);
    assert.throws(() => loadConfig({ NODE_ENV: 'production', ADMIN_MFA: 'optional' }), /ADMIN_MFA=optional/);
  });
});
