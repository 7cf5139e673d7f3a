import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Webhook as Receiver } from 'standardwebhooks';
import type { Config } from '#platform/config/config.js';
import { OutboundClient } from '#platform/outbound/outbound-client.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import type { DeliveryOutcome, OutboxMessage } from '#platform/outbox/outbox-sink.js';
import { Outbox } from '#platform/outbox/outbox.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { principalNamed } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { newProject, newSubject } from '../../../../test/harness/policy.js';
import { FORMER_SECRET_MILLIS, WEBHOOKS_MAX } from '../domain/webhook.js';
import { EventCatalogue } from '../event-catalogue.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { WebhookRepository } from '../persistence/webhook.repository.js';
import { ReaderStanding } from './reader-standing.js';
import { WebhookDestinations } from './webhook-destinations.js';
import { WebhookSink } from './webhook-sink.js';
import { Webhooks } from './webhooks.js';

class Catalogue extends EventCatalogue {
  override codes(): ReadonlySet<string> {
    return new Set(['spec.deed']);
  }
}

/** Who may read what: pairs of a principal and a project, or null for the server. */
class Readers extends ReaderStanding {
  may: (principalId: string, projectId: string | null) => boolean = () => true;

  override mayRead(_tx: unknown, principalId: string, projectId: string | null): Promise<boolean> {
    return Promise.resolve(this.may(principalId, projectId));
  }
}

describe('a webhook\'s delivery', () => {
  let scene: LedgerScene;
  let receiver: Server;
  let port: number;
  let keeper: Principal;
  let [red, blue]: string[] = [];
  let webhooks: Webhooks;
  let sink: WebhookSink;
  const readers = new Readers();
  /** What the name `hooks.test` means. */
  let addresses = ['127.0.0.1'];
  let status = 200;
  const received: { headers: IncomingHttpHeaders; text: string }[] = [];
  const clock = new HandClock(Date.now());
  before(async () => {
    scene = await openLedgerScene();
    [red, blue] = [await newProject(scene.database), await newProject(scene.database)];
    keeper = principalNamed(await newSubject(scene.database));
    receiver = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        received.push({ headers: request.headers, text });
        response.writeHead(status).end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    port = (receiver.address() as AddressInfo).port;
    const config = { production: false, alerting: { privateNetworks: ['127.0.0.1'] } } as unknown as Config;
    const destinations = new WebhookDestinations(config, new OutboundClient(() => Promise.resolve(addresses)));
    const [randomness, repository] = [new SystemRandomness(), new WebhookRepository()];
    webhooks = new Webhooks(scene.database.app, repository, destinations, new Catalogue(), new Outbox(clock, randomness), new OutboxRows(), scene.keyring, scene.log, clock, randomness);
    sink = new WebhookSink(scene.database.sequencer, repository, new EntryRepository(), new TreeRepository(), readers, destinations, scene.keyring, scene.log, clock);
  });
  after(async () => {
    receiver.close();
    await scene.close();
  });
  beforeEach(() => {
    [addresses, status, received.length] = [['127.0.0.1'], 200, 0];
    readers.may = () => true;
  });

  const make = (projectId: string | null = null) => webhooks.create(keeper, null, { url: `http://hooks.test:${port}/in`, events: ['*'], projectId });
  const deliver = (destination: string, subject: OutboxMessage['subject']): Promise<DeliveryOutcome> =>
    sink.deliver({ id: '0198c0de-0000-7000-8000-000000000001', sink: 'webhook', destination, subject, attempt: 1, createdAt: new Date(clock.millis) }, new AbortController().signal);
  const entryOf = async (projectId?: string): Promise<string> => scene.log.record(scene.event(projectId === undefined ? {} : { projectId }));

  it('carries the entry, signed', async () => {
    const { webhook, secret } = await make();
    const entryId = await entryOf();
    assert.deepEqual(await deliver(webhook.id, { entryId }), { kind: 'delivered' });
    const event = new Receiver(secret).verify(received[0]!.text, received[0]!.headers as Record<string, string>);
    assert.partialDeepStrictEqual(event, { id: entryId, type: 'spec.deed', data: { metadata: { uid: entryId } } });
  });

  it('is refused at creation where the name leads inside, and at delivery where it does by then', async () => {
    addresses = ['10.0.0.1'];
    await assert.rejects(make(), (error) => error instanceof Fault && error.context.pointers?.[0]?.code === 'private-address');
    addresses = ['93.184.215.14'];
    const { webhook } = await make();
    for (const inside of ['127.0.0.2', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1']) {
      addresses = [inside];
      assert.deepEqual(await deliver(webhook.id, { entryId: await entryOf() }), { kind: 'retry', reason: 'refused-address' }, inside);
    }
    assert.equal(received.length, 0);
  });

  it('is made only if whoever made the webhook may read the entry at that moment', async () => {
    const { webhook } = await make();
    const [inRed, nowhere] = [await entryOf(red), await entryOf()];
    readers.may = (principalId, projectId) => principalId === keeper.id && projectId === red;
    assert.deepEqual(await deliver(webhook.id, { entryId: inRed }), { kind: 'delivered' });
    assert.deepEqual(await deliver(webhook.id, { entryId: nowhere }), { kind: 'dropped', reason: 'not-permitted' });
    readers.may = () => false;
    assert.deepEqual(await deliver(webhook.id, { entryId: inRed }), { kind: 'dropped', reason: 'not-permitted' });
    assert.equal(received.length, 1);
  });

  it('is made by the rights of whoever last said where it goes or what it sends, and that is recorded', async () => {
    const { webhook } = await make();
    const other = principalNamed(await newSubject(scene.database));
    const entryId = await entryOf();
    readers.may = (principalId) => principalId === keeper.id;
    const updates = async (): Promise<unknown[]> =>
      (await scene.query<{ body: Buffer }>("SELECT body FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb @> $1::jsonb", [JSON.stringify({ metadata: { event_code: 'webhook.update' }, resources: [{ uid: webhook.id }] })]))
        .map(({ body }) => (JSON.parse(body.toString()) as { unmapped: Record<string, unknown> }).unmapped['formerlyCreatedBy']);
    await webhooks.update(keeper, webhook.id, null, { events: ['spec.deed'] });
    assert.deepEqual(await deliver(webhook.id, { entryId }), { kind: 'delivered' });
    assert.deepEqual(await updates(), [undefined]);
    const redirected = await webhooks.update(other, webhook.id, null, { url: `http://hooks.test:${port}/elsewhere` });
    assert.equal(redirected.createdBy, other.id);
    assert.deepEqual(await deliver(webhook.id, { entryId }), { kind: 'dropped', reason: 'not-permitted' });
    assert.deepEqual((await updates()).sort(), [keeper.id, undefined]);
  });

  it('has a place beside those of so many webhooks, in a project and on the server, and no more', async () => {
    await scene.query('DELETE FROM alerts.webhook');
    const isFull = (error: unknown): boolean => error instanceof Fault && error.kind.code === 'webhook-limit';
    const fill = (projectId: string | null, count: number) =>
      scene.query(
        `INSERT INTO alerts.webhook (id, url, events, project_id, secret, state, created_by, created_at, since)
         SELECT gen_random_uuid(), 'https://hooks.test/', '{*}', $1, '\\x00', 'enabled', $2, now(), now() FROM generate_series(1, $3::int)`,
        [projectId, keeper.id, count],
      );
    await fill(red!, WEBHOOKS_MAX.project - 1);
    const last = await Promise.allSettled([make(red!), make(red!)]);
    assert.deepEqual(last.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await assert.rejects(make(red!), isFull);
    await make(blue!);
    await fill(null, WEBHOOKS_MAX.server - WEBHOOKS_MAX.project - 2);
    await make();
    for (const projectId of [null, blue!]) await assert.rejects(make(projectId), isFull);
    await scene.query('DELETE FROM alerts.webhook');
  });

  it('never carries another project\'s entry, whatever the message says', async () => {
    const { webhook } = await make(red!);
    for (const entryId of [await entryOf(blue), await entryOf()]) assert.deepEqual(await deliver(webhook.id, { entryId }), { kind: 'dropped', reason: 'not-permitted' });
    assert.deepEqual(await deliver(webhook.id, { entryId: await entryOf(red) }), { kind: 'delivered' });
  });

  it('is dropped where there is no webhook or no entry any more, or the webhook is off', async () => {
    const { webhook } = await make();
    const entryId = await entryOf();
    assert.deepEqual(await deliver('0198c0de-0000-7000-8000-00000000dead', { entryId }), { kind: 'dropped', reason: 'no-webhook' });
    assert.deepEqual(await deliver(webhook.id, { entryId: '0198c0de-0000-7000-8000-00000000dead' }), { kind: 'dropped', reason: 'no-entry' });
    await webhooks.disable(keeper, webhook.id, null);
    assert.deepEqual(await deliver(webhook.id, { entryId }), { kind: 'dropped', reason: 'disabled' });
    assert.equal(received.length, 0);
  });

  it('is signed with the former secret too, for a day', async () => {
    const { webhook, secret } = await make();
    const rotated = await webhooks.rotateSecret(keeper, webhook.id, null);
    const signatures = async (): Promise<string[]> => {
      await deliver(webhook.id, { test: true });
      return (received.at(-1)!.headers['webhook-signature'] as string).split(' ');
    };
    clock.millis += FORMER_SECRET_MILLIS - 1;
    assert.equal((await signatures()).length, 2);
    clock.millis += 1;
    assert.equal((await signatures()).length, 1);
    clock.millis = Date.now();
    await deliver(webhook.id, { test: true });
    for (const each of [secret, rotated.secret]) assert.doesNotThrow(() => new Receiver(each).verify(received.at(-1)!.text, received.at(-1)!.headers as Record<string, string>));
  });

  it('keeps secrets sealed, and does not sign with one that was moved to another webhook', async () => {
    const [one, other] = [await make(), await make()];
    const bytes = Buffer.from(one.secret.slice('whsec_'.length), 'base64');
    const [{ secret } = { secret: Buffer.alloc(0) }] = await scene.query<{ secret: Buffer }>('SELECT secret FROM alerts.webhook WHERE id = $1', [one.webhook.id]);
    assert.equal(secret.includes(bytes), false);
    await scene.query('UPDATE alerts.webhook SET secret = $2 WHERE id = $1', [other.webhook.id, secret]);
    await assert.rejects(deliver(other.webhook.id, { test: true }), /does not open/);
    assert.equal(received.length, 0);
  });

  it('switches the webhook off once, with one entry, when two are told that the receiver is gone', async () => {
    const { webhook } = await make(red!);
    status = 410;
    const outcomes = await Promise.all([deliver(webhook.id, { test: true }), deliver(webhook.id, { test: true })]);
    assert.deepEqual(outcomes.map(({ kind }) => kind), ['dropped', 'dropped']);
    assert.partialDeepStrictEqual(await webhooks.find(keeper, webhook.id), { state: 'disabled', disabledReason: 'gone', version: 2 });
    const entries = await scene.query("SELECT FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb @> $1::jsonb", [
      JSON.stringify({ metadata: { event_code: 'webhook.disable' }, resources: [{ uid: webhook.id }], unmapped: { reason: 'gone', projectId: red } }),
    ]);
    assert.equal(entries.length, 1);
  });

  it('writes nothing into the ledger, or each message would be followed by another', async () => {
    const { webhook } = await make();
    const entryId = await entryOf();
    const count = async (): Promise<string> => (await scene.query<{ count: string }>('SELECT count(*) FROM audit.entry'))[0]!.count;
    const before = await count();
    await deliver(webhook.id, { entryId });
    status = 500;
    await deliver(webhook.id, { entryId });
    assert.equal(await count(), before);
  });
});
