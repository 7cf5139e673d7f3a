import type { JsonObject } from '#pure/canonical-json/json-value.js';
import type { Alert, AlertTransition } from './alert.js';
import type { SyslogEvent } from './syslog-line.js';

/** A step of an alert's life as those are told who were configured for it. */
export interface ToldAlert {
  /** As it is now. */
  readonly alert: Alert;
  /** What it is told of. */
  readonly step: AlertTransition;
  /** Where the API is. */
  readonly publicUrl: string;
}

const addressOf = ({ alert, publicUrl }: ToldAlert): string => `${publicUrl}/v1/alerts/${alert.id}`;

/** Where a person reads one line: what would break it, or be obeyed by a terminal or a header, is a space. */
function oneLine(text: string): string {
  return text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}

/** All that leaves with an alert: pseudonyms, codes, counts. */
function summaryOf(told: ToldAlert): JsonObject {
  const { alert, step } = told;
  return {
    id: alert.id,
    rule: alert.ruleId,
    title: alert.title,
    severity: alert.severity,
    status: alert.status,
    step: step.deed,
    stepAt: step.at.toISOString(),
    group: alert.group,
    subjects: alert.subjects,
    count: alert.count,
    firstSeenAt: alert.firstSeenAt.toISOString(),
    lastSeenAt: alert.lastSeenAt.toISOString(),
    entryId: step.entryId,
    url: addressOf(told),
  };
}

export function syslogEventOf(told: ToldAlert): SyslogEvent {
  const { alert, step, publicUrl } = told;
  const parameters = { id: alert.id, rule: alert.ruleId, severity: alert.severity, status: alert.status, count: String(alert.count) };
  return { severity: alert.severity, at: step.at, hostname: new URL(publicUrl).hostname, messageId: `alert.${step.deed}`, parameters, message: summaryOf(told) };
}

export interface AlertEmail {
  readonly subject: string;
  readonly text: string;
}

const SUBJECT_LENGTH_MAX = 180;
const STEP_WORDS: Readonly<Partial<Record<AlertTransition['deed'], string>>> = { raise: 'raised', reopen: 'open again', resolve: 'resolved' };

export function emailOf(told: ToldAlert): AlertEmail {
  const { alert, step } = told;
  const word = STEP_WORDS[step.deed] ?? step.deed;
  const lines: readonly (readonly [string, string])[] = [
    ['Alert', alert.title],
    ['Severity', alert.severity],
    ['Status', alert.status],
    ['Rule', alert.ruleId],
    ...Object.entries(alert.group).map(([name, value]) => [name, value] as const),
    ['Occurrences', String(alert.count)],
    ['First seen', alert.firstSeenAt.toISOString()],
    ['Last seen', alert.lastSeenAt.toISOString()],
    ['Ledger entry', step.entryId],
    ['Details', addressOf(told)],
  ];
  return {
    subject: oneLine(`[Quantonium] ${alert.severity} alert ${word}: ${alert.title}`).slice(0, SUBJECT_LENGTH_MAX),
    text: `${lines.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}`).join('\n')}\n`,
  };
}

/**
 * Without an end, Alertmanager would take an alert for resolved after five minutes of silence. It is told again only
 * when something happens, so the end is set far enough ahead that somebody resolves it before: a year.
 */
const FIRING_MILLIS = 365 * 24 * 60 * 60 * 1000;

/**
 * What `POST /api/v2/alerts` takes. Labels are the alert's identity there and must be the same when it fires and when it
 * is resolved; the state is the alert's own as of now, so that messages which overtake each other do no harm.
 */
export function alertmanagerAlertOf(told: ToldAlert, nowMillis: number): JsonObject {
  const { alert } = told;
  const groupLabels = Object.entries(alert.group).map(([name, value]) => [`group_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`, oneLine(value)] as const);
  const startsAt = alert.firstSeenAt.getTime();
  // An end before the start is refused.
  const endsAt = alert.resolvedAt === null ? nowMillis + FIRING_MILLIS : Math.max(alert.resolvedAt.getTime(), startsAt + 1);
  return {
    labels: { ...Object.fromEntries(groupLabels), alertname: oneLine(alert.ruleId), severity: alert.severity, service: 'quantonium', alert_id: alert.id },
    annotations: { summary: oneLine(alert.title), count: String(alert.count), status: alert.status },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    generatorURL: addressOf(told),
  };
}
