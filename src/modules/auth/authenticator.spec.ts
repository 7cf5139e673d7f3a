import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { Config } from '#platform/config/config.js';
import { type Reading, UnitOfWork } from '#platform/database/unit-of-work.js';
import { Clock, SystemClock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { type Principal, SCOPES, systemPrincipal } from '#pure/principal/principal.js';
import { type AuthEngine, type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { MovableClock } from '../../../test/harness/movable-clock.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { Authenticator } from './authenticator.js';
import { TokenRefused } from './token-refusal.js';
import { SecurityStateRepository } from './persistence/security-state.repository.js';
import { SecurityLookup } from './security-lookup.js';
import { Sessions } from './sessions.js';
import { Users } from './users.js';

/** Counts the reads that the lookups make, can fail them, and can hold them back. */
class CountingUnitOfWork extends UnitOfWork {
  count = 0;
  failure: Error | null = null;
  gate: Promise<unknown> | null = null;

  constructor(private readonly inner: UnitOfWork) {
    super(null);
  }

  override async read<T>(principal: Principal, work: (reading: Reading) => Promise<T>): Promise<T> {
    this.count += 1;
    if (this.failure !== null) throw this.failure;
    await this.gate;
    return this.inner.read(principal, work);
  }
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (!(error instanceof Fault)) throw error;
  assert.equal(error.kind.code, 'unauthenticated');
  return error.cause instanceof TokenRefused ? error.cause.refusal : 'no reason';
}

describe('authenticator', () => {
  let scene: AuthScene;
  let one: AuthEngine;
  let two: AuthEngine;
  const counting = new Map<Authenticator, CountingUnitOfWork>();

  const login = async (username = OWNER.username, password = OWNER.password): Promise<string> =>
    (await logIn(one, { username, password, source: SOURCE })).accessToken;
  const authenticator = (engine: AuthEngine, clock: Clock = engine.get(Clock), uow: UnitOfWork = scene.database.app): Authenticator => {
    const counted = new CountingUnitOfWork(uow);
    const made = new Authenticator(new SecurityLookup(counted, engine.get(SecurityStateRepository)), engine.get(Keyring), clock, engine.get(Config));
    counting.set(made, counted);
    return made;
  };

  before(async () => {
    scene = await openAuthScene();
    one = scene.engine;
    two = await scene.replica();
  });
  after(() => scene.close());

  it('makes the principal that the session, the account and the policy say', async () => {
    const principal = await one.get(Authenticator).authenticate(await login());
    assert.equal(principal.kind, 'user');
    assert.deepEqual(principal.scopes, new Set(SCOPES));
    assert.equal(principal.assurance, 'aal1');
    assert.equal(principal.mustChangePassword, false);
    assert.equal(principal.projectId, null);
    const [counter] = await scene.query<{ version: string }>(`SELECT version FROM platform.version_counter WHERE name = 'policy'`);
    assert.equal(principal.policyVersion, Number(counter!.version));
  });

  it("accepts on one replica what another one's key signed, at once", async () => {
    const fresh = authenticator(two);
    assert.equal((await fresh.authenticate(await login())).id, scene.owner.id);
  });

  it('refuses a token on both replicas once its session has ended, cached or not', async () => {
    const [warm, cold] = [authenticator(one), authenticator(two)];
    for (let round = 0; round < 10; round += 1) {
      const token = await login();
      const principal = await warm.authenticate(token);
      await one.get(Sessions).logout(principal);
      assert.deepEqual(await Promise.all([refusalOf(warm.authenticate(token)), refusalOf(cold.authenticate(token))]), ['session-ended', 'session-ended']);
    }
  });

  it('asks again for whom it authenticated: until logout, disabling or a new epoch, and past the token’s end', async () => {
    const clock = new HandClock(new SystemClock().nowMillis());
    const asked = authenticator(one, clock);
    const { id, username, password } = await scene.person('enduring');
    const [leaving, staying] = [await asked.authenticate(await login(username, password)), await asked.authenticate(await login(username, password))];
    clock.millis += 3_600_000;
    await scene.query(`UPDATE platform.version_counter SET version = version + 1 WHERE name = 'policy'`);
    const now = await asked.again(staying);
    assert.deepEqual(now, { ...staying, policyVersion: staying.policyVersion + 1 });
    await one.get(Sessions).logout(leaving);
    assert.equal(await refusalOf(asked.again(leaving)), 'session-ended');
    await scene.query('UPDATE auth.principal SET epoch = epoch + 1 WHERE id = $1', [id]);
    assert.equal(await refusalOf(asked.again(now)), 'epoch-passed');
    await assert.rejects(asked.again({ ...staying }), /authenticated here/);
  });

  it('refuses every request that arrives after a revocation has committed, in a storm of requests', async () => {
    const { id, username, password } = await scene.person('storm');
    const token = await login(username, password);
    const replicas = [authenticator(one), authenticator(two)];
    let revoked = false;
    const wrong: string[] = [];
    let acceptedBefore = 0;
    const storm = Array.from({ length: 40 }, async (_, at) => {
      for (let request = 0; request < 30; request += 1) {
        const arrivedAfter = revoked;
        const accepted = await replicas[at % 2]!.authenticate(token).then(() => true, () => false);
        if (accepted && !arrivedAfter) acceptedBefore += 1;
        if (arrivedAfter && accepted) wrong.push(`client ${at}, request ${request}`);
      }
    });
    await one.get(Users).disable(scene.owner, id);
    revoked = true;
    await Promise.all(storm);
    assert.deepEqual(wrong, []);
    assert.ok(acceptedBefore > 0, 'the storm was under way when the revocation committed');
    assert.equal(await refusalOf(replicas[0]!.authenticate(token)), 'session-ended');
  });

  it('answers a hundred requests at once with at most three lookups', async () => {
    const tokens = await Promise.all(Array.from({ length: 4 }, () => login()));
    const counted = authenticator(two);
    await counted.authenticate(tokens[0]!);
    const uow = counting.get(counted)!;
    uow.count = 0;
    await Promise.all(Array.from({ length: 100 }, (_, at) => counted.authenticate(tokens[at % 4]!)));
    assert.ok(uow.count <= 3, `${uow.count} lookups`);
  });

  it('refuses forgeries without asking the database', async () => {
    const counted = authenticator(one);
    const token = await login();
    await counted.authenticate(token);
    const uow = counting.get(counted)!;
    uow.count = 0;
    const [header, body] = token.split('.') as [string, string];
    assert.equal(await refusalOf(counted.authenticate(`${header}.${body}.${Buffer.alloc(64).toString('base64url')}`)), 'bad-signature');
    assert.equal(await refusalOf(counted.authenticate(`${token}.`)), 'not-compact');
    assert.equal(await refusalOf(counted.authenticate(token.replace('e', '\u0165'))), 'not-base64url');
    assert.equal(uow.count, 0);
  });

  it('refuses a token of a disabled account, of an earlier epoch, of no session, and after its end', async () => {
    const { id, username, password } = await scene.person('eve');
    const token = await login(username, password);
    const clock = new MovableClock();
    const moved = authenticator(one, clock);
    await moved.authenticate(token);
    const attempt = (): Promise<string> => refusalOf(moved.authenticate(token));
    const set = (sql: string): Promise<unknown> => scene.query(sql, [id]);

    await set(`UPDATE auth.principal SET status = 'disabled', disabled_at = now() WHERE id = $1`);
    assert.equal(await attempt(), 'account-disabled');
    await set(`UPDATE auth.principal SET status = 'active', disabled_at = NULL, epoch = epoch + 1 WHERE id = $1`);
    assert.equal(await attempt(), 'epoch-passed');
    await set('UPDATE auth.principal SET epoch = epoch - 1 WHERE id = $1');
    assert.equal((await moved.authenticate(token)).id, id);
    clock.offsetMillis = 606_000;
    assert.equal(await attempt(), 'expired');
    clock.offsetMillis = 0;
    await set('DELETE FROM auth.session WHERE principal_id = $1');
    assert.equal(await attempt(), 'no-session');
  });

  it('refuses tokens of a revoked key at once, on every replica, and takes those of the next', async () => {
    const replicas = [authenticator(one), authenticator(two)];
    const token = await login();
    await Promise.all(replicas.map((replica) => replica.authenticate(token)));
    const keyring = one.get(Keyring);
    const { keyId } = await keyring.signer('jwt');
    const prepared = await keyring.prepare('jwt');
    const system = systemPrincipal('spec');
    await scene.database.app.run(system, (tx) => keyring.announce(tx, prepared));
    await scene.database.app.run(system, (tx) => keyring.rotate(tx, 'jwt'));
    for (const replica of replicas) assert.equal((await replica.authenticate(token)).id, scene.owner.id, 'a retiring key still verifies');
    const successor = await login();
    await scene.database.app.run(system, (tx) => keyring.revoke(tx, 'jwt', keyId));
    for (const replica of replicas) {
      assert.equal(await refusalOf(replica.authenticate(token)), 'unknown-header');
      assert.equal((await replica.authenticate(successor)).id, scene.owner.id);
    }
  });

  it('refuses under a revoked key also when a request beside it has renewed the keys', async () => {
    const replica = authenticator(one);
    const uow = counting.get(replica)!;
    const token = await login();
    await replica.authenticate(token);
    const keyring = one.get(Keyring);
    const system = systemPrincipal('spec');
    const { keyId } = await keyring.signer('jwt');
    const prepared = await keyring.prepare('jwt');
    await scene.database.app.run(system, (tx) => keyring.announce(tx, prepared));
    await scene.database.app.run(system, (tx) => keyring.rotate(tx, 'jwt'));
    await scene.database.app.run(system, (tx) => keyring.revoke(tx, 'jwt', keyId));
    const first = refusalOf(replica.authenticate(token));
    // The second finds the signature in the cache, and its own lookup ends only after the first has renewed the keys.
    await new Promise((resolve) => setImmediate(resolve));
    uow.gate = first;
    const second = refusalOf(replica.authenticate(token));
    assert.deepEqual(await Promise.all([first, second]), ['unknown-header', 'unknown-header']);
  });

  it('says that it cannot know when the database does not answer, and recovers', async () => {
    const token = await login();
    const fragile = authenticator(one);
    await fragile.authenticate(token);
    const uow = counting.get(fragile)!;
    uow.failure = new Error('connection refused');
    await assert.rejects(fragile.authenticate(token), (error) => error instanceof Fault && error.kind.status === 503);
    uow.failure = null;
    assert.equal((await fragile.authenticate(token)).id, scene.owner.id);
  });
});
