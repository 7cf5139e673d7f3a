import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { type OutboundAnswer } from '#platform/outbound/outbound-client.js';
import { retryAfterMillis } from '#platform/outbound/retry-after.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from '#platform/outbox/outbox-sink.js';
import { Clock } from '#platform/system/clock.js';
import type { JsonObject } from '#pure/canonical-json/json-value.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import { CLOUD_EVENT_TYPE, cloudEventOf, outlineOf, testEvent } from '../domain/cloud-event.js';
import { webhookHeaders } from '../domain/standard-webhook.js';
import type { SealedWebhook } from '../domain/webhook.js';
import { webhookEvent } from '../domain/webhook-event.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { WebhookRepository } from '../persistence/webhook.repository.js';
import { ReaderStanding } from './reader-standing.js';
import { WebhookDestinations } from './webhook-destinations.js';
import { WEBHOOK_SEAL } from './webhooks.js';

const DELIVERER = systemPrincipal('webhook-delivery');
const TIMEOUT_MILLIS = 15_000;

/** What is to be sent to whom; or why nothing is. */
type Prepared = { readonly webhook: SealedWebhook; readonly event: JsonObject } | { readonly dropped: string };

/**
 * Delivers entries to webhooks. Everything is decided at the attempt: whether the webhook is still there and on, and
 * whether whoever made it, or last changed it, is active and may read that entry now. To lose a right is to stop hearing.
 */
@Injectable()
export class WebhookSink extends OutboxSink {
  override readonly name = 'webhook';

  private readonly sealer: ReturnType<Keyring['sealer']>;

  constructor(
    private readonly units: SequencerUnitOfWork,
    private readonly webhooks: WebhookRepository,
    private readonly entries: EntryRepository,
    private readonly tree: TreeRepository,
    private readonly standing: ReaderStanding,
    private readonly destinations: WebhookDestinations,
    keyring: Keyring,
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {
    super();
    this.sealer = keyring.sealer(WEBHOOK_SEAL);
  }

  override async deliver(message: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    const prepared = await this.units.run(DELIVERER, (tx) => this.prepare(tx, message));
    if ('dropped' in prepared) return { kind: 'dropped', reason: prepared.dropped };
    const { webhook, event } = prepared;
    const body = Buffer.from(JSON.stringify(event), 'utf8');
    const timestampSeconds = Math.floor(this.clock.nowMillis() / 1000);
    const headers = { ...this.signed(webhook, message.id, timestampSeconds, body), 'Content-Type': CLOUD_EVENT_TYPE, 'User-Agent': 'Quantonium' };
    const answer = await this.destinations.post(webhook.url, { headers, body, timeoutMillis: TIMEOUT_MILLIS, signal });
    if (answer.kind === 'answered' && answer.status === 410) {
      await this.units.run(DELIVERER, (tx) => this.disable(tx, webhook.id));
      return { kind: 'dropped', reason: 'gone' };
    }
    return outcomeOf(answer, this.clock.nowMillis());
  }

  private async prepare(tx: Tx, { id, destination, subject }: OutboxMessage): Promise<Prepared> {
    const webhook = await this.webhooks.find(tx, destination);
    if (webhook === null) return { dropped: 'no-webhook' };
    if (webhook.state === 'disabled') return { dropped: 'disabled' };
    const origin = (await this.tree.origin(tx)) ?? 'unnamed';
    if (subject['test'] === true) return { webhook, event: testEvent(origin, id, this.clock.now(), webhook.id) };
    const entryId = String(subject['entryId']);
    const body = await this.entries.body(tx, entryId);
    const outline = body === null ? null : outlineOf(body);
    if (body === null || outline === null) return { dropped: 'no-entry' };
    const isIts = webhook.projectId === null || webhook.projectId === outline.projectId;
    if (!isIts || !(await this.standing.mayRead(tx, webhook.createdBy, outline.projectId))) return { dropped: 'not-permitted' };
    return { webhook, event: cloudEventOf(origin, entryId, body) };
  }

  private signed(webhook: SealedWebhook, messageId: string, timestampSeconds: number, body: Buffer): ReturnType<typeof webhookHeaders> {
    const secrets = this.secretsOf(webhook);
    try {
      return webhookHeaders(messageId, timestampSeconds, body, secrets);
    } finally {
      for (const secret of secrets) secret.fill(0);
    }
  }

  /** The caller's to wipe. */
  private secretsOf({ id, secret, formerSecret, formerUntil }: SealedWebhook): readonly Buffer[] {
    const isFormerValid = formerUntil !== null && this.clock.nowMillis() < formerUntil.getTime();
    return [secret, ...(formerSecret !== null && isFormerValid ? [formerSecret] : [])].map((sealed) => {
      const opened = this.sealer.open(sealed, id);
      if (opened === null) throw new Error(`the secret of webhook ${id} does not open: it was sealed under another root key, or moved`);
      return opened;
    });
  }

  /** Two replicas may be told at once that a receiver is gone: one entry says so. */
  private async disable(tx: Tx, id: string): Promise<void> {
    const webhook = await this.webhooks.lock(tx, id);
    if (webhook === null || webhook.state === 'disabled') return;
    await this.webhooks.switchOff(tx, id, 'gone');
    await this.log.append(tx, webhookEvent('webhook.disable', DELIVERER, webhook, { reason: 'gone' }));
  }
}

/** Any 2xx is a yes; a redirect is a no like every other status, since following one would lead around the checks. */
export function outcomeOf(answer: OutboundAnswer, nowMillis: number): DeliveryOutcome {
  if (answer.kind === 'failed') return { kind: 'retry', reason: answer.reason };
  if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  return { kind: 'retry', reason: `status-${answer.status}`, afterMillis: retryAfterMillis(answer.retryAfter, nowMillis) };
}
