import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { Fault } from '#pure/fault/fault.js';
import { contentDigestOf, formatContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobDeletion } from '../../src/modules/registry/blobs/blob-deletion.js';
import { BlobMount } from '../../src/modules/registry/blobs/blob-mount.js';
import { BlobPull } from '../../src/modules/registry/blobs/blob-pull.js';
import { Uploads } from '../../src/modules/registry/blobs/uploads.js';
import { ManifestDeletion } from '../../src/modules/registry/manifests/manifest-deletion.js';
import { ManifestPull } from '../../src/modules/registry/manifests/manifest-pull.js';
import { ManifestPush } from '../../src/modules/registry/manifests/manifest-push.js';
import { Tags } from '../../src/modules/registry/manifests/tags.js';
import { BlobRepository } from '../../src/modules/registry/persistence/blob.repository.js';
import { RegistryModule } from '../../src/modules/registry/registry.module.js';
import { GarbageCollection } from '../../src/modules/registry/upkeep/garbage-collection.js';
import { testServer } from '../harness/postgres.js';
import { bytesOf } from '../harness/registry-contents.js';
import { type Installation, openInstallation, type Replica, until } from '../harness/simulation.js';

const LAYER = Buffer.from('a layer that two want at once');
const DIGEST = contentDigestOf(LAYER);
const UID = formatContentDigest(DIGEST);
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';

function manifestOf(serial: number): Buffer {
  const descriptor = { mediaType: 'application/octet-stream', digest: UID, size: LAYER.length };
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, config: descriptor, layers: [descriptor], annotations: { serial: String(serial) } }));
}

/** What became of a deed: what it gave back, or the code of its refusal. */
type Outcome = unknown;
const outcomeOf = (deed: Promise<unknown>): Promise<Outcome> =>
  deed.then((value) => value, (cause: unknown) => {
    if (cause instanceof Fault) return cause.kind.code;
    throw cause;
  });

/**
 * Two deeds of two processes, of which the first has done all that it does and has not committed when the second comes. Each deed
 * writes its entry last: who holds the ledger's table stops it there, with its locks. Nothing is waited for by the clock.
 */
describe('two transactions of the registry, one inside the other', () => {
  let installation: Installation;
  let directory: string;
  let replicas: readonly [Replica, Replica];
  let ann: Principal;
  let ledger: Client;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-interleavings-'));
    const open = () => installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_PUSH_LEASE_SECONDS: '1', REGISTRY_GC_GRACE_SECONDS: '0' });
    replicas = [await open(), await open()];
    ann = await installation.person('operator', installation.red);
    const [database] = await installation.query<{ name: string }>('SELECT current_database() AS name');
    ledger = new Client({ connectionString: (await testServer()).superuserUrl(database!.name) });
    await ledger.connect();
  });
  beforeEach(async () => {
    await installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob, registry.usage, registry.upkeep_run CASCADE');
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
    await push('red/app');
  });
  after(async () => {
    await ledger.end();
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const [one, two] = [() => replicas[0], () => replicas[1]];
  const push = (name: string, by = one()): Promise<void> => by.get(Uploads).put(ann, { name, bytes: bytesOf(LAYER), declaredBytes: LAYER.length }, DIGEST);
  const pushManifest = (by = one(), tag = 'latest', serial = 1) => by.get(ManifestPush).put(ann, { name: 'red/app', reference: { tag }, contentType: MEDIA_TYPE, bytes: manifestOf(serial), tags: [] });
  const deleteManifest = (by = one()) => by.get(ManifestDeletion).delete(ann, 'red/app', contentDigestOf(manifestOf(1)));
  const deleteBlob = (by = one()) => by.get(BlobDeletion).delete(ann, 'red/app', DIGEST);
  const mount = (by = one()) => by.get(BlobMount).mount(ann, 'red/other', DIGEST, 'red/app');
  const collect = async (by = one()) => {
    const { report } = await by.get(GarbageCollection).run(ann, false);
    return { hidden: report['hidden'], removed: report['removed'] };
  };
  const age = () => installation.query(`UPDATE registry.repository_blob SET touched_at = touched_at - interval '1 hour', review_since = review_since - interval '1 hour'`);
  const isWhole = async (name: string): Promise<boolean> => {
    const { chunks } = await one().get(BlobPull).open(ann, name, DIGEST, undefined);
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    return Buffer.concat(parts).equals(LAYER);
  };
  const usedBytes = async (): Promise<number> => Number((await installation.query<{ used_bytes: string }>('SELECT used_bytes FROM registry.usage'))[0]?.used_bytes ?? 0);
  const waiting = async (): Promise<number> =>
    (await installation.query<{ count: number }>(`SELECT count(*)::integer AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`))[0]!.count;

  /** `second` begins when `first` stands before its commit; both go on when the second waits, for the first or for the ledger too. */
  async function inside(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<readonly [Outcome, Outcome]> {
    await ledger.query('BEGIN');
    await ledger.query('LOCK TABLE audit.entry IN SHARE MODE');
    const outer = outcomeOf(first());
    await until(async () => (await waiting()) === 1);
    let isOver = false;
    const inner = outcomeOf(second()).finally(() => (isOver = true));
    await until(async () => isOver || (await waiting()) === 2);
    await ledger.query('COMMIT');
    return [await outer, await inner];
  }

  describe('a manifest that names the blob', () => {
    it('is pushed before the collection looks: the blob stays', async () => {
      await age();
      const [pushed, collected] = await inside(() => pushManifest(), () => collect(two()));
      assert.deepEqual([(pushed as { subject: null }).subject, collected], [null, { hidden: 0, removed: 0 }]);
      assert.equal(await isWhole('red/app'), true);
      assert.deepEqual(await collect(), { hidden: 0, removed: 0 });
    });

    it('is pushed while the collection takes the blob, whose lease is over: it is told so, and is not there', async () => {
      await age();
      const [collected, pushed] = await inside(() => collect(), () => pushManifest(two()));
      assert.deepEqual([(collected as { hidden: number }).hidden, pushed], [1, 'manifest-blob-unknown']);
      assert.equal(await outcomeOf(one().get(ManifestPull).get(ann, 'red/app', { tag: 'latest' })), 'manifest-unknown');
    });

    it('is pushed before the blob is deleted: the blob is in use', async () => {
      const [, deleted] = await inside(() => pushManifest(), () => deleteBlob(two()));
      assert.equal(deleted, 'blob-in-use');
      assert.equal(await isWhole('red/app'), true);
    });

    it('is pushed while the blob is deleted: it is told so', async () => {
      assert.deepEqual(await inside(() => deleteBlob(), () => pushManifest(two())), [undefined, 'manifest-blob-unknown']);
    });

    it('is given a second tag while it is deleted: it is there again, with all that it names', async () => {
      await pushManifest();
      const [deleted, pushed] = await inside(() => deleteManifest(), () => pushManifest(two(), 'second'));
      assert.deepEqual([deleted, (pushed as { subject: null }).subject], [undefined, null]);
      assert.deepEqual(await one().get(Tags).list(ann, 'red/app', '', 10), ['second']);
      await age();
      assert.deepEqual(await collect(), { hidden: 0, removed: 0 });
      assert.equal(await isWhole('red/app'), true);
    });

    it('is deleted while it is given a second tag: it goes with both', async () => {
      await pushManifest();
      const [, deleted] = await inside(() => pushManifest(one(), 'second'), () => deleteManifest(two()));
      assert.equal(deleted, undefined);
      assert.deepEqual(await one().get(Tags).list(ann, 'red/app', '', 10), []);
      assert.equal(await outcomeOf(deleteManifest()), 'manifest-unknown');
    });

    it('takes a new tag that another is about to take: one of them has it, and neither is refused', async () => {
      const pushed = await inside(() => pushManifest(one(), 'latest', 2), () => pushManifest(two(), 'latest', 3));
      const { manifest } = await one().get(ManifestPull).get(ann, 'red/app', { tag: 'latest' });
      assert.ok(pushed.some((outcome) => (outcome as { digest: string }).digest === manifest.digest));
      assert.ok(pushed.every((outcome) => typeof outcome === 'object'));
    });

    it('takes a tag while that is deleted: it has it', async () => {
      await pushManifest();
      await inside(() => one().get(Tags).delete(ann, 'red/app', 'latest'), () => pushManifest(two(), 'latest', 2));
      const { manifest } = await one().get(ManifestPull).get(ann, 'red/app', { tag: 'latest' });
      assert.equal(manifest.digest, formatContentDigest(contentDigestOf(manifestOf(2))));
    });
  });

  describe('an answer that lets somebody leave out an upload', () => {
    /** Has no entry to stop at: its transaction is held open by hand. */
    const touching = async (work: () => Promise<unknown>): Promise<void> => {
      await one().get(UnitOfWork).run(ann, async (tx) => {
        assert.equal((await one().get(BlobRepository).touch(tx, 'red/app', installation.red, UID))?.sizeBytes, LAYER.length);
        await work();
      });
    };

    it('is given before the collection looks: the blob stays for as long as a push may take', async () => {
      await age();
      await touching(async () => assert.deepEqual(await collect(two()), { hidden: 0, removed: 0 }));
      assert.deepEqual(await collect(), { hidden: 0, removed: 0 });
      await pushManifest();
      assert.equal(await isWhole('red/app'), true);
    });

    it('is asked for while the collection takes the blob: there is none', async () => {
      await age();
      const [, size] = await inside(() => collect(), () => two().get(BlobPull).size(ann, 'red/app', DIGEST));
      assert.equal(size, 'blob-unknown');
      await push('red/app');
      assert.equal(await isWhole('red/app'), true);
    });

    it('is a mount, given before the collection looks: both repositories have it', async () => {
      await age();
      assert.deepEqual(await inside(() => mount(), () => collect(two())), [true, { hidden: 0, removed: 0 }]);
      assert.equal(await isWhole('red/other'), true);
      assert.equal(await usedBytes(), LAYER.length);
    });

    it('is a mount, asked for while the collection takes the blob out of its source: the client uploads it', async () => {
      await age();
      const [collected, mounted] = await inside(() => collect(), () => mount(two()));
      assert.deepEqual([(collected as { hidden: number }).hidden, mounted], [1, false]);
      await collect();
      assert.deepEqual([await usedBytes(), await installation.query('SELECT digest FROM registry.blob')], [0, []]);
    });

    it('is a mount, asked for while the blob is deleted from its source: the client uploads it', async () => {
      assert.deepEqual(await inside(() => deleteBlob(), () => mount(two())), [undefined, false]);
    });
  });

  describe('a push of a blob that is on its way out', () => {
    beforeEach(async () => {
      await deleteBlob();
    });

    it('has its bytes there when the row is marked: it waits, and they stay', async () => {
      const [collected] = await inside(() => collect(), () => push('red/app', two()));
      assert.deepEqual(collected, { hidden: 0, removed: 1 });
      assert.equal(await isWhole('red/app'), true);
      assert.equal(await usedBytes(), LAYER.length);
    });

    it('has its row written before the collection looks: nothing is removed', async () => {
      assert.deepEqual(await inside(() => push('red/app'), () => collect(two())), [undefined, { hidden: 0, removed: 0 }]);
      assert.equal(await isWhole('red/app'), true);
    });
  });

  it('two pushes of one blob into two repositories of a project count it once', async () => {
    await deleteBlob();
    await collect();
    await inside(() => push('red/app'), () => push('red/other', two()));
    assert.equal(await usedBytes(), LAYER.length);
    await inside(() => deleteBlob(), () => two().get(BlobDeletion).delete(ann, 'red/other', DIGEST));
    assert.equal(await usedBytes(), 0);
  });

  it('who reads a file that was replaced meanwhile does not mark the new one', async () => {
    const [{ upload_id: former }] = (await installation.query<{ upload_id: string }>('SELECT upload_id FROM registry.blob')) as [{ upload_id: string }];
    await push('red/app', two());
    const mark = (uploadId: string): Promise<boolean> => one().get(UnitOfWork).run(ann, (tx) => one().get(BlobRepository).markDamaged(tx, UID, uploadId));
    assert.equal(await mark(former), false);
    const [{ upload_id: present }] = (await installation.query<{ upload_id: string }>('SELECT upload_id FROM registry.blob')) as [{ upload_id: string }];
    assert.equal(await mark(present), true);
    assert.equal(await outcomeOf(one().get(BlobPull).size(ann, 'red/app', parseContentDigest(UID)!)), 'blob-unknown');
  });
});
