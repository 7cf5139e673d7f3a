import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Fault } from '#pure/fault/fault.js';
import { type ContentDigest, contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { CONFIG, descriptorOf, IMAGE } from '../../../../test/harness/registry-client.js';
import { bytesOf } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { Uploads } from '../blobs/uploads.js';
import { RegistryModule } from '../registry.module.js';
import { CheckedManifests } from './checked-manifests.js';
import { ManifestDeletion } from './manifest-deletion.js';
import { ManifestPull } from './manifest-pull.js';
import { ManifestPush } from './manifest-push.js';

describe('pulling manifests, on real Postgres', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let pull: ManifestPull;
  let ann: Principal;
  let bea: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-manifests-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    pull = replica.get(ManifestPull);
    ann = await installation.person('operator', installation.red);
    bea = await installation.person('operator', installation.blue);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** An image of its own, under the tag. */
  async function pushed(name: string, tag: string): Promise<{ readonly bytes: Buffer; readonly digest: ContentDigest }> {
    const config = Buffer.from(JSON.stringify({ name, tag }));
    await replica.get(Uploads).put(ann, { name, bytes: bytesOf(config), declaredBytes: config.length }, contentDigestOf(config));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, config), layers: [] }));
    await replica.get(ManifestPush).put(ann, { name, reference: { tag }, contentType: IMAGE, bytes, tags: [] });
    return { bytes, digest: contentDigestOf(bytes) };
  }
  const refusal = (code: string) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, code, String(fault));
    return true;
  };
  const mismatches = async (): Promise<number> => (await installation.query(`SELECT FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%registry.digest.mismatch%'`)).length;

  it('gives those who ask at the same time each what they asked for, in one statement', async () => {
    const [one, two] = [await pushed('red/many', 'one'), await pushed('red/many', 'two')];
    let statements = 0;
    const uow = replica.get(UnitOfWork);
    const { read } = uow;
    uow.read = (principal, work) => read.call(uow, principal, (reading) => ((statements += 1), work(reading))) as never;
    try {
      const found = await Promise.all([
        pull.describe(ann, 'red/many', { tag: 'one' }),
        pull.describe(ann, 'red/many', { tag: 'two' }),
        pull.describe(ann, 'red/many', { digest: one.digest }),
        pull.describe(ann, 'red/many', { tag: 'one' }),
        ...[{ tag: 'none' }, { digest: contentDigestOf(Buffer.from('none')) }].map((reference) => pull.describe(ann, 'red/many', reference).then(() => null, (fault: Fault) => fault.kind.code)),
      ]);
      const [first, second] = [formatContentDigest(one.digest), formatContentDigest(two.digest)];
      assert.deepEqual(found.map((each) => (each !== null && typeof each === 'object' ? each.digest : each)), [first, second, first, first, 'manifest-unknown', 'manifest-unknown']);
    } finally {
      uow.read = read;
    }
    assert.equal(statements, 1);
    await assert.rejects(pull.describe(bea, 'red/many', { tag: 'one' }), refusal('manifest-unknown'));
  });

  it('sees from one pull to the next that a tag was moved and that a manifest is gone', async () => {
    const [one, two] = [await pushed('red/moved', 'v1'), await pushed('red/moved', 'v2')];
    assert.deepEqual((await pull.get(ann, 'red/moved', { tag: 'v1' })).bytes, one.bytes);
    await replica.get(ManifestPush).put(ann, { name: 'red/moved', reference: { tag: 'v1' }, contentType: IMAGE, bytes: two.bytes, tags: [] });
    assert.deepEqual((await pull.get(ann, 'red/moved', { tag: 'v1' })).bytes, two.bytes);
    await replica.get(ManifestDeletion).delete(ann, 'red/moved', two.digest);
    await assert.rejects(pull.get(ann, 'red/moved', { digest: two.digest }), refusal('manifest-unknown'));
    await assert.rejects(pull.get(ann, 'red/moved', { tag: 'v1' }), refusal('manifest-unknown'));
  });

  it('gives no bytes that were changed past us, also of a manifest that it has given before, and those that are right again', async () => {
    const { bytes, digest } = await pushed('red/changed', 'v1');
    for (let time = 0; time < 2; time += 1) assert.deepEqual((await pull.get(ann, 'red/changed', { tag: 'v1' })).bytes, bytes);
    const before = await mismatches();
    const set = (to: Uint8Array) => installation.query('UPDATE registry.manifest SET bytes = $1 WHERE digest = $2', [to, formatContentDigest(digest)]);
    await set(Buffer.from(bytes.toString().replace('"layers"', '"Layers"')));
    for (const reference of [{ tag: 'v1' }, { digest }]) await assert.rejects(pull.get(ann, 'red/changed', reference), refusal('manifest-unknown'));
    assert.equal((await mismatches()) - before, 2);
    await set(bytes);
    assert.deepEqual((await pull.get(ann, 'red/changed', { digest })).bytes, bytes);
  });

  it('believes no tag that was moved past us', async () => {
    const [one, two] = [await pushed('red/forged', 'v1'), await pushed('red/forged', 'v2')];
    await pull.get(ann, 'red/forged', { tag: 'v1' });
    const before = await mismatches();
    await installation.query(`UPDATE registry.tag SET digest = $1 WHERE name = 'v1' AND digest = $2`, [formatContentDigest(two.digest), formatContentDigest(one.digest)]);
    await assert.rejects(pull.get(ann, 'red/forged', { tag: 'v1' }), refusal('manifest-unknown'));
    await assert.rejects(pull.describe(ann, 'red/forged', { tag: 'v1' }), refusal('manifest-unknown'));
    assert.equal((await mismatches()) - before, 2);
    assert.deepEqual((await pull.get(ann, 'red/forged', { tag: 'v2' })).bytes, two.bytes);
  });
});

describe('manifests that were checked', () => {
  const row = (n: number, rowVersion = '1') => ({ repositoryId: 'r', digest: `sha256:${n}`, rowVersion });

  it('are known by the version of their row', () => {
    const checked = new CheckedManifests();
    checked.keep(row(1), Buffer.from('one'));
    assert.equal(checked.find(row(1))?.toString(), 'one');
    for (const other of [row(2), row(1, '2'), { ...row(1), repositoryId: 's' }]) assert.equal(checked.find(other), null);
  });

  it('take 16 MiB at most, of which those that nobody has asked for go first', () => {
    const checked = new CheckedManifests();
    const bytes = Buffer.alloc(4 * 1024 * 1024 - 1024);
    for (let n = 0; n < 4; n += 1) checked.keep(row(n), bytes);
    checked.find(row(0));
    checked.keep(row(4), bytes);
    checked.keep(row(4), bytes);
    assert.deepEqual([0, 1, 2, 3, 4].map((n) => checked.find(row(n)) !== null), [true, false, true, true, true]);
    checked.keep(row(5), Buffer.alloc(20 * 1024 * 1024));
    assert.deepEqual([0, 1, 2, 3, 4, 5].map((n) => checked.find(row(n)) !== null), [false, false, false, false, false, false]);
  });
});
