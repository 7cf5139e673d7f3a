import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { PASSWORD_COST } from '#modules/crypto/password-hasher.js';
import { type AuthScene, openAuthScene, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { Authenticator } from './authenticator.js';
import { PasswordChange } from './password-change.js';
import { Sessions } from './sessions.js';
import { Users } from './users.js';

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (error instanceof Fault) return error;
  throw error;
}

const NEXT = 'nine blue herons on the roof';

describe('password change', () => {
  let scene: AuthScene;
  const change = (principal: Principal, currentPassword: string, newPassword: string) => scene.engine.get(PasswordChange).change(principal, { currentPassword, newPassword });
  const token = async (username: string, password: string): Promise<string> => (await logIn(scene.engine, { username, password, source: SOURCE })).accessToken;
  const authenticate = (accessToken: string): Promise<Principal> => scene.engine.get(Authenticator).authenticate(accessToken);

  before(async () => {
    // Of two changes at once both are past the check of the old password before either is made.
    scene = await openAuthScene({ passwordCost: PASSWORD_COST });
  });
  after(() => scene.close());

  it('ends every other session and every token from before, and goes on with the one that it gives out', async () => {
    const { username, password } = await scene.person('alice');
    const [own, other] = [await token(username, password), await token(username, password)];
    const asking = await authenticate(own);
    const successor = await change(asking, password, NEXT);
    assert.equal((await faultOf(authenticate(other))).kind.code, 'unauthenticated');
    assert.equal((await faultOf(authenticate(own))).kind.code, 'unauthenticated');
    const principal = await authenticate(successor.accessToken);
    assert.equal(principal.sessionId, asking.sessionId);
    assert.deepEqual(principal.scopes, asking.scopes);
    assert.equal((await faultOf(token(username, password))).kind.code, 'invalid-credentials');
    await token(username, NEXT);
  });

  it('opens the rest to who had a one-time password', async () => {
    const { oneTimePassword } = await scene.engine.get(Users).create(scene.owner, null, { username: 'fresh' });
    const limited = await scene.principal('fresh', oneTimePassword!);
    assert.equal(limited.mustChangePassword, true);
    const successor = await change(limited, oneTimePassword!, NEXT);
    assert.equal((await authenticate(successor.accessToken)).mustChangePassword, false);
  });

  it('keeps the narrow scope of the session', async () => {
    const { username, password } = await scene.person('narrow');
    const limited = await scene.principal(username, password, 'manage:identity');
    const successor = await change(limited, password, NEXT);
    assert.deepEqual(successor.scopes, new Set(['manage:identity']));
  });

  it('is refused to a token without the scope', async () => {
    const { username, password } = await scene.person('reader');
    assert.equal((await faultOf(change(await scene.principal(username, password, 'read:data'), password, NEXT))).kind.code, 'insufficient-scope');
  });

  for (const [what, next, code] of [
    ['a short one', 'too short', 'too-short'],
    ['one made of the name', 'policy-policy-2026', 'about-the-account'],
    ['the current one', 'a long enough phrase for policy', 'unchanged'],
  ] as const) {
    it(`refuses ${what} with its pointer`, async () => {
      const person = await scene.person('policy').catch(() => ({ username: 'policy', password: 'a long enough phrase for policy' }));
      const fault = await faultOf(change(await scene.principal(person.username, person.password), person.password, next));
      assert.equal(fault.kind.status, 422);
      assert.deepEqual(fault.context.pointers?.map(({ pointer, code }) => [pointer, code]), [['/newPassword', code]]);
    });
  }

  it('refuses a wrong current password, changes nothing, records it, and brakes after ten', async () => {
    const { id, username, password } = await scene.person('guessed');
    const principal = await scene.principal(username, password);
    for (let guess = 0; guess < 10; guess += 1) {
      const fault = await faultOf(change(principal, `guess number ${guess} of many`, NEXT));
      assert.equal(fault.kind.status, 403);
      assert.equal(fault.context.pointers?.[0]?.pointer, '/currentPassword');
    }
    await scene.query('UPDATE auth.login_throttle SET failures = 18, last_attempt_at = clock_timestamp() WHERE failures = 10');
    assert.equal((await faultOf(change(principal, password, NEXT))).kind.code, 'too-many-attempts');
    await token(username, password);
    const [recorded] = await scene.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%auth.password.change.failed%' AND position($1::bytea IN body) > 0`,
      [Buffer.from(id)],
    );
    assert.equal(recorded?.count, 10);
  });

  it('of two at once one wins, and the other is told of the conflict', async () => {
    const { username, password } = await scene.person('twice');
    const [one, two] = [await scene.principal(username, password), await scene.principal(username, password)];
    const outcomes = await Promise.all([
      change(one, password, 'the first of two phrases').then(() => 'done', (error: Fault) => error.kind.code),
      change(two, password, 'the second of two phrases').then(() => 'done', (error: Fault) => error.kind.code),
    ]);
    assert.deepEqual(outcomes.sort(), ['conflict', 'done']);
  });

  it('is refused to a session that was ended meanwhile', async () => {
    const { username, password } = await scene.person('left');
    const principal = await scene.principal(username, password);
    await scene.engine.get(Sessions).logout(principal);
    assert.equal((await faultOf(change(principal, password, NEXT))).kind.code, 'unauthenticated');
    await token(username, password);
  });
});
