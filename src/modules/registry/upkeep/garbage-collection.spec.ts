import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { CONFIG, descriptorOf, IMAGE, LAYER as LAYER_TYPE } from '../../../../test/harness/registry-client.js';
import { bytesOf, manifestBytes, RegistryContents } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica, until } from '../../../../test/harness/simulation.js';
import { BlobDeletion } from '../blobs/blob-deletion.js';
import { BlobMount } from '../blobs/blob-mount.js';
import { BlobPull } from '../blobs/blob-pull.js';
import { BlobStore } from '../blobs/blob-store.js';
import { ManifestDeletion } from '../manifests/manifest-deletion.js';
import { FilesystemBlobFiles } from '../persistence/storage/filesystem-blob-files.js';
import { RegistryModule } from '../registry.module.js';
import { GarbageCollection } from './garbage-collection.js';

const LAYER = Buffer.from('a layer that comes and goes');
const DIGEST = contentDigestOf(LAYER);
const UID = formatContentDigest(DIGEST);

const manifestOf = (layer: Buffer): Buffer => manifestBytes(IMAGE, { config: descriptorOf(CONFIG, layer), layers: [descriptorOf(LAYER_TYPE, layer)] });

describe('collecting what nothing uses, on real Postgres and a real directory', () => {
  let installation: Installation;
  let directory: string;
  let eager: Replica;
  let patient: Replica;
  let contents: RegistryContents;
  let ann: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-gc-'));
    const open = (leaseSeconds: string, graceSeconds: string) => installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_PUSH_LEASE_SECONDS: leaseSeconds, REGISTRY_GC_GRACE_SECONDS: graceSeconds });
    eager = await open('1', '0');
    patient = await open('3600', '86400');
    ann = await installation.person('operator', installation.red);
    contents = new RegistryContents(eager, ann);
  });
  beforeEach(async () => {
    await installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob, registry.usage, registry.upkeep_run CASCADE');
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const put = (name: string, bytes = LAYER, digest?: ContentDigest): Promise<unknown> => contents.blob(name, bytes, digest);
  const name = (repository: string, layer = LAYER): Promise<unknown> => contents.manifest(repository, manifestOf(layer), 'latest');
  const unname = (repository: string, layer = LAYER): Promise<void> => eager.get(ManifestDeletion).delete(ann, repository, contentDigestOf(manifestOf(layer)));
  const collect = async (replica = eager, dryRun = false) => (await replica.get(GarbageCollection).run(ann, dryRun)).report;
  /** As if it had been pushed, asked for and looked at so much earlier. */
  const age = (seconds: number) => installation.query(`UPDATE registry.repository_blob SET touched_at = touched_at - $1 * interval '1 second', review_since = review_since - $1 * interval '1 second'`, [seconds]);
  const there = async (): Promise<readonly string[]> => (await installation.query<{ digest: string }>('SELECT digest FROM registry.blob ORDER BY digest')).map(({ digest }) => digest);
  const isWhole = async (repository: string): Promise<boolean> => {
    const { chunks } = await eager.get(BlobPull).open(ann, repository, DIGEST, undefined);
    return Buffer.concat(await Readable.from(chunks).toArray()).equals(LAYER);
  };
  const files = async (): Promise<readonly string[]> => (await eager.get(BlobStore).list('', 100)).map(({ digest }) => formatContentDigest(digest));
  const used = async (): Promise<number> => Number((await installation.query<{ used_bytes: string }>('SELECT used_bytes FROM registry.usage WHERE project_id = $1', [installation.red]))[0]?.used_bytes ?? 0);
  const refusal = (code: string) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, code, String(fault));
    return true;
  };

  it('removes a blob that no manifest names, with its bytes and what it counted', async () => {
    await put('red/app');
    assert.equal(await used(), LAYER.length);
    await age(2);
    assert.deepEqual(await collect(), { hidden: 1, removed: 1, removedBytes: LAYER.length, more: false });
    assert.deepEqual([await there(), await files(), await used()], [[], [], 0]);
    assert.deepEqual(readdirSync(join(directory, 'registry/removed')), []);
    await assert.rejects(eager.get(BlobPull).size(ann, 'red/app', DIGEST), refusal('blob-unknown'));
  });

  it('keeps what a manifest names, looks at it once, and removes it once that is deleted', async () => {
    await put('red/app');
    await name('red/app');
    await age(2);
    assert.equal((await collect())['hidden'], 0);
    assert.equal((await installation.query('SELECT FROM registry.repository_blob WHERE review_since IS NOT NULL')).length, 0);
    await unname('red/app');
    assert.equal((await collect())['removed'], 1);
    assert.deepEqual(await files(), []);
  });

  it('keeps what was pushed, mounted or asked for within the lease, even with no grace', async () => {
    await put('red/app');
    assert.equal((await collect())['hidden'], 0);
    await age(120);
    await eager.get(BlobPull).size(ann, 'red/app', DIGEST);
    assert.equal((await collect())['hidden'], 0);
    await age(120);
    assert.equal(await eager.get(BlobMount).mount(ann, 'red/other', DIGEST, 'red/app'), true);
    assert.equal((await collect())['hidden'], 0);
    assert.equal(await isWhole('red/other'), true);
  });

  it('keeps what was last named within the grace', async () => {
    await put('red/app');
    await name('red/app');
    await age(90_000);
    await unname('red/app');
    assert.equal((await collect(patient))['hidden'], 0);
    await age(90_000);
    assert.equal((await collect(patient))['removed'], 1);
  });

  it('keeps the bytes while another repository shows them, and counts them once', async () => {
    await put('red/app');
    await put('red/other');
    await name('red/other');
    assert.equal(await used(), LAYER.length);
    await age(2);
    assert.deepEqual(await collect(), { hidden: 1, removed: 0, removedBytes: 0, more: false });
    assert.equal(await used(), LAYER.length);
    assert.equal(await isWhole('red/other'), true);
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    await put('red/app');
    await age(2);
    assert.deepEqual(await collect(eager, true), { hidden: 1, removed: 1, removedBytes: LAYER.length, more: false });
    assert.deepEqual(await files(), [UID]);
  });

  it('removes at once what its owner deletes, when no grace holds it', async () => {
    await put('red/app');
    await eager.get(BlobDeletion).delete(ann, 'red/app', DIGEST);
    assert.equal(await used(), 0);
    assert.equal((await collect(patient))['removed'], 1);
    assert.deepEqual(await files(), []);
  });

  it('leaves an entry for each batch and each run', async () => {
    const entries = async (): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.gc.%'`)).length;
    const before = await entries();
    await put('red/app');
    await age(2);
    await collect();
    assert.equal((await entries()) - before, 3);
    assert.equal((await eager.get(GarbageCollection).list(ann, { limit: 10, after: null })).items.length, 1);
  });

  it('looks at nothing that was not pushed or unnamed since', async () => {
    for (const text of ['one', 'two', 'three']) {
      await put('red/app', Buffer.from(text));
      await name('red/app', Buffer.from(text));
    }
    await age(2);
    await collect();
    const [plan] = await installation.query<{ count: number }>('SELECT count(*)::integer AS count FROM registry.repository_blob WHERE review_since IS NOT NULL');
    assert.equal(plan!.count, 0);
  });

  describe('against who holds a row, on a connection of their own', () => {
    let other: Client;
    beforeEach(async () => {
      other = new Client({ connectionString: installation.database.urls.app });
      await other.connect();
      await other.query('BEGIN');
    });
    const end = async (): Promise<void> => {
      await other.query('COMMIT');
      await other.end();
    };

    it('passes over what a manifest is about to name', async () => {
      await put('red/app');
      await age(2);
      await other.query('SELECT FROM registry.repository_blob JOIN registry.blob USING (digest) FOR KEY SHARE');
      assert.equal((await collect())['hidden'], 0);
      await end();
      assert.equal((await collect())['removed'], 1);
    });

    it('passes over what a push is about to show', async () => {
      await put('red/app');
      await eager.get(BlobDeletion).delete(ann, 'red/app', DIGEST);
      await other.query(`UPDATE registry.blob SET verified_at = now()`);
      assert.equal((await collect())['removed'], 0);
      await end();
      assert.equal((await collect())['removed'], 1);
    });
  });

  describe('against a push of the same bytes', () => {
    /** Marked, and its process gone: nobody removes it until it is taken over. */
    const doom = async (): Promise<void> => {
      await put('red/app');
      await eager.get(BlobDeletion).delete(ann, 'red/app', DIGEST);
      await installation.query(`UPDATE registry.blob SET state = 'deleting', review_since = now()`);
    };
    const uploadOf = async (): Promise<string> => (await installation.query<{ upload_id: string }>('SELECT upload_id FROM registry.blob'))[0]!.upload_id;

    it('lets the push wait, and its bytes stay', async () => {
      await doom();
      const uploadId = await uploadOf();
      let isOver = false;
      const pushing = put('red/app').then(() => (isOver = true));
      await until(async () => !(await eager.get(BlobStore).remove(DIGEST, uploadId)));
      assert.equal(isOver, false);
      await installation.query(`DELETE FROM registry.blob WHERE state = 'deleting'`);
      await pushing;
      assert.equal(await isWhole('red/app'), true);
    });

    it('is ended by the push when who began it is gone', async () => {
      await doom();
      await installation.query(`UPDATE registry.blob SET review_since = now() - interval '1 minute'`);
      await put('red/app');
      assert.equal(await isWhole('red/app'), true);
    });

    it('is ended by the next run when who began it is gone', async () => {
      await doom();
      await installation.query(`UPDATE registry.blob SET review_since = now() - interval '1 minute'`);
      await collect();
      assert.deepEqual([await there(), await files()], [[], []]);
    });

    it('puts back a file that was replaced before it looked, and leaves one that came while it looked', async () => {
      const store = eager.get(BlobStore);
      await doom();
      const uploadId = await uploadOf();
      const newer = (bytes = LAYER) => store.finish({ uploadId: '019a94de-4b70-7c00-8000-0000000000aa', first: null, bytes: bytesOf(bytes), bytesMax: 1000 }, DIGEST);
      await newer();
      assert.equal(await store.remove(DIGEST, uploadId), false);
      assert.deepEqual(await files(), [UID]);
      const onDisk = new FilesystemBlobFiles(join(directory, 'registry'));
      assert.equal(await onDisk.remove(DIGEST, async () => newer().then(() => true)), true);
      assert.deepEqual(await files(), [UID]);
      assert.equal(await onDisk.remove(DIGEST, async () => newer().then(() => false)), false);
      assert.deepEqual([await files(), readdirSync(join(directory, 'registry/removed'))], [[UID], []]);
      await installation.query('DELETE FROM registry.blob');
      await put('red/app');
      assert.equal(await isWhole('red/app'), true);
    });

    it('gives back what a crash has left aside', async () => {
      await put('red/app');
      const onDisk = new FilesystemBlobFiles(join(directory, 'registry'));
      const takeAside = async (): Promise<void> => {
        let looks = 0;
        await assert.rejects(onDisk.remove(DIGEST, () => (++looks === 1 ? Promise.resolve(true) : Promise.reject(new Error('killed here')))), /killed here/);
        assert.deepEqual(await files(), []);
      };
      await takeAside();
      assert.equal(await onDisk.restore(60_000, Date.now()), 0);
      assert.equal(await onDisk.restore(0, Date.now() + 1000), 1);
      assert.equal(await isWhole('red/app'), true);
      // Who wants it does not wait for the next sweep, nor does who removes it in place of who crashed.
      await takeAside();
      assert.equal(await eager.get(BlobPull).size(ann, 'red/app', DIGEST), LAYER.length);
      await takeAside();
      assert.equal(await isWhole('red/app'), true);
      await takeAside();
      assert.equal(await onDisk.remove(DIGEST, () => Promise.resolve(true)), true);
      assert.deepEqual([await files(), readdirSync(join(directory, 'registry/removed'))], [[], []]);
    });

    it('loses no byte of pushes, deletions and collections of one digest at once', async () => {
      const deadline = performance.now() + 1500;
      let pushes = 0;
      const pushing = async (repository: string): Promise<void> => {
        while (performance.now() < deadline) {
          await put(repository);
          assert.equal(await isWhole(repository), true);
          await eager.get(BlobDeletion).delete(ann, repository, DIGEST);
          pushes += 1;
        }
      };
      const collecting = async (replica: Replica): Promise<void> => {
        while (performance.now() < deadline) await replica.get(GarbageCollection).run(ann, false);
      };
      await Promise.all([pushing('red/a'), pushing('red/b'), collecting(eager), collecting(patient)]);
      await collect();
      assert.ok(pushes > 5, String(pushes));
      assert.deepEqual([await there(), await used()], [[], 0]);
    });
  });
});
