import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Config } from '#platform/config/config.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { ALERT_ENTRIES_MAX, ALERT_SUBJECTS_MAX, REOPEN_WINDOW_MILLIS } from '../domain/alert.js';
import type { Finding } from '../domain/finding.js';
import { AlertRepository } from '../persistence/alert.repository.js';
import { AlertNotices } from './alert-notices.js';
import { Alerts } from './alerts.js';

const SPEC = systemPrincipal('spec');
const NOON = Date.UTC(2026, 10, 22, 12);
const ALERTING = { email: null, syslogUrl: 'tcp://127.0.0.1:1', alertmanagerUrl: 'http://127.0.0.1:1' };

describe('raising alerts', () => {
  let scene: LedgerScene;
  let alerts: Alerts;
  const clock = new HandClock();
  const randomness = new SystemRandomness();
  const repository = new AlertRepository();
  before(async () => {
    scene = await openLedgerScene();
    const notices = new AlertNotices(new Outbox(clock, randomness), { alerting: ALERTING } as unknown as Config);
    alerts = new Alerts(repository, notices, scene.log, randomness);
  });
  after(() => scene.close());

  let groups = 0;
  const entry = (): string => randomness.uuidv7(NOON);
  const finding = (over: Partial<Finding> = {}): Finding => ({
    ruleId: 'brute-force',
    title: 'Many failed logins of one account',
    severity: 'medium',
    group: { 'actor.user.uid': `user-${(groups += 1)}` },
    subjects: ['user-1'],
    loginNames: [],
    count: 1,
    firstSeenMillis: NOON,
    lastSeenMillis: NOON,
    entryIds: [entry()],
    ...over,
  });
  const raise = (found: Finding, atMillis = NOON): Promise<void> => scene.database.sequencer.run(SPEC, (tx) => alerts.raise(tx, found, atMillis));
  const rowsOf = ({ group }: Finding) =>
    scene.query<{ id: string; status: string; count: string; reopened: number; version: string; subjects: string[]; entry_ids: string[]; last_seen_at: Date; title: string }>(
      'SELECT * FROM alerts.alert WHERE group_values = $1 ORDER BY raised_at', [group],
    );
  const stepsOf = async (id: string): Promise<string[]> =>
    (await scene.query<{ deed: string }>('SELECT deed FROM alerts.transition WHERE alert_id = $1 ORDER BY number', [id])).map(({ deed }) => deed);
  const messagesAbout = (id: string) => scene.query<{ sink: string; subject: object }>("SELECT sink, subject FROM platform.outbox WHERE subject ->> 'alertId' = $1 ORDER BY place", [id]);
  const resolve = (id: string, at: number) => scene.query("UPDATE alerts.alert SET status = 'resolved', resolved_at = $2 WHERE id = $1", [id, new Date(at)]);

  it('makes one alert of a finding, with its entry in the ledger and an order for each configured receiver', async () => {
    const found = finding();
    await raise(found);
    const [alert, ...others] = await rowsOf(found);
    assert.deepEqual(others, []);
    assert.equal(alert!.status, 'open');
    const [{ entry_id: entryId, actor } = { entry_id: '', actor: '' }] = await scene.query<{ entry_id: string; actor: string }>('SELECT entry_id, actor FROM alerts.transition WHERE alert_id = $1', [alert!.id]);
    assert.equal(actor, 'detection');
    const [{ body } = { body: {} }] = await scene.query<{ body: Record<string, never> }>("SELECT convert_from(body, 'UTF8')::json AS body FROM audit.entry WHERE id = $1", [entryId]);
    assert.partialDeepStrictEqual(body, { class_uid: 2004, metadata: { event_code: 'alert.raise' }, unmapped: { rule: 'brute-force', severity: 'medium', entries: [...found.entryIds] } });
    assert.deepEqual(await messagesAbout(alert!.id), ['syslog', 'alertmanager'].map((sink) => ({ sink, subject: { alertId: alert!.id, transition: 1 } })));
  });

  it('adds what is found again to the alert that is not over, and tells nobody', async () => {
    const found = finding();
    await raise(found);
    await raise({ ...found, title: 'As the rule says now', count: 4, subjects: ['user-2', 'user-1'], lastSeenMillis: NOON + 5_000, entryIds: [entry(), ...found.entryIds] });
    const [alert] = await rowsOf(found);
    assert.partialDeepStrictEqual(alert, { count: '5', version: '1', title: 'As the rule says now', subjects: ['user-1', 'user-2'], last_seen_at: new Date(NOON + 5_000) });
    assert.equal(alert!.entry_ids.length, 2);
    assert.deepEqual(await stepsOf(alert!.id), ['raise']);
    assert.equal((await messagesAbout(alert!.id)).length, 2);
  });

  it('keeps the first and the last of too many entries', async () => {
    const found = finding();
    await raise(found);
    const flood = Array.from({ length: ALERT_ENTRIES_MAX + 20 }, entry);
    await raise({ ...found, entryIds: flood });
    const [alert] = await rowsOf(found);
    assert.equal(alert!.entry_ids.length, ALERT_ENTRIES_MAX);
    assert.equal(alert!.entry_ids[0], found.entryIds[0]);
    assert.equal(alert!.entry_ids.at(-1), flood.at(-1));
  });

  it('shows some of very many people, and knows all of them, also of those who came later', async () => {
    const many = (from: number): string[] => Array.from({ length: ALERT_SUBJECTS_MAX + 50 }, (_, n) => `person-${from + n}`);
    const found = finding({ subjects: many(0), loginNames: ['digest-1'] });
    await raise(found);
    await raise({ ...found, subjects: many(100), loginNames: ['digest-1', 'digest-2'] });
    const [alert] = await rowsOf(found);
    assert.equal(alert!.subjects.length, ALERT_SUBJECTS_MAX);
    const known = await scene.query<{ subject: string }>('SELECT subject FROM alerts.subject WHERE alert_id = $1', [alert!.id]);
    assert.deepEqual(known.map(({ subject }) => subject).sort(), [...new Set([...many(0), ...many(100), 'digest-1', 'digest-2'])].sort());
  });

  it('opens an alert again that was resolved less than a day before, and records and tells it', async () => {
    const found = finding();
    await raise(found);
    const [{ id } = { id: '' }] = await rowsOf(found);
    await resolve(id, NOON);
    await raise(found, NOON + REOPEN_WINDOW_MILLIS - 1);
    const [alert, ...others] = await rowsOf(found);
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(alert, { id, status: 'open', reopened: 1, count: '2', version: '2' });
    assert.deepEqual(await stepsOf(id), ['raise', 'reopen']);
    assert.equal((await messagesAbout(id)).length, 4);
  });

  it('makes a new alert when the day is over', async () => {
    const found = finding();
    await raise(found);
    await resolve((await rowsOf(found))[0]!.id, NOON);
    await raise(found, NOON + REOPEN_WINDOW_MILLIS);
    assert.deepEqual((await rowsOf(found)).map(({ status, count }) => [status, count]), [['resolved', '1'], ['open', '1']]);
  });

  it('counts while it is suppressed and tells nobody, not even that it is open again', async () => {
    const found = finding();
    await raise(found);
    const [{ id } = { id: '' }] = await rowsOf(found);
    await scene.query('UPDATE alerts.alert SET suppressed_until = $2 WHERE id = $1', [id, new Date(NOON + 60_000)]);
    await resolve(id, NOON);
    await raise(found, NOON + 1_000);
    assert.partialDeepStrictEqual((await rowsOf(found))[0], { status: 'open', count: '2' });
    assert.deepEqual(await stepsOf(id), ['raise', 'reopen']);
    assert.equal((await messagesAbout(id)).length, 2, 'those of the first time');
  });

  for (const [occasion, prepare] of [
    ['raise', () => Promise.resolve()],
    ['reopen', async (found: Finding) => (await raise(found), resolve((await rowsOf(found))[0]!.id, NOON))],
  ] as const) {
    it(`makes one alert of two replicas that ${occasion} it at once`, async () => {
      const found = finding();
      await prepare(found);
      const before = Number((await rowsOf(found))[0]?.count ?? 0);
      const [isFirstDone, finishFirst] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const first = scene.database.sequencer.run(SPEC, async (tx) => {
        await alerts.raise(tx, found, NOON + 1);
        isFirstDone.resolve();
        await finishFirst.promise;
      });
      await isFirstDone.promise;
      const second = raise(found, NOON + 1);
      await untilOneWaits();
      finishFirst.resolve();
      await Promise.all([first, second]);
      const rows = await rowsOf(found);
      assert.equal(rows.length, 1);
      assert.equal(Number(rows[0]!.count), before + 2);
      assert.equal((await stepsOf(rows[0]!.id)).at(-1), occasion);
    });
  }

  it('leaves nothing behind when the transaction is undone', async () => {
    const found = finding();
    const undone = scene.database.sequencer.run(SPEC, async (tx) => {
      await alerts.raise(tx, found, NOON);
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.deepEqual(await rowsOf(found), []);
  });

  const untilOneWaits = async (): Promise<void> => {
    while ((await scene.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")).length === 0);
  };
});
