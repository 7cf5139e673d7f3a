import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3ClientOf } from '#platform/object-store/s3-client.js';
import { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, contentDigestOf } from '#pure/oci/content-digest.js';
import type { ByteRange } from '#pure/oci/upload-range.js';
import type { Principal } from '#pure/principal/principal.js';
import { BlobDeletion } from '../../src/modules/registry/blobs/blob-deletion.js';
import { BlobMount } from '../../src/modules/registry/blobs/blob-mount.js';
import { BlobPull } from '../../src/modules/registry/blobs/blob-pull.js';
import { Uploads } from '../../src/modules/registry/blobs/uploads.js';
import { CHUNK_BYTES, HEADER_BYTES } from '../../src/modules/registry/domain/blob-container.js';
import { RegistryModule } from '../../src/modules/registry/registry.module.js';
import { GarbageCollection } from '../../src/modules/registry/upkeep/garbage-collection.js';
import { bytesOf } from '../harness/registry-contents.js';
import { blobStoreOn } from '../harness/blob-store.js';
import { openObjectStore } from '../harness/object-store.js';
import { type Installation, openInstallation, type Replica } from '../harness/simulation.js';

const SIZE_BYTES = CHUNK_BYTES + 100_000;

/** Where somebody who is not us may write what they like. */
interface Storage {
  readonly variables: Readonly<Record<string, string>>;
  read(digest: ContentDigest): Promise<Buffer>;
  write(digest: ContentDigest, bytes: Buffer): Promise<void>;
  remove(digest: ContentDigest): Promise<void>;
  /** Only where storage has paths. */
  readonly pathOf?: (digest: ContentDigest) => string;
  close(): Promise<void>;
}

/** What stands in place of the file. */
interface Replacement {
  readonly what: string;
  /** HEAD knows it without reading: another length, or no file. */
  readonly isSeen: boolean;
  readonly replace: (storage: Storage, digest: ContentDigest, other: ContentDigest) => Promise<void> | void;
}

const written = (what: string, isSeen: boolean, make: (own: Buffer, other: Buffer) => Buffer): Replacement => ({
  what,
  isSeen,
  replace: async (storage, digest, other) => storage.write(digest, make(await storage.read(digest), await storage.read(other))),
});
const flipped = (at: (whole: Buffer) => number) => (whole: Buffer): Buffer => Buffer.from(whole).fill(whole[at(whole)]! ^ 1, at(whole), at(whole) + 1);

const ANYWHERE: readonly Replacement[] = [
  { what: 'nothing', isSeen: true, replace: (storage, digest) => storage.remove(digest) },
  written('a file of no bytes', true, () => Buffer.alloc(0)),
  written('another blob’s file, which is as long', false, (_, other) => other),
  written('the first half', true, (own) => own.subarray(0, own.length / 2)),
  written('the file without its last byte', true, (own) => own.subarray(0, -1)),
  written('the file and a byte', true, (own) => Buffer.concat([own, Buffer.alloc(1)])),
  written('another blob’s header before its own records', false, (own, other) => Buffer.concat([other.subarray(0, HEADER_BYTES), own.subarray(HEADER_BYTES)])),
  written('its own header before another blob’s records', false, (own, other) => Buffer.concat([own.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)])),
  written('bytes of nobody', false, (own) => randomBytes(own.length)),
  written('a flipped bit in the first chunk', false, flipped(() => HEADER_BYTES + 1000)),
  written('a flipped bit in the last chunk', false, flipped((whole) => whole.length - 1000)),
];
const IN_PATHS: readonly Replacement[] = [
  { what: 'a directory', isSeen: true, replace: (storage, digest) => atPath(storage, digest, (path) => mkdirSync(path)) },
  { what: 'a directory that is not empty', isSeen: true, replace: (storage, digest) => atPath(storage, digest, (path) => mkdirSync(join(path, 'in it'), { recursive: true })) },
  { what: 'a link to a file outside', isSeen: true, replace: (storage, digest) => atPath(storage, digest, (path) => symlinkSync('/etc/passwd', path)) },
  { what: 'a link that leads nowhere', isSeen: true, replace: (storage, digest) => atPath(storage, digest, (path) => symlinkSync(path, path)) },
  { what: 'a pipe that nobody writes', isSeen: true, replace: (storage, digest) => atPath(storage, digest, (path) => assert.equal(spawnSync('mkfifo', [path]).status, 0)) },
];

function atPath({ pathOf }: Storage, digest: ContentDigest, put: (path: string) => void): void {
  const path = pathOf!(digest);
  rmSync(path);
  put(path);
}

function directoryStorage(directory: string): Storage {
  const pathOf = ({ algorithm, hex }: ContentDigest): string => join(directory, 'registry/blobs', algorithm, hex.slice(0, 2), hex);
  return {
    variables: {},
    pathOf,
    read: async (digest) => readFileSync(pathOf(digest)),
    write: async (digest, bytes) => {
      chmodSync(pathOf(digest), 0o600);
      writeFileSync(pathOf(digest), bytes);
    },
    remove: async (digest) => rmSync(pathOf(digest)),
    close: async () => undefined,
  };
}

async function bucketStorage(): Promise<Storage> {
  const store = await openObjectStore('stored');
  const client = s3ClientOf(store.settings, 2);
  const at = ({ algorithm, hex }: ContentDigest) => ({ Bucket: 'stored', Key: `blobs/${algorithm}/${hex}` });
  const { endpoint, region, accessKeyId, secretAccessKey } = store.settings;
  return {
    variables: { REGISTRY_S3_BUCKET: 'stored', S3_ENDPOINT: endpoint, S3_REGION: region, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
    read: async (digest) => Buffer.from(await (await client.send(new GetObjectCommand(at(digest)))).Body!.transformToByteArray()),
    write: async (digest, Body) => void (await client.send(new PutObjectCommand({ ...at(digest), Body }))),
    remove: async (digest) => void (await client.send(new DeleteObjectCommand(at(digest)))),
    close: async () => {
      client.destroy();
      await store.close();
    },
  };
}

for (const [place, replacements] of [['a directory', [...ANYWHERE, ...IN_PATHS]], ['a bucket', ANYWHERE]] as const) {
  describe(`a blob in ${place} that somebody replaced`, () => {
    let installation: Installation;
    let directory: string;
    let storage: Storage;
    let replica: Replica;
    let ann: Principal;

    before(async () => {
      installation = await openInstallation();
      directory = mkdtempSync(join(tmpdir(), 'quantonium-replaced-'));
      storage = place === 'a bucket' ? await bucketStorage() : directoryStorage(directory);
      replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, ...storage.variables });
      ann = await installation.person('operator', installation.red);
    });
    after(async () => {
      await installation.close();
      await storage.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const push = async (bytes: Buffer): Promise<ContentDigest> => {
      const digest = contentDigestOf(bytes);
      await replica.get(Uploads).put(ann, { name: 'red/app', bytes: bytesOf(bytes), declaredBytes: bytes.length }, digest);
      return digest;
    };
    const isTold = (digest: ContentDigest): Promise<boolean> => replica.get(BlobPull).size(ann, 'red/app', digest).then(() => true, isUnknown);
    const isUnknown = (cause: unknown): false => {
      assert.equal(cause instanceof Fault ? cause.kind.code : cause, 'blob-unknown');
      return false;
    };
    /** Bytes that come of it, until it breaks off; all of which must be right. */
    async function given(bytes: Buffer, range: ByteRange | null = null): Promise<number> {
      const header = range === null ? undefined : `bytes=${range.first}-${range.last}`;
      const pulled = await replica.get(BlobPull).open(ann, 'red/app', contentDigestOf(bytes), header).catch(isUnknown);
      if (pulled === false) return 0;
      let sent = 0;
      try {
        for await (const chunk of pulled.chunks) {
          assert.ok(chunk.equals(bytes.subarray((range?.first ?? 0) + sent, (range?.first ?? 0) + sent + chunk.length)), 'a wrong byte was sent');
          sent += chunk.length;
        }
      } catch (cause) {
        assert.equal((cause as Error).name, 'DamagedBlob');
      }
      return sent;
    }
    const recorded = async (digest: ContentDigest): Promise<number> =>
      (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.digest.mismatch%' AND convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [digest.hex])).length;

    for (const { what, isSeen, replace } of replacements) {
      it(`by ${what}: is not served, not told of, recorded once, and healed by a push`, async () => {
        const [bytes, others] = [randomBytes(SIZE_BYTES), randomBytes(SIZE_BYTES)];
        const [digest, other] = [await push(bytes), await push(others)];
        await replace(storage, digest, other);
        assert.equal(await isTold(digest), !isSeen);
        assert.ok((await given(bytes)) <= CHUNK_BYTES);
        assert.equal(await isTold(digest), false);
        assert.equal(await given(bytes), 0);
        assert.equal(await replica.get(BlobMount).mount(ann, 'red/other', digest, 'red/app'), false);
        assert.equal(await recorded(digest), 1);
        assert.equal(await given(others), SIZE_BYTES);
        await push(bytes);
        assert.equal(await isTold(digest), true);
        assert.equal(await given(bytes), SIZE_BYTES);
        assert.equal(await given(bytes, { first: CHUNK_BYTES - 5, last: CHUNK_BYTES + 5 }), 11);
      });
    }

    it('goes when it is deleted, whatever stands in its place', async () => {
      for (const { replace } of replacements) {
        const [digest, other] = [await push(randomBytes(1000)), await push(randomBytes(1000))];
        await replace(storage, digest, other);
        await replica.get(BlobDeletion).delete(ann, 'red/app', digest);
      }
      await replica.get(GarbageCollection).run(ann, false);
      assert.deepEqual(await installation.query(`SELECT digest FROM registry.blob WHERE state = 'deleting'`), []);
    });
  });
}

describe('a blob whose file its owner may not read', () => {
  it('is none, is told from a directory that is closed, and is healed by a push', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'quantonium-closed-'));
    const [bytes, owner] = [Buffer.from('of its owner'), 65_534];
    const digest = contentDigestOf(bytes);
    const shard = join(directory, 'store/blobs/sha256', digest.hex.slice(0, 2));
    try {
      chmodSync(directory, 0o777);
      process.seteuid!(owner); // Root reads everything.
      const store = blobStoreOn(join(directory, 'store'));
      const put = () => store.finish({ uploadId: 'one', first: null, bytes: bytesOf(bytes), bytesMax: 100 }, digest);
      await put();
      chmodSync(join(shard, digest.hex), 0);
      assert.equal(await store.open(digest), null);
      await put();
      await (await store.open(digest))!.close();
      chmodSync(shard, 0);
      await assert.rejects(store.open(digest), /EACCES/);
    } finally {
      process.seteuid!(0);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
