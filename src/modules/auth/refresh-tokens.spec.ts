import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../test/harness/movable-clock.js';
import { outcomeOf } from '../../../test/harness/token-outcome.js';
import { Authenticator } from './authenticator.js';
import { formatSecret, SECRET_PREFIXES } from './domain/random-secret.js';
import { PasswordChange } from './password-change.js';
import { PrincipalRepository } from './persistence/principal.repository.js';
import { RefreshTokens, type RefreshTerms } from './refresh-tokens.js';
import { Sessions, type SessionTerms } from './sessions.js';
import type { IssuedToken } from './token-issuer.js';
import { Users } from './users.js';

const SYSTEM = systemPrincipal('spec');
const HOUR = 3600_000;
const OURS: RefreshTerms = { clientId: null, dpopThumbprint: null };

describe('refresh tokens', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let one: AuthEngine;
  let two: AuthEngine;
  let alice: Awaited<ReturnType<AuthScene['person']>>;

  before(async () => {
    scene = await openAuthScene({ clock });
    one = scene.engine;
    two = await scene.replica();
    alice = await scene.person('alice');
  });
  after(() => scene.close());

  const login = (who: { username: string; password: string } = OWNER, dpopThumbprint: Buffer | null = null): Promise<IssuedToken> => logIn(one, { username: who.username, password: who.password, source: SOURCE, dpopThumbprint });
  const redeem = (text: string | null, { engine = one, ...terms }: Partial<RefreshTerms> & { engine?: AuthEngine } = {}): Promise<IssuedToken> => engine.get(RefreshTokens).redeem(text!, { ...OURS, ...terms });
  const refused = async (text: string | null, terms: Partial<RefreshTerms> & { engine?: AuthEngine } = {}): Promise<void> => assert.equal(await outcomeOf(redeem(text, terms)), 'refresh-refused');
  const accepts = ({ accessToken }: IssuedToken): Promise<string[]> => Promise.all([one, two].map((engine) => outcomeOf(engine.get(Authenticator).authenticate(accessToken))));
  const later = async <T>(millis: number, work: () => Promise<T>): Promise<T> => {
    clock.offsetMillis += millis;
    try {
      return await work();
    } finally {
      clock.offsetMillis -= millis;
    }
  };
  const recorded = async (code: string, sessionId: string): Promise<number> => {
    const [row] = await scene.query<{ count: number }>("SELECT count(*)::int AS count FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' = $1 AND position($2::bytea IN body) > 0", [code, Buffer.from(createHash('sha256').update(sessionId).digest('hex'))]);
    return row!.count;
  };
  /** A session of other terms than a login has. */
  const opened = (terms: Partial<SessionTerms>): Promise<string> =>
    one.get(UnitOfWork).run(SYSTEM, async (tx) => {
      const principal = await one.get(PrincipalRepository).lock(tx, alice.id, 'share');
      const grant = await one.get(Sessions).open(tx, principal!, { scopes: new Set(['read:data', 'run:simulation']), methods: ['pwd'], assurance: 'aal1', refreshable: true, ...terms });
      return grant.refreshToken!;
    });

  it('are exchanged one after another, each for the next and an access token of the same session', async () => {
    const first = await login();
    const second = await redeem(first.refreshToken);
    const third = await redeem(second.refreshToken, { engine: two });
    assert.equal(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size, 3);
    assert.deepEqual([second.sessionId, third.sessionId], [first.sessionId, first.sessionId]);
    assert.deepEqual([await accepts(first), await accepts(third)], [['done', 'done'], ['done', 'done']], 'an access token stays good until it expires');
    assert.equal(await recorded('auth.token.refresh', first.sessionId), 2);
  });

  it('are in the database as hashes alone', async () => {
    const first = await login();
    const second = await redeem(first.refreshToken);
    const [row] = await scene.query<{ text: string }>(`SELECT string_agg(t::text, ' ') || (SELECT string_agg(s::text, ' ') FROM auth.session AS s) || (SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM audit.entry) AS text FROM auth.refresh_token AS t`);
    for (const { refreshToken } of [first, second]) {
      assert.ok(!row!.text.includes(refreshToken!));
      assert.ok(!row!.text.includes(Buffer.from(refreshToken!.slice(4), 'base64url').subarray(0, 16).toString('hex')));
    }
  });

  it('give twenty who come at once with one the same successor, at two replicas, and the session goes on', async () => {
    const { refreshToken, sessionId } = await login();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => redeem(refreshToken, { engine: n % 2 === 0 ? one : two })));
    assert.equal(new Set(answers.map((answer) => answer.refreshToken)).size, 1);
    assert.deepEqual(await accepts(answers[7]!), ['done', 'done']);
    assert.deepEqual(await scene.query('SELECT generation FROM auth.refresh_token WHERE session_id = $1 ORDER BY generation', [sessionId]), [{ generation: 1 }, { generation: 2 }]);
    assert.equal(await outcomeOf(redeem(answers[0]!.refreshToken)), 'done');
  });

  it('give the direct parent the same successor for ten seconds, and not after', async () => {
    const first = await login();
    clock.stoppedMillis = clock.nowMillis();
    const second = await redeem(first.refreshToken);
    assert.equal((await later(9_999, () => redeem(first.refreshToken, { engine: two }))).refreshToken, second.refreshToken);
    await later(10_000, () => refused(first.refreshToken));
    clock.stoppedMillis = null;
    assert.deepEqual(await accepts(second), ['session-ended', 'session-ended'], 'somebody has a copy');
    await refused(second.refreshToken);
    assert.equal(await recorded('auth.refresh.reuse', first.sessionId), 1);
  });

  it('end the session when a grandparent comes again, in the same second too', async () => {
    const first = await login();
    const second = await redeem(first.refreshToken);
    const third = await redeem(second.refreshToken);
    await refused(first.refreshToken, { engine: two });
    assert.deepEqual(await accepts(third), ['session-ended', 'session-ended']);
    await Promise.all([refused(second.refreshToken), refused(third.refreshToken)]);
    assert.equal(await recorded('auth.refresh.reuse', first.sessionId), 1);
  });

  it('end no other session of the same person', async () => {
    const [mine, other] = [await login(), await login()];
    const next = await redeem(mine.refreshToken);
    await redeem(next.refreshToken);
    await refused(mine.refreshToken);
    assert.equal(await outcomeOf(redeem(other.refreshToken)), 'done');
  });

  it('are refused once the session, the account or the password is not what it was', async () => {
    const ways: readonly [string, (token: IssuedToken) => Promise<unknown>][] = [
      ['a logout', async ({ accessToken }) => one.get(Sessions).logout(await one.get(Authenticator).authenticate(accessToken))],
      ['another password', async ({ accessToken }) => {
        const newPassword = `${alice.password}, and more`;
        await one.get(PasswordChange).change(await one.get(Authenticator).authenticate(accessToken), { currentPassword: alice.password, newPassword });
        alice = { ...alice, password: newPassword };
      }],
      ['a disabled account', () => one.get(Users).disable(scene.owner, alice.id)],
    ];
    for (const [name, end] of ways) {
      const token = await login(alice);
      await end(token);
      assert.equal(await outcomeOf(redeem(token.refreshToken, { engine: two })), 'refresh-refused', name);
    }
    await one.get(Users).enable(scene.owner, alice.id);
  });

  it('go on after a change of the password with the one that it gave', async () => {
    const token = await login(alice);
    const newPassword = `${alice.password}, and again`;
    const changed = await one.get(PasswordChange).change(await one.get(Authenticator).authenticate(token.accessToken), { currentPassword: alice.password, newPassword });
    alice = { ...alice, password: newPassword };
    assert.equal(changed.sessionId, token.sessionId);
    await refused(token.refreshToken);
    assert.deepEqual(await accepts(await redeem(changed.refreshToken)), ['done', 'done']);
  });

  it('end when nobody uses them for a day, and after thirty whatever is used', async () => {
    const idle = await login();
    await later(25 * HOUR, () => refused(idle.refreshToken));
    const { refreshToken } = await login();
    let newest = refreshToken;
    for (let hours = 20; hours < 30 * 24; hours += 20) newest = (await later(hours * HOUR, () => redeem(newest))).refreshToken;
    const last = await later(30 * 24 * HOUR - 60_000, () => redeem(newest));
    assert.ok(last.expiresInSeconds <= 60, 'no access token outlives its session');
    await later(30 * 24 * HOUR + 1000, () => refused(last.refreshToken));
  });

  it('of a stronger session end sooner', async () => {
    const token = await opened({ assurance: 'aal2', methods: ['pwd', 'otp', 'mfa'] });
    await later(HOUR + 1000, () => refused(token));
  });

  it('are good for their client alone, and nobody else ends anything by trying', async () => {
    const [client] = await scene.query<{ id: string }>("SELECT id FROM auth.client WHERE name = 'quantonium-cli'");
    const clientId = client!.id;
    const token = await opened({ clientId });
    await refused(token);
    await refused(token, { clientId: '01981b7e-5c44-7c1e-9f39-0d3c5e1f9a11' });
    assert.equal(await outcomeOf(redeem(token, { clientId })), 'done');
    await refused((await login()).refreshToken, { clientId });
    assert.equal(await one.get(RefreshTokens).end(token, null), false);
    assert.equal(await one.get(RefreshTokens).end(token, clientId), true, 'an earlier one of its session ends it as well');
    await refused(token, { clientId });
  });

  it('that are bound to a key are good with proofs of that key alone', async () => {
    const [mine, other] = [randomBytes(32), randomBytes(32)];
    const { refreshToken, tokenType } = await login(OWNER, mine);
    assert.equal(tokenType, 'DPoP');
    await refused(refreshToken);
    await refused(refreshToken, { dpopThumbprint: other });
    assert.equal((await redeem(refreshToken, { dpopThumbprint: mine })).tokenType, 'DPoP');
  });

  it('give access tokens for fewer scopes when asked, and never for more', async () => {
    const token = await opened({});
    const narrow = await redeem(token, { scopes: new Set(['read:data']) });
    assert.deepEqual([...narrow.scopes], ['read:data']);
    assert.deepEqual([...(await redeem(narrow.refreshToken)).scopes], ['run:simulation', 'read:data'].sort(), 'the session has what it had');
    assert.equal(await outcomeOf(redeem(narrow.refreshToken, { scopes: new Set(['manage:keys']) })), 'invalid-request');
  });

  it('are told of while they are the newest, and not after', async () => {
    const { refreshToken, sessionId } = await login();
    assert.equal((await one.get(RefreshTokens).find(refreshToken!))?.sessionId, sessionId);
    await redeem(refreshToken);
    assert.equal(await one.get(RefreshTokens).find(refreshToken!), null);
  });

  it('are nothing in any other spelling, nor of any other kind', async () => {
    const { refreshToken, accessToken } = await login();
    for (const text of ['', 'qrt_', accessToken, `${refreshToken} `, `${refreshToken}=`, refreshToken!.replace('qrt_', 'qvt_'), formatSecret(SECRET_PREFIXES.refreshToken, randomBytes(33))]) await refused(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(refreshToken!.length - 1), fc.constantFrom(...'ABab01-_='), async (at, character) => {
        fc.pre(refreshToken![at] !== character);
        await refused(refreshToken!.slice(0, at) + character + refreshToken!.slice(at + 1));
      }),
      { numRuns: 50 },
    );
    assert.equal(await outcomeOf(redeem(refreshToken)), 'done', 'nothing of this ended anything');
    assert.equal(await outcomeOf(one.get(Authenticator).authenticate(refreshToken!)), 'not-compact');
  });
});
