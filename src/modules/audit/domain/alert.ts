import type { Finding } from './finding.js';

export const ALERT_STATUSES = ['open', 'acknowledged', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** What people do with an alert. */
export const ALERT_DEEDS = ['acknowledge', 'resolve', 'reopen', 'suppress', 'unsuppress'] as const;
export type AlertDeed = (typeof ALERT_DEEDS)[number];

/** One step of an alert's life: a deed, or that a rule fired. */
export type AlertStep = AlertDeed | 'raise';

export interface Alert extends Omit<Finding, 'firstSeenMillis' | 'lastSeenMillis' | 'loginNames'> {
  readonly id: string;
  readonly status: AlertStatus;
  /** Until then the rule may fire without anybody being told; null or past: it is not suppressed. */
  readonly suppressedUntil: Date | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** How often it was opened again. */
  readonly reopened: number;
  readonly raisedAt: Date;
  readonly resolvedAt: Date | null;
  /** Moves with every step, and not when a rule fires again: what people overwrite by mistake is each other's steps. */
  readonly version: number;
}

export interface AlertTransition {
  /** Counted from 1 for each alert. */
  readonly number: number;
  readonly at: Date;
  /** A principal's id, or the name of a component. */
  readonly actor: string;
  readonly deed: AlertStep;
  /** The ledger's entry about it; what was noted stands there alone, encrypted. */
  readonly entryId: string;
}

/** What a step changes. */
export type AlertChange = Pick<Alert, 'status' | 'suppressedUntil' | 'resolvedAt' | 'reopened'>;

/** A rule that fires again within this time after its alert was resolved means the same trouble: 24 hours. */
export const REOPEN_WINDOW_MILLIS = 24 * 60 * 60 * 1000;

/** The longest silence: 90 days. For longer, the rule is what should be changed. */
export const SUPPRESSION_MILLIS_MAX = 90 * 24 * 60 * 60 * 1000;

export function isSuppressed({ suppressedUntil }: Pick<Alert, 'suppressedUntil'>, atMillis: number): boolean {
  return suppressedUntil !== null && atMillis < suppressedUntil.getTime();
}

interface Move {
  readonly from: readonly AlertStatus[];
  readonly to: (alert: AlertChange, at: Date, until: Date | null) => AlertChange;
}

/** From where a deed is possible, and where it leads. */
const MOVES: Readonly<Record<AlertDeed, Move>> = {
  acknowledge: { from: ['open'], to: (alert) => ({ ...alert, status: 'acknowledged' }) },
  resolve: { from: ['open', 'acknowledged'], to: (alert, at) => ({ ...alert, status: 'resolved', resolvedAt: at }) },
  reopen: { from: ['acknowledged', 'resolved'], to: (alert) => ({ ...alert, status: 'open', resolvedAt: null, reopened: alert.reopened + 1 }) },
  suppress: { from: ['open', 'acknowledged'], to: (alert, _at, until) => ({ ...alert, suppressedUntil: until }) },
  unsuppress: { from: ['open', 'acknowledged', 'resolved'], to: (alert) => ({ ...alert, suppressedUntil: null }) },
};

/** The alert after a person's deed; null where its state does not allow it. */
export function moved(alert: AlertChange, deed: AlertDeed, at: Date, until: Date | null = null): AlertChange | null {
  const { from, to } = MOVES[deed];
  if (!from.includes(alert.status)) return null;
  if (deed === 'unsuppress' && !isSuppressed(alert, at.getTime())) return null;
  return to(alert, at, until);
}

/** Steps that those who are configured for alerts are told of. */
const TOLD: ReadonlySet<AlertStep> = new Set(['raise', 'reopen', 'resolve']);

/** A suppression silences the rule and not the people: what somebody reopens or resolves is told. */
export function isTold(step: AlertStep, alert: Pick<Alert, 'suppressedUntil'>, by: 'rule' | 'person', atMillis: number): boolean {
  return TOLD.has(step) && (by === 'person' || !isSuppressed(alert, atMillis));
}

/** Both of which an alert shows, within a bound: what is behind a flood shows in its first and last. */
export const ALERT_ENTRIES_MAX = 100;
export const ALERT_SUBJECTS_MAX = 100;
