import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { SystemRandomness } from '#platform/system/randomness.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import { type ContentDigest, contentDigestOf, formatContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { descriptorOf, IMAGE } from '../../../../test/harness/registry-client.js';
import { bytesOf, manifestBytes, RegistryContents } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import { BlobStore } from '../blobs/blob-store.js';
import { RegistryModule } from '../registry.module.js';
import { ScrubRuns } from './scrub-runs.js';
import { Scrubber } from './scrubber.js';

const NEVER = new AbortController().signal;

describe('reading over what is stored, on real Postgres and a real directory', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let scrubber: Scrubber;
  let runs: ScrubRuns;
  let contents: RegistryContents;
  let ann: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-scrub-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory, REGISTRY_SCRUB_BYTES_PER_SECOND: '100000000' });
    scrubber = replica.get(Scrubber);
    runs = replica.get(ScrubRuns);
    ann = await installation.person('operator', installation.red);
    contents = new RegistryContents(replica, ann);
  });
  beforeEach(async () => {
    await installation.query('TRUNCATE registry.upload, registry.repository_blob, registry.repository, registry.blob, registry.usage, registry.upkeep_run CASCADE');
    rmSync(join(directory, 'registry'), { recursive: true, force: true });
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const put = (text: string): Promise<ContentDigest> => contents.blob('red/app', Buffer.from(text));
  const pathOf = ({ algorithm, hex }: ContentDigest): string => join(directory, 'registry/blobs', algorithm, hex.slice(0, 2), hex);
  /** An image whose config is this blob; its digest. */
  const push = (text: string, tag: string, name = 'red/app'): Promise<string> =>
    contents.manifest(name, manifestBytes(IMAGE, { config: descriptorOf('application/octet-stream', text), layers: [] }), tag);
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await installation.query<{ digest: string; state: string }>('SELECT digest, state FROM registry.blob')).map(({ digest, state }) => [digest, state]));
  /** As if all had been read over two days ago. */
  const grow = () => installation.query(`UPDATE registry.blob SET verified_at = now() - interval '2 days'`);
  const recorded = async (code: string): Promise<readonly string[]> =>
    (await installation.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE $1`, [`%"event_code":"${code}"%`])).map(({ body }) => body);
  const mismatches = async (): Promise<number> => (await recorded('registry.digest.mismatch')).length;
  const repository = async (name: string): Promise<string> => (await installation.query<{ id: string }>('SELECT id FROM registry.repository WHERE name = $1', [name]))[0]!.id;
  const newId = (): string => new SystemRandomness().uuidv7(Date.now());
  function flip(path: string): void {
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
  }

  it('finds a flipped byte and a missing file, marks both, records each once, and leaves the whole one', async () => {
    const [flipped, missing, whole] = [await put('one'), await put('two'), await put('three')];
    flip(pathOf(flipped));
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
    await put('layer');
    await push('layer', 'one');
    await push('layer', 'two');
    assert.deepEqual(await scrubber.rows(), { files: 1, orphans: 0, orphanBytes: 0, missing: 0, blobs: 0, manifests: 1, tags: 2, damaged: 0, findings: [] });
    const before = await mismatches();
    await installation.query('UPDATE registry.manifest SET bytes = $1', [Buffer.from('{}')]);
    await installation.query(`UPDATE registry.tag SET version = 7 WHERE name = 'two'`);
    const { damaged, findings } = await scrubber.rows();
    assert.equal(damaged, 2);
    assert.deepEqual(findings.map(({ kind, tags }) => [kind, tags]), [['manifest', ['red/app:one', 'red/app:two']], ['tag', ['two']]]);
    assert.equal((await mismatches()) - before, 2);
  });

  it('finds files that are gone or cut short without reading one, with the tags that lead to them', async () => {
    const [gone, cut, whole] = [await put('gone'), await put('cut short'), await put('whole')];
    await push('gone', 'latest');
    await push('gone', 'v1');
    rmSync(pathOf(gone));
    chmodSync(pathOf(cut), 0o600);
    truncateSync(pathOf(cut));
    const { missing, damaged, findings, files } = await scrubber.rows();
    assert.deepEqual([files, missing, damaged], [2, 2, 2]);
    assert.deepEqual(new Map(findings.map(({ digest, tags }) => [digest, tags])).get(formatContentDigest(gone)), ['red/app:latest', 'red/app:v1']);
    assert.deepEqual(await states(), { [formatContentDigest(gone)]: 'damaged', [formatContentDigest(cut)]: 'damaged', [formatContentDigest(whole)]: 'whole' });
    assert.equal((await scrubber.rows()).missing, 0, 'it is told once');
    assert.match((await recorded('registry.digest.mismatch')).join(), /red\/app:latest/);
  });

  it('gives out again what is whole again: a disk that was away is back', async () => {
    const digest = await put('away');
    const other = await put('changed');
    renameSync(join(directory, 'registry/blobs'), join(directory, 'registry/elsewhere'));
    assert.equal((await scrubber.rows()).missing, 2);
    renameSync(join(directory, 'registry/elsewhere'), join(directory, 'registry/blobs'));
    flip(pathOf(other));
    await grow();
    assert.equal(await scrubber.blobs(NEVER), 2);
    assert.deepEqual(await states(), { [formatContentDigest(digest)]: 'whole', [formatContentDigest(other)]: 'damaged' });
    assert.equal((await recorded('registry.digest.recover')).length, 1);
    assert.equal(await scrubber.blobs(NEVER), 0, 'what is damaged is not read all day');
  });

  it('reads an image over when it is asked to: its own blobs and tags, and no others', async () => {
    await put('mine');
    await put('other');
    const image = await push('mine', 'latest');
    await push('other', 'other');
    flip(pathOf(contentDigestOf(Buffer.from('mine'))));
    flip(pathOf(contentDigestOf(Buffer.from('other'))));
    const repositoryId = await repository('red/app');
    const { id, finishedAt } = await runs.request(ann, { repositoryId, digest: image });
    assert.equal(finishedAt, null);
    await runs.tick(NEVER);
    const { report } = await runs.get(ann, id);
    assert.deepEqual([report.blobs, report.manifests, report.tags, report.damaged], [1, 1, 1, 1]);
    assert.deepEqual(report.findings, [{ kind: 'blob', digest: formatContentDigest(contentDigestOf(Buffer.from('mine'))), tags: ['red/app:latest'] }]);
    await runs.request(ann, { repositoryId, digest: null });
    await runs.tick(NEVER);
    const all = (await runs.list(ann, { limit: 1, after: null })).items[0]!;
    assert.deepEqual([all.report.blobs, all.report.manifests, all.report.tags, all.report.damaged], [2, 2, 2, 2]);
    for (const scope of [{ repositoryId: newId(), digest: null }, { repositoryId, digest: `sha256:${'0'.repeat(64)}` }]) await assert.rejects(runs.request(ann, scope), { kind: REQUEST_FAULTS['not-found'] });
  });

  it('has one run a day of all processes, and none that is asked for keeps it away', async () => {
    await put('one');
    const other = (await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory })).get(ScrubRuns);
    await Promise.all([runs.tick(NEVER), other.tick(NEVER)]);
    await runs.tick(NEVER);
    const { items } = await runs.list(ann, { limit: 10, after: null });
    assert.deepEqual(items.map(({ startedBy, report, finishedAt }) => [startedBy, report.files, finishedAt !== null]), [['registry-scrub', 1, true]]);
  });

  it('goes on where a process that is gone had come to, and counts on', async () => {
    for (const text of ['one', 'two', 'three']) await put(text);
    await push('one', 'latest');
    const repositoryId = await repository('red/app');
    const { id } = await runs.request(ann, { repositoryId, digest: null });
    const [first] = await installation.query<{ digest: string }>('SELECT digest FROM registry.blob ORDER BY digest LIMIT 1');
    const crash = (cursor: string, minutes: number) =>
      installation.query(`UPDATE registry.upkeep_run SET cursor = $2, report = $3, touched_at = now() - $4 * interval '1 minute' WHERE id = $1`, [id, cursor, JSON.stringify({ blobs: 1 }), minutes]);
    await crash(`blobs ${first!.digest}`, 1);
    await runs.tick(NEVER);
    assert.equal((await runs.get(ann, id)).finishedAt, null, 'somebody has it still');
    await crash(`blobs ${first!.digest}`, 11);
    await runs.tick(AbortSignal.abort());
    assert.equal((await runs.get(ann, id)).finishedAt, null);
    await runs.tick(NEVER);
    const { report, finishedAt } = await runs.get(ann, id);
    assert.deepEqual([report.blobs, report.manifests, report.tags, finishedAt !== null], [3, 1, 1, true]);
  });
});
