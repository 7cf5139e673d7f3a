import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type ContentDigest, contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import { type ObjectStore, openObjectStore } from '../../../../../test/harness/object-store.js';
import type { BlobFiles } from './blob-files.js';
import { FilesystemBlobFiles } from './filesystem-blob-files.js';
import { S3BlobFiles } from './s3-blob-files.js';

const PART_BYTES = 5 * 1024 * 1024;

/** What every place that blobs are kept in has to do. */
describe('files of blobs', () => {
  let directory: string;
  let store: ObjectStore;
  before(async () => {
    store = await openObjectStore('blobs');
  });
  after(() => store.close());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-blob-files-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const PLACES: Readonly<Record<string, () => BlobFiles>> = {
    'in a directory': () => new FilesystemBlobFiles(join(directory, 'store')),
    'in a bucket': () => new S3BlobFiles({ store: store.settings, bucket: 'blobs', partBytes: PART_BYTES }),
  };

  async function keep(files: BlobFiles, bytes: Buffer, digest: ContentDigest = contentDigestOf(bytes)): Promise<ContentDigest> {
    const path = join(directory, 'spooled');
    writeFileSync(path, bytes);
    await files.keep(digest, path);
    assert.equal(existsSync(path), false, 'the file was not taken over');
    return digest;
  }
  async function whole(files: BlobFiles, digest: ContentDigest): Promise<Buffer> {
    const file = (await files.open(digest))!;
    try {
      return await file.read(0, file.lengthBytes);
    } finally {
      await file.close();
    }
  }

  for (const [place, make] of Object.entries(PLACES)) {
    describe(place, () => {
      it('are given back as they were kept, whole and in part', async () => {
        const files = make();
        const bytes = Buffer.from('a container of a blob');
        const digest = await keep(files, bytes);
        assert.deepEqual(await whole(files, digest), bytes);
        assert.equal(await files.length(digest), bytes.length);
        const file = (await files.open(digest))!;
        assert.equal((await file.read(2, 9)).toString(), 'container');
        assert.equal((await file.read(17, 100)).toString(), 'blob');
        assert.equal((await file.read(100, 5)).length, 0);
        await file.close();
      });

      it('are kept of a digest of either algorithm', async () => {
        const files = make();
        const bytes = Buffer.from('twice');
        for (const algorithm of ['sha256', 'sha512'] as const) assert.deepEqual(await whole(files, await keep(files, bytes, contentDigestOf(bytes, algorithm))), bytes);
      });

      it('are kept though they are larger than what is sent at once', async () => {
        const files = make();
        const bytes = Buffer.alloc(2 * PART_BYTES + 17, 'parts');
        assert.ok((await whole(files, await keep(files, bytes))).equals(bytes));
      });

      it('replace what was there before', async () => {
        const files = make();
        const digest = contentDigestOf(Buffer.from('a name'));
        await keep(files, Buffer.from('damaged'), digest);
        await keep(files, Buffer.from('healed'), digest);
        assert.equal((await whole(files, digest)).toString(), 'healed');
      });

      it('are not there before they are kept, nor after they are removed, which may be done twice', async () => {
        const files = make();
        const bytes = Buffer.from('for a moment');
        const digest = contentDigestOf(bytes);
        assert.equal(await files.open(digest), null);
        assert.equal(await files.length(digest), null);
        await keep(files, bytes);
        assert.equal(await files.remove(digest, async () => true), true);
        assert.equal(await files.remove(digest, async () => assert.fail('there is nothing to look at')), true);
        assert.equal(await files.open(digest), null);
      });

      it('are left when they are not what was meant, which is looked at where nobody replaces them', async () => {
        const files = make();
        const digest = await keep(files, Buffer.from('still wanted'));
        const looked: string[] = [];
        const outcome = await files.remove(digest, async (file) => {
          looked.push((await file.read(0, file.lengthBytes)).toString());
          return false;
        });
        assert.deepEqual([outcome, looked], [false, ['still wanted']]);
        assert.equal((await whole(files, digest)).toString(), 'still wanted');
        assert.equal(await files.restore(0, Date.now() + 1000), 0);
      });

      it('are listed in the order of their digests, from anywhere on', async () => {
        const files = make();
        for (const { digest } of await files.list('', 1000)) await files.remove(digest, async () => true);
        const kept = [];
        for (const text of ['one', 'two', 'three', 'four']) kept.push(formatContentDigest(await keep(files, Buffer.from(text))));
        kept.push(formatContentDigest(await keep(files, Buffer.from('five'), contentDigestOf(Buffer.from('five'), 'sha512'))));
        kept.sort();
        const listed = async (afterDigest: string, limit: number): Promise<readonly string[]> => (await files.list(afterDigest, limit)).map(({ digest }) => formatContentDigest(digest));
        assert.deepEqual(await listed('', 100), kept);
        assert.deepEqual(await listed('', 2), kept.slice(0, 2));
        assert.deepEqual(await listed(kept[1]!, 2), kept.slice(2, 4));
        assert.deepEqual(await listed(kept.at(-1)!, 2), []);
        const [first] = await files.list('', 1);
        assert.ok(Math.abs(Date.now() - first!.modifiedAtMillis) < 60_000);
      });
    });
  }

  it('in a bucket that does not answer are an error, and never an absence', async () => {
    const away = new S3BlobFiles({ store: { ...store.settings, endpoint: 'http://127.0.0.1:1' }, bucket: 'blobs' });
    await assert.rejects(away.open(contentDigestOf(Buffer.from('x'))));
    const foreign = new S3BlobFiles({ store: { ...store.settings, accessKeyId: 'OF-YESTERDAY' }, bucket: 'blobs' });
    await assert.rejects(foreign.length(contentDigestOf(Buffer.from('x'))));
  });
});
