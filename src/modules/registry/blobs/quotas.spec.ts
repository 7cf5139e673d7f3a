import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Fault } from '#pure/fault/fault.js';
import { contentDigestOf } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { bytesOf } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { RegistryModule } from '../registry.module.js';
import { BlobDeletion } from './blob-deletion.js';
import { BlobMount } from './blob-mount.js';
import { Quotas } from './quotas.js';
import { Uploads } from './uploads.js';

const QUOTA = 1000;

const unread = { [Symbol.asyncIterator]: () => assert.fail('it was read') } as AsyncIterable<Uint8Array>;
const layer = (letter: string, lengthBytes: number): Buffer => Buffer.alloc(lengthBytes, letter);

describe(`a project that may have ${QUOTA} bytes`, () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let push: Uploads;
  let ann: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-quota-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_PROJECT_QUOTA_BYTES: String(QUOTA) });
    push = replica.get(Uploads);
    ann = await installation.person('operator', null);
  });
  beforeEach(() => installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob, registry.usage, registry.project_policy CASCADE'));
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const put = (name: string, bytes: Buffer, declaredBytes: number | null = bytes.length): Promise<void> => push.put(ann, { name, bytes: bytesOf(bytes), declaredBytes }, contentDigestOf(bytes));
  const used = async (): Promise<number> => (await replica.get(Quotas).standing(ann, installation.red)).usedBytes;
  const full = (usedBytes: number, quotaBytes = QUOTA) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, 'quota-exceeded', String(fault));
    assert.deepEqual(fault.context.members, { usedBytes, quotaBytes });
    return true;
  };

  it('takes what fits to the last byte, and no byte more', async () => {
    await put('red/app', layer('a', 600));
    await put('red/app', layer('b', 400));
    assert.equal(await used(), QUOTA);
    await assert.rejects(put('red/app', layer('c', 1), null), full(QUOTA));
    assert.equal(await used(), QUOTA);
  });

  it('refuses what announces too much before a byte of it is read', async () => {
    await assert.rejects(push.put(ann, { name: 'red/app', bytes: unread, declaredBytes: QUOTA + 1 }, contentDigestOf(layer('a', 1))), full(0));
  });

  it('refuses what does not say how much comes as soon as too much has come', async () => {
    const uploadId = await push.open(ann, 'red/app');
    await push.append(ann, { name: 'red/app', uploadId, bytes: bytesOf(layer('a', 700)), declaredBytes: null, first: null });
    await assert.rejects(push.append(ann, { name: 'red/app', uploadId, bytes: bytesOf(layer('a', 200), layer('a', 200)), declaredBytes: null, first: null }), full(0));
    assert.equal(await push.received(ann, { name: 'red/app', uploadId }), 700);
  });

  it('holds for an upload what it has announced', async () => {
    const uploadId = await push.open(ann, 'red/app');
    await push.append(ann, { name: 'red/app', uploadId, bytes: bytesOf(layer('a', 700)), declaredBytes: 700, first: null });
    await assert.rejects(put('red/app', layer('b', 301)), full(0));
    await put('red/app', layer('b', 300));
    await push.finish(ann, { name: 'red/app', uploadId, bytes: bytesOf(), declaredBytes: 0, first: null }, contentDigestOf(layer('a', 700)));
    assert.equal(await used(), QUOTA);
    assert.equal((await replica.get(Quotas).standing(ann, installation.red)).reservedBytes, 0);
  });

  it('counts a blob once in a project, and for each project that shows it', async () => {
    await put('red/app', layer('a', 600));
    assert.equal(await replica.get(BlobMount).mount(ann, 'red/other', contentDigestOf(layer('a', 600)), 'red/app'), true);
    assert.equal(await used(), 600);
    await put('blue/app', layer('b', 500));
    await assert.rejects(replica.get(BlobMount).mount(ann, 'blue/app', contentDigestOf(layer('a', 600)), 'red/app'), full(1100));
    await replica.get(BlobDeletion).delete(ann, 'red/app', contentDigestOf(layer('a', 600)));
    assert.equal(await used(), 600);
    await replica.get(BlobDeletion).delete(ann, 'red/other', contentDigestOf(layer('a', 600)));
    assert.equal(await used(), 0);
  });

  it('goes by the policy of a project that has one, and by zero too', async () => {
    await installation.query('INSERT INTO registry.project_policy (project_id, quota_bytes) VALUES ($1, 0)', [installation.red]);
    await assert.rejects(put('red/app', layer('a', 1)), full(0, 0));
    await put('blue/app', layer('a', 1));
  });

  it('lets no two pushes pass it together, nor count one blob twice', async () => {
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((letter) => put('red/app', layer(letter, 400))));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal(await used(), 800);
    await Promise.all(['red/one', 'red/two', 'red/three', 'red/four'].map((name) => put(name, layer('e', 100))));
    assert.equal(await used(), 900);
  });
});
