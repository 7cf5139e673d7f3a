import type { AuditLog } from '#modules/audit/index.js';
import type { Config } from '#platform/config/config.js';
import { Outbox } from '#platform/outbox/outbox.js';
import type { Clock } from '#platform/system/clock.js';
import { runWithTrail } from '#platform/system/request-context.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import type { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { AlertNotices } from '../../src/modules/audit/alerting/alert-notices.js';
import { Alerts } from '../../src/modules/audit/alerting/alerts.js';
import { DetectionEvaluator } from '../../src/modules/audit/detection/evaluator.js';
import { RuleBook } from '../../src/modules/audit/detection/rule-book.js';
import { LogFollower } from '../../src/modules/audit/log-follower.js';
import { AlertRepository } from '../../src/modules/audit/persistence/alert.repository.js';
import { CursorRepository } from '../../src/modules/audit/persistence/cursor.repository.js';
import { EntryRepository } from '../../src/modules/audit/persistence/entry.repository.js';
import { MatchRepository } from '../../src/modules/audit/persistence/match.repository.js';
import type { HandClock } from './hand-clock.js';
import type { Occurrence } from './detection-fixtures.js';
import type { TestDatabase } from './postgres.js';

const ALERTING = { email: null, syslogUrl: null, alertmanagerUrl: null };

export function testAlerts(log: AuditLog, clock: Clock): Alerts {
  const randomness = new SystemRandomness();
  const notices = new AlertNotices(new Outbox(clock, randomness), { alerting: ALERTING } as unknown as Config);
  return new Alerts(new AlertRepository(), notices, log, randomness);
}

/** Detection with the rules that ship, wired by hand. */
export function testDetection(login: SequencerUnitOfWork, log: AuditLog, clock: Clock, book: RuleBook = new RuleBook('/nonexistent')): DetectionEvaluator {
  return new DetectionEvaluator(new LogFollower(login, new CursorRepository(), new EntryRepository()), book, new MatchRepository(), testAlerts(log, clock));
}

/** Records what happened at its time, as requests from its source. */
export async function occur(log: AuditLog, clock: HandClock, noonMillis: number, stream: readonly Occurrence[]): Promise<void> {
  for (const { at, source, event } of stream) {
    clock.millis = noonMillis + at;
    const network = source === undefined ? null : `198.51.100.${Number(source.replace(/\D/g, ''))}`;
    const trail = network === null ? null : { requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: network, userAgent: null }, trace: null, committedEvents: [], replayedStatus: null };
    await (trail === null ? log.record(event) : runWithTrail(trail, () => log.record(event)));
  }
}

/** What was raised, without what a second reading of the same log may change: ids, and when it was written. */
export function alertsIn(database: TestDatabase): Promise<Record<string, unknown>[]> {
  return database.query(`SELECT rule_id, title, severity, group_values, subjects, status, count, first_seen_at, last_seen_at, raised_at, entry_ids
                           FROM alerts.alert ORDER BY rule_id, group_key, raised_at`);
}

export async function forgetDetection(database: TestDatabase): Promise<void> {
  await database.query("TRUNCATE alerts.alert, alerts.subject, alerts.transition, alerts.rule_match; UPDATE audit.cursor SET next_index = 0 WHERE name = 'detection'");
}
