import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { call, eventually, login, registryKey } from '../harness/api.js';
import { installedHome } from '../harness/installed-home.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, RegistryClient } from '../harness/registry-client.js';
import { type RunningServer, startServer } from '../harness/server.js';
import { bind, createPerson, createWorld, type Person, type World } from '../harness/world.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly event: { id: string; type: string; source: string; specversion: string; time: string; data: Record<string, unknown> };
}

/** A receiver that keeps what it is sent, and answers as it is told. */
class Receiver {
  readonly received: Received[] = [];
  answer: (response: ServerResponse) => void = (response) => void response.writeHead(204).end();
  private readonly arrivals: (() => void)[] = [];

  private constructor(readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const receiver: Receiver = new Receiver(createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        receiver.received.push({ headers: request.headers, text, event: JSON.parse(text) as Received['event'] });
        receiver.answer(response);
        for (const arrived of receiver.arrivals.splice(0)) arrived();
      });
    }));
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Waits for the first message that is like this one. */
  async first(isAwaited: (received: Received) => boolean): Promise<Received> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const found = this.received.find(isAwaited);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`not sent within 30 s; so far: ${this.received.map(({ event }) => event.type).join(', ')}`);
      await Promise.race([new Promise<void>((resolve) => this.arrivals.push(resolve)), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }
}

describe('webhooks', () => {
  let server: RunningServer;
  let world: World;
  let guard: Person;
  let receiver: Receiver;
  const receivers: Receiver[] = [];
  before(async () => {
    server = await startServer(await installedHome({ OUTBOUND_PRIVATE_NETWORKS: '127.0.0.1' }));
    world = await createWorld(server);
    guard = await createPerson(server, world.owner.token, 'gustav');
    await bind(server, world.owner.token, guard.id, 'security-admin', `project:${world.red}`);
  });
  beforeEach(async () => receivers.push((receiver = await Receiver.open())));
  after(async () => {
    for (const { server: each } of receivers) each.close();
    await server.stop();
    await server.home.dispose();
  });

  type Made = { id: string; secret: string; url: string; events: string[]; projectId: string | null; state: string; disabledReason: string | null };
  type Delivery = { id: string; entryId: string | null; state: string; attempts: number; failure: string | null };
  const create = async (events: readonly string[], over: { token?: string; project?: string } = {}): Promise<Made> => {
    const { token = world.owner.token, ...rest } = over;
    const answer = await call<Made>(server, 'POST', '/v1/webhooks', { token, json: { url: receiver.url, events, ...rest } });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  };
  const on = <T = Record<string, unknown>>(method: string, path: string, options: Parameters<typeof call>[3] = {}) => call<T>(server, method, `/v1/webhooks${path}`, { token: world.owner.token, ...options });
  const deliveriesOf = (id: string) => on<{ items: Delivery[] }>('GET', `/${id}/deliveries`);
  const untilDelivery = async (id: string, isAwaited: (delivery: Delivery) => boolean): Promise<Delivery> =>
    (await eventually(() => deliveriesOf(id), ({ body }) => body.items.some(isAwaited))).body.items.find(isAwaited)!;
  let projects = 0;
  const makeProject = async (): Promise<{ id: string; entryId: string }> => {
    const answer = await call<{ id: string }>(server, 'POST', '/v1/projects', { token: world.owner.token, json: { slug: `p${(projects += 1)}`, name: 'x' } });
    return { id: answer.body.id, entryId: answer.headers.get('Audit-Event-Id')! };
  };
  const simulate = (token: string, project: string) =>
    call<{ id: string }>(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; creg c[1]; h q[0]; measure q -> c;' }, shots: 1, project } });

  it('sends an entry to who asked for it, signed so that an independent receiver believes it', async () => {
    const { secret } = await create(['rbac.project.*']);
    const { entryId } = await makeProject();
    const { headers, text, event } = await receiver.first((each) => each.event.id === entryId);
    assert.doesNotThrow(() => new Webhook(secret).verify(text, headers as Record<string, string>));
    assert.throws(() => new Webhook(secret).verify(text.replace('rbac', 'rbad'), headers as Record<string, string>));
    assert.match(headers['webhook-id'] as string, /^[0-9a-f-]{36}$/);
    assert.match(headers['content-type']!, /^application\/cloudevents\+json/);
    assert.partialDeepStrictEqual(event, { specversion: '1.0', type: 'rbac.project.create', source: `//${new URL('http://localhost:0').hostname}:0/audit/1`, data: { class_uid: 6003, metadata: { uid: entryId } } });
    assert.equal(event.time, new Date(event.data['time'] as number).toISOString());
  });

  it('sends nothing personal, and of other events nothing at all', async () => {
    const { id } = await create(['auth.login', 'rbac.project.create']);
    await login(server, 'alice', world.alice.password);
    const { text } = await receiver.first(({ event }) => event.type === 'auth.login');
    for (const personal of ['alice', '127.0.0.1', 'personal', 'node']) assert.ok(!text.includes(`"${personal}`), `${personal} in ${text}`);
    await bind(server, world.owner.token, world.alice.id, 'viewer', 'global');
    const { entryId } = await makeProject();
    await receiver.first(({ event }) => event.id === entryId);
    assert.deepEqual([...new Set(receiver.received.map(({ event }) => event.type))].sort(), ['auth.login', 'rbac.project.create']);
    assert.equal((await on('DELETE', `/${id}`)).status, 204);
  });

  it('sends of a project\'s webhook that project\'s entries alone', async () => {
    const token = guard.token;
    const { projectId } = await create(['simulation.*'], { token, project: 'red' });
    assert.equal(projectId, world.red);
    assert.equal((await simulate(world.bob.token, 'blue')).status < 300, true);
    const mine = await simulate(world.alice.token, 'red');
    await receiver.first(({ event }) => event.data['unmapped'] !== undefined && event.id === mine.headers.get('Audit-Event-Id'));
    assert.deepEqual([...new Set(receiver.received.map(({ event }) => (event.data['unmapped'] as { projectId: string }).projectId))], [world.red]);
  });

  it('sends what becomes of images, in the project alone whose they are', async () => {
    const { secret } = await create(['registry.*'], { token: guard.token, project: 'red' });
    const client = new RegistryClient(server, await registryKey(server, world.owner.token));
    const text = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, '{}'), layers: [] });
    for (const name of ['blue/app', 'red/app']) {
      await client.pushBlob(name, Buffer.from('{}'));
      assert.equal((await client.putManifest(name, '1.0', text)).status, 201);
    }
    const digest = digestOf(text);
    for (const type of ['registry.blob.push', 'registry.manifest.push', 'registry.tag.move']) {
      const { headers, text: sent, event } = await receiver.first((each) => each.event.type === type);
      assert.doesNotThrow(() => new Webhook(secret).verify(sent, headers as Record<string, string>));
      assert.ok(type === 'registry.blob.push' || sent.includes(digest), sent);
      assert.equal((event.data['unmapped'] as { projectId: string }).projectId, world.red);
    }
    const { body } = await call<{ items: { id: string }[] }>(server, 'GET', '/v1/registry/repositories?project=red', { token: guard.token });
    const revoked = await call(server, 'POST', `/v1/registry/repositories/${body.items[0]!.id}/manifests/${digest}/revoke`, { token: guard.token, json: { reason: 'It should not run.' }, headers: { 'if-match': '"1"' } });
    assert.equal(revoked.status, 200, revoked.text);
    const { event } = await receiver.first(({ event: { id } }) => id === revoked.headers.get('audit-event-id'));
    assert.partialDeepStrictEqual(event, { type: 'registry.manifest.transition', data: { unmapped: { digest, to: 'revoked', reason: 'It should not run.' } } });
    assert.deepEqual(new Set(receiver.received.map(({ event: { data } }) => (data['unmapped'] as { projectId: string }).projectId)), new Set([world.red]));
  });

  it('lets a project\'s keeper make none for the server, for another project, or with a token that may not read the audit', async () => {
    const json = { url: receiver.url, events: ['*'] };
    assert.equal((await call(server, 'POST', '/v1/webhooks', { token: guard.token, json })).status, 403);
    assert.equal((await call(server, 'POST', '/v1/webhooks', { token: guard.token, json: { ...json, project: 'blue' } })).status, 404);
    const narrow = await login(server, 'gustav', guard.password, 'manage:policy');
    assert.equal((await call(server, 'POST', '/v1/webhooks', { token: narrow, json: { ...json, project: 'red' } })).status, 403);
    const { id } = await create(['*'], { token: guard.token, project: 'red' });
    assert.equal((await call(server, 'PATCH', `/v1/webhooks/${id}`, { token: narrow, json: { events: ['alert.*'] } })).status, 403);
    const foreign = await create(['alert.*']);
    for (const [method, path] of [['GET', ''], ['GET', '/deliveries'], ['PATCH', ''], ['DELETE', ''], ['POST', '/test'], ['POST', '/rotate-secret'], ['POST', '/enable'], ['POST', '/disable']] as const) {
      const answer = await call(server, method, `/v1/webhooks/${foreign.id}${path}`, { token: guard.token, ...(method === 'PATCH' ? { json: { events: ['*'] } } : {}) });
      assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
    }
  });

  it('stops sending when whoever made it may not read any more', async () => {
    const ivy = await createPerson(server, world.owner.token, 'ivy');
    const binding = await bind(server, world.owner.token, ivy.id, 'security-admin', 'global');
    const { id } = await create(['rbac.project.create'], { token: ivy.token });
    const before = await makeProject();
    await receiver.first(({ event }) => event.id === before.entryId);
    assert.equal((await call(server, 'DELETE', `/v1/role-bindings/${binding}`, { token: world.owner.token })).status, 204);
    const after = await makeProject();
    const dropped = await untilDelivery(id, ({ entryId }) => entryId === after.entryId);
    assert.partialDeepStrictEqual(await untilDelivery(id, (each) => each.id === dropped.id && each.state !== 'pending'), { state: 'dropped', failure: 'not-permitted' });
    await bind(server, world.owner.token, ivy.id, 'security-admin', 'global');
    const again = await makeProject();
    await receiver.first(({ event }) => event.id === again.entryId);
    assert.equal((await call(server, 'POST', `/v1/users/${ivy.id}/disable`, { token: world.owner.token })).status, 200);
    const disabled = await makeProject();
    assert.partialDeepStrictEqual(await untilDelivery(id, (each) => each.entryId === disabled.entryId && each.state !== 'pending'), { state: 'dropped', failure: 'not-permitted' });
    assert.deepEqual(receiver.received.map(({ event }) => event.id), [before.entryId, again.entryId]);
  });

  it('signs with both secrets after a rotation, and shows a secret once', async () => {
    const { id, secret } = await create(['alert.*']);
    const rotated = await on<Made>('POST', `/${id}/rotate-secret`);
    assert.equal(rotated.status, 200);
    assert.equal(rotated.headers.get('Cache-Control'), 'no-store');
    assert.notEqual(rotated.body.secret, secret);
    assert.match(rotated.body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const tested = await on<{ deliveryId: string }>('POST', `/${id}/test`);
    assert.equal(tested.status, 202);
    const { headers, text } = await receiver.first(({ event }) => event.type === 'webhook.test');
    assert.equal(headers['webhook-id'], tested.body.deliveryId);
    assert.equal((headers['webhook-signature'] as string).split(' ').length, 2);
    for (const each of [secret, rotated.body.secret]) assert.doesNotThrow(() => new Webhook(each).verify(text, headers as Record<string, string>));
    assert.ok(!(await on('GET', `/${id}`)).text.includes('whsec_'));
    assert.ok(!(await on('GET', '')).text.includes('whsec_'));
  });

  it('makes one webhook of a repeated request, and does not show its secret again', async () => {
    const request = { json: { url: receiver.url, events: ['alert.*'] }, headers: { 'idempotency-key': 'one-webhook' } };
    assert.equal((await on('POST', '', request)).status, 201);
    const again = await on('POST', '', request);
    assert.equal(again.status, 409);
    assert.ok(!again.text.includes('whsec_'));
  });

  it('does not change what somebody else has changed meanwhile', async () => {
    const { id } = await create(['alert.*']);
    const etag = (await on('GET', `/${id}`)).headers.get('ETag')!;
    const changed = await on('PATCH', `/${id}`, { json: { events: ['alert.raise'] }, headers: { 'if-match': etag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('ETag'), etag);
    assert.equal((await on('PATCH', `/${id}`, { json: { events: ['*'] }, headers: { 'if-match': etag } })).status, 412);
    assert.equal((await on('DELETE', `/${id}`, { headers: { 'if-match': `W/${changed.headers.get('ETag')}` } })).status, 412);
    assert.equal((await on('PATCH', `/${id}`, { json: { events: ['*'] }, headers: { 'if-match': '3' } })).status, 422);
    assert.equal((await on('DELETE', `/${id}`, { headers: { 'if-match': changed.headers.get('ETag')! } })).status, 204);
    assert.equal((await on('GET', `/${id}`)).status, 404);
  });

  it('switches a webhook off whose receiver is gone, records it, and switches it on again when it is told to', async () => {
    const { id } = await create(['rbac.project.create', 'webhook.disable']);
    receiver.answer = (response) => void response.writeHead(410).end();
    await makeProject();
    const off = await eventually(() => on<Made>('GET', `/${id}`), ({ body }) => body.state === 'disabled');
    assert.equal(off.body.disabledReason, 'gone');
    assert.equal((await on('POST', `/${id}/test`)).status, 409);
    receiver.answer = (response) => void response.writeHead(200).end();
    const heard = receiver.received.length;
    await makeProject();
    assert.equal((await on('POST', `/${id}/enable`)).status, 200);
    assert.equal((await on('POST', `/${id}/enable`)).status, 409);
    const { entryId } = await makeProject();
    await receiver.first(({ event }) => event.id === entryId);
    assert.equal(receiver.received.length, heard + 1, 'not what happened while it was off');
  });

  it('takes every other answer for a failure that is tried again, and says which', async () => {
    const behaviours: readonly [string, (response: ServerResponse) => void, string][] = [
      ['an error', (response) => void response.writeHead(500).end('x'.repeat(100_000)), 'status-500'],
      ['a limit', (response) => void response.writeHead(429, { 'Retry-After': '120' }).end(), 'status-429'],
      ['a redirect', (response) => void response.writeHead(307, { Location: `${receivers[0]!.url}/elsewhere` }).end(), 'status-307'],
      ['a closed connection', (response) => void response.destroy(), 'connection'],
    ];
    for (const [what, answer, failure] of behaviours) {
      receivers.push((receiver = await Receiver.open()));
      receiver.answer = answer;
      const { id } = await create(['alert.*']);
      await on('POST', `/${id}/test`);
      const delivery = await untilDelivery(id, (each) => each.failure !== null);
      assert.partialDeepStrictEqual(delivery, { state: 'pending', failure, entryId: null }, what);
      await on('DELETE', `/${id}`);
    }
    assert.ok(!receivers[0]!.received.some(({ event }) => event.type === 'webhook.test'), 'nobody followed the redirect');
  });

  it('refuses to send into the own network, or what is no event, and names the field', async () => {
    for (const url of ['http://127.0.0.2/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data', 'http://[::1]:8080/', 'http://[::ffff:10.0.0.1]/', 'http://0x7f000002/', 'http://017700000002/', 'http://2130706434/', 'https://user:word@example.com/', 'ftp://example.com/', 'http://example.com:25/', 'not a url']) {
      const answer = await on<{ errors: { pointer: string }[] }>('POST', '', { json: { url, events: ['alert.*'] } });
      assert.deepEqual([answer.status, answer.body.errors[0]?.pointer], [422, '/url'], url);
    }
    for (const event of ['alert.rise', 'nothing.*', 'alert*', '**', '.', 'alert.raise.*']) {
      const answer = await on<{ errors: { pointer: string }[] }>('POST', '', { json: { url: receiver.url, events: ['alert.raise', event] } });
      assert.deepEqual([answer.status, answer.body.errors[0]?.pointer.startsWith('/events')], [422, true], event);
    }
    for (const json of [{}, { url: receiver.url }, { url: receiver.url, events: [] }, { url: receiver.url, events: ['*'], project: null }, { url: receiver.url, events: ['*', '*'] }, { url: [receiver.url], events: ['*'] }]) {
      assert.equal((await on('POST', '', { json })).status, 422, JSON.stringify(json));
    }
    const { id } = await create(['alert.*']);
    for (const json of [{}, { url: 'http://10.0.0.1/' }, { events: ['nothing'] }, { state: 'disabled' }]) assert.equal((await on('PATCH', `/${id}`, { json })).status, 422, JSON.stringify(json));
  });
});
