import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { CountingUnitOfWork } from '../../../test/harness/counting-unit-of-work.js';
import { MovableClock } from '../../../test/harness/movable-clock.js';
import { outcomeOf } from '../../../test/harness/token-outcome.js';
import { AccountErasure } from './account-erasure.js';
import { Authenticator } from './authenticator.js';
import { ClientSecrets } from './client-secrets.js';
import { CredentialSweep } from './credential-sweep.js';
import { SecurityStateRepository } from './persistence/security-state.repository.js';
import { SecurityLookup } from './security-lookup.js';
import { ServiceAccounts } from './service-accounts.js';
import { Sessions } from './sessions.js';
import { VaultAuthenticator } from './vault-authenticator.js';
import { VaultLogins } from './vault-logins.js';
import { VaultTokens } from './vault-tokens.js';

const HOUR_MILLIS = 3600 * 1000;

describe('tokens of the Vault dialect', () => {
  const clock = new MovableClock();
  let scene: AuthScene;
  let one: AuthEngine;
  let two: AuthEngine;
  let accountId: string;

  before(async () => {
    scene = await openAuthScene({ clock });
    one = scene.engine;
    two = await scene.replica();
    accountId = (await one.get(ServiceAccounts).create(scene.owner, null, { name: 'nightly' })).id;
  });
  after(() => scene.close());

  const userToken = async (): Promise<string> => (await one.get(VaultLogins).byPassword({ ...OWNER, source: SOURCE })).token;
  const newSecret = (id = accountId) => one.get(ClientSecrets).create(scene.owner, null, id, { label: null, lifetimeDays: 1 });
  const bySecret = (secretId: string, roleId = accountId) => one.get(VaultLogins).bySecret({ roleId, secretId, source: SOURCE });
  const at = (engine: AuthEngine, token: string): Promise<Principal> => engine.get(VaultAuthenticator).authenticate(token);
  /** What both replicas say of it. */
  const atBoth = (token: string): Promise<string[]> => Promise.all([one, two].map((engine) => outcomeOf(at(engine, token))));
  const later = async <T>(millis: number, work: () => Promise<T>): Promise<T> => {
    clock.offsetMillis = millis;
    try {
      return await work();
    } finally {
      clock.offsetMillis = 0;
    }
  };

  it('become the principal of their session, with every scope, on every replica', async () => {
    const [principal, same] = await Promise.all([one, two].map(async (engine) => at(engine, await userToken())));
    assert.deepEqual([principal!.id, principal!.kind, principal!.assurance, principal!.projectId, principal!.mustChangePassword], [scene.owner.id, 'user', 'aal1', null, false]);
    assert.deepEqual(principal!.scopes, scene.owner.scopes);
    assert.notEqual(principal!.sessionId, same!.sessionId);
    assert.ok(principal!.policyVersion > 0 && principal!.transitVersion > 0);
  });

  it('and secrets are nowhere in the database, and no kind is taken for the other', async () => {
    const { secret } = await newSecret();
    const { token } = await bySecret(secret);
    const tables = await scene.query<{ text: string }>(
      `SELECT string_agg(text, ' ') AS text FROM (SELECT t::text AS text FROM auth.opaque_token t UNION ALL SELECT s::text FROM auth.client_secret s UNION ALL SELECT s::text FROM auth.session s
        UNION ALL SELECT convert_from(body, 'UTF8') FROM audit.entry UNION ALL SELECT k::text FROM platform.idempotency_key k) AS every`,
    );
    for (const text of [secret, token]) {
      for (const form of [text, text.slice(4, 48), Buffer.from(text).toString('hex'), Buffer.from(text.slice(4), 'base64url').subarray(0, 33).toString('hex')]) assert.equal(tables[0]!.text.includes(form), false);
    }
    assert.equal(await outcomeOf(at(one, secret)), 'not-compact');
    assert.equal(await outcomeOf(bySecret(token)), 'vault-login-refused');
    assert.equal(await outcomeOf(one.get(Authenticator).authenticate(token)), 'not-compact');
  });

  it('are refused on every replica from the instant at which their session ends, however it does', async () => {
    const endings: readonly (readonly [string, (principal: Principal) => Promise<unknown>])[] = [
      ['session-ended', (principal) => two.get(Sessions).logout(principal)],
      ['session-ended', ({ sessionId }) => scene.query('UPDATE auth.session SET created_at = created_at - interval \'2 hours\', expires_at = now() WHERE id = $1', [sessionId])],
      ['no-session', ({ sessionId }) => scene.query('DELETE FROM auth.session WHERE id = $1', [sessionId])],
      ['epoch-passed', ({ id }) => scene.query('UPDATE auth.principal SET epoch = epoch + 1 WHERE id = $1', [id])],
    ];
    for (const [reason, end] of endings) {
      const { token } = await bySecret((await newSecret()).secret);
      assert.deepEqual(await atBoth(token), ['done', 'done']);
      await end(await at(two, token));
      assert.deepEqual(await atBoth(token), [reason, reason]);
    }
    await scene.query('DELETE FROM auth.client_secret WHERE principal_id = $1', [accountId]);
  });

  it('end with the secret that they were given for, and leave those of another', async () => {
    const [first, second] = [await newSecret(), await newSecret()];
    const tokens = [(await bySecret(first.secret)).token, (await bySecret(second.secret)).token];
    await two.get(ClientSecrets).revoke(scene.owner, accountId, first.id);
    assert.deepEqual(await Promise.all(tokens.map(atBoth)), [['session-ended', 'session-ended'], ['done', 'done']]);
    assert.equal(await outcomeOf(bySecret(first.secret)), 'vault-login-refused');
    await two.get(ClientSecrets).revoke(scene.owner, accountId, second.id);
  });

  it('are given to who has the secret while strangers try others, from the same place and as fast as they can', async () => {
    const { id } = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'besieged' });
    const { secret } = await newSecret(id);
    const wrong = await Promise.all(Array.from({ length: 30 }, () => outcomeOf(bySecret(`${secret}x`, 'besieged'))));
    assert.deepEqual([...new Set(wrong)].sort(), ['too-many-attempts', 'vault-login-refused']);
    assert.equal(await outcomeOf(bySecret(secret, 'besieged')), 'done');
  });

  it('of logins that race with the revocation of their secret, none is good after it', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { id, secret } = await newSecret();
      const logins = Array.from({ length: 6 }, () => bySecret(secret).then(({ token }) => token, () => null));
      await one.get(ClientSecrets).revoke(scene.owner, accountId, id);
      const given = (await Promise.all(logins)).filter((token) => token !== null);
      for (const token of given) assert.deepEqual(await atBoth(token), ['session-ended', 'session-ended']);
    }
  });

  it('cost two reads at most for all that come at once, with access tokens among them, and none for what is no token', async () => {
    const token = await userToken();
    const { accessToken } = await logIn(one, { ...OWNER, source: SOURCE });
    const counting = new CountingUnitOfWork(scene.database.app);
    const lookup = new SecurityLookup(counting, one.get(SecurityStateRepository));
    const vault = new VaultAuthenticator(one.get(Authenticator), lookup);
    const principals = await Promise.all(Array.from({ length: 50 }, () => vault.authenticate(token)));
    assert.equal(new Set(principals.map(({ sessionId }) => sessionId)).size, 1);
    assert.ok(counting.count <= 2, `${counting.count} reads`);
    counting.count = 0;
    for (const text of ['qvt_', `${token}A`, token.slice(0, -1), `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`]) assert.equal(await outcomeOf(vault.authenticate(text)), 'malformed');
    assert.equal(counting.count, 0);
    assert.equal((await vault.authenticate(accessToken)).id, scene.owner.id);
  });

  it('are renewed until their end and not beyond, and never again once they have ended', async () => {
    const token = await userToken();
    const principal = await at(one, token);
    const tokens = one.get(VaultTokens);
    const { expiresAt, curtailed } = await tokens.renew(principal, undefined);
    assert.equal(curtailed, false);
    await tokens.renew(principal, 23.75 * 3600);
    const late = await later(23.5 * HOUR_MILLIS, () => tokens.renew(principal, undefined));
    assert.deepEqual([late.curtailed, late.expiresAt.getTime() > expiresAt.getTime()], [true, true]);
    assert.equal(late.expiresAt.getTime(), late.endsAt!.getTime());
    await one.get(Sessions).logout(principal);
    assert.equal(await outcomeOf(tokens.renew(principal, undefined)), 'unauthenticated');
    assert.deepEqual(await atBoth(token), ['session-ended', 'session-ended']);
    assert.equal(await outcomeOf(tokens.renew(scene.owner, undefined)), 'token-not-renewable');
  });

  it('end with their secret when it expires, whatever is renewed', async () => {
    const { id, secret } = await newSecret();
    await scene.query(`UPDATE auth.client_secret SET expires_at = now() + interval '30 minutes' WHERE id = $1`, [id]);
    const { token, standing } = await bySecret(secret);
    assert.ok(standing.remainingSeconds <= 1800, `${standing.remainingSeconds} s`);
    const renewed = await one.get(VaultTokens).renew(await at(one, token), undefined);
    assert.deepEqual([renewed.curtailed, renewed.expiresAt.getTime(), renewed.remainingSeconds <= 1800], [true, renewed.endsAt!.getTime(), true]);
    await one.get(ClientSecrets).revoke(scene.owner, accountId, id);
  });

  it('that have expired are not renewed by a request that was let in before', async () => {
    const principal = await at(one, await userToken());
    assert.equal(await later(1.5 * HOUR_MILLIS, () => outcomeOf(one.get(VaultTokens).renew(principal, undefined))), 'unauthenticated');
  });

  it('and secrets are erased with the account that they are of', async () => {
    const { id } = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'erased-later' });
    const { secret } = await one.get(ClientSecrets).create(scene.owner, null, id, { label: 'host of Ann', lifetimeDays: 1 });
    const { token } = await bySecret(secret, id);
    await scene.database.app.run(scene.owner, (tx) => one.get(AccountErasure).erase(tx, scene.owner, id));
    assert.deepEqual(await atBoth(token), ['no-session', 'no-session']);
    assert.equal(await outcomeOf(bySecret(secret, id)), 'vault-login-refused');
    assert.deepEqual(await scene.query('SELECT FROM auth.client_secret WHERE principal_id = $1', [id]), []);
    assert.equal(await outcomeOf(one.get(ClientSecrets).create(scene.owner, null, id, { label: null, lifetimeDays: 1 })), 'conflict');
  });

  it('are told of a failed login in one shape, whatever was wrong', async () => {
    const { id } = await one.get(ServiceAccounts).create(scene.owner, null, { name: 'refused' });
    const { secret } = await newSecret(id);
    const expired = await newSecret(id);
    await scene.query(`UPDATE auth.client_secret SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1`, [expired.id]);
    const attempts: readonly (readonly [string, string])[] = [[id, `${secret}x`], ['nobody', secret], [scene.owner.id, secret], ['refused', expired.secret]];
    const shapes = new Set<string>();
    for (const [roleId, secretId] of attempts) {
      assert.equal(await outcomeOf(bySecret(secretId, roleId)), 'vault-login-refused');
      const [entry] = await scene.query<{ body: Buffer }>(`SELECT body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%"auth.login.failed"%' ORDER BY id DESC LIMIT 1`);
      const body = JSON.parse(entry!.body.toString()) as { unmapped: object };
      shapes.add(JSON.stringify([Object.keys(body).sort(), Object.keys(body.unmapped).sort()]));
    }
    assert.equal(shapes.size, 1, [...shapes].join('\n'));
  });

  it('go, with their sessions and with secrets, when they have been of no use for long', async () => {
    const token = await userToken();
    const { id } = await newSecret();
    const sweep = (millis: number): Promise<number> => later(millis, () => one.get(CredentialSweep).sweep());
    const count = async (): Promise<readonly number[]> => {
      const [row] = await scene.query<{ tokens: number; secrets: number }>('SELECT (SELECT count(*)::int FROM auth.opaque_token) AS tokens, (SELECT count(*)::int FROM auth.client_secret WHERE id = $1) AS secrets', [id]);
      return [row!.tokens, row!.secrets];
    };
    await sweep(0);
    assert.deepEqual(await atBoth(token), ['done', 'done']);
    // One of them was renewed to its end.
    await sweep(50 * HOUR_MILLIS);
    assert.deepEqual(await count(), [0, 1]);
    assert.deepEqual(await atBoth(token), ['no-session', 'no-session']);
    await sweep(32 * 24 * HOUR_MILLIS);
    assert.deepEqual(await count(), [0, 0]);
  });
});
