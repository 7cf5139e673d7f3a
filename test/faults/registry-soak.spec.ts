import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { call } from '../harness/api.js';
import { CONFIG, descriptorOf, digestOf, LAYER, type RegistryClient } from '../harness/registry-client.js';
import type { RunningServer } from '../harness/server.js';
import { until } from '../harness/simulation.js';
import { FAULT_ROUNDS, FAULT_SEED, generator, pick } from './parameters.js';
import { filesIn, openRegistryInstallation, type RegistryInstallation } from './registry-installation.js';

const SECONDS = 2 * FAULT_ROUNDS;
/** What a push may take from its first answer to its manifest; the collectors hold to it, and to nothing else. */
const LEASE_SECONDS = 2;
/** As many as are asked for again just when their lease ends: pushers, mounts and collectors meet at the same blobs all the time. */
const LAYERS = Array.from({ length: 300 }, (_, index) => Buffer.from(`layer ${index} `.repeat(50 + index)));
const REPOSITORIES = ['red/a', 'red/b', 'red/c', 'blue/a'];
/** Of which nobody deletes an image, and each has a tag of its own: what goes there grows older than any promise, however fast the machine is, and the rules let it go. */
const LEFT_TO_RULES = 'red/b';
const AT_ONCE = 20;
const IMAGES_KEPT = 12;

interface Image {
  readonly name: string;
  readonly digest: string;
}

function manifestOf(layers: readonly Buffer[], serial: string): string {
  return JSON.stringify({ schemaVersion: 2, config: descriptorOf(CONFIG, layers[0]!), layers: layers.map((layer) => descriptorOf(LAYER, layer)), annotations: { serial } });
}

/** Two built servers, as two replicas are: of one database and one directory, each with a collector that looks every second and knows no grace. */
describe(`two servers of one registry (seed ${FAULT_SEED})`, { timeout: SECONDS * 1000 + 240_000 }, () => {
  let installation: RegistryInstallation;
  let servers: readonly RunningServer[];
  let clients: readonly RegistryClient[];
  /** Of the owner's, for what is no push; ids of the projects. */
  let token: string;
  let projects: readonly string[];
  const counts = new Map<string, number>();
  const count = (what: string, by = 1): void => void counts.set(what, (counts.get(what) ?? 0) + by);
  const sql = async <T extends object>(text: string, values: unknown[] = []): Promise<readonly T[]> => (await installation.database.query<T>(text, values)).rows;

  before(async () => {
    installation = await openRegistryInstallation({ REGISTRY_PUSH_LEASE_SECONDS: String(LEASE_SECONDS), REGISTRY_GC_GRACE_SECONDS: '0', REGISTRY_GC_PERIOD_SECONDS: '1', RATE_LIMIT_REGISTRY_PER_MINUTE: '1000000' });
    const first = await installation.start();
    servers = [first, await installation.start()];
    clients = servers.map((server) => installation.at(server));
    token = await installation.owner(first);
    projects = await Promise.all(['red', 'blue'].map(makeProject));
  });
  after(async () => {
    try {
      for (const server of servers) assert.equal(await server.stop(), 0, server.output());
    } finally {
      await installation.close();
    }
  });

  /** Whose retention lets go of tags as soon as there are more than a few, and of what only they held. */
  async function makeProject(slug: string): Promise<string> {
    const made = await call<{ id: string }>(servers[0]!, 'POST', '/v1/projects', { token, json: { slug, name: slug } });
    const path = `/v1/registry/projects/${made.body.id}/policy`;
    const { headers, body } = await call(servers[0]!, 'GET', path, { token });
    const { version: _, ...policy } = body;
    const retention = [{ repositories: ['*'], tags: ['*'], keepLatestPushed: 2 }];
    const set = await call(servers[0]!, 'PUT', path, { token, headers: { 'if-match': headers.get('etag')! }, json: { ...policy, retention } });
    assert.equal(set.status, 200, set.text);
    return made.body.id;
  }

  const usageIsRight = async (): Promise<void> => {
    const wrong = await sql(
      `SELECT project_id, used_bytes FROM registry.usage WHERE used_bytes <> (SELECT coalesce(sum(size_bytes), 0) FROM registry.blob WHERE digest IN (
         SELECT shown.digest FROM registry.repository_blob shown JOIN registry.repository ON repository.id = shown.repository_id WHERE repository.project_id = usage.project_id))`,
    );
    assert.deepEqual(wrong, [], 'a project is counted as using what it does not');
  };
  const atOnce = (deed: (client: RegistryClient) => Promise<{ readonly status: number }>): Promise<readonly number[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, async (_, index) => (await deed(clients[index % clients.length]!)).status));

  it(`take one blob and one manifest with one tag from ${AT_ONCE} at once, and have each once`, async () => {
    const layer = Buffer.alloc(1_500_000, 'from many at once');
    const manifest = manifestOf([layer], 'many');
    assert.deepEqual(await atOnce((client) => client.pushBlob('red/many', layer)), Array(AT_ONCE).fill(201));
    assert.deepEqual(await atOnce((client) => client.putManifest('red/many', 'latest', manifest)), Array(AT_ONCE).fill(201));
    assert.deepEqual(await sql('SELECT size_bytes::integer AS bytes, state FROM registry.blob WHERE digest = $1', [digestOf(layer)]), [{ bytes: layer.length, state: 'whole' }]);
    assert.deepEqual(filesIn(join(installation.directory, 'uploads')), []);
    assert.equal(filesIn(join(installation.directory, 'blobs')).filter((file) => file.endsWith(digestOf(layer).slice(7))).length, 1);
    const moves = await sql(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.tag.move%' AND convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [digestOf(manifest)]);
    assert.equal(moves.length, 1);
    await usageIsRight();
    for (const client of clients) assert.ok((await client.bytes(`/v2/red/many/blobs/${digestOf(layer)}`)).bytes.equals(layer));
  });

  /** As docker does: HEAD, then mount from elsewhere, then the bytes. */
  async function provide(random: () => number, name: string, layer: Buffer): Promise<void> {
    const digest = digestOf(layer);
    const client = pick(random, clients);
    const told = (await client.send('HEAD', `/v2/${name}/blobs/${digest}`)).status;
    if (told === 200) return count('found');
    assert.equal(told, 404);
    const mounted = await client.send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}&from=${pick(random, REPOSITORIES)}`);
    if (mounted.status === 201) return count('mounted');
    assert.equal(mounted.status, 202, mounted.text);
    // Any server goes on with an upload that another has opened.
    assert.equal((await pick(random, clients).finish(mounted.headers.get('location')!, digest, layer)).status, 201);
    count('pushed');
  }

  /** Each does what a client does: asks, mounts or pushes, and then names what it was told is there. */
  async function pushImage(random: () => number, serial: string): Promise<void> {
    const name = pick(random, REPOSITORIES);
    const layers = [...new Set([pick(random, LAYERS), pick(random, LAYERS), pick(random, LAYERS)])];
    const startedMillis = performance.now();
    for (const layer of layers) await provide(random, name, layer);
    const answer = await pick(random, clients).putManifest(name, name === LEFT_TO_RULES ? `tag-${serial}` : `tag-${Math.floor(random() * 6)}`, manifestOf(layers, serial));
    if (answer.status === 201) return count('images');
    assert.equal(answer.body.errors[0]?.code, 'MANIFEST_BLOB_UNKNOWN', answer.text);
    // On a machine that is so slow the lease was over: that is no promise broken, and is counted by itself.
    count(performance.now() - startedMillis < LEASE_SECONDS * 1000 ? 'MANIFEST_BLOB_UNKNOWN' : 'too slow');
  }

  const images = (): Promise<readonly Image[]> => sql<Image>('SELECT name, digest FROM registry.manifest JOIN registry.repository ON repository.id = repository_id');

  async function retain(random: () => number): Promise<void> {
    const run = await call<{ manifests: number; tags: number }>(pick(random, servers), 'POST', `/v1/registry/projects/${pick(random, projects)}/retention-runs`, { token, json: { dryRun: false } });
    assert.equal(run.status, 201, run.text);
    count('retention runs');
    count('let go', run.body.manifests);
  }

  /** Any image, as old as it may be, of those that are too many. */
  async function deleteImage(random: () => number, serial: string): Promise<void> {
    const all = (await images()).filter(({ name }) => name !== LEFT_TO_RULES);
    if (all.length <= IMAGES_KEPT) return pushImage(random, serial);
    const { name, digest } = pick(random, all);
    const { status, text } = await pick(random, clients).send('DELETE', `/v2/${name}/manifests/${digest}`);
    assert.ok(status === 202 || status === 404, text);
    if (status === 202) count('deleted');
  }

  /** Only what no push of ours is about to name: a client that deletes what it was just told of has asked for it. */
  async function pushAndDeleteBlob(random: () => number): Promise<void> {
    const layer = pick(random, LAYERS);
    await provide(random, 'red/unrelated', layer);
    const { status, text } = await pick(random, clients).send('DELETE', `/v2/red/unrelated/blobs/${digestOf(layer)}`);
    assert.ok(status === 202 || status === 404, text);
  }

  it(`break no push, lose no byte that is named, and leave nothing that is not, in ${SECONDS} s of pushes, mounts, deletions, retention and collections`, async () => {
    const deadline = performance.now() + SECONDS * 1000;
    const during = async (number: number, deed: (random: () => number, serial: string) => Promise<unknown>): Promise<void> => {
      const random = generator(number);
      for (let round = 0; performance.now() < deadline; round += 1) await deed(random, `${number}-${round}`);
    };
    await Promise.all([
      ...[1, 2, 3, 4].map((number) => during(number, pushImage)),
      during(5, deleteImage),
      during(6, pushAndDeleteBlob),
      during(7, retain),
    ]);
    const [collected] = await sql<{ runs: number; hidden: number; removed: number }>(
      `SELECT count(*)::integer AS runs, coalesce(sum((report->>'hidden')::integer), 0)::integer AS hidden, coalesce(sum((report->>'removed')::integer), 0)::integer AS removed FROM registry.upkeep_run WHERE kind = 'gc'`,
    );
    console.log(JSON.stringify({ ...Object.fromEntries([...counts].sort()), ...collected }));
    assert.equal(counts.get('MANIFEST_BLOB_UNKNOWN') ?? 0, 0);
    assert.ok(counts.get('images')! > 0 && counts.get('mounted')! > 0 && counts.get('deleted')! > 0 && counts.get('let go')! > 0 && collected!.removed > 0, 'it did nothing');
    await everythingNamedIsThere();
    await everythingElseGoes();
  });

  async function everythingNamedIsThere(): Promise<void> {
    const named = await sql<Image>(
      `SELECT DISTINCT repository.name, reference.digest FROM registry.manifest_reference reference JOIN registry.repository ON repository.id = reference.repository_id`,
    );
    for (const [index, { name, digest }] of named.entries()) {
      const { status, bytes } = await clients[index % clients.length]!.bytes(`/v2/${name}/blobs/${digest}`);
      assert.deepEqual([status, digestOf(bytes)], [200, digest]);
    }
    for (const { name, digest } of await images()) assert.equal(digestOf((await clients[0]!.bytes(`/v2/${name}/manifests/${digest}`)).bytes), digest);
    assert.deepEqual(await sql(`SELECT digest FROM registry.blob WHERE state = 'damaged'`), []);
    await usageIsRight();
  }

  async function everythingElseGoes(): Promise<void> {
    for (const { name, digest } of await images()) assert.equal((await clients[0]!.send('DELETE', `/v2/${name}/manifests/${digest}`)).status, 202);
    await sql(`UPDATE registry.repository_blob SET touched_at = touched_at - interval '1 hour'`);
    await until(async () => (await sql('SELECT FROM registry.blob')).length === 0);
    assert.deepEqual(await sql('SELECT project_id FROM registry.usage WHERE used_bytes <> 0'), []);
    assert.deepEqual(filesIn(join(installation.directory, 'removed')), []);
    // Of two pushes of one blob at once one file replaces the other, and the rows may end the other way round: such a file is nobody's, and goes with the orphans.
    console.log(`${filesIn(join(installation.directory, 'blobs')).length} orphaned files`);
  }
});
