/** Why a webhook is switched off: by somebody, its receiver is gone (410), or it is too far behind. */
export type DisabledReason = 'person' | 'gone' | 'backlog';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Codes of events, prefixes that end with `.*`, or `*` for all. */
  readonly events: readonly string[];
  /** Of this project's entries alone; null: of the whole server. */
  readonly projectId: string | null;
  readonly state: 'enabled' | 'disabled';
  readonly disabledReason: DisabledReason | null;
  /** It hears of what happens from then on: when it was made, or last switched on. */
  readonly since: Date;
  /** Until then messages are signed with the former secret too; null: there is none. */
  readonly formerUntil: Date | null;
  /** Who made it, or has last said where it goes and what it sends: what is sent is what this principal may read at delivery. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly version: number;
}

/** With its secrets as they are stored: sealed. */
export interface SealedWebhook extends Webhook {
  readonly secret: Buffer;
  readonly formerSecret: Buffer | null;
}

export const WEBHOOK_EVENTS_MAX = 100;
/** Every entry is held against every webhook, and a receiver that hangs has a place in the outbox: so many are kept. */
export const WEBHOOKS_MAX = { project: 20, server: 200 } as const;
/** How long the secret before the last rotation signs beside the new one: 24 hours. */
export const FORMER_SECRET_MILLIS = 24 * 60 * 60 * 1000;
/** Messages that wait for one webhook, at most: beyond, its receiver will not catch up, and it is switched off. */
export const WEBHOOK_BACKLOG_MAX = 10_000;

export const EVENT_PATTERN = /^(?:\*|[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.\*)?)$/;

export function matchesEvent(patterns: readonly string[], code: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === code || (pattern.endsWith('.*') && code.startsWith(pattern.slice(0, -1))));
}

/** Where a list names no event that there is: indices into it. A pattern that matches nothing is a typing error. */
export function strangersAmong(patterns: readonly string[], codes: ReadonlySet<string>): readonly number[] {
  return patterns.flatMap((pattern, index) => ([...codes].some((code) => matchesEvent([pattern], code)) ? [] : [index]));
}
