import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { Keyring } from '#modules/crypto/index.js';
import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene, type TestLedger, testLedger } from '../../../../test/harness/ledger.js';
import { TEST_ROOT_KEY, testKeyring } from '../../../../test/harness/keyring.js';
import { sealedPiecesOf } from '../domain/personal-data.js';
import { SubjectKeyRepository } from '../persistence/subject-key.repository.js';
import { PersonalDataSealer } from './personal-data-sealer.js';
import { SubjectKeys } from './subject-keys.js';

const NOVEMBER = Date.UTC(2026, 10, 22, 12);
const DECEMBER = Date.UTC(2026, 11, 3, 12);
const SPEC = systemPrincipal('spec');
const trail = (ipAddress = '192.0.2.55', userAgent: string | null = 'spec-agent/1.0'): RequestTrail =>
  ({ requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress, userAgent }, trace: null, committedEvents: [], replayedStatus: null });

describe('personal data in entries', () => {
  const clock = new HandClock(NOVEMBER);
  let scene: LedgerScene;
  before(async () => (scene = await openLedgerScene({ clock, rootKey: TEST_ROOT_KEY })));
  after(() => scene.close());

  let people = 0;
  const person = (): Principal => ({ ...SPEC, id: `019a94de-4b70-7c00-8000-${String((people += 1)).padStart(12, '0')}`, kind: 'user' });
  const bodyOf = async (id: string): Promise<Buffer> => (await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = $1', [id]))[0]!.body;
  const keysOf = (subject: string): Promise<{ id: string; period: string }[]> => scene.query('SELECT id, period FROM audit.subject_key WHERE subject = $1 ORDER BY period', [subject]);
  const opened = async (id: string): Promise<unknown> => scene.personalData.open(id, await bodyOf(id));
  const record = (over: Partial<AuditEvent>, of: RequestTrail | null = trail(), ledger: TestLedger = scene): Promise<string> =>
    of === null ? ledger.log.record(scene.event(over)) : runWithTrail(of, () => ledger.log.record(scene.event(over)));
  const replica = (parts: Partial<Parameters<typeof testLedger>[1]> = {}): TestLedger => testLedger(scene.database, { clock, rootKey: TEST_ROOT_KEY, ...parts });

  it('is read back by who holds the keys, and stands nowhere in the body', async () => {
    const actor = person();
    const id = await record({ actor, personal: { subject: actor.id, userName: 'carla.example', email: 'carla@example.org', note: 'looked into it' } });
    assert.deepEqual(await opened(id), [{ subject: actor.id, userName: 'carla.example', email: 'carla@example.org', note: 'looked into it', ipAddress: '192.0.2.55', userAgent: 'spec-agent/1.0' }]);
    const body = (await bodyOf(id)).toString();
    for (const secret of ['carla', 'example.org', '192.0.2', 'spec-agent', 'looked']) assert.equal(body.includes(secret), false, secret);
  });

  it('is not there where there is neither a request nor a person', async () => {
    const id = await record({}, null);
    assert.equal(await opened(id), null);
    assert.equal((await bodyOf(id)).includes('personal'), false);
  });

  it('is cut by person: an administrator’s address goes with the administrator, a new account’s name with its holder', async () => {
    const [admin, holder] = [person(), person()];
    const id = await record({ actor: admin, personal: { subject: holder.id, userName: 'dave' } });
    assert.deepEqual(await opened(id), [{ subject: holder.id, userName: 'dave' }, { subject: admin.id, ipAddress: '192.0.2.55', userAgent: 'spec-agent/1.0' }]);
    await scene.query('DELETE FROM audit.subject_key WHERE subject = $1', [admin.id]);
    assert.deepEqual(await opened(id), [{ subject: holder.id, userName: 'dave' }, 'erased']);
  });

  it('has one key a person and month, and one a day where nobody is known', async () => {
    const actor = person();
    const ids = [await record({ actor }), await record({ actor }), await record({ actor: null })];
    clock.millis = DECEMBER;
    ids.push(await record({ actor }), await record({ actor: null }));
    clock.millis = NOVEMBER;
    assert.deepEqual((await keysOf(actor.id)).map(({ period }) => period), ['2026-11', '2026-12']);
    assert.deepEqual((await keysOf('nobody')).map(({ period }) => period), ['2026-11-22', '2026-12-03']);
    const named = await Promise.all(ids.map(async (id) => sealedPiecesOf(await bodyOf(id))[0]!.key));
    assert.equal(named[0], named[1]);
    assert.equal(new Set(named).size, 4);
  });

  it('does not open with another entry’s id, with a bit changed, or with another row’s key', async () => {
    const [one, two] = [person(), person()];
    const id = await record({ actor: one });
    const other = await record({ actor: two });
    assert.deepEqual(await scene.personalData.open(other, await bodyOf(id)), ['unreadable']);
    const [piece] = sealedPiecesOf(await bodyOf(id));
    const changed = Buffer.from((await bodyOf(id)).toString().replace(piece!.data, `${piece!.data.startsWith('A') ? 'B' : 'A'}${piece!.data.slice(1)}`));
    assert.deepEqual(await scene.personalData.open(id, changed), ['unreadable']);
    await scene.query('UPDATE audit.subject_key k SET wrapped_key = o.wrapped_key FROM audit.subject_key o WHERE k.subject = $1 AND o.subject = $2', [one.id, two.id]);
    await assert.rejects(async () => scene.personalData.open(id, await bodyOf(id)), /not written under this root key/);
  });

  it('names no key that was rolled back, neither in its own transaction nor later', async () => {
    const actor = person();
    await assert.rejects(runWithTrail(trail(), () => scene.database.app.run(SPEC, async (tx) => {
      await scene.log.append(tx, scene.event({ actor }));
      await scene.log.append(tx, scene.event({ actor }));
      throw new Error('the deed failed');
    })), /the deed failed/);
    assert.deepEqual(await keysOf(actor.id), []);
    const id = await record({ actor });
    const [key] = await keysOf(actor.id);
    assert.equal(sealedPiecesOf(await bodyOf(id))[0]!.key, key!.id);
  });

  it('gets one key when many deeds of a person need the first one at once, on two replicas', async () => {
    const actor = person();
    const other = replica();
    const deed = (ledger: TestLedger): Promise<string> => runWithTrail(trail(), () => scene.database.app.run(SPEC, (tx) => ledger.log.append(tx, scene.event({ actor }))));
    const ids = await Promise.all([...Array.from({ length: 6 }, (_, index) => deed(index % 2 === 0 ? scene : other)), record({ actor }), record({ actor }, trail(), other)]);
    const [key, ...more] = await keysOf(actor.id);
    assert.deepEqual(more, []);
    for (const id of ids) assert.equal(sealedPiecesOf(await bodyOf(id))[0]!.key, key!.id);
  });

  it('asks for a key once a minute, and a minute later follows what another replica erased', async () => {
    const actor = person();
    await record({ actor });
    const [first] = await keysOf(actor.id);
    await scene.query('DELETE FROM audit.subject_key WHERE subject = $1', [actor.id]);
    const late = await record({ actor });
    assert.equal(sealedPiecesOf(await bodyOf(late))[0]!.key, first!.id, 'by a remembered key');
    assert.deepEqual(await opened(late), ['erased'], 'which nobody can read any more');
    clock.millis += 60_001;
    const next = await record({ actor });
    assert.notEqual(sealedPiecesOf(await bodyOf(next))[0]!.key, first!.id);
  });

  it('holds a key in memory for a minute, also when nobody asks for it again', async () => {
    const hands = new HandClock(NOVEMBER);
    const keys = new SubjectKeys(scene.database.app, new SubjectKeyRepository(), scene.keyring, hands, new SystemRandomness());
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      await keys.of(null, person().id, NOVEMBER);
      hands.millis += 30_000;
      await keys.of(null, person().id, NOVEMBER);
      assert.equal(keys.atHand, 2);
      for (const left of [1, 0]) {
        hands.millis += 30_000;
        mock.timers.tick(left === 1 ? 60_000 : 30_000);
        assert.equal(keys.atHand, left);
      }
    } finally {
      mock.timers.reset();
    }
  });

  it('is not kept of an erased subject any more', async () => {
    const actor = person();
    await scene.query('INSERT INTO audit.erased_subject VALUES ($1, now())', [actor.id]);
    assert.equal(await opened(await record({ actor })), null);
    assert.deepEqual(await keysOf(actor.id), []);
  });

  it('makes no key for what a stranger says of an account: it goes under the newest that the account has, and goes with it', async () => {
    const holder = person();
    const attempt = { actor: null, personal: { subject: holder.id, userName: 'holder' } };
    await record({ actor: holder });
    clock.millis = DECEMBER;
    const id = await record(attempt);
    clock.millis = NOVEMBER;
    assert.deepEqual((await keysOf(holder.id)).map(({ period }) => period), ['2026-11'], 'none of December');
    assert.deepEqual(await opened(id), [{ subject: holder.id, userName: 'holder', ipAddress: '192.0.2.55', userAgent: 'spec-agent/1.0' }]);
    await scene.query('DELETE FROM audit.subject_key WHERE subject = $1', [holder.id]);
    assert.deepEqual(await opened(id), ['erased']);
  });

  it('is not kept of an account that has no key: an erasure could not reach it under that of the day', async () => {
    const holder = person();
    const id = await record({ actor: null, personal: { subject: holder.id, userName: 'holder' } });
    assert.deepEqual(await opened(id), [{ subject: null }]);
    assert.deepEqual(await keysOf(holder.id), []);
    const unknown = await record({ actor: null, personal: { subject: null, userName: 'nobody bears it' } });
    const [kept, dropped] = await Promise.all([unknown, id].map(async (entry) => sealedPiecesOf(await bodyOf(entry))[0]!));
    assert.deepEqual([dropped!.key, dropped!.data.length], [kept!.key, kept!.data.length], 'nothing tells which name exists');
    assert.deepEqual(await opened(await record({ actor: null, personal: { subject: null } })), [{ subject: null, ipAddress: '192.0.2.55', userAgent: 'spec-agent/1.0' }]);
  });

  it('shows by its length neither a name nor an address', async () => {
    const actor = person();
    const lengths = await Promise.all([trail('::1', null), trail('2001:db8:1111:2222:3333:4444:5555:6666', null), trail('192.0.2.1', 'a')].map(async (of) => {
      const id = await record({ actor, personal: { subject: actor.id, userName: 'a'.repeat(Math.min(20, of.source.ipAddress.length)) } }, of);
      return sealedPiecesOf(await bodyOf(id))[0]!.data.length;
    }));
    assert.equal(new Set(lengths).size, 1);
  });

  it('is cut to what an entry holds, whatever a client says it is', async () => {
    const actor = person();
    const endless = '\u0001'.repeat(16_000);
    const id = await record({ actor, personal: { subject: actor.id, userName: endless, email: endless, note: endless } }, trail('192.0.2.1', endless));
    const [piece] = (await opened(id)) as { userAgent: string }[];
    assert.equal(piece!.userAgent.length, 300);
  });

  it('cannot be put into a body by a fact of the same name', async () => {
    const id = await record({ facts: { personal: 'in clear' } }, null);
    assert.equal((await bodyOf(id)).includes('in clear'), false);
  });

  it('is left out where this process has no login for the keys, or has not opened the root key', async () => {
    const [randomness, event] = [new SystemRandomness(), scene.event({ actor: person() })];
    const keysWith = (units: UnitOfWork | null, keyring: Keyring): SubjectKeys => new SubjectKeys(units, new SubjectKeyRepository(), keyring, clock, randomness);
    for (const keys of [keysWith(null, scene.keyring), keysWith(scene.database.app, testKeyring(scene.database, { rootKey: null }))]) {
      const sealed = await runWithTrail(trail(), () => new PersonalDataSealer(keys).seal(null, event, 'an entry', NOVEMBER));
      assert.deepEqual(sealed, []);
    }
  });

  it('refuses the deed when its keys cannot be reached, rather than recording half of it', async () => {
    const actor = person();
    await scene.query('REVOKE INSERT ON audit.subject_key FROM quantonium_app');
    const deed = runWithTrail(trail(), () => scene.database.app.run(SPEC, (tx) => scene.log.append(tx, scene.event({ actor }))));
    await assert.rejects(deed, /could not be recorded/);
    await scene.query('GRANT INSERT ON audit.subject_key TO quantonium_app');
    assert.notEqual(await opened(await record({ actor })), null);
  });
});
