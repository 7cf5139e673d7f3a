import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type ContentDigest, contentDigestOf } from '#pure/oci/content-digest.js';
import type { BlobStore, Piece } from '../../src/modules/registry/blobs/blob-store.js';
import type { Answer } from '../harness/api.js';
import { blobStoreOn } from '../harness/blob-store.js';
import { installedHome } from '../harness/installed-home.js';
import { digestOf, type OciErrors, RegistryClient } from '../harness/registry-client.js';
import { type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { filesIn } from './registry-installation.js';
import { openSmallDisk, type SmallDisk } from './small-disk.js';

const MIB = 1024 * 1024;

/** The built server, whose registry is on a disk of 24 MiB that somebody else fills. */
describe('a registry whose disk is full', () => {
  let home: TestHome;
  let server: RunningServer;
  let disk: SmallDisk;
  let client: RegistryClient;
  const small = randomBytes(MIB);
  const bytes = randomBytes(18 * MIB);
  const digest = digestOf(bytes);
  let location: string;
  const acknowledged = 8 * MIB;

  before(async () => {
    home = await installedHome();
    const directory = join(home.environment['QUANTONIUM_DATA_DIR']!, 'registry');
    mkdirSync(directory, { recursive: true });
    disk = openSmallDisk(directory, 24 * MIB);
    server = await startServer(home);
    client = await RegistryClient.of(server);
  });
  after(async () => {
    try {
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      disk.close();
      await home.dispose();
    }
  });

  const isRefused = (answer: Answer<OciErrors>): void => {
    assert.equal(answer.status, 507, answer.text);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    const [error] = answer.body.errors as unknown as { code: string; detail: { code: string } }[];
    assert.deepEqual([error!.code, error!.detail.code], ['UNKNOWN', 'storage-full']);
  };
  const isAt = async (receivedBytes: number): Promise<void> => {
    const answer = await client.send('GET', location);
    assert.deepEqual([answer.status, answer.headers.get('range')], [204, `0-${receivedBytes - 1}`]);
  };
  const spooled = (): readonly string[] => filesIn(join(disk.directory, 'uploads'));

  it('refuses a piece with 507, and the upload is where it was', async () => {
    assert.equal((await client.pushBlob('app', small)).status, 201);
    location = await client.open('app');
    assert.equal((await client.patch(location, bytes.subarray(0, acknowledged))).status, 202);
    disk.fill(4 * MIB);
    const before = spooled();
    isRefused(await client.patch(location, bytes.subarray(acknowledged), acknowledged));
    await isAt(acknowledged);
    assert.deepEqual(spooled(), before);
  });

  it('refuses the last piece, and a blob in one request, and there is no blob', async () => {
    const before = spooled();
    isRefused(await client.finish(location, digest, bytes.subarray(acknowledged), acknowledged));
    await isAt(acknowledged);
    isRefused(await client.send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: bytes, headers: { 'content-type': 'application/octet-stream' } }));
    assert.deepEqual(spooled(), before);
    assert.equal((await client.send('HEAD', `/v2/app/blobs/${digest}`)).status, 404);
  });

  it('refuses a single byte when there is no room at all, and goes on serving', async () => {
    disk.fill();
    isRefused(await client.patch(location, bytes.subarray(acknowledged, acknowledged + 1), acknowledged));
    await isAt(acknowledged);
    isRefused(await client.send('POST', `/v2/app/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x', headers: { 'content-type': 'application/octet-stream' } }));
    assert.ok((await client.bytes(`/v2/app/blobs/${digestOf(small)}`)).bytes.equals(small));
    assert.match(server.output(), /there is no room for blobs/);
  });

  it('goes on with the same upload when there is room', async () => {
    disk.makeRoom();
    assert.equal((await client.patch(location, bytes.subarray(acknowledged, 12 * MIB), acknowledged)).status, 202);
    assert.equal((await client.finish(location, digest, bytes.subarray(12 * MIB), 12 * MIB)).status, 201);
    assert.ok((await client.bytes(`/v2/app/blobs/${digest}`)).bytes.equals(bytes));
    assert.deepEqual(spooled(), []);
  });
});

describe('a blob store whose disk is full', () => {
  let directory: string;
  let disk: SmallDisk;
  let store: BlobStore;
  let uploads = 0;
  const newId = (): string => `upload-${(uploads += 1)}`;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-small-disk-'));
    disk = openSmallDisk(directory, 16 * MIB, 64);
    store = blobStoreOn(directory);
  });
  afterEach(() => {
    disk.close();
    rmSync(directory, { recursive: true });
  });

  async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
  }
  const pieceOf = (uploadId: string, bytes: Uint8Array, first: number | null = null): Piece => ({ uploadId, bytes: pieces(bytes), first, bytesMax: 100 * MIB });
  async function read(digest: ContentDigest): Promise<Buffer> {
    const blob = (await store.open(digest))!;
    const parts: Buffer[] = [];
    for await (const part of blob.read(null)) parts.push(part);
    await blob.close();
    return Buffer.concat(parts);
  }

  it('takes a blob whole or goes back to what was acknowledged, wherever the room ends, in the same process and in the next', async () => {
    const bytes = randomBytes(3 * MIB + 5);
    const digest = contentDigestOf(bytes);
    const outcomes = new Set<string>();
    for (let leftBytes = 0; leftBytes <= 3 * MIB; leftBytes += 300 * 1024) {
      const uploadId = newId();
      const acknowledged = MIB + 17;
      assert.equal(await store.append(pieceOf(uploadId, bytes.subarray(0, acknowledged))), acknowledged);
      disk.fill(leftBytes);
      const outcome = await store.finish(pieceOf(uploadId, bytes.subarray(acknowledged), acknowledged), digest);
      outcomes.add(typeof outcome);
      if (outcome === 'no-space') {
        assert.equal(await store.open(digest), null);
        if (uploads % 2 === 0) store = blobStoreOn(directory);
        assert.equal(await store.received(uploadId), acknowledged);
        disk.makeRoom();
        assert.deepEqual(await store.finish(pieceOf(uploadId, bytes.subarray(acknowledged), acknowledged), digest), { sizeBytes: bytes.length });
      } else assert.deepEqual(outcome, { sizeBytes: bytes.length });
      assert.ok((await read(digest)).equals(bytes));
      assert.equal(await store.remove(digest, uploadId), true);
      disk.makeRoom();
    }
    assert.deepEqual([...outcomes].sort(), ['object', 'string']);
  });

  it('removes what it is told to, though not a directory can be made any more', async () => {
    const bytes = randomBytes(MIB);
    const uploadId = newId();
    await store.finish(pieceOf(uploadId, bytes), contentDigestOf(bytes));
    disk.fill();
    disk.fillNames();
    assert.equal(await store.finish(pieceOf(newId(), bytes), contentDigestOf(bytes)), 'no-space');
    assert.equal(await store.remove(contentDigestOf(bytes), uploadId), true);
    assert.equal(await store.open(contentDigestOf(bytes)), null);
    assert.deepEqual(readdirSync(join(directory, 'removed')), []);
  });
});
