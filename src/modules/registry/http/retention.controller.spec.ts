import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { call, eventually, loginOwner, registryToken } from '../../../../test/harness/api.js';
import { installedHome } from '../../../../test/harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../../../../test/harness/server.js';
import { bind, createPerson, createProject } from '../../../../test/harness/world.js';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const POLICY = { mode: 'off', demands: { signature: false, signatureNamesRepository: false, sbom: false, scanSeverityMax: null, releaseFourEyes: false }, immutableTags: [], retention: [{ repositories: ['app'], tags: ['*'], keepLatestPushed: 1 }] };

interface Run {
  readonly id: string;
  readonly manifests: number;
  readonly finishedAt: string | null;
  readonly deleted: readonly { readonly tag: string | null }[];
}
interface Problem {
  readonly errors: readonly { readonly pointer: string }[];
}

/** The built server, with the least grace there is. */
describe('retention over HTTP', () => {
  let home: TestHome;
  let server: RunningServer;
  let owner: string;
  let viewer: string;
  let pushing: string;
  let project: string;

  before(async () => {
    home = await installedHome({ REGISTRY_PUSH_LEASE_SECONDS: '1', REGISTRY_GC_GRACE_SECONDS: '0' });
    server = await startServer(home);
    owner = await loginOwner(server);
    project = await createProject(server, owner, 'red');
    const vic = await createPerson(server, owner, 'vic');
    await bind(server, owner, vic.id, 'viewer', `project:${project}`);
    viewer = vic.token;
    pushing = await registryToken(server, owner, 'repository:red/app:*');
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  const push = async (tag: string): Promise<void> => {
    const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { tag } }));
    const answer = await call(server, 'PUT', `/v2/red/app/manifests/${tag}`, { token: pushing, raw, headers: { 'content-type': INDEX } });
    assert.equal(answer.status, 201, answer.text);
  };
  const tags = async (): Promise<unknown> => (await call(server, 'GET', '/v2/red/app/tags/list', { token: pushing })).body['tags'];
  const path = (rest = ''): string => `/v1/registry/projects/${project}${rest}`;
  const govern = (retention: unknown) => call<Problem>(server, 'PUT', path('/policy'), { token: owner, json: { ...POLICY, retention }, headers: { 'if-match': '*' } });
  const run = (json: unknown, token = owner) => call<Run & Problem>(server, 'POST', path('/retention-runs'), { token, json });

  it('refuses rules that are none, by their fields, and keeps the policy', async () => {
    const rule = POLICY.retention[0]!;
    const REFUSALS: readonly (readonly [unknown, string])[] = [
      [null, '/retention'],
      ['*', '/retention'],
      [[1], '/retention/0'],
      [[null], '/retention/0'],
      [[[]], '/retention/0'],
      [Array.from({ length: 21 }, () => rule), '/retention'],
      [[rule, { ...rule, repositories: [] }], '/retention/1/repositories'],
      [[{ ...rule, repositories: ['App'] }], '/retention/0/repositories'],
      [[{ ...rule, tags: ['a', 'b c'] }], '/retention/0/tags'],
      [[{ ...rule, tags: 'a' }], '/retention/0/tags'],
      [[{ ...rule, keepLatestPushed: 0 }], '/retention/0/keepLatestPushed'],
      [[{ ...rule, keepLatestPushed: 1.5 }], '/retention/0/keepLatestPushed'],
      [[{ ...rule, keepPulledWithinDays: '3' }], '/retention/0/keepPulledWithinDays'],
      [[{ ...rule, untaggedAfterDays: 1e9 }], '/retention/0/untaggedAfterDays'],
      [[{ ...rule, keepAll: 1 }], '/retention/0/keepAll'],
      [[{ ...rule, keepForever: true }], '/retention/0/keepForever'],
      [[{ ...rule, keepLatestPushed: null }], '/retention/0'],
      [[{ ...rule, tags: [] }], '/retention/0/tags'],
    ];
    for (const [retention, pointer] of REFUSALS) {
      const answer = await govern(retention);
      assert.deepEqual([answer.status, answer.body.errors?.[0]?.pointer], [422, pointer], `${JSON.stringify(retention)}: ${answer.text}`);
    }
    assert.equal((await call(server, 'GET', path('/policy'), { token: owner })).headers.get('etag'), '"1"');
  });

  it('refuses a run that does not say whether it deletes, and who may not govern', async () => {
    for (const json of [{}, { dryRun: 'false' }, { dryRun: null }, { dryRun: true, force: true }]) {
      const answer = await run(json);
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.body.errors[0]!.pointer, /^\/(dryRun|force)$/);
    }
    for (const dryRun of [true, false]) assert.equal((await run({ dryRun }, viewer)).status, 403);
    assert.deepEqual((await call(server, 'GET', path('/retention-runs'), { token: owner })).body, { items: [], next: null });
  });

  it('tells what would go, then deletes it, and shows both to who may pull', async () => {
    await push('v1');
    await push('v2');
    assert.equal((await govern(POLICY.retention)).status, 200);
    const dry = await eventually(() => run({ dryRun: true }), ({ body }) => body.manifests === 1);
    assert.deepEqual([dry.status, dry.body.deleted.map(({ tag }) => tag), await tags()], [201, ['v1', null], ['v1', 'v2']]);
    const real = await run({ dryRun: false });
    assert.equal(real.status, 201, real.text);
    assert.ok(real.headers.get('audit-event-id'));
    assert.deepEqual([real.body.deleted, await tags()], [dry.body.deleted, ['v2']]);
    assert.equal((await call(server, 'GET', '/v2/red/app/manifests/v1', { token: pushing })).status, 404);
    const shown = await call<Run>(server, 'GET', real.headers.get('location')!, { token: viewer });
    assert.deepEqual(shown.body, real.body);
    const list = await call<{ items: readonly Run[]; next: string }>(server, 'GET', path('/retention-runs?limit=1'), { token: viewer });
    assert.deepEqual(list.body.items.map(({ id }) => id), [real.body.id]);
    assert.equal((await call<{ items: readonly Run[] }>(server, 'GET', list.body.next, { token: viewer })).body.items[0]!.id, dry.body.id);
  });

  it('shows no run that is not there', async () => {
    for (const [id, status] of [[project, 404], ['x', 422]] as const) assert.equal((await call(server, 'GET', path(`/retention-runs/${id}`), { token: viewer })).status, status);
    assert.equal((await call(server, 'GET', path('/retention-runs?cursor=x'), { token: viewer })).status, 422);
  });
});
