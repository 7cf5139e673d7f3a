import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Fault } from '#pure/fault/fault.js';
import type { ContentDigest } from '#pure/oci/content-digest.js';
import type { Principal } from '#pure/principal/principal.js';
import { IMAGE, INDEX, LAYER } from '../../../../test/harness/registry-client.js';
import { manifestBytes, RegistryContents } from '../../../../test/harness/registry-contents.js';
import { type Installation, openInstallation, type Replica, until } from '../../../../test/harness/simulation.js';
import { BlobPull } from '../blobs/blob-pull.js';
import { POLICY_DEFAULT, type RegistryPolicy } from '../domain/registry-policy.js';
import type { RetentionReport } from '../domain/retention-report.js';
import type { RetentionRule } from '../domain/retention-rule.js';
import { Lifecycle } from '../governance/lifecycle.js';
import { ProjectPolicies } from '../governance/project-policies.js';
import { ManifestPull } from '../manifests/manifest-pull.js';
import { ManifestPush } from '../manifests/manifest-push.js';
import { Tags } from '../manifests/tags.js';
import { RetentionRepository } from '../persistence/retention.repository.js';
import { RegistryModule } from '../registry.module.js';
import { GarbageCollection } from './garbage-collection.js';
import { Retention } from './retention.js';
import { RetentionRuns } from './retention-runs.js';

const SIGNATURE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const RULE: RetentionRule = { repositories: ['*'], tags: ['*'], keepAll: false, keepLatestPushed: null, keepLatestPulled: null, keepPushedWithinDays: null, keepPulledWithinDays: null, untaggedAfterDays: null };

/** Each test has a repository of its own, of which its rules speak, and of no other. */
describe('what rules of retention let go, on real Postgres', () => {
  let installation: Installation;
  let directory: string;
  let replica: Replica;
  let another: Replica;
  let runs: RetentionRuns;
  let contents: RegistryContents;
  /** Pushes; governs; only pulls. */
  let [ann, sec, vic]: Principal[] = [];

  before(async () => {
    installation = await openInstallation();
    directory = mkdtempSync(join(tmpdir(), 'quantonium-retention-'));
    const variables = { QUANTONIUM_DATA_DIR: directory, REGISTRY_PUSH_LEASE_SECONDS: '60', REGISTRY_GC_GRACE_SECONDS: '0' };
    [replica, another] = [await installation.replica([RegistryModule], variables), await installation.replica([RegistryModule], variables)];
    runs = replica.get(RetentionRuns);
    [ann, sec, vic] = [await installation.person('operator', installation.red), await installation.person('security-admin', installation.red), await installation.person('viewer', installation.red)];
    contents = new RegistryContents(replica, ann!);
  });
  after(async () => {
    await installation.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const refusal = (code: string) => (fault: Fault): boolean => {
    assert.equal(fault.kind?.code, code, String(fault));
    return true;
  };
  const digestOf = (text: string): ContentDigest => ({ algorithm: 'sha256', hex: text.slice(7) });
  const image = (name: string, content: string, tags: readonly string[] = [content], type = LAYER, members: object = {}): Promise<string> =>
    contents.image(name, [{ type, bytes: Buffer.from(`${name} ${content}`) }], tags, members);
  const index = (name: string, tags: readonly string[], parts: readonly string[]): Promise<string> =>
    contents.manifest(name, manifestBytes(INDEX, { manifests: parts.map((digest) => ({ mediaType: IMAGE, digest, size: 1 })) }), tags, INDEX);
  const about = (digest: string): object => ({ subject: { mediaType: IMAGE, digest, size: 1 } });
  const signature = (name: string, digest: string): Promise<string> => image(name, `about ${digest}`, [], SIGNATURE, about(digest));

  /** As if all of it had been pushed, pulled and tagged so many days earlier. */
  const age = (name: string, days: number): Promise<unknown> =>
    installation.query(
      `WITH place AS (SELECT id FROM registry.repository WHERE name = $1), aged AS (
         UPDATE registry.manifest SET touched_at = touched_at - $2 * interval '1 day', pulled_at = pulled_at - $2 * interval '1 day', untagged_at = untagged_at - $2 * interval '1 day' FROM place WHERE repository_id = place.id)
       UPDATE registry.tag SET moved_at = moved_at - $2 * interval '1 day' FROM place WHERE repository_id = place.id`,
      [name, days],
    );
  async function govern(wanted: Partial<RegistryPolicy>): Promise<void> {
    const policies = replica.get(ProjectPolicies);
    const { version } = await policies.get(sec!, installation.red);
    await policies.set(sec!, installation.red, new Set([version]), { ...POLICY_DEFAULT, ...wanted });
  }
  const ruling = (name: string, rules: readonly Partial<RetentionRule>[], over: Partial<RegistryPolicy> = {}): Promise<void> => govern({ ...over, retention: rules.map((rule) => ({ ...RULE, repositories: [name.slice('red/'.length)], ...rule })) });
  const run = async (dryRun = false): Promise<RetentionReport> => (await runs.start(sec!, null, installation.red, dryRun)).report as unknown as RetentionReport;
  const left = async (name: string): Promise<readonly string[]> =>
    (await installation.query<{ digest: string }>('SELECT digest FROM registry.manifest JOIN registry.repository ON id = repository_id WHERE name = $1 ORDER BY digest', [name])).map(({ digest }) => digest);
  const tagsLeft = async (name: string): Promise<readonly string[]> =>
    (await installation.query<{ name: string }>('SELECT tag.name FROM registry.tag JOIN registry.repository ON id = repository_id WHERE repository.name = $1 ORDER BY tag.name', [name])).map((tag) => tag.name);
  const entries = async (...said: readonly string[]): Promise<number> => {
    const rows = await installation.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry`);
    return rows.filter(({ body }) => said.every((text) => body.includes(text))).length;
  };
  const become = async (name: string, digest: string, to: 'released' | 'deprecated' | 'revoked'): Promise<void> => {
    const [row] = await installation.query<{ id: string; version: number }>('SELECT id, state_version AS version FROM registry.manifest JOIN registry.repository ON id = repository_id WHERE name = $1 AND digest = $2', [name, digest]);
    await replica.get(Lifecycle).transition(sec!, row!.id, digest, { to, reason: 'the spec', expected: new Set([row!.version]), request: null });
  };
  const evaluate = async (name: string, digest: string): Promise<void> => {
    const [row] = await installation.query<{ id: string }>('SELECT id FROM registry.repository WHERE name = $1', [name]);
    await replica.get(Lifecycle).evaluate(sec!, row!.id, digest);
  };

  it('goes with its tags and signatures, each with an entry, and what stays can be pulled whole after a collection', async () => {
    const name = 'red/goes';
    const old = await image(name, 'v1', ['v1', 'one']);
    const signed = await signature(name, old);
    await age(name, 20);
    const young = await image(name, 'v2');
    const youngSigned = await signature(name, young);
    await age(name, 10);
    await ruling(name, [{ keepLatestPushed: 1 }]);
    const report = await run();
    assert.deepEqual([report.tags, report.manifests, report.leftAlone, report.more], [2, 2, 0, false]);
    assert.deepEqual(report.deleted.map(({ tag, digest, reason }) => [tag, digest, reason]).sort(), [['one', old, 'expired'], ['v1', old, 'expired'], [null, old, 'tags-expired'], [null, signed, 'subject']].sort());
    assert.deepEqual([await left(name), await tagsLeft(name)], [[young, youngSigned].sort(), ['v2']]);
    assert.deepEqual([await entries('registry.manifest.delete', old), await entries('registry.manifest.delete', signed), await entries('registry.tag.remove', 'red/goes', '"one"')], [1, 1, 1]);
    await installation.query(`UPDATE registry.repository_blob SET touched_at = touched_at - interval '1 hour', review_since = review_since - interval '1 hour'`);
    const { hidden } = (await replica.get(GarbageCollection).run(ann!, false)).report;
    assert.equal(hidden, 2);
    const { bytes } = await replica.get(ManifestPull).get(vic!, name, { tag: 'v2' });
    const { layers } = JSON.parse(bytes.toString()) as { layers: readonly { readonly digest: string }[] };
    const { chunks } = await replica.get(BlobPull).open(vic!, name, digestOf(layers[0]!.digest), undefined);
    assert.equal(Buffer.concat(await Readable.from(chunks).toArray()).toString(), `${name} v2`);
  });

  it('is told by a dry run, which changes nothing but the list of runs', async () => {
    const name = 'red/dry';
    await image(name, 'v1');
    await age(name, 10);
    await ruling(name, [{ keepPushedWithinDays: 5 }]);
    const state = () => installation.query('SELECT manifest.*, tag.name, tag.version FROM registry.manifest LEFT JOIN registry.tag ON tag.repository_id = manifest.repository_id AND tag.digest = manifest.digest ORDER BY manifest.repository_id, manifest.digest, tag.name');
    const before = await state();
    const { deleted, manifests } = await run(true);
    assert.deepEqual(await state(), before);
    assert.deepEqual([manifests, deleted.map(({ repository, tag }) => `${String(repository)} ${String(tag)}`)], [1, [`${name} v1`, `${name} null`]]);
    assert.deepEqual((await run()).deleted, deleted);
    assert.deepEqual(await left(name), []);
  });

  it('is nothing while there are no rules, nor where they do not speak of it', async () => {
    const name = 'red/quiet';
    const digest = await image(name, 'v1');
    await age(name, 1_000);
    await govern({});
    assert.equal((await run()).repositories, 0);
    await ruling('red/other', [{ keepPushedWithinDays: 1 }]);
    await run();
    assert.deepEqual(await left(name), [digest]);
  });

  it('is neither what somebody decided about, nor what is immutable, nor what was pushed a moment ago', async () => {
    const name = 'red/held';
    const [released, deprecated, revoked, immutable, gone] = [await image(name, 'a'), await image(name, 'b'), await image(name, 'c'), await image(name, 'fixed-1'), await image(name, 'd')];
    await ruling(name, [{ keepPushedWithinDays: 1 }], { immutableTags: ['fixed-*'], mode: 'warn' });
    for (const digest of [released, deprecated]) await evaluate(name, digest);
    await become(name, released, 'released');
    await become(name, deprecated, 'released');
    await become(name, deprecated, 'deprecated');
    await become(name, revoked, 'revoked');
    await age(name, 30);
    const fresh = await image(name, 'e');
    const report = await run();
    assert.deepEqual(report.deleted.map(({ digest }) => digest), [gone, gone]);
    assert.deepEqual(await left(name), [released, deprecated, revoked, immutable, fresh].sort());
  });

  it('is an index with the parts that nothing else names, and no part of one that stays', async () => {
    const name = 'red/index';
    const [own, shared] = [await image(name, 'own', []), await image(name, 'shared', [])];
    const old = await index(name, ['v1'], [own, shared]);
    await age(name, 20);
    const young = await index(name, ['v2'], [shared]);
    await age(name, 1);
    await ruling(name, [{ keepLatestPushed: 1 }]);
    assert.equal((await run()).manifests, 2);
    assert.deepEqual(await left(name), [shared, young].sort());
    assert.deepEqual([own, old].filter((digest) => digest === young), []);
  });

  it('is what no tag names any more, counted from when the last one left it', async () => {
    const name = 'red/untagged';
    const first = await image(name, 'one', ['latest']);
    await age(name, 20);
    const second = await image(name, 'two', ['latest']);
    const third = await image(name, 'three', ['temporary']);
    await replica.get(Tags).delete(ann!, name, 'temporary');
    await ruling(name, [{ tags: [], untaggedAfterDays: 7 }]);
    await age(name, 6);
    assert.equal((await run()).manifests, 0);
    await age(name, 2);
    assert.deepEqual((await run()).deleted.map(({ digest }) => digest).sort(), [first, third].sort());
    assert.deepEqual(await left(name), [second]);
  });

  it('is not what was pulled lately, which its row says once an hour and for no HEAD', async () => {
    const name = 'red/pulled';
    const [pulled, forgotten] = [await image(name, 'a'), await image(name, 'b')];
    await age(name, 30);
    const pull = replica.get(ManifestPull);
    const pulledAt = async (digest: string) => (await installation.query<{ pulled_at: Date | null }>('SELECT pulled_at FROM registry.manifest WHERE digest = $1', [digest]))[0]!.pulled_at;
    await pull.describe(vic!, name, { tag: 'b' });
    assert.equal(await pulledAt(forgotten), null);
    await pull.get(vic!, name, { tag: 'a' });
    const at = await pulledAt(pulled);
    assert.ok(at !== null && Date.now() - at.getTime() < 60_000);
    await pull.get(ann!, name, { tag: 'a' });
    assert.deepEqual(await pulledAt(pulled), at);
    await ruling(name, [{ keepPulledWithinDays: 3 }]);
    await run();
    assert.deepEqual(await left(name), [pulled]);
    await age(name, 4);
    await run();
    assert.deepEqual(await left(name), []);
  });

  describe('and was touched since it was planned', () => {
    /** Something happens to a repository between the look at it and the first batch, once. */
    async function meanwhile(name: string, happens: () => Promise<unknown>): Promise<RetentionReport> {
      const repository = replica.get(RetentionRepository);
      const { read } = repository;
      repository.read = async (reading, place) => {
        const seen = await read.call(repository, reading, place);
        if (place.name === name) await happens();
        return seen;
      };
      try {
        return await run();
      } finally {
        repository.read = read;
      }
    }
    const CASES: Readonly<Record<string, (name: string, digest: string) => Promise<unknown>>> = {
      'is left alone when its tag was moved away and back': async (name, digest) => {
        await image(name, 'intruder', ['v1']);
        await replica.get(ManifestPush).put(ann!, { name, reference: { tag: 'v1' }, contentType: IMAGE, bytes: (await replica.get(ManifestPull).get(ann!, name, { digest: digestOf(digest) })).bytes, tags: [] });
      },
      'is left alone when it was pushed again': (name) => image(name, 'v1'),
      'is left alone when it was pulled': (name) => replica.get(ManifestPull).get(vic!, name, { tag: 'v1' }),
      'is left alone when somebody was told that it is there': (name, digest) => replica.get(ManifestPull).describe(ann!, name, { digest: digestOf(digest) }),
      'is left alone when it was revoked': (name, digest) => become(name, digest, 'revoked'),
      'is left alone when it was signed': signature,
      'is left alone when it was signed below a tag': (name, digest) => image(name, 'signature by tag', [`${digest.replace(':', '-')}.sig`], SIGNATURE),
      'is left alone when an index names it': (name, digest) => index(name, ['index'], [digest]),
    };
    for (const [sentence, happens] of Object.entries(CASES)) {
      it(sentence, async () => {
        const name = `red/since-${Object.keys(CASES).indexOf(sentence)}`;
        const digest = await image(name, 'v1');
        await age(name, 30);
        const bystander = await image(name, 'bystander');
        await age(name, 30);
        await ruling(name, [{ keepPushedWithinDays: 1 }]);
        const report = await meanwhile(name, () => happens(name, digest));
        assert.ok(report.leftAlone > 0);
        assert.ok((await left(name)).includes(digest));
        assert.ok(!(await left(name)).includes(bystander));
      });
    }

    it('goes by no rule that was changed meanwhile: the run says that there is more', async () => {
      const name = 'red/rules';
      const digest = await image(name, 'v1');
      await age(name, 30);
      await ruling(name, [{ keepPushedWithinDays: 1 }]);
      assert.deepEqual([(await meanwhile(name, () => govern({}))).more, await left(name)], [true, [digest]]);
    });

    it('is left alone when its tag was moved past the server, for who looks for such', async () => {
      const name = 'red/forged';
      const [one, two] = [await image(name, 'v1'), await image(name, 'v2')];
      await age(name, 30);
      await installation.query(`UPDATE registry.tag SET digest = $1 WHERE digest = $2`, [one, two]);
      await ruling(name, [{ tags: ['v2'], keepPushedWithinDays: 1 }]);
      assert.deepEqual([(await run()).leftAlone, await tagsLeft(name)], [1, ['v1', 'v2']]);
    });

    it('is left alone while somebody holds its row, or its tag, and goes afterwards', async () => {
      const name = 'red/locked';
      const [one, two] = [await image(name, 'v1'), await image(name, 'v2')];
      await age(name, 30);
      await ruling(name, [{ keepPushedWithinDays: 1 }]);
      const client = new Client({ connectionString: installation.database.urls.app });
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT FROM registry.manifest WHERE digest = $1 FOR KEY SHARE', [one]);
      await client.query(`SELECT FROM registry.tag WHERE digest = $1 FOR UPDATE`, [two]);
      const report = await run();
      await client.query('COMMIT');
      await client.end();
      assert.deepEqual([report.leftAlone, report.manifests, await left(name)], [4, 0, [one, two].sort()]);
      assert.equal((await run()).manifests, 2);
    });
  });

  for (const [what, push] of [
    ['an index that names it', (name: string, digest: string) => index(name, ['v1'], [digest])],
    ['what is about it', (name: string, digest: string) => signature(name, digest)],
  ] as const) it(`is held by a push of ${what}, which waits for who takes it`, async () => {
    const name = `red/${what.replaceAll(' ', '-')}`;
    const part = await image(name, 'part', []);
    const client = new Client({ connectionString: installation.database.urls.app });
    await client.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM registry.manifest WHERE digest = $1', [part]);
    let isOver = false;
    const pushing = push(name, part).then(() => (isOver = true));
    await until(async () => (await installation.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%registry.manifest%KEY SHARE%'`)).length === 1);
    assert.equal(isOver, false);
    await client.query('COMMIT');
    await client.end();
    await pushing;
  });

  it('is not what somebody was told is there, and who asks while it is taken is told the truth', async () => {
    const name = 'red/asked';
    const [part, unasked] = [await image(name, 'part', []), await image(name, 'unasked', [])];
    await index(name, ['v1'], [part, unasked]);
    await age(name, 30);
    await ruling(name, [{ keepPushedWithinDays: 1 }]);
    const ask = (digest: string) => replica.get(ManifestPull).describe(vic!, name, { digest: digestOf(digest) });
    await ask(part);
    await run();
    assert.deepEqual(await left(name), [part]);
    const client = new Client({ connectionString: installation.database.urls.app });
    await client.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM registry.manifest WHERE digest = $1', [part]);
    // The same process remembers for some seconds that it has promised the part; another does not.
    const asking = assert.rejects(another.get(ManifestPull).describe(vic!, name, { digest: digestOf(part) }), refusal('manifest-unknown'));
    await until(async () => (await installation.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%asked_at%'`)).length === 1);
    await client.query('COMMIT');
    await client.end();
    await asking;
  });

  it('goes once when two replicas run at once', async () => {
    const name = 'red/twice';
    for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) await signature(name, await image(name, tag));
    await age(name, 30);
    const kept = await image(name, 'kept');
    await ruling(name, [{ keepLatestPushed: 1 }]);
    const { id } = await runs.start(sec!, null, installation.red, true);
    const both = await Promise.all([replica, another].map((each) => each.get(Retention).run(installation.red, id, () => false)));
    assert.equal(both[0]!.manifests + both[1]!.manifests, 12);
    assert.deepEqual(await left(name), [kept]);
  });

  it('goes as far as a run comes, and the rest with the next', async () => {
    const name = 'red/broken-off';
    const parts = [await image(name, 'p', []), await image(name, 'q', [])];
    await index(name, ['v1'], parts);
    await image(name, 'v2');
    await age(name, 30);
    await ruling(name, [{ keepPushedWithinDays: 1 }]);
    const { id } = await runs.start(sec!, null, installation.red, true);
    const begun = await replica.get(Retention).run(installation.red, id, () => true);
    assert.deepEqual([begun.more, begun.manifests, (await left(name)).length], [true, 0, 4]);
    assert.equal((await run()).manifests, 4);
  });

  it('goes by itself once a day, whichever replica comes first', async () => {
    const name = 'red/daily';
    const old = await image(name, 'v1');
    await age(name, 30);
    await ruling(name, [{ keepPushedWithinDays: 1 }]);
    const own = async () => (await runs.list(sec!, installation.red, { limit: 50, after: null })).items.filter(({ startedBy }) => startedBy === 'registry-retention');
    const never = new AbortController().signal;
    await Promise.all([runs.tick(never), another.get(RetentionRuns).tick(never)]);
    assert.deepEqual([(await own()).length, await left(name)], [1, []]);
    assert.equal(await entries('registry.manifest.delete', old), 1);
    await image(name, 'v2');
    await age(name, 30);
    await runs.tick(never);
    assert.deepEqual([(await own()).length, await tagsLeft(name)], [1, ['v2']]);
    await installation.query(`UPDATE registry.project_policy SET retention_ran_at = now() - interval '25 hours'`);
    await runs.tick(never);
    assert.deepEqual([(await own()).length, await tagsLeft(name)], [2, []]);
  });

  it('is for who governs the project to ask for, and one run at a time', async () => {
    await govern({});
    for (const dryRun of [true, false]) for (const who of [ann!, vic!]) await assert.rejects(runs.start(who, null, installation.red, dryRun), refusal('forbidden'));
    const bea = await installation.person('security-admin', installation.blue);
    await assert.rejects(runs.start(bea, null, installation.red, true), refusal('not-found'));
    const { id } = await runs.start(sec!, null, installation.red, true);
    assert.equal((await runs.get(vic!, installation.red, id)).id, id);
    await assert.rejects(runs.get(bea, installation.red, id), refusal('not-found'));
    await assert.rejects(runs.get(bea, installation.blue, id), refusal('not-found'));
    await assert.rejects(runs.list(bea, installation.red, { limit: 1, after: null }), refusal('not-found'));
    assert.deepEqual((await runs.list(bea, installation.blue, { limit: 1, after: null })).items, []);
    await installation.query('UPDATE registry.upkeep_run SET finished_at = NULL WHERE id = $1', [id]);
    await assert.rejects(runs.start(sec!, null, installation.red, true), refusal('run-under-way'));
    await installation.query(`UPDATE registry.upkeep_run SET started_at = now() - interval '2 minutes' WHERE id = $1`, [id]);
    await runs.start(sec!, null, installation.red, true);
  });

  it('is run over once for one Idempotency-Key', async () => {
    const request = { key: 'once', route: 'POST /spec', bodyDigest: Buffer.alloc(32) };
    const first = await runs.start(sec!, request, installation.red, true);
    assert.deepEqual(await runs.start(sec!, request, installation.red, true), first);
  });
});
