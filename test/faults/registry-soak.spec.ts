import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { contentDigestOf, formatContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobDeletion } from '../../src/modules/registry/blobs/blob-deletion.js';
import { BlobMount } from '../../src/modules/registry/blobs/blob-mount.js';
import { BlobPull } from '../../src/modules/registry/blobs/blob-pull.js';
import { BlobStore } from '../../src/modules/registry/blobs/blob-store.js';
import { Uploads } from '../../src/modules/registry/blobs/uploads.js';
import { ManifestDeletion } from '../../src/modules/registry/manifests/manifest-deletion.js';
import { ManifestPush } from '../../src/modules/registry/manifests/manifest-push.js';
import { RegistryModule } from '../../src/modules/registry/registry.module.js';
import { GarbageCollection } from '../../src/modules/registry/upkeep/garbage-collection.js';
import { type Installation, openInstallation, type Replica } from '../harness/simulation.js';
import { FAULT_ROUNDS, FAULT_SEED, generator, pick } from './parameters.js';

const SECONDS = FAULT_ROUNDS;
/** What a push may take from its first answer to its manifest; the collector holds to it, and to nothing else. */
const LEASE_SECONDS = 2;
/** As many as are asked for again just when their lease ends: pushers, mounts and collectors meet at the same blobs all the time. */
const LAYERS = Array.from({ length: 250 }, (_, index) => Buffer.from(`layer ${index} `.repeat(50 + index)));
const REPOSITORIES = ['red/a', 'red/b', 'red/c', 'blue/a'];
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';

async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function manifestOf(layers: readonly Buffer[], serial: string): Buffer {
  const descriptor = (bytes: Buffer) => ({ mediaType: 'application/octet-stream', digest: formatContentDigest(contentDigestOf(bytes)), size: bytes.length });
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, config: descriptor(layers[0]!), layers: layers.map(descriptor), annotations: { serial } }));
}

/** Each does what a client does: asks, mounts or pushes, and then names what it was told is there. */
describe(`pushers, mounts, deletions and two collectors without grace for ${SECONDS} s (seed ${FAULT_SEED})`, () => {
  let installation: Installation;
  let directory: string;
  let replicas: readonly Replica[];
  let ann: Principal;
  const counts = new Map<string, number>();
  const count = (what: string, by = 1): void => void counts.set(what, (counts.get(what) ?? 0) + by);

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-registry-soak-'));
    const open = () => installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_PUSH_LEASE_SECONDS: String(LEASE_SECONDS), REGISTRY_GC_GRACE_SECONDS: '0' });
    replicas = [await open(), await open()];
    ann = await installation.person('operator', null);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** False: it is not there, as a client may always be told. Anything else is a failure. */
  const unless = async (codes: readonly string[], deed: Promise<unknown>): Promise<boolean> =>
    deed.then(
      (value) => value !== false,
      (cause: unknown) => {
        if (cause instanceof Fault && codes.includes(cause.kind.code)) return false;
        throw cause;
      },
    );

  /** As docker does: HEAD, then mount from elsewhere, then the bytes. */
  async function provide(random: () => number, name: string, layer: Buffer): Promise<void> {
    const digest = contentDigestOf(layer);
    const replica = pick(random, replicas);
    if (await unless(['blob-unknown'], replica.get(BlobPull).size(ann, name, digest))) return count('found');
    if (await unless([], replica.get(BlobMount).mount(ann, name, digest, pick(random, REPOSITORIES)))) return count('mounted');
    await replica.get(Uploads).put(ann, { name, bytes: bytesOf(layer), declaredBytes: layer.length }, digest);
    count('pushed');
  }

  async function pushImage(random: () => number, serial: string): Promise<void> {
    const name = pick(random, REPOSITORIES);
    const layers = [...new Set([pick(random, LAYERS), pick(random, LAYERS), pick(random, LAYERS)])];
    const startedMillis = performance.now();
    for (const layer of layers) await provide(random, name, layer);
    const replica = pick(random, replicas);
    const put = replica.get(ManifestPush).put(ann, { name, reference: { tag: `tag-${Math.floor(random() * 6)}` }, contentType: MEDIA_TYPE, bytes: manifestOf(layers, serial), tags: [] });
    const isNamed = await unless(['manifest-blob-unknown'], put);
    if (isNamed) count('images');
    // On a machine that is so slow the lease was over: that is no promise broken, and is counted by itself.
    else count(performance.now() - startedMillis < LEASE_SECONDS * 1000 ? 'MANIFEST_BLOB_UNKNOWN' : 'too slow');
  }

  /** As retention does: any image, as old as it may be. */
  async function deleteImage(random: () => number): Promise<void> {
    const [row] = await installation.query<{ name: string; digest: string }>('SELECT name, digest FROM registry.manifest JOIN registry.repository ON repository.id = repository_id ORDER BY md5(digest || $1) LIMIT 1', [String(random())]);
    if (row !== undefined && (await unless(['manifest-unknown'], pick(random, replicas).get(ManifestDeletion).delete(ann, row.name, parseContentDigest(row.digest)!)))) count('deleted');
  }

  /** Only what no push of ours is about to name: a client that deletes what it was just told of has asked for it. */
  const deleteBlob = (random: () => number): Promise<boolean> =>
    unless(['blob-unknown', 'blob-in-use'], pick(random, replicas).get(BlobDeletion).delete(ann, 'red/unrelated', contentDigestOf(pick(random, LAYERS))));

  it('breaks no push, loses no byte that is named, and leaves nothing that is not', { timeout: SECONDS * 1000 + 120_000 }, async () => {
    const deadline = performance.now() + SECONDS * 1000;
    const during = async (number: number, deed: (random: () => number, serial: string) => Promise<unknown>): Promise<void> => {
      const random = generator(number);
      for (let round = 0; performance.now() < deadline; round += 1) await deed(random, `${number}-${round}`);
    };
    const collecting = async (replica: Replica): Promise<void> => {
      const { report } = await replica.get(GarbageCollection).run(ann, false);
      count('hidden', Number(report['hidden']));
      count('removed', Number(report['removed']));
      count('collections');
    };
    await Promise.all([
      ...[1, 2, 3, 4].map((number) => during(number, pushImage)),
      ...[5, 6].map((number) => during(number, async (random) => {
        await deleteImage(random);
        await provide(random, 'red/unrelated', pick(random, LAYERS));
        await deleteBlob(random);
      })),
      ...replicas.map((replica, index) => during(7 + index, () => collecting(replica))),
    ]);
    console.log(JSON.stringify(Object.fromEntries([...counts].sort())));
    assert.equal(counts.get('MANIFEST_BLOB_UNKNOWN') ?? 0, 0);
    assert.ok((counts.get('images') ?? 0) > 0 && (counts.get('removed') ?? 0) > 0, 'it did nothing');
    await everythingNamedIsThere();
    await everythingElseGoes();
  });

  async function everythingNamedIsThere(): Promise<void> {
    const named = await installation.query<{ name: string; digest: string }>('SELECT DISTINCT repository.name, reference.digest FROM registry.manifest_reference reference JOIN registry.repository ON repository.id = reference.repository_id');
    for (const { name, digest } of named) {
      const { chunks } = await replicas[0]!.get(BlobPull).open(ann, name, parseContentDigest(digest)!, undefined);
      assert.equal(formatContentDigest(contentDigestOf(Buffer.concat(await Readable.from(chunks).toArray()))), digest);
    }
    assert.deepEqual(await installation.query(`SELECT digest FROM registry.blob WHERE state = 'damaged'`), []);
    const [usage] = await installation.query<{ wrong: number }>(
      `SELECT count(*)::integer AS wrong FROM registry.usage WHERE used_bytes <> (SELECT coalesce(sum(size_bytes), 0) FROM registry.blob WHERE digest IN (
         SELECT shown.digest FROM registry.repository_blob shown JOIN registry.repository ON repository.id = shown.repository_id WHERE repository.project_id = usage.project_id))`,
    );
    assert.equal(usage!.wrong, 0, 'a project is counted as using what it does not');
  }

  async function everythingElseGoes(): Promise<void> {
    await installation.query('DELETE FROM registry.tag');
    for (const { name, digest } of await installation.query<{ name: string; digest: string }>('SELECT name, digest FROM registry.manifest JOIN registry.repository ON repository.id = repository_id')) {
      await replicas[0]!.get(ManifestDeletion).delete(ann, name, parseContentDigest(digest)!);
    }
    await installation.query(`UPDATE registry.repository_blob SET touched_at = touched_at - interval '1 hour'`);
    await replicas[1]!.get(GarbageCollection).run(ann, false);
    assert.deepEqual(await installation.query('SELECT digest FROM registry.blob'), []);
    // Of two pushes of one blob at once one file replaces the other, and the rows may end the other way round: such a file is nobody's, and goes with the orphans.
    const orphans = (await replicas[0]!.get(BlobStore).list('', 1000)).length;
    console.log(`${orphans} orphaned files`);
    assert.ok(orphans <= LAYERS.length);
    assert.deepEqual(await installation.query('SELECT project_id FROM registry.usage WHERE used_bytes <> 0'), []);
  }
});
