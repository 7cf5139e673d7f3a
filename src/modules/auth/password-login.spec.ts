import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PasswordHasher } from '#modules/crypto/index.js';
import { PASSWORD_COST } from '#modules/crypto/password-hasher.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Semaphore } from '#platform/threads/semaphore.js';
import { Fault } from '#pure/fault/fault.js';
import { SCOPES } from '#pure/principal/principal.js';
import { type AuthScene, openAuthScene, OWNER, SOURCE, logIn } from '../../../test/harness/auth-engine.js';
import { hashing } from '../../../test/harness/counted-argon2.js';
import { Authenticator } from './authenticator.js';
import { LoginThrottle } from './login-throttle.js';
import { Users } from './users.js';

/** As an installation stored it that had other settings. */
async function hashOfAnotherCost(password: string): Promise<string> {
  return new PasswordHasher(new Semaphore(1, 1), new SystemRandomness(), { memoryKib: 8_192, passes: 1, parallelism: 1 }).hash(password);
}

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error: unknown = await attempt.then(() => new Error('accepted'), (error: unknown) => error);
  if (error instanceof Fault) return error;
  throw error;
}

describe('password login', () => {
  let scene: AuthScene;
  const login = (username: string, password: string, more: { scope?: string; source?: string } = {}) =>
    logIn(scene.engine, { username, password, source: SOURCE, ...more });
  const entries = async (code: string): Promise<Record<string, unknown>[]> => {
    const rows = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry ORDER BY id');
    return rows.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>).filter((entry) => JSON.stringify(entry).includes(`"event_code":"${code}"`));
  };

  before(async () => {
    scene = await openAuthScene();
  });
  after(() => scene.close());

  it('opens a session and gives a token for everything, unless told less', async () => {
    const token = await login(OWNER.username, OWNER.password);
    assert.equal(token.expiresInSeconds, 600);
    assert.deepEqual(token.scopes, new Set(SCOPES));
    const narrow = await login(OWNER.username, OWNER.password, { scope: 'run:simulation read:data' });
    const principal = await scene.engine.get(Authenticator).authenticate(narrow.accessToken);
    assert.deepEqual(principal.scopes, new Set(['read:data', 'run:simulation']));
    const [session] = await scene.query<{ scopes: string[]; acr: string; lives: number }>('SELECT scopes, acr, extract(epoch FROM expires_at - created_at)::int AS lives FROM auth.session WHERE id = $1', [narrow.sessionId]);
    assert.deepEqual(session, { scopes: ['run:simulation', 'read:data'], acr: 'aal1', lives: 24 * 3600 });
  });

  it('takes the name in capitals and the password in another normal form', async () => {
    const phrase = 'le café où je écris';
    await scene.engine.get(Users).create(scene.owner, null, { username: 'noel', password: phrase.normalize('NFC') });
    await login('NOEL', phrase.normalize('NFC'));
    await login('noel', phrase.normalize('NFD'));
  });

  for (const scope of ['', 'everything', 'read:data  run:simulation', 'read:data everything']) {
    it(`refuses the scope ${JSON.stringify(scope)} with its pointer, and looks at no password`, async () => {
      hashing.runs = 0;
      const fault = await faultOf(login(OWNER.username, OWNER.password, { scope }));
      assert.equal(fault.kind.status, 422);
      assert.equal(fault.context.pointers?.[0]?.pointer, '/scope');
      assert.equal(hashing.runs, 0);
    });
  }

  it('answers an unknown name, a wrong password and a disabled account alike, with equal work and equal entries', async () => {
    const { id, username, password } = await scene.person('gone');
    await scene.engine.get(Users).disable(scene.owner, id);
    const attempts: readonly [string, string][] = [
      ['nobody', password],
      [username, password],
      [username, 'not the right phrase at all'],
      [OWNER.username, 'not the right phrase at all'],
      [OWNER.username, ''],
      ['no username at all \u{1f600}', password],
      [OWNER.username, 'x'.repeat(4096)],
    ];
    const before = (await entries('auth.login.failed')).length;
    const faults: Fault[] = [];
    for (const [name, phrase] of attempts) {
      hashing.runs = 0;
      faults.push(await faultOf(login(name, phrase)));
      assert.equal(hashing.runs, 1, `one run for ${name}`);
    }
    for (const fault of faults) {
      assert.equal(fault.kind.code, 'invalid-credentials');
      assert.deepEqual(fault.context, faults[0]!.context);
    }
    const recorded = (await entries('auth.login.failed')).slice(before);
    assert.equal(recorded.length, attempts.length);
    const shape = (value: unknown): unknown => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)])) : typeof value);
    for (const entry of recorded) assert.deepEqual(shape(entry), shape(recorded[0]));
  });

  it('writes no name and no password that was tried into an entry, and none into the database', async () => {
    const typed = 'hunter2-typed-into-the-wrong-field';
    await faultOf(login(typed, 'another secret phrase of mine'));
    assert.ok(!JSON.stringify(await entries('auth.login.failed')).includes(typed));
    for (const table of ['auth.login_throttle', 'auth.session', 'audit.entry']) {
      const [{ found } = { found: -1 }] = await scene.query<{ found: number }>(`SELECT count(*)::int AS found FROM ${table} AS t WHERE position($1::bytea IN convert_to(t::text, 'UTF8')) > 0 OR t::text LIKE '%' || encode($1::bytea, 'hex') || '%'`, [Buffer.from(typed)]);
      assert.equal(found, 0, table);
    }
  });

  it('lets an auditor join failures with the account: both entries carry one digest', async () => {
    const { username, password } = await scene.person('joined');
    await faultOf(login(username, 'not the right phrase at all'));
    await login(username, password);
    const digestOf = (entry: Record<string, unknown> | undefined): string | undefined => /"loginName":"([\w-]+)"/.exec(JSON.stringify(entry))?.[1];
    const failed = digestOf((await entries('auth.login.failed')).at(-1));
    assert.match(failed ?? '', /^[\w-]{16}$/);
    assert.equal(digestOf((await entries('auth.login')).at(-1)), failed);
  });

  it('refuses a login whose account is disabled while the password is being verified', async () => {
    const { id, username, password } = await scene.person('racing');
    const hasher = scene.engine.get(PasswordHasher);
    const verify = hasher.verify.bind(hasher);
    hasher.verify = async (typed, phc) => {
      const answer = await verify(typed, phc);
      await scene.engine.get(Users).disable(scene.owner, id);
      return answer;
    };
    try {
      assert.equal((await faultOf(login(username, password))).kind.code, 'invalid-credentials');
    } finally {
      hasher.verify = verify;
    }
    const [live] = await scene.query<{ count: number }>('SELECT count(*)::int AS count FROM auth.session WHERE principal_id = $1 AND revoked_at IS NULL AND expires_at > now()', [id]);
    assert.equal(live?.count, 0);
  });

  /** Two logins, each of which waits with its new hash until `between` is over; how each ended, in the order of their ends. */
  async function twoAtOnce(name: string, between: (id: string) => Promise<unknown> = () => Promise.resolve()): Promise<string[]> {
    const { id, username, password } = await scene.person(name);
    await scene.query('UPDATE auth.user_account SET password_hash = $2 WHERE principal_id = $1', [id, await hashOfAnotherCost(password)]);
    const hasher = scene.engine.get(PasswordHasher);
    const hash = hasher.hash.bind(hasher);
    let arrived = 0;
    const gate = Promise.withResolvers<void>();
    hasher.hash = async (typed) => {
      const made = await hash(typed);
      if (++arrived === 2) gate.resolve(between(id).then(() => undefined));
      await gate.promise;
      return made;
    };
    hashing.runs = 0;
    const ended: string[] = [];
    const attempt = (): Promise<unknown> => login(username, password).then(() => ended.push('opened'), (fault: Fault) => ended.push(fault.kind.code));
    try {
      await Promise.all([attempt(), attempt()]);
    } finally {
      hasher.hash = hash;
    }
    return ended;
  }
  const failuresOf = async (name: string): Promise<number[]> => {
    const { source, account } = scene.engine.get(LoginThrottle).keysOf(name, SOURCE);
    return (await scene.query<{ failures: number }>('SELECT failures FROM auth.login_throttle WHERE key = ANY($1)', [[source, account]])).map(({ failures }) => failures);
  };

  it('opens both of two logins at once that find a hash of another cost, with one verification more', async () => {
    assert.deepEqual(await twoAtOnce('double'), ['opened', 'opened']);
    assert.equal(hashing.runs, 5, 'two verifications, two new hashes, and the new one verified');
    assert.deepEqual((await failuresOf('double')).filter((failures) => failures > 0), []);
  });

  it('refuses both when the password itself is changed meanwhile, and counts each attempt once', async () => {
    const other = await scene.engine.get(PasswordHasher).hash('another phrase that nobody typed');
    const ended = await twoAtOnce('outdated', (id) => scene.query('UPDATE auth.user_account SET password_hash = $2 WHERE principal_id = $1', [id, other]));
    assert.deepEqual(ended, ['invalid-credentials', 'invalid-credentials']);
    assert.deepEqual(await failuresOf('outdated'), [2, 2]);
    const [row] = await scene.query<{ hash: string }>(`SELECT password_hash AS hash FROM auth.user_account WHERE username = 'outdated'`);
    assert.equal(row!.hash, other, 'and stores nothing over it');
  });

  it('refuses both, and looks at no password again, when the account is disabled meanwhile', async () => {
    assert.deepEqual(await twoAtOnce('dismissed', (id) => scene.engine.get(Users).disable(scene.owner, id)), ['invalid-credentials', 'invalid-credentials']);
    assert.equal(hashing.runs, 4);
  });

  it('hashes anew at a login when the stored hash was made at another cost', async () => {
    const { id, username, password } = await scene.person('cheap');
    await scene.query('UPDATE auth.user_account SET password_hash = $2 WHERE principal_id = $1', [id, await hashOfAnotherCost(password)]);
    const engine = await scene.replica(PASSWORD_COST);
    await logIn(engine, { username, password, source: SOURCE });
    const [row] = await scene.query<{ hash: string }>('SELECT password_hash AS hash FROM auth.user_account WHERE principal_id = $1', [id]);
    assert.match(row!.hash, /m=19456,t=2,p=1/);
    await logIn(engine, { username, password, source: SOURCE });
  });

  it('brakes a source after ten failures for known and unknown names alike, on every replica, and lets others in', async () => {
    const { username, password } = await scene.person('target');
    const replica = await scene.replica();
    for (const name of [username, 'phantom']) {
      for (let failure = 0; failure < 10; failure += 1) {
        assert.equal((await faultOf(login(name, 'not the right phrase at all', { source: '198.51.100.9' }))).kind.code, 'invalid-credentials');
      }
      // As if the last of many failures were a moment ago: the first wait is one second, which a busy machine sleeps through.
      await scene.query('UPDATE auth.login_throttle SET failures = 18, last_attempt_at = clock_timestamp() WHERE failures = 10');
      hashing.runs = 0;
      const braked = await faultOf(logIn(replica, { username: name, password, source: '198.51.100.77' }));
      assert.equal(braked.kind.code, 'too-many-attempts');
      const waitSeconds = Number(braked.context.headers?.['Retry-After']);
      assert.ok(waitSeconds > 200 && waitSeconds <= 256, `${waitSeconds} s`);
      assert.equal(hashing.runs, 0);
    }
    await login(username, password, { source: '203.0.113.5' });
  });

  it('counts attempts that run at the same time: twenty at once are no better than twenty in a row', async () => {
    const { username } = await scene.person('burst');
    const codes = await Promise.all(Array.from({ length: 20 }, async () => (await faultOf(login(username, 'not the right phrase at all', { source: '198.51.100.20' }))).kind.code));
    // Eleven when the burst takes longer than the one second that the first refusal lasts.
    const tried = codes.filter((code) => code === 'invalid-credentials').length;
    assert.ok(tried === 10 || tried === 11, `${tried} passwords were looked at`);
    assert.equal(codes.filter((code) => code === 'too-many-attempts').length, 20 - tried);
  });

  it('lets a source that is known in while strangers hammer the account', async () => {
    const { username, password } = await scene.person('hammered');
    await login(username, password);
    for (let network = 0; network < 12; network += 1) {
      await Promise.all(Array.from({ length: 10 }, () => faultOf(login(username, 'not the right phrase at all', { source: `203.0.${network}.1` })).catch(() => undefined)));
    }
    const stranger = await faultOf(login(username, password, { source: '203.0.200.1' }));
    assert.equal(stranger.kind.code, 'too-many-attempts');
    assert.ok(Number(stranger.context.headers?.['Retry-After']) <= 30);
    await login(username, password);
  });

  it('lets the owner in from an address that nobody knows while another one tries a hundred passwords', async () => {
    await scene.query('DELETE FROM auth.login_throttle');
    const codes: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const attempts = Array.from({ length: 5 }, (_, at) => faultOf(login(OWNER.username, `wrong password number ${round}-${at}`, { source: '203.0.113.66' })).then(({ kind }) => kind.code));
      if (round === 10) assert.ok(await login(OWNER.username, OWNER.password, { source: '198.51.100.23' }), 'in the midst of it');
      codes.push(...(await Promise.all(attempts)));
    }
    assert.ok(codes.filter((code) => code === 'too-many-attempts').length >= 60, 'most were not even looked at');
    assert.ok(await login(OWNER.username, OWNER.password, { source: '192.0.2.200' }), 'and afterwards');
  });

  it('forgets failed attempts on names that nobody logs in with, so that the table cannot grow for ever', async () => {
    await faultOf(login('forgotten', 'not the right phrase at all', { source: '198.51.100.40' }));
    await scene.query(`UPDATE auth.login_throttle SET last_attempt_at = now() - interval '2 hours' WHERE last_success_at IS NULL`);
    const stale = async (): Promise<number> => (await scene.query<{ count: number }>(`SELECT count(*)::int AS count FROM auth.login_throttle WHERE last_success_at IS NULL AND last_attempt_at < now() - interval '1 hour'`))[0]!.count;
    for (let before = await stale(); before > 0; ) {
      await faultOf(login('forgotten', 'not the right phrase at all', { source: '198.51.100.41' }));
      const left = await stale();
      assert.ok(left < before);
      before = left;
    }
  });
});
