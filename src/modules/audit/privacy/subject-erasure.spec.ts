import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AccountErasure, OwnerRecovery, PasswordLogin, Users } from '#modules/auth/index.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { SystemClock } from '#platform/system/clock.js';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { type AuthScene, openAuthScene, SOURCE } from '../../../../test/harness/auth-engine.js';
import { testDetection } from '../../../../test/harness/detection.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { testLedger } from '../../../../test/harness/ledger.js';
import { searchTerm } from '../domain/search-row.js';
import { ErasureModule } from './erasure.module.js';
import { type Erasure, SubjectErasure } from './subject-erasure.js';

const DAY_MILLIS = 86_400_000;
/**
 * Of the real clock, since whether a session has ended is the database's to say; and of the coming noon, since changes
 * of access at night raise an alert about whoever was given it.
 */
const START = Math.ceil(new SystemClock().nowMillis() / DAY_MILLIS + 0.5) * DAY_MILLIS - DAY_MILLIS / 2;
const TRAIL: RequestTrail = { requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: SOURCE, userAgent: 'spec' }, trace: null, committedEvents: [], replayedStatus: null };
const isFault = (code: string) => (error: unknown): boolean => error instanceof Fault && error.kind.code === code;

describe('erasing a person', () => {
  let clock: HandClock;
  let scene: AuthScene;
  let alice: { readonly id: string; readonly username: string; readonly password: string };
  beforeEach(async () => {
    clock = new HandClock(START);
    scene = await openAuthScene({ clock, modules: [ErasureModule] });
    alice = await runWithTrail({ ...TRAIL }, () => scene.person('alice'));
    await caughtUp();
  });
  afterEach(() => scene.close());

  const erase = (principal: Principal, subject: string): Promise<Erasure> =>
    scene.engine.get(SubjectErasure).erase(principal, subject, (tx) => scene.engine.get(AccountErasure).erase(tx, principal, subject), () => Promise.resolve());
  const keysOf = async (subject: string): Promise<number> => (await scene.query('SELECT FROM audit.subject_key WHERE subject = $1', [subject])).length;
  /** All that was recorded is in the tree and in the search table, as when the ledger's jobs have run. */
  const caughtUp = async (): Promise<void> => {
    await scene.query(`INSERT INTO audit.leaf (index, entry_id, hash)
      SELECT (SELECT count(*) FROM audit.leaf) + row_number() OVER (ORDER BY e.id) - 1, e.id, sha256(e.body) FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.leaf WHERE entry_id = e.id)`);
    await scene.query("UPDATE audit.cursor SET next_index = (SELECT count(*) FROM audit.leaf) WHERE name = 'search'");
  };
  const refuses = async (subject: string, code: string): Promise<void> => {
    const before = await scene.query('SELECT count(*) FROM audit.entry');
    await assert.rejects(erase(scene.owner, subject), isFault(code));
    assert.deepEqual(await scene.query('SELECT count(*) FROM audit.entry'), before);
  };

  it('destroys their keys, empties their account, ends what was going on, and is recorded', async () => {
    await scene.query(`INSERT INTO platform.idempotency_key VALUES ($1, 'POST /x', 'alice@example.org', sha256(''), NULL, 201, false, now() + interval '1 day')`, [alice.id]);
    clock.millis += 90 * DAY_MILLIS;
    const erasure = await erase(scene.owner, alice.id);
    assert.deepEqual(erasure, { subject: alice.id, erasedAt: clock.now(), keysDestroyed: 1 });
    assert.equal(await keysOf(alice.id), 0);
    const [account] = await scene.query('SELECT username, display_name, password_hash, status FROM auth.user_account JOIN auth.principal ON id = principal_id WHERE id = $1', [alice.id]);
    assert.deepEqual(account, { username: `erased.${alice.id}`, display_name: null, password_hash: '$argon2id$erased', status: 'disabled' });
    assert.deepEqual(await scene.query('SELECT FROM auth.session WHERE principal_id = $1', [alice.id]), []);
    assert.deepEqual(await scene.query('SELECT FROM platform.idempotency_key WHERE principal_id = $1', [alice.id]), []);
    const [entry] = await scene.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry ORDER BY id DESC LIMIT 1`);
    const { metadata, unmapped } = JSON.parse(entry!.body) as { metadata: { event_code: string }; unmapped: { resources: unknown; keysDestroyed: number } };
    assert.deepEqual([metadata.event_code, unmapped.resources, unmapped.keysDestroyed], ['audit.subject.erase', [{ type: 'user', uid: alice.id }], 1]);
  });

  it('leaves no counter of their logins, from wherever they came, and those of others', async () => {
    const rows = async (): Promise<number> => (await scene.query('SELECT FROM auth.login_throttle')).length;
    const before = await rows();
    await scene.engine.get(PasswordLogin).login({ username: 'alice', password: alice.password, source: '198.51.100.9' });
    assert.equal(await rows(), before + 1);
    clock.millis += 91 * DAY_MILLIS;
    await caughtUp();
    await erase(scene.owner, alice.id);
    assert.equal(await rows(), 2, 'the two of the owner');
  });

  it('keeps nothing of them any more, and their name is free for somebody else', async () => {
    clock.millis += 91 * DAY_MILLIS;
    await erase(scene.owner, alice.id);
    const attempt = runWithTrail({ ...TRAIL }, () => scene.engine.get(PasswordLogin).login({ username: 'alice', password: alice.password, source: SOURCE }));
    await assert.rejects(attempt, isFault('invalid-credentials'));
    await assert.rejects(scene.engine.get(PasswordLogin).login({ username: `erased.${alice.id}`, password: alice.password, source: SOURCE }), isFault('invalid-credentials'));
    assert.equal(await keysOf(alice.id), 0);
    const { user } = await runWithTrail({ ...TRAIL }, () => scene.engine.get(Users).create(scene.owner, null, { username: 'alice' }));
    assert.notEqual(user.id, alice.id);
  });

  it('is for good: neither an administrator nor the recovery of an owner brings the account back', async () => {
    clock.millis += 91 * DAY_MILLIS;
    await erase(scene.owner, alice.id);
    const state = () => scene.query('SELECT status, disabled_at, erased_at, epoch, password_hash FROM auth.principal JOIN auth.user_account ON id = principal_id WHERE id = $1', [alice.id]);
    const before = await state();
    await assert.rejects(scene.engine.get(Users).enable(scene.owner, alice.id), isFault('account-erased'));
    await assert.rejects(scene.engine.get(OwnerRecovery).recover(`erased.${alice.id}`), isFault('account-erased'));
    await assert.rejects(scene.query(`UPDATE auth.principal SET status = 'active', disabled_at = NULL WHERE id = $1`, [alice.id]), /check constraint/);
    assert.deepEqual(await state(), before);
    const { user } = await scene.engine.get(Users).create(scene.owner, null, { username: 'bob' });
    await scene.engine.get(Users).disable(scene.owner, user.id);
    assert.equal((await scene.engine.get(Users).enable(scene.owner, user.id)).status, 'active', 'who was only disabled comes back');
  });

  it('leaves an account that was disabled before as long disabled as it was', async () => {
    await scene.engine.get(Users).disable(scene.owner, alice.id);
    const disabledAt = clock.now();
    clock.millis += 91 * DAY_MILLIS;
    await caughtUp();
    const { erasedAt } = await erase(scene.owner, alice.id);
    assert.deepEqual(await scene.query('SELECT disabled_at, erased_at FROM auth.principal WHERE id = $1', [alice.id]), [{ disabled_at: disabledAt, erased_at: erasedAt }]);
  });

  it('refuses within 90 days of their newest key, to the millisecond', async () => {
    clock.millis = START + 90 * DAY_MILLIS - 1;
    await refuses(alice.id, 'erasure-held');
    clock.millis += 1;
    assert.equal((await erase(scene.owner, alice.id)).keysDestroyed, 1);
  });

  it('refuses within 90 days of the last entry that they are the actor of', async () => {
    await scene.query('INSERT INTO audit.search VALUES (0, $2, $1, NULL, 1, \'{}\')', [searchTerm(alice.id).toString(), new Date(START + 20 * DAY_MILLIS)]);
    clock.millis = START + 110 * DAY_MILLIS - 1;
    await refuses(alice.id, 'erasure-held');
    clock.millis += 1;
    await erase(scene.owner, alice.id);
  });

  it('is not done while the search table or the tree is more than a day behind, and a day may be missing', async () => {
    clock.millis += 30 * DAY_MILLIS;
    await runWithTrail({ ...TRAIL }, () => scene.engine.get(PasswordLogin).login({ username: 'alice', password: alice.password, source: SOURCE }));
    clock.millis += DAY_MILLIS + 1;
    await refuses(alice.id, 'unavailable');
    await caughtUp();
    await refuses(alice.id, 'erasure-held');
    await scene.query("UPDATE audit.cursor SET next_index = next_index - 1 WHERE name = 'search'");
    await refuses(alice.id, 'unavailable');
    clock.millis -= DAY_MILLIS;
    await refuses(alice.id, 'erasure-held');
    clock.millis += 100 * DAY_MILLIS;
    await caughtUp();
    await erase(scene.owner, alice.id);
  });

  it('is not held up by strangers who try their name', async () => {
    clock.millis += 60 * DAY_MILLIS;
    const attempt = (): Promise<unknown> => runWithTrail({ ...TRAIL }, () => scene.engine.get(PasswordLogin).login({ username: 'alice', password: 'not that one', source: SOURCE }));
    await assert.rejects(attempt(), isFault('invalid-credentials'));
    clock.millis += 31 * DAY_MILLIS;
    await caughtUp();
    await erase(scene.owner, alice.id);
  });

  it('refuses while an alert about them is not resolved, and not because of one that is', async () => {
    clock.millis += 91 * DAY_MILLIS;
    await scene.query(`WITH raised AS (
        INSERT INTO alerts.alert (id, rule_id, title, severity, group_key, group_values, subjects, status, count, first_seen_at, last_seen_at, entry_ids, raised_at)
        VALUES (gen_random_uuid(), 'r', 't', 'high', 'g', '{}', '{}', 'acknowledged', 1, now(), now(), '{}', now()) RETURNING id)
      INSERT INTO alerts.subject (alert_id, subject) SELECT id, $1 FROM raised`, [alice.id]);
    await refuses(alice.id, 'erasure-under-alert');
    await scene.query(`UPDATE alerts.alert SET status = 'resolved', resolved_at = now()`);
    await erase(scene.owner, alice.id);
  });

  it('refuses while an alert about refused logins with their name is not resolved, and erases others', async () => {
    const bob = await runWithTrail({ ...TRAIL }, () => scene.person('bob'));
    clock.millis += 91 * DAY_MILLIS;
    const attempt = (): Promise<unknown> => runWithTrail({ ...TRAIL }, () => scene.engine.get(PasswordLogin).login({ username: 'Alice', password: 'not that one', source: SOURCE }));
    for (let tried = 0; tried < 10; tried += 1) await assert.rejects(attempt(), (error) => isFault('invalid-credentials')(error) || isFault('too-many-attempts')(error));
    await caughtUp();
    while ((await testDetection(scene.database.sequencer, testLedger(scene.database, { clock }).log, clock).evaluate()) > 0);
    assert.deepEqual(await scene.query('SELECT title, subjects FROM alerts.alert'), [{ title: 'Many refused logins of one account', subjects: [] }]);
    await refuses(alice.id, 'erasure-under-alert');
    await erase(scene.owner, bob.id);
    await scene.query(`UPDATE alerts.alert SET status = 'resolved', resolved_at = now()`);
    await erase(scene.owner, alice.id);
  });

  it('refuses oneself, the last owner, and whom there is not', async () => {
    clock.millis += 91 * DAY_MILLIS;
    await refuses(scene.owner.id, 'own-erasure');
    await refuses('019a94de-4b70-7c00-8000-00000000dead', 'not-found');
    const asAnother: Principal = { ...scene.owner, id: alice.id };
    await assert.rejects(erase(asAnother, scene.owner.id), (error) => isFault('account-protected')(error) || isFault('last-owner')(error));
  });

  it('leaves an owner, also when two of them erase one another at once', async () => {
    const { username, oneTimePassword } = await scene.engine.get(OwnerRecovery).recover('second');
    const { id } = await scene.principal(username, oneTimePassword);
    const second: Principal = { ...scene.owner, id };
    await caughtUp();
    clock.millis += 91 * DAY_MILLIS;
    const outcomes = await Promise.allSettled([erase(scene.owner, id), erase(second, scene.owner.id)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    assert.ok(isFault('account-protected')(refused?.reason) || isFault('last-owner')(refused?.reason), String(refused?.reason));
    assert.equal((await scene.query(`SELECT FROM auth.principal WHERE status = 'active' AND id = ANY($1)`, [[scene.owner.id, id]])).length, 1);
  });

  it('leaves everything as it was when the account cannot be emptied', async () => {
    clock.millis += 91 * DAY_MILLIS;
    await scene.query('REVOKE UPDATE ON auth.user_account FROM quantonium_app');
    await assert.rejects(erase(scene.owner, alice.id));
    await scene.query('GRANT UPDATE ON auth.user_account TO quantonium_app');
    assert.equal(await keysOf(alice.id), 1);
    assert.deepEqual(await scene.query('SELECT FROM audit.erased_subject'), []);
  });
});
