import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/database/unit-of-work.js';
import { Outbox, type OutboxOrder } from '#platform/outbox/outbox.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { outlineOf } from '../domain/cloud-event.js';
import { matchesEvent, type Webhook, WEBHOOK_BACKLOG_MAX } from '../domain/webhook.js';
import { webhookEvent } from '../domain/webhook-event.js';
import { type FollowedEntry, LogFollower } from '../log-follower.js';
import { WebhookRepository } from '../persistence/webhook.repository.js';

const FAN_OUT = systemPrincipal('webhook-fan-out');
/** Entries a transaction: parsed and matched in a few milliseconds. */
export const FAN_OUT_ENTRIES_MAX = 500;

/**
 * From the log to the outbox: for each entry, a message for each webhook that wants it, and the cursor in the same
 * transaction. A message names the entry and holds nothing of it; whether its receiver may see it is decided when it
 * is delivered.
 */
@Injectable()
export class WebhookFanOut {
  constructor(
    private readonly follower: LogFollower,
    private readonly webhooks: WebhookRepository,
    private readonly outbox: Outbox,
    private readonly messages: OutboxRows,
    private readonly log: AuditLog,
  ) {}

  /** Reads the log on by a page. Returns how many entries it had. */
  advance(): Promise<number> {
    return this.follower.follow('webhooks', FAN_OUT_ENTRIES_MAX, (tx, page) => this.spread(tx, page));
  }

  private async spread(tx: Tx, page: readonly FollowedEntry[]): Promise<void> {
    const webhooks = await this.withinBacklog(tx, await this.webhooks.enabled(tx));
    if (webhooks.length === 0) return;
    await this.outbox.enqueue(tx, ...page.flatMap((entry) => ordersFor(entry, webhooks)));
  }

  /** A receiver that is this far behind would only fall back further: it is switched off, which its keepers can see. */
  private async withinBacklog(tx: Tx, webhooks: readonly Webhook[]): Promise<readonly Webhook[]> {
    const pending = await this.messages.pending(tx, webhooks.map(({ id }) => id), WEBHOOK_BACKLOG_MAX);
    const isOver = ({ id }: Webhook): boolean => (pending.get(id) ?? 0) >= WEBHOOK_BACKLOG_MAX;
    for (const webhook of webhooks.filter(isOver)) {
      await this.webhooks.switchOff(tx, webhook.id, 'backlog');
      await this.log.append(tx, webhookEvent('webhook.disable', FAN_OUT, webhook, { reason: 'backlog' }));
    }
    return webhooks.filter((webhook) => !isOver(webhook));
  }
}

/** A webhook hears of what has happened since it is on, in its project or anywhere. */
function ordersFor({ id: entryId, body }: FollowedEntry, webhooks: readonly Webhook[]): readonly OutboxOrder[] {
  const outline = body === null ? null : outlineOf(body);
  if (outline === null) return [];
  return webhooks
    .filter(({ events, projectId, since }) => outline.timeMillis >= since.getTime() && (projectId === null || projectId === outline.projectId) && matchesEvent(events, outline.code))
    .map(({ id }) => ({ sink: 'webhook', destination: id, subject: { entryId } }));
}
