import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, truncateSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AwaitedBytes } from '#platform/http/streamed-body.js';
import type { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { bytesOf } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { BlobPull } from './blob-pull.js';
import { type ContentDigest, formatContentDigest } from '#pure/oci/content-digest.js';
import { RegistryModule } from '../registry.module.js';
import { UploadSweep } from './upload-sweep.js';
import { OPEN_UPLOADS_MAX, Uploads } from './uploads.js';

const LAYER = Buffer.from('a layer of an image');
const DIGEST: ContentDigest = { algorithm: 'sha256', hex: createHash('sha256').update(LAYER).digest('hex') };

describe('pushing blobs, on real Postgres and a real directory', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let push: Uploads;
  let pull: BlobPull;
  let ann: Principal;
  let bea: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-push-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    push = replica.get(Uploads);
    pull = replica.get(BlobPull);
    ann = await installation.person('operator', installation.red);
    bea = await installation.person('operator', installation.blue);
  });
  beforeEach(async () => {
    await installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob CASCADE');
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function put(who: Principal, name: string, chunks: readonly Uint8Array[] = [LAYER], digest = DIGEST): Promise<void> {
    const uploadId = await push.open(who, name);
    await push.finish(who, { name, uploadId, bytes: bytesOf(...chunks), declaredBytes: null, first: null }, digest);
  }
  const refusal = (code: string) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, code, String(fault));
    return true;
  };
  const rows = async (): Promise<unknown> =>
    (await installation.query('SELECT (SELECT count(*)::int FROM registry.blob) AS blobs, (SELECT count(*)::int FROM registry.repository) AS repositories, (SELECT count(*)::int FROM registry.repository_blob) AS shown'))[0];
  const pushes = async (): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.blob.push%'`)).length;

  it('makes a blob visible in its repository, with its entry', async () => {
    const before = await pushes();
    await put(ann, 'red/app');
    assert.equal(await pull.size(ann, 'red/app', DIGEST), LAYER.length);
    const { chunks, sizeBytes } = await pull.open(ann, 'red/app', DIGEST, undefined);
    assert.equal(sizeBytes, LAYER.length);
    assert.deepEqual(Buffer.concat(await Readable.from(chunks).toArray()), LAYER);
    assert.equal((await pushes()) - before, 1);
  });

  it('records the upload that it opens, and opens none that cannot be recorded', async () => {
    const uploads = async (): Promise<number> => (await installation.query('SELECT FROM registry.upload')).length;
    const uploadId = await push.open(ann, 'red/app');
    const entries = await installation.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.upload.open%' AND convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, [uploadId]);
    assert.equal(entries.length, 1);
    const before = await uploads();
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(push.open(ann, 'red/app'), refusal('audit-unavailable'));
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
    assert.equal(await uploads(), before);
  });

  it('shows a blob only where it was pushed, and only to who may pull there', async () => {
    await put(ann, 'red/app');
    await assert.rejects(pull.size(ann, 'red/other', DIGEST), refusal('blob-unknown'));
    await assert.rejects(pull.size(bea, 'red/app', DIGEST), refusal('blob-unknown'));
    await assert.rejects(pull.size(bea, 'blue/app', DIGEST), refusal('blob-unknown'));
    await assert.rejects(pull.size(bea, 'green/app', DIGEST), refusal('blob-unknown'));
  });

  it('stores equal bytes once and shows them in each repository that received them', async () => {
    await put(ann, 'red/app');
    await put(bea, 'blue/app');
    assert.deepEqual(await rows(), { blobs: 1, repositories: 2, shown: 2 });
    assert.equal(await pull.size(bea, 'blue/app', DIGEST), LAYER.length);
  });

  it('refuses who may not push, and a project that does not exist like one that is foreign', async () => {
    const viewer = await installation.person('viewer', installation.red);
    await assert.rejects(push.open(viewer, 'red/app'), refusal('forbidden'));
    await assert.rejects(push.open(ann, 'blue/app'), refusal('name-unknown'));
    await assert.rejects(push.open(ann, 'green/app'), refusal('name-unknown'));
    await assert.rejects(push.open(ann, 'app'), refusal('name-unknown'));
  });

  it('refuses bytes of another digest, keeps the upload open, and takes the right ones then', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const received = (bytes: AsyncIterable<Uint8Array>) => push.finish(ann, { name: 'red/app', uploadId, bytes, declaredBytes: null, first: null }, DIGEST);
    await assert.rejects(received(bytesOf(Buffer.from('other'))), refusal('digest-invalid'));
    assert.deepEqual(await rows(), { blobs: 0, repositories: 0, shown: 0 });
    await received(bytesOf(LAYER));
    await assert.rejects(received(bytesOf(LAYER)), refusal('blob-upload-unknown'));
  });

  it('refuses an upload of somebody else, of another repository, and one that has expired', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const other = await installation.person('operator', installation.red);
    const received = (who: Principal, name: string) => push.finish(who, { name, uploadId, bytes: bytesOf(LAYER), declaredBytes: null, first: null }, DIGEST);
    await assert.rejects(received(other, 'red/app'), refusal('blob-upload-unknown'));
    await assert.rejects(received(ann, 'red/other'), refusal('blob-upload-unknown'));
    await installation.query('UPDATE registry.upload SET expires_at = now()');
    await assert.rejects(received(ann, 'red/app'), refusal('blob-upload-unknown'));
    await replica.get(UploadSweep).sweep();
    assert.equal((await installation.query('SELECT FROM registry.upload')).length, 0);
    const told = await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.upload.expire%' AND convert_from(body, 'UTF8') LIKE $1`, [`%${uploadId}%`]);
    assert.equal(told.length, 1);
  });

  it('refuses what announces more than a blob may have, without reading it', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const unread = { [Symbol.asyncIterator]: () => assert.fail('it was read') } as AsyncIterable<Uint8Array>;
    await assert.rejects(push.finish(ann, { name: 'red/app', uploadId, bytes: unread, declaredBytes: 11 * 1024 ** 3, first: null }, DIGEST), refusal('size-invalid'));
  });

  it('refuses more open uploads than one may have', async () => {
    for (let count = 0; count < OPEN_UPLOADS_MAX; count += 1) await push.open(ann, 'red/app');
    await assert.rejects(push.open(ann, 'red/app'), refusal('uploads-exhausted'));
  });

  it('keeps what came of a piece whose sender fell silent, and takes the rest', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const [first, rest] = [LAYER.subarray(0, 7), LAYER.subarray(7)];
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield first;
      await new Promise<never>(() => {});
    }
    let stalled = 0;
    const bytes = { [Symbol.asyncIterator]: () => new AwaitedBytes(silent(), 60, () => (stalled += 1)) };
    await assert.rejects(push.append(ann, { name: 'red/app', uploadId, bytes, declaredBytes: LAYER.length, first: 0 }), refusal('blob-upload-invalid'));
    assert.equal(stalled, 1);
    assert.equal(await push.received(ann, { name: 'red/app', uploadId }), first.length);
    await push.finish(ann, { name: 'red/app', uploadId, bytes: bytesOf(rest), declaredBytes: rest.length, first: first.length }, DIGEST);
    assert.equal(await pull.size(ann, 'red/app', DIGEST), LAYER.length);
  });

  it('asks for the right to push again when the bytes come', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const withoutScope: Principal = { ...ann, scopes: new Set(['read:data']) };
    await assert.rejects(push.finish(withoutScope, { name: 'red/app', uploadId, bytes: bytesOf(LAYER), declaredBytes: null, first: null }, DIGEST), refusal('insufficient-scope'));
  });

  it('lets one of two that end the same upload win', async () => {
    const uploadId = await push.open(ann, 'red/app');
    const outcomes = await Promise.allSettled([1, 2].map(() => push.finish(ann, { name: 'red/app', uploadId, bytes: bytesOf(LAYER), declaredBytes: null, first: null }, DIGEST)));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(await rows(), { blobs: 1, repositories: 1, shown: 1 });
  });

  it('takes many pushes of the same new repository at once', async () => {
    const before = await pushes();
    await Promise.all(Array.from({ length: 8 }, () => put(ann, 'red/busy')));
    assert.deepEqual(await rows(), { blobs: 1, repositories: 1, shown: 1 });
    assert.equal((await pushes()) - before, 8);
  });

  it('shows nothing when the entry cannot be written: the bytes are there and nobody can see them', async () => {
    const uploadId = await push.open(ann, 'red/app');
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(push.finish(ann, { name: 'red/app', uploadId, bytes: bytesOf(LAYER), declaredBytes: null, first: null }, DIGEST), refusal('audit-unavailable'));
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
    assert.deepEqual(await rows(), { blobs: 0, repositories: 0, shown: 0 });
    await assert.rejects(pull.size(ann, 'red/app', DIGEST), refusal('blob-unknown'));
    for (const owner of readdirSync(join(directory, 'registry/uploads'))) assert.deepEqual(readdirSync(join(directory, 'registry/uploads', owner)), []);
    await put(ann, 'red/app');
    assert.equal(await pull.size(ann, 'red/app', DIGEST), LAYER.length);
  });

  it('does not tell of a blob whose bytes are gone or cut, and a new push heals it', async () => {
    await put(ann, 'red/app');
    const path = join(directory, 'registry/blobs/sha256', DIGEST.hex.slice(0, 2), DIGEST.hex);
    chmodSync(path, 0o600);
    truncateSync(path, 3);
    await assert.rejects(pull.size(ann, 'red/app', DIGEST), refusal('blob-unknown'));
    await assert.rejects(pull.open(ann, 'red/app', DIGEST, undefined), refusal('blob-unknown'));
    rmSync(path);
    await assert.rejects(pull.open(ann, 'red/app', DIGEST, undefined), refusal('blob-unknown'));
    await put(ann, 'red/app');
    assert.equal(await pull.size(ann, 'red/app', DIGEST), LAYER.length);
    assert.equal(formatContentDigest(DIGEST), `sha256:${DIGEST.hex}`);
  });
});
