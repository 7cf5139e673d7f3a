import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Keyring } from '#modules/crypto/index.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { leafHash } from '#pure/merkle/hashing.js';
import { contentDigestOf, formatContentDigest, parseContentDigest } from '#pure/oci/content-digest.js';
import { parseReference } from '#pure/oci/tag.js';
import type { Principal } from '#pure/principal/principal.js';
import { type Installation, openInstallation, type Replica } from '../../../../test/harness/simulation.js';
import type { UpkeepRun } from '../domain/upkeep-run.js';
import { ManifestDeletion } from '../manifests/manifest-deletion.js';
import { ManifestPull } from '../manifests/manifest-pull.js';
import { ManifestPush } from '../manifests/manifest-push.js';
import { TagSeals } from '../manifests/tag-seals.js';
import { Tags } from '../manifests/tags.js';
import { RegistryModule } from '../registry.module.js';
import { TagCheckpoints } from './tag-checkpoints.js';

const MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';

/** An index that names nothing, so that it can be pushed anywhere. */
const indexOf = (n: number): Buffer => Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, manifests: [], annotations: { n: String(n) } }));
const digestOf = (n: number): string => formatContentDigest(contentDigestOf(indexOf(n)));

interface Row {
  readonly repository_id: string;
  readonly name: string;
  readonly digest: string;
  readonly version: string;
  readonly seal: Buffer;
}

describe('the checkpoint of all tags, on real Postgres', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let checkpoints: TagCheckpoints;
  let ann: Principal;

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-tags-'));
    replica = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    checkpoints = replica.get(TagCheckpoints);
    ann = await installation.person('operator', null);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });
  /** What the tests before have left is right by now, and nothing differs. */
  beforeEach(async () => {
    for (let { report, id } = await take(); report.mismatches !== 0 || report.isBehindLedger === true || report.isRecordWhole === false; { report, id } = await take()) {
      await installation.query('DELETE FROM registry.tag WHERE (repository_id, name) IN (SELECT repository_id, name FROM registry.tag EXCEPT SELECT repository_id, name FROM registry.tag_record)');
      if (report.mismatches !== 0) await checkpoints.take(ann, { runId: id, reason: 'the next test' }).catch(() => {});
    }
  });

  const take = (): Promise<UpkeepRun> => checkpoints.take(ann, null);
  const accept = (runId: string): Promise<UpkeepRun> => checkpoints.take(ann, { runId, reason: 'the backup of this morning' });
  const push = (name: string, tag: string, n: number) => replica.get(ManifestPush).put(ann, { name, reference: { tag }, contentType: MEDIA_TYPE, bytes: indexOf(n), tags: [] });
  const rowOf = async (name: string, tag: string): Promise<Row> =>
    (await installation.query<Row>('SELECT tag.* FROM registry.tag JOIN registry.repository ON repository.id = repository_id WHERE repository.name = $1 AND tag.name = $2', [name, tag]))[0]!;
  /** As who can write the table: the row is as it was, with the seal that it had. */
  const putBack = ({ repository_id, name, digest, version, seal }: Row) =>
    installation.query(
      `INSERT INTO registry.tag (repository_id, name, digest, version, seal, moved_by) VALUES ($1, $2, $3, $4, $5, gen_random_uuid())
       ON CONFLICT (repository_id, name) DO UPDATE SET digest = $3, version = $4, seal = $5`,
      [repository_id, name, digest, version, seal],
    );
  const recorded = async (code: string): Promise<Record<string, unknown>[]> =>
    (await installation.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%"event_code":"${code}"%' ORDER BY seq`)).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const kinds = ({ report }: UpkeepRun): string[] => (report.findings as { kind: string; repository: string; tag: string }[]).map(({ kind, repository, tag }) => `${kind} ${repository}:${tag}`);
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', (cause: unknown) => (cause instanceof Fault ? cause.kind.code : String(cause)));
  const pulled = async (name: string, tag: string): Promise<string> => (await replica.get(ManifestPull).describe(ann, name, parseReference(tag) as { tag: string })).digest;

  it('has the root that anybody makes from the lists of the API, signed, in the ledger', async () => {
    await push('red/app', 'b', 1);
    await push('red/app', 'A', 2);
    await push('blue/app', 'a', 1);
    const { report, id, finishedAt } = await take();
    const rows = await installation.query<Row & { repository: string }>('SELECT tag.*, repository.name AS repository FROM registry.tag JOIN registry.repository ON repository.id = repository_id ORDER BY repository_id, tag.name COLLATE "C"');
    const leaves = rows.map(({ repository_id, repository, name, digest, version }) => leafHash(Buffer.from(`${repository_id} ${repository}:${name} ${digest} ${version}`)));
    assert.equal(report.rootHash, rootOfLeaves(leaves).toString('base64'));
    assert.deepEqual([report.tags, report.mismatches, report.isRecordWhole, report.isBehindLedger], [rows.length, 0, true, false]);
    assert.ok(finishedAt !== null);
    const text = `quantonium registry tags v1\n${String(report.tags)}\n${String(report.rootHash)}\n${String(report.takenAtMillis)}\n${id}\n`;
    const verifier = await replica.get(Keyring).verifier('registry', String(report.keyId));
    assert.equal(verifier!.verify(Buffer.from(text), Buffer.from(String(report.signature), 'base64')), true);
    const entry = (await recorded('registry.tags.checkpoint')).at(-1)!.unmapped as Record<string, unknown>;
    assert.deepEqual([entry.rootHash, entry.tags, entry.signature, entry.runId], [report.rootHash, report.tags, report.signature, id]);
  });

  it('follows what is moved, deleted, and deleted with its manifest, and made again', async () => {
    for (const tag of ['moved', 'deleted', 'gone', 'again']) await push('red/deeds', tag, tag === 'gone' ? 11 : 10);
    await take();
    await push('red/deeds', 'moved', 12);
    await replica.get(Tags).delete(ann, 'red/deeds', 'deleted');
    await replica.get(ManifestDeletion).delete(ann, 'red/deeds', parseContentDigest(digestOf(11))!);
    await replica.get(Tags).delete(ann, 'red/deeds', 'again');
    await push('red/deeds', 'again', 12);
    const run = await take();
    assert.deepEqual([run.report.mismatches, kinds(run)], [0, []]);
    assert.equal(run.report.tags, (await installation.query('SELECT FROM registry.tag')).length);
  });

  it('finds a row that was put back as it was, with the seal that it had: the pull believes it, the check does not', async () => {
    await push('red/rolled', 'latest', 20);
    const old = await rowOf('red/rolled', 'latest');
    await push('red/rolled', 'latest', 21);
    await take();
    const alarms = (await recorded('registry.tags.mismatch')).length;
    await putBack(old);
    assert.equal(await pulled('red/rolled', 'latest'), digestOf(20), 'its seal is good');
    const run = await take();
    assert.deepEqual(kinds(run), ['rolled-back red/rolled:latest']);
    const [finding] = run.report.findings as Record<string, unknown>[];
    assert.deepEqual([finding!.digest, finding!.recordedDigest], [digestOf(20), digestOf(21)]);
    const told = await recorded('registry.tags.mismatch');
    assert.equal(told.length, alarms + 1);
    assert.deepEqual([told.at(-1)!.status, (told.at(-1)!.unmapped as Record<string, unknown>).tags], ['Failure', ['rolled-back red/rolled:latest']]);
    assert.equal((await take()).report.mismatches, 1, 'until somebody does something about it');
    await push('red/rolled', 'latest', 21);
    assert.equal((await take()).report.mismatches, 0, 'a push is an entry');
  });

  it('finds it too when nothing was checked between the move and the rollback', async () => {
    await push('red/quick', 'latest', 20);
    const old = await rowOf('red/quick', 'latest');
    await push('red/quick', 'latest', 21);
    await putBack(old);
    assert.deepEqual(kinds(await take()), ['rolled-back red/quick:latest']);
  });

  it('finds rows that vanish, that come back after their deletion, and repositories that changed their names', async () => {
    for (const tag of ['vanishes', 'returns']) await push('red/rows', tag, 30);
    await push('red/north', 'app', 30);
    await push('red/south', 'app', 31);
    const returning = await rowOf('red/rows', 'returns');
    await replica.get(Tags).delete(ann, 'red/rows', 'returns');
    await take();
    await installation.query(`DELETE FROM registry.tag WHERE name = 'vanishes'`);
    await putBack(returning);
    for (const [from, to] of [['red/north', 'red/x'], ['red/south', 'red/north'], ['red/x', 'red/south']]) await installation.query('UPDATE registry.repository SET name = $2 WHERE name = $1', [from, to]);
    const run = await take();
    assert.deepEqual(kinds(run).sort(), ['changed red/north:app', 'changed red/south:app', 'unrecorded red/rows:returns', 'vanished red/rows:vanishes']);
  });

  it('believes no record that was changed along with the row, and names the tag all the same', async () => {
    await push('red/record', 'latest', 40);
    const old = await rowOf('red/record', 'latest');
    await push('red/record', 'latest', 41);
    await take();
    await putBack(old);
    await installation.query('UPDATE registry.tag_record SET digest = $3, version = $4 WHERE repository_id = $1 AND name = $2', [old.repository_id, old.name, old.digest, old.version]);
    const run = await take();
    assert.deepEqual([run.report.isRecordWhole, kinds(run)], [false, ['rolled-back red/record:latest']]);
    assert.equal((await take()).report.isRecordWhole, true);
  });

  it('believes no checkpoint that is not signed, whatever the row of its run says', async () => {
    await push('red/forged', 'latest', 50);
    const old = await rowOf('red/forged', 'latest');
    await push('red/forged', 'latest', 51);
    const { report, id } = await take();
    await putBack(old);
    await installation.query('UPDATE registry.tag_record SET digest = $3, version = $4 WHERE repository_id = $1 AND name = $2', [old.repository_id, old.name, old.digest, old.version]);
    const rows = await installation.query<Row & { repository: string }>('SELECT * FROM registry.tag_record ORDER BY repository_id, name');
    const leaves = rows.map(({ repository_id, repository, name, digest, version }) => leafHash(Buffer.from(`${repository_id} ${repository}:${name} ${digest} ${version}`)));
    const forged = { ...report, rootHash: rootOfLeaves(leaves).toString('base64'), takenAtMillis: Date.now() + 7_200_000 };
    await installation.query('UPDATE registry.upkeep_run SET report = $2 WHERE id = $1', [id, JSON.stringify(forged)]);
    const run = await take();
    assert.deepEqual([run.report.isRecordWhole, kinds(run)], [false, ['rolled-back red/forged:latest']]);
  });

  it('believes no entry that makes an older row right: who may append can say what they like', async () => {
    await push('red/claims', 'latest', 50);
    const old = await rowOf('red/claims', 'latest');
    await push('red/claims', 'latest', 51);
    const { report } = await take();
    await putBack(old);
    const place = { tag: 'latest', repositoryId: old.repository_id, repository: 'red/claims', digest: old.digest };
    const claims: readonly (readonly [string, object])[] = [
      ['registry.tag.move', { ...place, version: Number(old.version) }],
      ['registry.tag.delete', { ...place, version: 2 ** 53 - 1 }],
      ['registry.tag.move', { ...place, version: 'higher' }],
      ['registry.tags.checkpoint', { ...report, findings: [], takenAtMillis: Date.now() + 7_200_000 }],
    ];
    for (const [code, unmapped] of claims) {
      const body = JSON.stringify({ metadata: { event_code: code }, unmapped });
      await installation.query(`SELECT audit.append($1, convert_to($2, 'UTF8'))`, [new SystemRandomness().uuidv7(Date.now()), body]);
    }
    const run = await take();
    assert.deepEqual([run.report.isRecordWhole, run.report.isBehindLedger, kinds(run)], [true, false, ['rolled-back red/claims:latest']]);
  });

  it('tells a registry that was restored from a backup from one row, and accepts it once it was shown', async () => {
    await push('red/backup', 'stays', 60);
    await push('red/backup', 'moves', 60);
    await take();
    const saved = ['tag', 'tag_record', 'upkeep_run'];
    for (const table of saved) await installation.query(`CREATE TABLE saved_${table} AS TABLE registry.${table}`);
    const [{ last_value: number }] = (await installation.query<{ last_value: string }>('SELECT last_value FROM registry.tag_version')) as [{ last_value: string }];
    await push('red/backup', 'moves', 61);
    await push('red/backup', 'new', 61);
    await take();
    for (const table of saved) await installation.query(`TRUNCATE registry.${table}; INSERT INTO registry.${table} SELECT * FROM saved_${table}`);
    await installation.query(`SELECT setval('registry.tag_version', $1)`, [number]);
    const run = await take();
    assert.deepEqual([run.report.isBehindLedger, run.report.isRecordWhole, kinds(run)], [true, true, ['rolled-back red/backup:moves', 'vanished red/backup:new']]);
    assert.equal(await codeOf(accept(randomUUID())), 'not-found');
    await installation.query(`DELETE FROM registry.tag WHERE name = 'stays'`);
    assert.equal(await codeOf(accept(run.id)), 'tags-changed', 'one more than was shown');
    const accepted = await accept((await take()).id);
    assert.deepEqual([accepted.report.mismatches, accepted.report.isBehindLedger], [0, false]);
    const told = (await recorded('registry.tag.accept')).at(-1)!.unmapped as Record<string, unknown>;
    assert.deepEqual([told.accepted, told.reason], [3, 'the backup of this morning']);
    assert.equal(await pulled('red/backup', 'moves'), digestOf(60));
    await push('red/backup', 'moves', 61);
    assert.equal((await take()).report.mismatches, 0, 'numbers go on behind those of the ledger');
    assert.equal(await codeOf(accept(accepted.id)), 'tags-changed', 'there is nothing to accept');
  });

  it('lets nobody accept a row that was never sealed', async () => {
    await push('red/unsealed', 'latest', 70);
    await push('red/unsealed', 'other', 71);
    const { digest } = await rowOf('red/unsealed', 'other');
    await installation.query(`UPDATE registry.tag SET digest = $1 WHERE name = 'latest' AND repository_id = (SELECT id FROM registry.repository WHERE name = 'red/unsealed')`, [digest]);
    const run = await take();
    assert.deepEqual(kinds(run), ['changed red/unsealed:latest']);
    assert.deepEqual(kinds(await accept(run.id)), ['changed red/unsealed:latest']);
    await push('red/unsealed', 'latest', 70);
    assert.equal((await take()).report.mismatches, 0);
  });

  it('goes through thousands of tags page by page, and tells a hundred', async () => {
    await push('red/many', 'first', 80);
    const { repository_id, digest } = await rowOf('red/many', 'first');
    const seals = replica.get(TagSeals);
    const tags = Array.from({ length: 1_200 }, (_, n) => ({ repositoryId: repository_id, name: `t${String(n).padStart(4, '0')}`, digest, version: 1_000_000 + n }));
    await installation.query(
      `INSERT INTO registry.tag (repository_id, name, digest, version, seal, moved_by) SELECT $1, name, $2, version, seal, gen_random_uuid() FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS made (name, version, seal)`,
      [repository_id, digest, tags.map(({ name }) => name), tags.map(({ version }) => version), tags.map((tag) => seals.of(tag))],
    );
    const run = await take();
    assert.deepEqual([run.report.mismatches, (run.report.findings as unknown[]).length], [1_200, 100]);
    const accepted = await accept(run.id);
    assert.deepEqual([accepted.report.mismatches, accepted.report.tags], [0, (await installation.query('SELECT FROM registry.tag')).length]);
    assert.equal((await take()).report.rootHash, accepted.report.rootHash, 'read again from the ledger');
  });

  it('is taken once a day, by whichever process comes first', async () => {
    const other = await installation.replica([RegistryModule], { QUANTONIUM_DATA_DIR: directory });
    await installation.query(`UPDATE registry.upkeep_run SET started_at = now() - interval '25 hours'`);
    const before = (await installation.query(`SELECT FROM registry.upkeep_run`)).length;
    await Promise.all([checkpoints.tick(), other.get(TagCheckpoints).tick()]);
    await checkpoints.tick();
    assert.equal((await installation.query(`SELECT FROM registry.upkeep_run`)).length, before + 1);
    await other.close();
    const both = await Promise.all([take(), take()]);
    assert.equal(both[0].report.rootHash, both[1].report.rootHash);
  });
});
