import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from './alert.js';
import { alertmanagerAlertOf, emailOf, syslogEventOf, type ToldAlert } from './alert-messages.js';
import { syslogFrame, syslogLine } from './syslog-line.js';

const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const LATER = new Date(NOON.getTime() + 60_000);
const ID = '0198c0de-0000-7000-8000-000000000001';
const told = (over: Partial<Alert> = {}, deed: ToldAlert['step']['deed'] = 'raise'): ToldAlert => ({
  publicUrl: 'https://quantonium.example.com',
  step: { number: 1, at: NOON, actor: 'detection', deed, entryId: ID },
  alert: {
    id: ID, ruleId: 'brute-force', title: 'Many failed logins', severity: 'high', group: { 'user.uid': 'u1' }, subjects: ['u1'], count: 10, status: 'open',
    suppressedUntil: null, firstSeenAt: NOON, lastSeenAt: LATER, entryIds: [ID], reopened: 0, raisedAt: NOON, resolvedAt: null, version: 1, ...over,
  },
});
/** What a rule's author or an attacker may have put there: line ends, escapes, ends of syntax, what is no text. */
const HOSTILE = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a\r\nBcc: b@example.com', 'a\n<14>1 forged', '\u001b[2J', 'x\u2028y', '\u0000', '\ud800', '"]\\', '\u202ereversed', 'é'.repeat(300)),
);

describe('a line of syslog', () => {
  it('is that of RFC 5424', () => {
    assert.equal(
      syslogLine(syslogEventOf(told())),
      `<107>1 2026-11-22T12:00:00.000Z quantonium.example.com quantonium - alert.raise [alert@32473 id="${ID}" rule="brute-force" severity="high" status="open" count="10"] \ufeff` +
        JSON.stringify({
          id: ID, rule: 'brute-force', title: 'Many failed logins', severity: 'high', status: 'open', step: 'raise', stepAt: '2026-11-22T12:00:00.000Z', group: { 'user.uid': 'u1' }, subjects: ['u1'],
          count: 10, firstSeenAt: NOON.toISOString(), lastSeenAt: LATER.toISOString(), entryId: ID, url: `https://quantonium.example.com/v1/alerts/${ID}`,
        }),
    );
  });

  it('counts its octets, and not its characters', () => {
    const frame = syslogFrame(syslogEventOf(told({ title: 'Größe 量子' })));
    const space = frame.indexOf(' ');
    assert.equal(Number(frame.subarray(0, space).toString()), frame.length - space - 1);
  });

  it('has one priority a severity', () => {
    const priorities = (['critical', 'high', 'medium', 'low', 'informational'] as const).map((severity) => /^<(\d+)>/.exec(syslogLine(syslogEventOf(told({ severity }))))![1]);
    assert.deepEqual(priorities, ['106', '107', '108', '109', '110']);
  });

  it('stays one line with its structure, whatever is in it', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (title, ruleId, value) => {
        const line = syslogLine(syslogEventOf(told({ title, ruleId, group: { [title]: value } })));
        assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
        const parts = /^<107>1 \S+ \S+ quantonium - alert\.raise \[alert@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] \ufeff(\{.*\})$/u.exec(line);
        assert.ok(parts !== null, line);
        assert.equal((JSON.parse(parts[2]!) as { title: string }).title, title);
        assert.ok(Buffer.from(line, 'utf8').toString('utf8') === line);
      }),
    );
  });
});

describe('an e-mail', () => {
  it('says what happened in its subject and the rest in its text', () => {
    const { subject, text } = emailOf(told({ status: 'resolved' }, 'resolve'));
    assert.equal(subject, '[Quantonium] high alert resolved: Many failed logins');
    assert.match(text, /^user\.uid: u1$/m);
    assert.match(text, new RegExp(`^Details: https://quantonium\\.example\\.com/v1/alerts/${ID}$`, 'm'));
  });

  it('has one line in its subject and one a field in its text, whatever is in them', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (title, value) => {
        const { subject, text } = emailOf(told({ title, group: { group: value } }));
        assert.doesNotMatch(subject, /[\p{Cc}\u2028\u2029]/u);
        assert.ok(subject.length <= 180);
        assert.equal(text.split('\n').length, 11);
      }),
    );
  });
});

describe('an alert for Alertmanager', () => {
  it('has the same labels when it fires and when it is resolved, and ends only then', () => {
    const firing = alertmanagerAlertOf(told(), NOON.getTime()) as { labels: object; startsAt: string; endsAt: string };
    const resolved = alertmanagerAlertOf(told({ status: 'resolved', resolvedAt: LATER, count: 99 }, 'resolve'), LATER.getTime()) as typeof firing;
    assert.deepEqual(firing.labels, resolved.labels);
    assert.deepEqual(firing.labels, { alertname: 'brute-force', severity: 'high', service: 'quantonium', alert_id: ID, group_user_uid: 'u1' });
    assert.ok(Date.parse(firing.endsAt) > NOON.getTime() + 300 * 24 * 3600 * 1000);
    assert.equal(resolved.endsAt, LATER.toISOString());
  });

  it('never ends before it starts', () => {
    const { startsAt, endsAt } = alertmanagerAlertOf(told({ resolvedAt: new Date(NOON.getTime() - 1) }), NOON.getTime()) as { startsAt: string; endsAt: string };
    assert.ok(Date.parse(endsAt) > Date.parse(startsAt));
  });

  it('has names of labels that Prometheus takes, and none of ours is replaced by a group', () => {
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (name, value) => {
        const { labels } = alertmanagerAlertOf(told({ group: { [name]: value, severity: 'x', alertname: 'y' } }), 0) as { labels: Record<string, string> };
        for (const label of Object.keys(labels)) assert.match(label, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
        assert.deepEqual([labels['severity'], labels['alertname']], ['high', 'brute-force']);
      }),
    );
  });
});
