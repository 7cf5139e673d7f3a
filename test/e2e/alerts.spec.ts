import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, eventually, login } from '../harness/api.js';
import { withServer } from '../harness/with-server.js';
import { createWorld, type World } from '../harness/world.js';

interface AlertBody {
  readonly id: string;
  readonly rule: string;
  readonly status: string;
  readonly count: number;
  readonly entryIds: readonly string[];
  readonly transitions: readonly { deed: string; actor: string; entryId: string }[];
}

describe('alerts, from what happens to who resolves them', () => {
  let world: World;
  const server = withServer(async () => {
    world = await createWorld(server);
  });

  const on = <T = AlertBody>(method: string, path: string, options: Parameters<typeof call>[3] = {}) => call<T>(server, method, `/v1/alerts${path}`, { token: world.owner.token, ...options });
  const open = () => on<{ items: AlertBody[] }>('GET', '?status=open&limit=100');
  /** Failed logins of one account, more than a rule allows. */
  const attack = async (username: string): Promise<AlertBody> => {
    const known = new Set((await open()).body.items.map(({ id }) => id));
    for (let n = 0; n < 12; n += 1) await login(server, username, `wrong ${n}`).catch(() => undefined);
    const answer = await eventually(open, ({ body }) => body.items.some(({ id }) => !known.has(id)));
    return answer.body.items.find(({ id }) => !known.has(id))!;
  };

  it('are raised by what happens, taken on and resolved by people, each step with its receipt', async () => {
    const raised = await attack('bob');
    const shown = await on('GET', `/${raised.id}`);
    const etag = shown.headers.get('ETag')!;
    assert.deepEqual(shown.body.transitions.map(({ deed, actor }) => [deed, actor]), [['raise', 'detection']]);
    assert.ok(shown.body.entryIds.length > 0);
    const taken = await on('POST', `/${raised.id}/acknowledge`, { json: { note: 'Bob forgot his password' }, headers: { 'if-match': etag } });
    assert.equal(taken.status, 200, taken.text);
    assert.equal(taken.body.status, 'acknowledged');
    assert.equal((await on('POST', `/${raised.id}/resolve`, { json: {}, headers: { 'if-match': etag } })).status, 412);
    const resolved = await on('POST', `/${raised.id}/resolve`, { json: {}, headers: { 'if-match': taken.headers.get('ETag')! } });
    assert.equal(resolved.body.status, 'resolved');
    const { body: after } = await on('GET', `/${raised.id}`);
    assert.deepEqual(after.transitions.map(({ deed }) => deed), ['raise', 'acknowledge', 'resolve']);
    assert.equal(after.transitions[2]!.entryId, resolved.headers.get('Audit-Event-Id'));
    const receipt = await eventually(() => call(server, 'GET', `/v1/audit/entries/${after.transitions[1]!.entryId}/receipt`, { token: world.owner.token }), ({ status }) => status === 200);
    assert.doesNotMatch(Buffer.from(/^extra (\S+)$/m.exec(receipt.text)![1]!, 'base64').toString(), /forgot/);
  });

  it('are of the whole server: seen by an auditor, moved by who administers security, and nobody else', async () => {
    const { body } = await on<{ items: AlertBody[] }>('GET', '?limit=1');
    const { id } = body.items[0]!;
    assert.equal((await on('GET', `/${id}`, { token: world.carol.token })).status, 200);
    assert.equal((await on('POST', `/${id}/reopen`, { token: world.carol.token, json: {} })).status, 403);
    for (const { token } of [world.alice, world.dave]) {
      assert.equal((await on('GET', '', { token })).status, 403);
      assert.equal((await on('GET', `/${id}`, { token })).status, 403);
    }
    assert.equal((await on('GET', '/0198c0de-0000-7000-8000-00000000dead')).status, 404);
  });

  it('refuse what is not understood, and name the field', async () => {
    const { body } = await on<{ items: AlertBody[] }>('GET', '?limit=1');
    const { id } = body.items[0]!;
    for (const [path, json, pointer] of [
      ['acknowledge', { note: '' }, '/note'],
      ['acknowledge', { note: 'a\u001b[2Jb' }, '/note'],
      ['acknowledge', { note: 'x'.repeat(1001) }, '/note'],
      ['resolve', { until: '2030-01-01T00:00:00Z' }, '/until'],
      ['suppress', {}, '/until'],
      ['suppress', { until: 'tomorrow' }, '/until'],
      ['suppress', { until: '2020-01-01T00:00:00Z' }, '/until'],
      ['suppress', { until: '2026-02-31T00:00:00Z' }, '/until'],
      ['suppress', { until: '2099-01-01T00:00:00Z' }, '/until'],
    ] as const) {
      const answer = await on<{ errors: { pointer: string }[] }>('POST', `/${id}/${path}`, { json });
      assert.deepEqual([answer.status, answer.body.errors[0]?.pointer], [422, pointer], JSON.stringify(json).slice(0, 60));
    }
    for (const query of ['status=closed', 'severity=HIGH', 'rule=', 'cursor=x', 'limit=0', 'color=red']) assert.equal((await on('GET', `?${query}`)).status, 422, query);
    assert.equal((await on('GET', '/not-an-id')).status, 422);
  });
});
