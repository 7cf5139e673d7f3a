import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner, registryToken } from '../../../../test/harness/api.js';
import { installedHome } from '../../../../test/harness/installed-home.js';
import { type RunningServer, startServer, type TestHome } from '../../../../test/harness/server.js';
import { bind, createPerson, createProject } from '../../../../test/harness/world.js';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const ABSENT = `sha256:${'0'.repeat(64)}`;

interface Run {
  readonly id: string;
  readonly finishedAt: string | null;
  readonly dryRun: boolean;
  readonly tags: number;
  readonly manifests: number;
  readonly mismatches: number;
  readonly rootHash: string;
  readonly findings: readonly unknown[];
}
interface List {
  readonly items: readonly Run[];
  readonly next: string | null;
}
interface Problem {
  readonly errors: readonly { readonly pointer: string }[];
}

/** The built server, as who keeps it meets it. */
describe('upkeep of the registry over HTTP', () => {
  let home: TestHome;
  let server: RunningServer;
  let owner: string;
  let keeper: string;
  let project: string;
  let repository: string;

  before(async () => {
    home = await installedHome();
    server = await startServer(home);
    owner = await loginOwner(server);
    project = await createProject(server, owner, 'red');
    const kim = await createPerson(server, owner, 'kim');
    await bind(server, owner, kim.id, 'security-admin', 'global');
    keeper = kim.token;
    const pushing = await registryToken(server, owner, 'repository:red/app:*');
    const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
    for (const tag of ['latest', 'v1']) assert.equal((await call(server, 'PUT', `/v2/red/app/manifests/${tag}`, { token: pushing, raw, headers: { 'content-type': INDEX } })).status, 201);
    repository = (await call<{ items: { id: string }[] }>(server, 'GET', '/v1/registry/repositories?project=red', { token: owner })).body.items[0]!.id;
  });
  after(async () => {
    await server.stop();
    await home.dispose();
  });

  const ask = <T>(path: string, token = keeper): Promise<Answer<T>> => call<T>(server, 'GET', `/v1/registry/${path}`, { token });
  const start = (kind: string, json: unknown, token = keeper): Promise<Answer<Run & Problem>> => call<Run & Problem>(server, 'POST', `/v1/registry/${kind}`, { token, json });

  it('collects, or tells what it would, and lists its runs newest first', async () => {
    const dry = await start('gc-runs', { dryRun: true });
    assert.deepEqual([dry.status, dry.body.dryRun, dry.headers.get('location')], [201, true, `/v1/registry/gc-runs/${dry.body.id}`], dry.text);
    const real = await start('gc-runs', { dryRun: false });
    assert.deepEqual([real.status, real.body.dryRun], [201, false]);
    assert.match(real.headers.get('audit-event-id') ?? '', /^[0-9a-f-]{36}$/);
    const first = await ask<List>('gc-runs?limit=1');
    assert.equal(first.body.items[0]!.id, real.body.id);
    const second = await call<List>(server, 'GET', first.body.next!, { token: keeper });
    assert.equal(second.body.items[0]!.id, dry.body.id);
    assert.deepEqual((await ask<Run>(`gc-runs/${dry.body.id}`)).body, dry.body);
  });

  it('scrubs what it is asked to in the background', async () => {
    const asked = await start('scrub-runs', { repositoryId: repository });
    assert.deepEqual([asked.status, asked.body.finishedAt], [202, null], asked.text);
    const done = await eventually(() => ask<Run>(`scrub-runs/${asked.body.id}`), ({ body }) => body.finishedAt !== null);
    assert.deepEqual([done.body.manifests, done.body.tags, done.body.findings], [1, 2, []]);
    const listed = (await ask<List>('scrub-runs')).body.items.find(({ id }) => id === asked.body.id);
    assert.deepEqual([listed?.tags, listed?.findings], [2, undefined]);
  });

  it('signs the root over all tags, and compares them with the ledger', async () => {
    const taken = await start('tag-checkpoints', {});
    assert.deepEqual([taken.status, taken.body.tags, taken.body.mismatches, taken.body.findings], [201, 2, 0, []], taken.text);
    assert.equal(Buffer.from(taken.body.rootHash, 'base64').length, 32);
    assert.deepEqual((await ask<Run>(`tag-checkpoints/${taken.body.id}`)).body, taken.body);
    const runs = async (): Promise<number> => (await ask<List>('tag-checkpoints')).body.items.length;
    const before = await runs();
    const refused = await start('tag-checkpoints', { accept: { runId: taken.body.id, reason: 'There is nothing.' } });
    assert.deepEqual([refused.status, await runs()], [409, before]);
    assert.match(refused.text, /tags-changed/);
  });

  it('tells what a project uses to who pulls from it', async () => {
    assert.deepEqual((await ask(`projects/${project}/usage`)).body, { usedBytes: 0, reservedBytes: 0, quotaBytes: null });
  });

  it('refuses what it is not asked rightly, by its field, and what there is not', async () => {
    const REFUSALS: readonly (readonly [string, unknown, number, string | null])[] = [
      ['gc-runs', {}, 422, '/dryRun'],
      ['gc-runs', { dryRun: 'true' }, 422, '/dryRun'],
      ['gc-runs', { dryRun: true, force: true }, 422, '/force'],
      ['scrub-runs', { repositoryId: 'red/app' }, 422, '/repositoryId'],
      ['scrub-runs', { digest: ABSENT }, 422, '/repositoryId'],
      ['scrub-runs', { repositoryId: repository, digest: 'latest' }, 422, '/digest'],
      ['scrub-runs', { repositoryId: repository, digest: ABSENT }, 404, null],
      ['scrub-runs', { repositoryId: randomUUID() }, 404, null],
      ['tag-checkpoints', { accept: {} }, 422, '/accept/runId'],
      ['tag-checkpoints', { accept: { runId: randomUUID(), reason: '' } }, 422, '/accept/reason'],
      ['tag-checkpoints', { accept: { runId: randomUUID(), reason: 'x' } }, 404, null],
    ];
    for (const [kind, json, status, pointer] of REFUSALS) {
      const answer = await start(kind, json);
      assert.equal(answer.status, status, `${kind} ${JSON.stringify(json)}: ${answer.text}`);
      if (pointer !== null) assert.ok(answer.body.errors.some((error) => error.pointer === pointer), answer.text);
    }
    for (const path of ['gc-runs', 'scrub-runs', 'tag-checkpoints']) {
      assert.equal((await ask(`${path}/${randomUUID()}`)).status, 404);
      assert.equal((await ask(`${path}/1`)).status, 422);
      assert.equal((await ask(`${path}?cursor=1`)).status, 422);
    }
  });

  it('is not for who manages one project, however much of it', async () => {
    const ron = await createPerson(server, owner, 'ron');
    await bind(server, owner, ron.id, 'security-admin', `project:${project}`);
    for (const [kind, json] of [['gc-runs', { dryRun: true }], ['scrub-runs', { repositoryId: repository }], ['tag-checkpoints', {}]] as const) {
      assert.equal((await start(kind, json, ron.token)).status, 403);
      assert.equal((await ask(kind, ron.token)).status, 403);
      assert.equal((await ask(`${kind}/${randomUUID()}`, ron.token)).status, 403);
    }
    assert.equal((await ask(`projects/${project}/usage`, ron.token)).status, 200);
    assert.equal((await ask(`projects/${await createProject(server, owner, 'blue')}/usage`, ron.token)).status, 404);
  });
});
