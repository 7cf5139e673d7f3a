import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobDeletion } from '../../src/modules/registry/blobs/blob-deletion.js';
import { BlobMount } from '../../src/modules/registry/blobs/blob-mount.js';
import { BlobPull } from '../../src/modules/registry/blobs/blob-pull.js';
import { UploadSweep } from '../../src/modules/registry/blobs/upload-sweep.js';
import { Uploads } from '../../src/modules/registry/blobs/uploads.js';
import { ManifestPull } from '../../src/modules/registry/manifests/manifest-pull.js';
import { RegistryModule } from '../../src/modules/registry/registry.module.js';
import { GarbageCollection } from '../../src/modules/registry/upkeep/garbage-collection.js';
import { Scrubber } from '../../src/modules/registry/upkeep/scrubber.js';
import { descriptorOf, IMAGE } from '../harness/registry-client.js';
import { bytesOf, manifestBytes, RegistryContents } from '../harness/registry-contents.js';
import { type Installation, openInstallation, type Replica } from '../harness/simulation.js';
import { filesIn } from './registry-installation.js';

const NEVER = new AbortController().signal;

const manifestOf = (layer: string): Buffer => manifestBytes(IMAGE, { config: descriptorOf('application/octet-stream', layer), layers: [descriptorOf('application/octet-stream', layer)] });

/**
 * Two days in the life of a registry: rows and files as each of them ended, brought together as a restore does that brought
 * back one and not the other. A day begins with what the one before left.
 */
describe('a registry whose database was restored, or whose disk was', () => {
  let installation: Installation;
  let directory: string;
  let days: string;
  let replica: Replica;
  let contents: RegistryContents;
  let ann: Principal;
  let openUpload: string;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-restored-'));
    days = mkdtempSync(join(tmpdir(), 'quantonium-days-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_SCRUB_BYTES_PER_SECOND: '100000000' });
    ann = await installation.person('operator', installation.red);
    contents = new RegistryContents(replica, ann);
    await firstDay();
    await keep('first');
    await secondDay();
    await keep('second');
  });
  after(async () => {
    await installation.close();
    for (const each of [directory, days]) rmSync(each, { recursive: true, force: true });
  });

  const put = (text: string, name = 'red/app'): Promise<unknown> => contents.blob(name, Buffer.from(text));
  const tag = (layer: string): Promise<string> => contents.manifest('red/app', manifestOf(layer), 'latest');
  const codeOf = (deed: Promise<unknown>): Promise<unknown> => deed.then(() => null, (cause: unknown) => (cause instanceof Fault ? cause.kind.code : Promise.reject(cause as Error)));
  const remove = (text: string) => replica.get(BlobDeletion).delete(ann, 'red/app', contentDigestOf(Buffer.from(text)));
  const collect = () => replica.get(GarbageCollection).run(ann, false);

  /** What is asked for, as far as it can be told; and what is given is right. */
  async function isServed(text: string, name = 'red/app'): Promise<boolean> {
    const digest = contentDigestOf(Buffer.from(text));
    const told = await codeOf(replica.get(BlobPull).size(ann, name, digest));
    const given = await codeOf(replica.get(BlobPull).open(ann, name, digest, undefined).then(async ({ chunks }) => {
      const parts: Buffer[] = [];
      for await (const chunk of chunks) parts.push(chunk);
      assert.equal(Buffer.concat(parts).toString(), text);
    }));
    assert.equal(told, given, 'HEAD and GET say different things');
    assert.ok(told === null || told === 'blob-unknown', String(told));
    return told === null;
  }
  const tagged = async (): Promise<string> => (await replica.get(ManifestPull).get(ann, 'red/app', { tag: 'latest' })).bytes.toString();
  const alerts = async (text: string): Promise<number> =>
    (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.digest.mismatch%' AND convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [contentDigestOf(Buffer.from(text)).hex])).length;

  async function firstDay(): Promise<void> {
    await put('layer of the first day');
    await tag('layer of the first day');
    await put('deleted on the second day');
    await put('deleted and pushed again');
    await remove('deleted and pushed again');
    await installation.query(`UPDATE registry.blob SET state = 'deleting', review_since = now() - interval '1 minute' WHERE digest = $1`, [formatContentDigest(contentDigestOf(Buffer.from('deleted and pushed again')))]);
    openUpload = await replica.get(Uploads).open(ann, 'red/app');
    await replica.get(Uploads).append(ann, { name: 'red/app', uploadId: openUpload, bytes: bytesOf(Buffer.from('finished on')), declaredBytes: null, first: null });
  }
  async function secondDay(): Promise<void> {
    await put('layer of the second day');
    await put('never asked for again');
    await tag('layer of the second day');
    await put('deleted and pushed again');
    await remove('deleted on the second day');
    await collect();
    const last = { name: 'red/app', uploadId: openUpload, bytes: bytesOf(Buffer.from(' the second day')), declaredBytes: null, first: null };
    await replica.get(Uploads).finish(ann, last, contentDigestOf(Buffer.from('finished on the second day')));
    const begun = await replica.get(Uploads).open(ann, 'red/app');
    await replica.get(Uploads).append(ann, { name: 'red/app', uploadId: begun, bytes: bytesOf(Buffer.from('begun on the second day')), declaredBytes: null, first: null });
  }

  const TABLES = ['repository', 'blob', 'repository_blob', 'upload', 'usage', 'manifest', 'manifest_reference', 'tag'];
  async function keep(day: string): Promise<void> {
    await installation.query(`CREATE SCHEMA day_${day}`);
    for (const table of TABLES) await installation.query(`CREATE TABLE day_${day}.${table} AS TABLE registry.${table}`);
    cpSync(join(directory, 'registry'), join(days, day), { recursive: true, preserveTimestamps: true });
  }
  async function restoreRows(day: string): Promise<void> {
    await installation.query(`TRUNCATE ${TABLES.map((table) => `registry.${table}`).join(', ')} CASCADE`);
    for (const table of TABLES) await installation.query(`INSERT INTO registry.${table} SELECT * FROM day_${day}.${table}`);
  }
  function restoreFiles(day: string): void {
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
    cpSync(join(days, day), join(directory, 'registry'), { recursive: true, preserveTimestamps: true });
  }
  const blobFiles = (): readonly string[] => filesIn(join(directory, 'registry')).filter((file) => file.startsWith('blobs/'));
  const fileOf = (text: string): string => {
    const { hex } = contentDigestOf(Buffer.from(text));
    return join('blobs/sha256', hex.slice(0, 2), hex);
  };
  const growOld = (): void => {
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    for (const file of filesIn(join(directory, 'registry'))) utimesSync(join(directory, 'registry', file), twoDaysAgo, twoDaysAgo);
  };

  describe('to rows of the first day, and files of the second', () => {
    beforeEach(async () => {
      await restoreRows('first');
      restoreFiles('second');
    });

    it('has what the first day had, and serves nothing that only the files know', async () => {
      assert.equal(await isServed('layer of the first day'), true);
      assert.equal(await tagged(), manifestOf('layer of the first day').toString());
      for (const text of ['layer of the second day', 'never asked for again', 'deleted and pushed again', 'finished on the second day']) assert.equal(await isServed(text), false, text);
      assert.equal(await codeOf(tag('layer of the second day')), 'manifest-blob-unknown');
    });

    it('takes the pushes of the second day again', async () => {
      for (const text of ['layer of the second day', 'deleted and pushed again', 'finished on the second day']) {
        await put(text);
        assert.equal(await isServed(text), true, text);
      }
      await tag('layer of the second day');
      assert.equal(await tagged(), manifestOf('layer of the second day').toString());
    });

    it('says that a file is gone that was collected since, once, and is healed by a push', async () => {
      const before = await alerts('deleted on the second day');
      assert.equal(await replica.get(BlobMount).mount(ann, 'red/other', contentDigestOf(Buffer.from('deleted on the second day')), 'red/app'), false);
      assert.equal(await isServed('deleted on the second day'), false);
      assert.equal((await alerts('deleted on the second day')) - before, 1);
      await put('deleted on the second day');
      assert.equal(await isServed('deleted on the second day'), true);
    });

    it('has an upload open whose bytes have become a blob: it says that it has none, and takes them', async () => {
      const upload = { name: 'red/app', uploadId: openUpload };
      assert.equal(await replica.get(Uploads).received(ann, upload), 0);
      const text = 'finished on the second day';
      await replica.get(Uploads).finish(ann, { ...upload, bytes: bytesOf(Buffer.from(text)), declaredBytes: null, first: null }, contentDigestOf(Buffer.from(text)));
      assert.equal(await isServed(text), true);
    });

    it('keeps the files that no row knows for a day, and then has none', async () => {
      await put('layer of the second day');
      await replica.get(Scrubber).rows();
      assert.ok(blobFiles().includes(fileOf('never asked for again')));
      growOld();
      await collect();
      await replica.get(Scrubber).rows();
      await installation.query('UPDATE registry.upload SET expires_at = now()');
      await replica.get(UploadSweep).sweep();
      assert.deepEqual(filesIn(join(directory, 'registry')), ['layer of the first day', 'layer of the second day'].map(fileOf).sort());
      for (const text of ['layer of the first day', 'layer of the second day']) assert.equal(await isServed(text), true);
    });
  });

  describe('to rows of the second day, and files of the first', () => {
    beforeEach(async () => {
      await restoreRows('second');
      restoreFiles('first');
    });

    it('says of each blob whose file is lost that it has none, records it once, and offers it to nobody', async () => {
      const before = await alerts('layer of the second day');
      assert.equal(await isServed('layer of the second day'), false);
      assert.equal(await isServed('layer of the second day'), false);
      assert.equal((await alerts('layer of the second day')) - before, 1);
      assert.equal(await replica.get(BlobMount).mount(ann, 'red/other', contentDigestOf(Buffer.from('never asked for again')), 'red/app'), false);
      assert.equal(await codeOf(tag('layer of the second day')), 'manifest-blob-unknown');
      assert.equal(await isServed('layer of the first day'), true);
    });

    it('gives the manifest that a tag points to, which is a row, and is healed by the next push of its layers', async () => {
      assert.equal(await tagged(), manifestOf('layer of the second day').toString());
      assert.equal(await isServed('layer of the second day'), false);
      await put('layer of the second day', 'red/other');
      assert.equal(await isServed('layer of the second day'), true);
      await tag('layer of the second day');
    });

    it('finds by itself what is lost', async () => {
      const before = await alerts('never asked for again');
      await installation.query(`UPDATE registry.blob SET verified_at = now() - interval '2 days', scrub_since = NULL`);
      await replica.get(Scrubber).blobs(NEVER);
      assert.equal((await alerts('never asked for again')) - before, 1);
      assert.equal(await isServed('layer of the first day'), true);
    });

    it('serves again what was found lost, when the disk of the second day is found', async () => {
      for (const text of ['layer of the second day', 'never asked for again']) assert.equal(await isServed(text), false);
      restoreFiles('second');
      await replica.get(Scrubber).blobs(NEVER);
      for (const text of ['layer of the second day', 'never asked for again', 'deleted and pushed again', 'finished on the second day']) assert.equal(await isServed(text), true, text);
      const recovered = await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.digest.recover%'`);
      assert.equal(recovered.length, 2);
    });

    it('has no file a day later that was deleted on the second', async () => {
      assert.ok(existsSync(join(directory, 'registry', fileOf('deleted on the second day'))));
      assert.equal(await isServed('deleted on the second day'), false);
      growOld();
      await replica.get(Scrubber).rows();
      assert.ok(!blobFiles().includes(fileOf('deleted on the second day')));
      assert.equal(await isServed('layer of the first day'), true);
    });
  });
});
