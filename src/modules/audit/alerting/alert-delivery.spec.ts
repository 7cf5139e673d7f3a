import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import type { AlertingConfig, Config } from '#platform/config/config.js';
import { OutboundClient } from '#platform/outbound/outbound-client.js';
import { OutboxDelivery } from '#platform/outbox/outbox-delivery.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Drivers } from '#platform/system/drivers.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { EVERYTHING } from '../../../../test/harness/conditions.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { principalNamed } from '../../../../test/harness/http-application.js';
import type { Finding } from '../domain/finding.js';
import { AlertRepository } from '../persistence/alert.repository.js';
import { AlertDesk } from './alert-desk.js';
import { AlertNotices } from './alert-notices.js';
import { AlertmanagerSink } from './alertmanager-sink.js';
import { Alerts } from './alerts.js';
import { EmailSink } from './email-sink.js';
import { SyslogSink } from './syslog-sink.js';
import { ToldAlerts } from './told-alerts.js';

const SPEC = systemPrincipal('spec');
const PERSON = { ...principalNamed('0198c0de-0000-7000-8000-00000000beef') };
const refusedAs = (code: string) => (error: unknown): boolean => error instanceof Fault && error.kind.code === code;
const HOSTILE = 'Logins\r\nBcc: thief@example.com\r\n\r\n<script> \u001b[2J \u2028';

/** Real receivers of the three kinds; what each was sent. */
class Receivers {
  readonly mails: { from: string; to: string[]; text: string }[] = [];
  readonly syslog: string[] = [];
  readonly alertmanager: { path: string; body: { labels: Record<string, string>; endsAt: string }[] }[] = [];
  isDown = false;
  private readonly open: { close(done?: () => void): void }[] = [];

  async start(): Promise<AlertingConfig> {
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onMailFrom: (_address, _session, done) => done(this.isDown ? Object.assign(new Error('not now'), { responseCode: 451 }) : undefined),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString('utf8').replaceAll('=\r\n', '') });
          done();
        });
      },
    });
    smtp.on('error', () => undefined);
    const syslog = createTcpServer((socket: Socket) => {
      if (this.isDown) return void socket.resetAndDestroy();
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => void (this.syslog.push(text), socket.end())).on('error', () => undefined);
    });
    const alertmanager = createHttpServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        if (this.isDown) return void response.writeHead(503, { 'Retry-After': '30' }).end();
        this.alertmanager.push({ path: request.url!, body: JSON.parse(text) as [] });
        response.writeHead(200).end();
      });
    });
    smtp.listen(0, '127.0.0.1');
    syslog.listen(0, '127.0.0.1');
    alertmanager.listen(0, '127.0.0.1');
    await Promise.all([once(smtp.server, 'listening'), once(syslog, 'listening'), once(alertmanager, 'listening')]);
    this.open.push(smtp, syslog, alertmanager);
    const port = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;
    return {
      rulesDirectory: '/nowhere',
      email: { smtpUrl: `smtp://127.0.0.1:${port(smtp.server as Server)}`, from: 'quantonium@example.com', to: ['ops@example.com', 'sec@example.com'] },
      syslogUrl: `tcp://127.0.0.1:${port(syslog)}`,
      alertmanagerUrl: `http://127.0.0.1:${port(alertmanager)}/prefix/`,
      privateNetworks: [],
    };
  }

  close(): void {
    for (const server of this.open) server.close();
  }
}

describe('telling of alerts', () => {
  let scene: LedgerScene;
  let alerts: Alerts;
  let desk: AlertDesk;
  let delivery: OutboxDelivery;
  const receivers = new Receivers();
  const clock = new HandClock(Date.UTC(2026, 10, 22, 12));
  before(async () => {
    scene = await openLedgerScene();
    const config = { http: { publicUrl: 'https://quantonium.example.com' }, alerting: await receivers.start() } as unknown as Config;
    const [randomness, repository] = [new SystemRandomness(), new AlertRepository()];
    const notices = new AlertNotices(new Outbox(clock, randomness), config);
    const told = new ToldAlerts(scene.database.sequencer, repository, config);
    alerts = new Alerts(repository, notices, scene.log, randomness);
    desk = new AlertDesk(scene.database.app, repository, notices, scene.log, clock);
    const sinks = [new EmailSink(config, told, scene.keyring, new Drivers()), new SyslogSink(config, told), new AlertmanagerSink(config, told, new OutboundClient(), clock)];
    delivery = new OutboxDelivery(scene.database.sequencer, new OutboxRows(), sinks, clock, randomness, { ended: () => undefined, failed: (error) => assert.fail(String(error)), traced: (attempt) => attempt() });
  });
  after(async () => {
    receivers.close();
    await scene.close();
  });
  beforeEach(async () => {
    receivers.isDown = false;
    for (const kind of [receivers.mails, receivers.syslog, receivers.alertmanager]) kind.length = 0;
    await scene.query('DELETE FROM platform.outbox');
  });

  let groups = 0;
  const raise = async (over: Partial<Finding> = {}): Promise<string> => {
    // Ids of one millisecond have no order.
    clock.millis += 1;
    const group = { 'user.uid': `u${(groups += 1)}` };
    const finding: Finding = { ruleId: 'brute-force', title: 'Many failed logins', severity: 'high', group, subjects: [], loginNames: [], count: 1, firstSeenMillis: clock.millis, lastSeenMillis: clock.millis, entryIds: [], ...over };
    await scene.database.sequencer.run(SPEC, (tx) => alerts.raise(tx, finding, clock.millis));
    const [row] = await scene.query<{ id: string }>('SELECT id FROM alerts.alert ORDER BY id DESC LIMIT 1');
    return row!.id;
  };
  const deliver = async (): Promise<void> => {
    while ((await delivery.start(new AbortController().signal)) > 0) await delivery.settled();
  };
  const move = (id: string, deed: Parameters<AlertDesk['move']>[2]['deed'], more: Partial<Parameters<AlertDesk['move']>[2]> = {}) => desk.move(PERSON, id, { deed, expected: null, ...more });
  const outbox = () => scene.query<{ sink: string; state: string; failure: string | null }>('SELECT sink, state, failure FROM platform.outbox ORDER BY sink');

  it('sends what was raised by every way that is configured', async () => {
    const id = await raise();
    await deliver();
    const [mail] = receivers.mails;
    assert.partialDeepStrictEqual(mail, { from: 'quantonium@example.com', to: ['ops@example.com', 'sec@example.com'] });
    assert.match(mail!.text, /^Subject: \[Quantonium\] high alert raised: Many failed logins\r$/m);
    assert.match(mail!.text, new RegExp(`https://quantonium\\.example\\.com/v1/alerts/${id}`));
    assert.match(mail!.text, /^Message-ID: <[0-9a-f-]{36}@quantonium\.example\.com>\r$/m);
    assert.match(receivers.syslog[0]!, new RegExp(`^\\d+ <107>1 .* alert\\.raise \\[alert@32473 id="${id}"`));
    assert.equal(receivers.alertmanager[0]!.path, '/prefix/api/v2/alerts');
    assert.equal(receivers.alertmanager[0]!.body[0]!.labels['alert_id'], id);
    assert.deepEqual((await outbox()).map(({ state }) => state), ['delivered', 'delivered', 'delivered']);
  });

  it('lets nothing in an alert become a header, a recipient or a line', async () => {
    await raise({ title: HOSTILE, ruleId: HOSTILE, group: { [HOSTILE]: HOSTILE } });
    await deliver();
    assert.deepEqual(receivers.mails[0]!.to, ['ops@example.com', 'sec@example.com']);
    const head = receivers.mails[0]!.text.split('\r\n\r\n')[0]!;
    assert.doesNotMatch(head, /^Bcc:/im);
    const [frame] = receivers.syslog;
    assert.equal(Number(/^\d+/.exec(frame!)![0]), Buffer.byteLength(frame!) - /^\d+ /.exec(frame!)![0].length, 'one frame, whole');
    assert.doesNotMatch(frame!, /[\r\n\u2028\u001b]/);
  });

  it('tells of resolving and of opening again, and not of what people do in between', async () => {
    const id = await raise();
    await move(id, 'acknowledge');
    await move(id, 'suppress', { until: new Date(clock.millis + 60_000) });
    await move(id, 'unsuppress');
    await move(id, 'resolve', { note: 'a load test' });
    await move(id, 'reopen');
    await deliver();
    assert.deepEqual(receivers.syslog.map((line) => / (alert\.\w+) /.exec(line)![1]), ['alert.raise', 'alert.resolve', 'alert.reopen']);
    assert.equal(receivers.mails.length, 3);
    assert.equal(new Set(receivers.alertmanager.map(({ body }) => body[0]!.endsAt)).size, 1, 'the state is that of now, whatever is told');
    await move(id, 'resolve');
    await deliver();
    assert.equal(receivers.alertmanager.at(-1)!.body[0]!.endsAt, new Date(clock.millis + 1).toISOString(), 'it ends after it has begun');
  });

  it('tries again what nobody took, and says why it was not taken', async () => {
    receivers.isDown = true;
    await raise();
    await deliver();
    assert.deepEqual(await outbox(), [
      { sink: 'alertmanager', state: 'pending', failure: 'status-503' },
      { sink: 'email', state: 'pending', failure: 'status-451' },
      { sink: 'syslog', state: 'pending', failure: 'connection' },
    ]);
    receivers.isDown = false;
    clock.millis += 40_000;
    await deliver();
    assert.deepEqual((await outbox()).map(({ state }) => state), ['delivered', 'delivered', 'delivered']);
    assert.deepEqual([receivers.mails.length, receivers.syslog.length, receivers.alertmanager.length], [1, 1, 1]);
  });

  describe('what people do with alerts', () => {
    it('is a step with its entry, which names who did it and hides what they noted', async () => {
      const id = await raise();
      const after = await move(id, 'acknowledge', { note: 'Alice looks into it' });
      assert.partialDeepStrictEqual(after, { status: 'acknowledged', version: 2 });
      const { transitions } = await desk.get(PERSON, id);
      assert.deepEqual(transitions.map(({ number, deed, actor }) => [number, deed, actor]), [[1, 'raise', 'detection'], [2, 'acknowledge', PERSON.id]]);
      const [row] = await scene.query<{ body: string }>("SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE id = $1", [transitions[1]!.entryId]);
      assert.match(row!.body, /"event_code":"alert\.acknowledge"/);
      assert.match(row!.body, new RegExp(PERSON.id));
      assert.doesNotMatch(row!.body, /Alice/);
    });

    it('is refused where the alert is not in the state for it, or is not there, and changes nothing', async () => {
      const id = await raise();
      await move(id, 'resolve');
      for (const deed of ['acknowledge', 'resolve', 'suppress', 'unsuppress'] as const) {
        await assert.rejects(move(id, deed, deed === 'suppress' ? { until: new Date(clock.millis + 1) } : {}), refusedAs('conflict'));
      }
      await assert.rejects(move('0198c0de-0000-7000-8000-00000000dead', 'resolve'), refusedAs('not-found'));
      assert.equal((await desk.get(PERSON, id)).transitions.length, 2);
    });

    it('is refused where somebody else was first', async () => {
      const id = await raise();
      await move(id, 'acknowledge', { expected: new Set([1]) });
      await assert.rejects(move(id, 'resolve', { expected: new Set([1]) }), refusedAs('precondition-failed'));
      await assert.rejects(move(id, 'resolve', { expected: new Set() }), refusedAs('precondition-failed'));
      await move(id, 'resolve', { expected: new Set([1, 2]) });
    });

    it('does not open a second alert of one rule and group', async () => {
      const [group, first] = [{ 'user.uid': 'twice' }, await raise({ group: { 'user.uid': 'twice' } })];
      await move(first, 'resolve');
      clock.millis += 25 * 60 * 60 * 1000;
      const second = await raise({ group });
      assert.notEqual(second, first);
      await assert.rejects(move(first, 'reopen'), refusedAs('conflict'));
      await move(second, 'resolve');
      await move(first, 'reopen');
    });

    it('silences for a time in the future, 90 days at most', async () => {
      const id = await raise();
      for (const millis of [0, -1, 91 * 24 * 60 * 60 * 1000]) {
        await assert.rejects(move(id, 'suppress', { until: new Date(clock.millis + millis) }), refusedAs('invalid-request'));
      }
      assert.equal((await move(id, 'suppress', { until: new Date(clock.millis + 1000) })).suppressedUntil?.getTime(), clock.millis + 1000);
    });

    it('is shown in lists, the youngest first, by status, severity and rule', async () => {
      const [old, young] = [await raise({ ruleId: 'listed', severity: 'low' }), await raise({ ruleId: 'listed', severity: 'critical' })];
      await move(old, 'resolve');
      const list = async (filter: Parameters<AlertDesk['list']>[1], after: string | null = null, limit = 10) => (await desk.list(PERSON, { ruleId: 'listed', ...filter }, EVERYTHING, { limit, after })).items.map(({ id }) => id);
      assert.deepEqual(await list({}), [young, old]);
      assert.deepEqual([await list({ status: 'resolved' }), await list({ severity: 'critical' }), await list({ ruleId: 'other' })], [[old], [young], []]);
      assert.deepEqual([await list({}, null, 1), await list({}, young, 1)], [[young], [old]]);
    });
  });
});
