import { Injectable } from '@nestjs/common';
import { Keyring } from '#modules/crypto/index.js';
import { type ExpectedVersion, requireVersion } from '#platform/database/expected-version.js';
import { type Deed, type IdempotentRequest, type Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import { type DeliveryRecord, OutboxRows } from '#platform/outbox/outbox-rows.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import type { AuditEvent } from '#pure/audit-event/audit-event.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Page, PageRequest } from '#pure/paging/page.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import type { Principal } from '#pure/principal/principal.js';
import { AuditLog } from '../audit-log.js';
import type { AUDIT_EVENTS } from '../domain/audit.events.js';
import { AUDIT_FAULTS } from '../domain/audit.faults.js';
import { WEBHOOK_SECRET_BYTES, webhookSecretText } from '../domain/standard-webhook.js';
import { FORMER_SECRET_MILLIS, type SealedWebhook, strangersAmong, type Webhook, WEBHOOKS_MAX } from '../domain/webhook.js';
import { webhookEvent } from '../domain/webhook-event.js';
import { EventCatalogue } from '../event-catalogue.js';
import { WebhookRepository } from '../persistence/webhook.repository.js';
import { WebhookDestinations } from './webhook-destinations.js';

/** What the secrets of webhooks are sealed under; the associated data is the webhook's id. */
export const WEBHOOK_SEAL = 'webhook-secret';

export interface WebhookWish {
  readonly url: string;
  readonly events: readonly string[];
}

/** With the secret in clear: it is shown once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

type Code = Extract<keyof typeof AUDIT_EVENTS, `webhook.${string}`>;

/** Keeps webhooks. Who may do it, in which project, is decided at the door. */
@Injectable()
export class Webhooks {
  private readonly sealer: ReturnType<Keyring['sealer']>;

  constructor(
    private readonly units: UnitOfWork,
    private readonly webhooks: WebhookRepository,
    private readonly destinations: WebhookDestinations,
    private readonly catalogue: EventCatalogue,
    private readonly outbox: Outbox,
    private readonly messages: OutboxRows,
    keyring: Keyring,
    private readonly log: AuditLog,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
  ) {
    this.sealer = keyring.sealer(WEBHOOK_SEAL);
  }

  /** Faults: invalid-request for the URL or an event that there is none of, webhook-limit, idempotency-replay-refused. */
  async create(principal: Principal, request: IdempotentRequest | null, wish: WebhookWish & { readonly projectId: string | null }): Promise<WebhookWithSecret> {
    await this.requireSensible(wish);
    const createdAt = this.clock.now();
    const id = this.randomness.uuidv7(createdAt.getTime());
    const { text, closed } = this.newSecret(id);
    const sealed = { secret: closed, formerSecret: null, formerUntil: null };
    const webhook: Webhook = { ...wish, id, state: 'enabled', disabledReason: null, formerUntil: null, createdBy: principal.id, createdAt, since: createdAt, version: 1 };
    return this.units.runOnce(
      principal,
      request,
      async (tx) => {
        await this.requireRoom(tx, wish.projectId);
        await this.webhooks.insert(tx, { ...webhook, ...sealed });
        await this.record(tx, 'webhook.create', principal, webhook, { events: wish.events });
        return { resourceId: id, value: { webhook, secret: text }, secret: true };
      },
      () => Promise.reject(new Error('a secret is not shown again')),
    );
  }

  /** Null when there is none. */
  async find(principal: Principal, id: string): Promise<Webhook | null> {
    return this.units.read(principal, (reading) => this.webhooks.find(reading, id));
  }

  /** Of those that the filter shows. */
  list(principal: Principal, filter: RowFilter, page: PageRequest): Promise<Page<Webhook>> {
    return this.units.read(principal, (reading) => this.webhooks.list(reading, filter, page));
  }

  /** What became of its messages; those of the last week. */
  deliveries(principal: Principal, id: string, page: PageRequest): Promise<Page<DeliveryRecord>> {
    return this.units.read(principal, (reading) => this.messages.list(reading, id, page));
  }

  /**
   * Messages that wait go to the new address. From now on the webhook is of whoever changed it: what it sends is decided by
   * their rights, and nobody has another's hand entries on to where they choose.
   */
  async update(principal: Principal, id: string, expected: ExpectedVersion, changes: Partial<WebhookWish>): Promise<Webhook> {
    await this.requireSensible(changes);
    return this.change(principal, id, expected, async (tx, { url, events, createdBy }) => {
      const updated = await this.webhooks.update(tx, id, { url, events, ...changes, createdBy: principal.id });
      const handedOver = createdBy === principal.id ? {} : { createdBy: principal.id, formerlyCreatedBy: createdBy };
      await this.record(tx, 'webhook.update', principal, updated, { fields: Object.keys(changes), events: updated.events, ...handedOver });
      return updated;
    });
  }

  /** The former secret signs beside the new one for a day. */
  async rotateSecret(principal: Principal, id: string, expected: ExpectedVersion): Promise<WebhookWithSecret> {
    const { text, closed } = this.newSecret(id);
    const formerUntil = new Date(this.clock.nowMillis() + FORMER_SECRET_MILLIS);
    return this.change(principal, id, expected, async (tx) => {
      const webhook = await this.webhooks.rotate(tx, id, closed, formerUntil);
      await this.record(tx, 'webhook.secret.rotate', principal, webhook, { formerUntilMillis: formerUntil.getTime() });
      return { webhook, secret: text };
    });
  }

  /** As it is shown once, and as it is kept. */
  private newSecret(id: string): { readonly text: string; readonly closed: Buffer } {
    const secret = this.randomness.bytes(WEBHOOK_SECRET_BYTES);
    try {
      return { text: webhookSecretText(secret), closed: this.sealer.seal(secret, id) };
    } finally {
      secret.fill(0);
    }
  }

  /** Entries from now on are delivered; those of the time when it was off are not, nor what still waited from before. */
  enable(principal: Principal, id: string, expected: ExpectedVersion): Promise<Webhook> {
    return this.change(principal, id, expected, async (tx, webhook) => {
      if (webhook.state === 'enabled') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The webhook is enabled.' });
      await this.messages.forgetPending(tx, id);
      await this.record(tx, 'webhook.update', principal, webhook, { fields: ['state'], state: 'enabled' });
      return this.webhooks.switchOn(tx, id, this.clock.now());
    });
  }

  /** What waits for it is dropped at its turn. */
  disable(principal: Principal, id: string, expected: ExpectedVersion): Promise<Webhook> {
    return this.change(principal, id, expected, async (tx, webhook) => {
      if (webhook.state === 'disabled') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The webhook is disabled.' });
      await this.record(tx, 'webhook.disable', principal, webhook, { reason: 'person' });
      return this.webhooks.switchOff(tx, id, 'person');
    });
  }

  /** Has a message sent that stands for no entry. Returns its id: that of its delivery, and its `webhook-id`. */
  test(principal: Principal, request: IdempotentRequest | null, id: string): Promise<string> {
    const send = async (tx: Tx): Promise<Deed<string>> => {
      const webhook = await this.webhooks.lock(tx, id);
      if (webhook === null) throw new Fault(REQUEST_FAULTS['not-found']);
      if (webhook.state === 'disabled') throw new Fault(REQUEST_FAULTS.conflict, { detail: 'The webhook is disabled.' });
      const [messageId] = await this.outbox.enqueue(tx, { sink: 'webhook', destination: id, subject: { test: true } });
      await this.record(tx, 'webhook.test', principal, webhook, {});
      return { resourceId: messageId!, value: messageId!, status: 202 };
    };
    return this.units.runOnce(principal, request, send, (_, messageId) => Promise.resolve(messageId));
  }

  async delete(principal: Principal, id: string, expected: ExpectedVersion): Promise<void> {
    await this.change(principal, id, expected, async (tx, webhook) => {
      await this.webhooks.delete(tx, id);
      await this.messages.forget(tx, id);
      await this.record(tx, 'webhook.delete', principal, webhook, {});
    });
  }

  private change<T>(principal: Principal, id: string, expected: ExpectedVersion, work: (tx: Tx, webhook: SealedWebhook) => Promise<T>): Promise<T> {
    return this.units.run(principal, async (tx) => {
      const webhook = await this.webhooks.lock(tx, id);
      if (webhook === null) throw new Fault(REQUEST_FAULTS['not-found']);
      requireVersion(webhook, expected);
      return work(tx, webhook);
    });
  }

  private async requireRoom(tx: Tx, projectId: string | null): Promise<void> {
    const { server, project } = await this.webhooks.count(tx, projectId);
    if (server >= WEBHOOKS_MAX.server) throw new Fault(AUDIT_FAULTS['webhook-limit'], { detail: `The server keeps ${WEBHOOKS_MAX.server} webhooks at most.` });
    if (project >= WEBHOOKS_MAX.project) throw new Fault(AUDIT_FAULTS['webhook-limit'], { detail: `A project keeps ${WEBHOOKS_MAX.project} webhooks at most.` });
  }

  private async requireSensible({ url, events }: Partial<WebhookWish>): Promise<void> {
    const stranger = events === undefined ? undefined : strangersAmong(events, this.catalogue.codes())[0];
    if (stranger !== undefined) throw Fault.at(REQUEST_FAULTS['invalid-request'], `/events/${stranger}`, 'unknown', 'The code of an event, or a prefix of one that ends with .*');
    const refusal = url === undefined ? null : await this.destinations.refusalOf(url);
    if (refusal !== null) throw Fault.at(REQUEST_FAULTS['invalid-request'], '/url', refusal.code, refusal.expected);
  }

  private async record(tx: Tx, code: Code, actor: Principal, webhook: Webhook, facts: NonNullable<AuditEvent['facts']>): Promise<void> {
    await this.log.append(tx, webhookEvent(code, actor, webhook, facts));
  }
}
