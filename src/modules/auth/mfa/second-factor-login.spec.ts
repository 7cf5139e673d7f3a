import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RoleBindings } from '#modules/rbac/index.js';
import { SCOPES } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { enrolled, faultOf, ticketOf } from '../../../../test/harness/second-factor.js';
import { MovableClock } from '../../../../test/harness/movable-clock.js';
import { AccountErasure } from '../account-erasure.js';
import { Authenticator } from '../authenticator.js';
import { PasswordChange } from '../password-change.js';
import { Users } from '../users.js';
import { VaultLogins } from '../vault-logins.js';
import { FactorReset } from './factor-reset.js';
import { RecoveryCodes } from './recovery-codes.js';
import { SecondFactorLogin } from './second-factor-login.js';
import { StepUp } from './step-up.js';
import { TotpEnrolment } from './totp-enrolment.js';
import { UnitOfWork } from '#platform/database/unit-of-work.js';

describe('second factors', () => {
  let scene: AuthScene;
  const clock = new MovableClock();
  const complete = (ticket: string, factor: 'totp' | 'recovery', code: string) => scene.engine.get(SecondFactorLogin).complete({ ticket, proof: { factor, code }, source: SOURCE });
  const entries = async (code: string, about: string): Promise<Record<string, unknown>[]> => {
    const rows = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY id');
    return rows.map(({ body }) => body.toString()).filter((text) => text.includes(`"event_code":"${code}"`) && text.includes(about)).map((text) => JSON.parse(text) as Record<string, unknown>);
  };

  before(async () => {
    scene = await openAuthScene({ clock });
  });
  after(() => scene.close());

  it('are enrolled by a code, which is used up; the session goes on at aal2, and every other one ends', async () => {
    const { username, password } = await scene.person('begins');
    const engine = scene.engine;
    const [asking, other] = [await scene.principal(username, password), await scene.principal(username, password)];
    await engine.get(TotpEnrolment).begin(asking);
    assert.equal((await faultOf(engine.get(TotpEnrolment).confirm(asking, '000000'))).kind.code, 'enrolment-refused');
    // Until it is confirmed, nothing is enrolled: the password alone still lets in, and a second beginning is another secret.
    await scene.principal(username, password);
    const person = await enrolled(scene, clock, 'enrols');
    assert.equal(person.principal.assurance, 'aal2');
    const reused = await ticketOf(scene, person);
    assert.equal((await faultOf(complete(reused, 'totp', person.confirmation))).kind.code, 'second-factor-refused');
    assert.equal((await faultOf(engine.get(TotpEnrolment).begin(person.principal))).kind.code, 'totp-exists');
    const rows = await scene.query<{ revoked: boolean }>('SELECT revoked_at IS NOT NULL AS revoked FROM auth.session WHERE principal_id = $1', [person.id]);
    assert.equal(rows.filter(({ revoked }) => !revoked).length, 1);
    assert.ok(other.sessionId !== asking.sessionId);
  });

  it('stand between a password and a session: the login gives a ticket, which is no credential, and the code gives aal2', async () => {
    const person = await enrolled(scene, clock, 'logs-in');
    const ticket = await ticketOf(scene, person);
    await assert.rejects(scene.engine.get(Authenticator).authenticate(ticket));
    const token = await complete(ticket, 'totp', person.code());
    const principal = await scene.engine.get(Authenticator).authenticate(token.accessToken);
    assert.deepEqual([principal.id, principal.assurance, principal.scopes], [person.id, 'aal2', new Set(SCOPES)]);
    const claims = JSON.parse(Buffer.from(token.accessToken.split('.')[1]!, 'base64url').toString()) as { amr: string[]; acr: string };
    assert.deepEqual([claims.amr, claims.acr], [['pwd', 'otp', 'mfa'], 'aal2']);
    assert.equal((await entries('auth.mfa.challenge', person.id)).length, 1);
    assert.ok(JSON.stringify((await entries('auth.login', person.id)).at(-1)).includes('otp'));
  });

  it('are not passed by the logins of another dialect', async () => {
    const { username, password } = await enrolled(scene, clock, 'by-vault');
    const fault = await faultOf(scene.engine.get(VaultLogins).byPassword({ username, password, source: SOURCE }));
    assert.equal(fault.kind.code, 'second-factor-required');
  });

  it('let one of twenty through that bring the same code at the same time', async () => {
    const person = await enrolled(scene, clock, 'twenty-codes');
    const tickets: string[] = [];
    for (let n = 0; n < 20; n += 1) tickets.push(await ticketOf(scene, person));
    const code = person.code();
    const outcomes = await Promise.allSettled(tickets.map((ticket) => complete(ticket, 'totp', code)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.match(String((outcome.reason as { kind?: { code: string } }).kind?.code), /^(second-factor-refused|too-many-codes)$/);
  });

  it('let one of twenty through that bring the same recovery code at the same time', async () => {
    const person = await enrolled(scene, clock, 'twenty-recoveries', true);
    assert.equal(new Set(person.codes).size, 10);
    const tickets: string[] = [];
    for (let n = 0; n < 20; n += 1) tickets.push(await ticketOf(scene, person));
    const outcomes = await Promise.allSettled(tickets.map((ticket) => complete(ticket, 'recovery', person.codes[0]!.toUpperCase())));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    await complete(await ticketOf(scene, person), 'recovery', person.codes[1]!);
    const [{ left } = { left: 0 }] = await scene.query<{ left: number }>('SELECT count(*)::int AS left FROM auth.recovery_code WHERE principal_id = $1 AND used_at IS NULL', [person.id]);
    assert.equal(left, 8);
  });

  it('take a ticket once, whoever brings it how often at the same time', async () => {
    const person = await enrolled(scene, clock, 'one-ticket', true);
    const ticket = await ticketOf(scene, person);
    const outcomes = await Promise.allSettled(person.codes.map((code) => complete(ticket, 'recovery', code)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await faultOf(complete(ticket, 'totp', person.code()))).kind.code, 'ticket-refused');
    // The nine that came too late have used nothing up.
    const [{ left } = { left: 0 }] = await scene.query<{ left: number }>('SELECT count(*)::int AS left FROM auth.recovery_code WHERE principal_id = $1 AND used_at IS NULL', [person.id]);
    assert.equal(left, 9);
  });

  it('end a ticket with its fifth wrong answer, also when all come at once', async () => {
    const person = await enrolled(scene, clock, 'guesses', true);
    const ticket = await ticketOf(scene, person);
    const faults = await Promise.all(Array.from({ length: 8 }, (_, n) => faultOf(complete(ticket, 'recovery', `0000-0000-0000-000${n}`))));
    assert.deepEqual(faults.map(({ kind }) => kind.code).sort(), [...Array<string>(5).fill('second-factor-refused'), ...Array<string>(3).fill('ticket-refused')]);
    assert.equal((await faultOf(complete(ticket, 'totp', person.code()))).kind.code, 'ticket-refused');
    assert.equal((await entries('auth.mfa.challenge', person.id)).filter((entry) => entry['status_id'] === 2).length, 5);
  });

  it('refuse a ticket of another epoch, of an account that was disabled, one that is too old, and what is none', async () => {
    const person = await enrolled(scene, clock, 'epochs', true);
    const fresh = await ticketOf(scene, person);
    const newPassword = 'another long phrase of mine, and new';
    await scene.engine.get(PasswordChange).change(person.principal, { currentPassword: person.password, newPassword });
    assert.equal((await faultOf(complete(fresh, 'recovery', person.codes[0]!))).kind.code, 'ticket-refused');
    const old = await ticketOf(scene, { ...person, password: newPassword });
    clock.offsetMillis += 301_000;
    assert.equal((await faultOf(complete(old, 'recovery', person.codes[0]!))).kind.code, 'ticket-refused');
    const disabled = await ticketOf(scene, { ...person, password: newPassword });
    await scene.engine.get(Users).disable(scene.owner, person.id);
    assert.equal((await faultOf(complete(disabled, 'recovery', person.codes[0]!))).kind.code, 'ticket-refused');
    for (const text of ['', 'qlt_', 'qrt_abc', `${disabled}A`, disabled.replace('qlt_', 'qvt_')]) assert.equal((await faultOf(complete(text, 'totp', '123456'))).kind.code, 'ticket-refused');
  });

  it('delay guesses of codes from all tickets together, and keep nobody out who has a recovery code', async () => {
    const person = await enrolled(scene, clock, 'delayed', true);
    for (let n = 0; n < 3; n += 1) {
      const ticket = await ticketOf(scene, person);
      for (let m = 0; m < 4; m += 1) await faultOf(complete(ticket, 'totp', '000000'));
    }
    const fault = await faultOf(complete(await ticketOf(scene, person), 'totp', person.code()));
    assert.equal(fault.kind.code, 'too-many-codes');
    assert.match(fault.context.headers?.['Retry-After'] ?? '', /^\d+$/);
    await complete(await ticketOf(scene, person), 'recovery', person.codes[0]!);
    clock.offsetMillis += 30_000;
    await complete(await ticketOf(scene, person), 'totp', person.code());
  });

  it('make a session fresh and strong again, and leave its older tokens what they were', async () => {
    const person = await enrolled(scene, clock, 'steps-up');
    clock.offsetMillis += 400_000;
    const before = person.principal.authenticatedAtSeconds;
    const token = await scene.engine.get(StepUp).raise(person.principal, { factor: 'totp', code: person.code() });
    const principal = await scene.engine.get(Authenticator).authenticate(token.accessToken);
    assert.deepEqual([principal.assurance, principal.sessionId], ['aal2', person.principal.sessionId]);
    assert.ok(principal.authenticatedAtSeconds >= before + 400);
    assert.equal((await faultOf(scene.engine.get(StepUp).raise(person.principal, { factor: 'totp', code: person.code() }))).kind.code, 'second-factor-refused');
    // A password is what an attacker of such an account has.
    const byPassword = await faultOf(scene.engine.get(StepUp).raise(person.principal, { factor: 'password', password: person.password }));
    assert.deepEqual([byPassword.kind.status, byPassword.context.pointers?.[0]?.code], [422, 'second-factor-required']);
  });

  it('are no part of an account without one: there the password makes a login fresh, and no stronger', async () => {
    const { username, password } = await scene.person('steps-nowhere');
    const principal = await scene.principal(username, password);
    assert.equal((await faultOf(scene.engine.get(StepUp).raise(principal, { factor: 'password', password: 'not the right phrase at all' }))).kind.code, 'wrong-password');
    const token = await scene.engine.get(StepUp).raise(principal, { factor: 'password', password });
    assert.equal((await scene.engine.get(Authenticator).authenticate(token.accessToken)).assurance, 'aal1');
    assert.equal((await faultOf(scene.engine.get(StepUp).raise(principal, { factor: 'recovery', code: '0000-0000-0000-0000' }))).kind.code, 'second-factor-refused');
    assert.equal((await faultOf(scene.engine.get(StepUp).raise({ ...principal, sessionId: null }, { factor: 'password', password }))).kind.code, 'forbidden');
  });

  it('are changed by a fresh login alone, and by nobody with a password that was given to them', async () => {
    const person = await enrolled(scene, clock, 'stale', true);
    clock.offsetMillis += 400_000;
    for (const attempt of [() => scene.engine.get(TotpEnrolment).remove(person.principal), () => scene.engine.get(RecoveryCodes).make(person.principal)]) {
      const fault = await faultOf(attempt());
      assert.equal(fault.kind.code, 'insufficient-assurance');
      assert.equal(fault.context.headers?.['WWW-Authenticate'], 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"');
    }
    const { oneTimePassword } = await scene.engine.get(Users).create(scene.owner, null, { username: 'planted' });
    const planted = await scene.principal('planted', oneTimePassword!);
    assert.equal((await faultOf(scene.engine.get(TotpEnrolment).begin(planted))).kind.code, 'password-change-required');
  });

  it('are removed by who proves to have them; a password alone lets in then, and codes on paper stand in for nothing', async () => {
    const person = await enrolled(scene, clock, 'removes', true);
    const token = await scene.engine.get(TotpEnrolment).remove(person.principal);
    const principal = await scene.engine.get(Authenticator).authenticate(token.accessToken);
    await scene.principal(person.username, person.password);
    assert.equal((await faultOf(scene.engine.get(TotpEnrolment).remove(principal))).kind.code, 'not-found');
    assert.equal((await faultOf(scene.engine.get(RecoveryCodes).make(principal))).kind.code, 'no-second-factor');
    await assert.rejects(scene.engine.get(Authenticator).authenticate('x'));
  });

  const SHORT = 'gr3y-heron';
  const shortened = async (username: string) => {
    const person = await enrolled(scene, clock, username);
    const change = async (from: string, newPassword: string, principal = person.principal) =>
      scene.engine.get(Authenticator).authenticate((await scene.engine.get(PasswordChange).change(principal, { currentPassword: from, newPassword })).accessToken);
    return { ...person, change, principal: await change(person.password, SHORT) };
  };

  it('are not removed, the last of them, from beside a password that is too short to stand alone', async () => {
    const { id, username, change, principal } = await shortened('short-removes');
    const fault = await faultOf(scene.engine.get(TotpEnrolment).remove(principal));
    assert.deepEqual([fault.kind.code, fault.kind.status], ['longer-password-required', 409]);
    await ticketOf(scene, { username, password: SHORT });
    assert.equal((await entries('auth.mfa.remove', id)).length, 0);
    const longer = 'another long phrase of mine, and new';
    await scene.engine.get(TotpEnrolment).remove(await change(SHORT, longer, principal));
    assert.equal((await scene.principal(username, longer)).mustChangePassword, false);
  });

  it('leave a password that is too short to stand alone good for setting a longer one, when an administrator takes them', async () => {
    const { id, username, change } = await shortened('short-reset');
    await scene.engine.get(FactorReset).reset(scene.owner, id);
    const limited = await scene.principal(username, SHORT);
    assert.equal(limited.mustChangePassword, true);
    assert.equal((await faultOf(change(SHORT, 'bl4ck-heron', limited))).kind.code, 'password-rejected');
    assert.equal((await faultOf(scene.engine.get(TotpEnrolment).begin(limited))).kind.code, 'password-change-required');
    assert.equal((await change(SHORT, 'another long phrase of mine, and new', limited)).mustChangePassword, false);
  });

  it('are taken by an administrator who is no weaker, which ends the sessions and is remembered', async () => {
    const person = await enrolled(scene, clock, 'reset', true);
    const stranger = await scene.principal(...(Object.values(await scene.person('stranger')).slice(1) as [string, string]));
    assert.equal((await faultOf(scene.engine.get(FactorReset).reset(stranger, person.id))).kind.code, 'forbidden');
    const ticket = await ticketOf(scene, person);
    await scene.engine.get(FactorReset).reset(scene.owner, person.id);
    assert.equal((await faultOf(complete(ticket, 'recovery', person.codes[0]!))).kind.code, 'ticket-refused');
    await scene.principal(person.username, person.password);
    const [account] = await scene.query<{ by: string; has: boolean }>('SELECT credentials_reset_by AS by, has_second_factor AS has FROM auth.user_account WHERE principal_id = $1', [person.id]);
    assert.deepEqual(account, { by: scene.owner.id, has: false });
    assert.equal((await faultOf(scene.engine.get(FactorReset).reset(scene.owner, person.id))).kind.code, 'no-second-factor');
    assert.equal((await faultOf(scene.engine.get(FactorReset).reset(scene.owner, scene.owner.id))).kind.code, 'own-account');
    assert.equal((await entries('auth.mfa.reset', person.id)).length, 1);
  });

  it('of who decides what others may do are taken by an owner alone, and by no equal', async () => {
    const [guardian, equal] = [await enrolled(scene, clock, 'guardian'), await enrolled(scene, clock, 'equal')];
    const bind = (subjectId: string, roleId: string) => scene.engine.get(RoleBindings).bind(scene.owner, null, { subjectId, roleId, projectId: null, expiresAt: null });
    await bind(guardian.id, 'security-admin');
    for (const role of ['security-admin', 'access-admin']) await bind(equal.id, role);
    const admin = await scene.engine.get(Authenticator).again(equal.principal);
    assert.equal((await faultOf(scene.engine.get(FactorReset).reset(admin, guardian.id))).kind.code, 'account-protected');
    assert.deepEqual(await entries('auth.mfa.reset', guardian.id), []);
    await scene.engine.get(FactorReset).reset(scene.owner, guardian.id);
    const plain = await enrolled(scene, clock, 'plain');
    await scene.engine.get(FactorReset).reset(admin, plain.id);
  });

  it('stand sealed in the database, each for its own account alone', async () => {
    const [one, other] = [await enrolled(scene, clock, 'sealed-one'), await enrolled(scene, clock, 'sealed-two')];
    await scene.query('UPDATE auth.totp SET sealed_secret = (SELECT sealed_secret FROM auth.totp WHERE principal_id = $1) WHERE principal_id = $2', [one.id, other.id]);
    await assert.rejects(complete(await ticketOf(scene, other), 'totp', one.code()), /does not open/);
  });

  it('go with the person', async () => {
    const person = await enrolled(scene, clock, 'erased', true);
    await ticketOf(scene, person);
    await scene.engine.get(UnitOfWork).run(scene.owner, (tx) => scene.engine.get(AccountErasure).erase(tx, scene.owner, person.id));
    for (const table of ['totp', 'recovery_code', 'passkey', 'login_ticket']) {
      const rows = await scene.query(`SELECT FROM auth.${table} WHERE principal_id = $1`, [person.id]);
      assert.equal(rows.length, 0, table);
    }
  });
});
