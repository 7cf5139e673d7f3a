import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type ContentDigest, contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { BlobStore } from '../blobs/blob-store.js';
import { Uploads } from '../blobs/uploads.js';
import { ManifestPush } from '../manifests/manifest-push.js';
import { RegistryModule } from '../registry.module.js';
import { Scrubber } from './scrubber.js';

const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const NEVER = new AbortController().signal;

async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('reading over what is stored, on real Postgres and a real directory', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let scrubber: Scrubber;
  let ann: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-scrub-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_SCRUB_BYTES_PER_SECOND: '100000000' });
    scrubber = replica.get(Scrubber);
    ann = await installation.person('operator', installation.red);
  });
  beforeEach(async () => {
    await installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob, registry.usage CASCADE');
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function put(text: string): Promise<ContentDigest> {
    const bytes = Buffer.from(text);
    await replica.get(Uploads).put(ann, { name: 'red/app', bytes: bytesOf(bytes), declaredBytes: bytes.length }, contentDigestOf(bytes));
    return contentDigestOf(bytes);
  }
  const pathOf = ({ algorithm, hex }: ContentDigest): string => join(directory, 'registry/blobs', algorithm, hex.slice(0, 2), hex);
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await installation.query<{ digest: string; state: string }>('SELECT digest, state FROM registry.blob')).map(({ digest, state }) => [digest, state]));
  /** As if all had been read over two days ago. */
  const grow = () => installation.query(`UPDATE registry.blob SET verified_at = now() - interval '2 days'`);
  const mismatches = async (): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.digest.mismatch%'`)).length;

  it('finds a flipped byte and a missing file, marks both, records each once, and leaves the whole one', async () => {
    const [flipped, missing, whole] = [await put('one'), await put('two'), await put('three')];
    const bytes = readFileSync(pathOf(flipped));
    bytes[bytes.length - 1]! ^= 1;
    chmodSync(pathOf(flipped), 0o600);
    writeFileSync(pathOf(flipped), bytes);
    rmSync(pathOf(missing));
    const before = await mismatches();
    await grow();
    assert.equal(await scrubber.blobs(NEVER), 3);
    assert.deepEqual(await states(), { [formatContentDigest(flipped)]: 'damaged', [formatContentDigest(missing)]: 'damaged', [formatContentDigest(whole)]: 'whole' });
    assert.equal((await mismatches()) - before, 2);
    await put('one');
    assert.equal((await states())[formatContentDigest(flipped)], 'whole');
  });

  it('reads nothing that was read within the day, the longest unread first, and goes on where it was stopped', async () => {
    await put('one');
    const older = await put('two');
    assert.equal(await scrubber.blobs(NEVER), 0);
    await grow();
    await installation.query(`UPDATE registry.blob SET verified_at = now() - interval '3 days' WHERE digest = $1`, [formatContentDigest(older)]);
    assert.equal(await scrubber.blobs(AbortSignal.abort()), 0);
    assert.equal(await scrubber.blobs(NEVER), 2);
    const [first] = await installation.query<{ digest: string }>('SELECT digest FROM registry.blob ORDER BY verified_at LIMIT 1');
    assert.equal(first!.digest, formatContentDigest(older));
  });

  it('shares the blobs with another process', async () => {
    for (const text of ['one', 'two', 'three', 'four']) await put(text);
    await grow();
    const read = await Promise.all([scrubber.blobs(NEVER), scrubber.blobs(NEVER)]);
    assert.equal(read[0]! + read[1]!, 4);
  });

  it('removes files that no row has known for a day, and none that is younger or known', async () => {
    const known = await put('known');
    const store = replica.get(BlobStore);
    const orphan = async (text: string, id: string): Promise<ContentDigest> => {
      const digest = contentDigestOf(Buffer.from(text));
      await store.finish({ uploadId: id, first: null, bytes: bytesOf(Buffer.from(text)), bytesMax: 1000 }, digest);
      return digest;
    };
    const young = await orphan('young', '019a94de-4b70-7c00-8000-0000000000a1');
    const old = await orphan('old', '019a94de-4b70-7c00-8000-0000000000a2');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    for (const digest of [known, old]) utimesSync(pathOf(digest), twoDaysAgo, twoDaysAgo);
    const { orphans } = await scrubber.rows();
    assert.equal(orphans, 1);
    assert.deepEqual((await store.list('', 10)).map(({ digest }) => digest.hex).sort(), [known.hex, young.hex].sort());
    assert.deepEqual(Object.keys(await states()), [formatContentDigest(known)]);
  });

  it('tells a manifest whose bytes and a tag whose row were changed past us', async () => {
    const layer = await put('layer');
    const descriptor = { mediaType: 'application/octet-stream', digest: formatContentDigest(layer), size: 5 };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, config: descriptor, layers: [] }));
    const push = (tag: string) => replica.get(ManifestPush).put(ann, { name: 'red/app', reference: { tag }, contentType: MEDIA_TYPE, bytes, tags: [] });
    await push('one');
    await push('two');
    assert.deepEqual(await scrubber.rows(), { orphans: 0, orphanBytes: 0, manifests: 1, tags: 2, damaged: 0 });
    const before = await mismatches();
    await installation.query('UPDATE registry.manifest SET bytes = $1', [Buffer.from('{}')]);
    await installation.query(`UPDATE registry.tag SET version = 7 WHERE name = 'two'`);
    assert.equal((await scrubber.rows()).damaged, 2);
    assert.equal((await mismatches()) - before, 2);
  });
});
