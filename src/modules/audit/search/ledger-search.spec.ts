import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene } from '../../../../test/harness/ledger.js';
import { ocsfEntry } from '../domain/ocsf-entry.js';
import type { SearchFilter, SearchScope } from '../domain/search-filter.js';
import { LogFollower } from '../log-follower.js';
import { CursorRepository } from '../persistence/cursor.repository.js';
import { EntryRepository } from '../persistence/entry.repository.js';
import { SearchLookupRepository } from '../persistence/search-lookup.repository.js';
import { SearchRepository } from '../persistence/search.repository.js';
import { TreeRepository } from '../persistence/tree.repository.js';
import { LedgerSearch } from './ledger-search.js';
import { SearchIndex } from './search-index.js';

const AUDITOR = systemPrincipal('auditor');
const RED = '0198c0de-0000-7000-8000-0000000000aa';
const BLUE = '0198c0de-0000-7000-8000-0000000000bb';
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** An entry of the sample log: `place` says everything about it. */
interface Sample {
  readonly place: number;
  readonly timeMillis: number;
  readonly code: string;
  readonly classUid: number;
  readonly actor: string;
  readonly outcome: 'success' | 'failure' | 'denied';
  readonly projectId: string | null;
  readonly target: string;
}

/** A day every hundred entries; one in fifty comes an hour late, as of a transaction that was slow. */
function sample(place: number): Sample {
  const codes = [['auth.login', 3002], ['auth.token.refresh', 3002], ['simulation.submit', 6003], ['authority.grant', 3005], ['audit.search', 6003]] as const;
  const [code, classUid] = codes[place % codes.length]!;
  return {
    place, code, classUid,
    timeMillis: START + Math.floor((place * DAY) / 100) - (place % 50 === 0 ? 3_600_000 : 0),
    actor: place % 400 === 7 ? 'rare' : `actor-${place % 7}`,
    outcome: (['success', 'success', 'failure', 'success', 'denied'] as const)[Math.floor(place / 3) % 5]!,
    projectId: [RED, BLUE, null][place % 3]!,
    target: `thing-${place % 90}`,
  };
}

const bodyOf = ({ timeMillis, code, classUid, actor, outcome, projectId, target }: Sample): Buffer =>
  canonicalJsonBytes(ocsfEntry(
    { kind: { code, classUid, activityId: 1, severityId: 1, description: 'x' }, outcome, actor: systemPrincipal(actor), targets: [{ type: 'thing', uid: target }], ...(projectId === null ? {} : { projectId }) },
    { id: 'x', timeMillis, requestId: null, traceId: null, source: null, productVersion: '1' },
  ));

describe('searching the ledger', () => {
  const SIZE = 3_000;
  const samples = Array.from({ length: SIZE }, (_, place) => sample(place));
  let scene: LedgerScene;
  let search: LedgerSearch;
  let index: SearchIndex;

  before(async () => {
    scene = await openLedgerScene();
    const [entries, table] = [new EntryRepository(), new SearchRepository()];
    search = new LedgerSearch(scene.database.app, new TreeRepository(), table, new SearchLookupRepository(), scene.log);
    index = new SearchIndex(scene.database.sequencer, new LogFollower(scene.database.sequencer, new CursorRepository(), entries), entries, table);
    for (let from = 0; from < SIZE; from += 500) await append(samples.slice(from, from + 500).map(bodyOf));
    await publish();
  });
  after(() => scene.close());

  /** In this order, as one transaction of the application. */
  const append = (bodies: readonly Buffer[]) =>
    scene.query('SELECT audit.append(gen_random_uuid(), body) FROM unnest($1::bytea[]) AS b (body)', [bodies]);
  const publish = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
    while ((await index.extend()) > 0);
  };
  const request = (filter: SearchFilter, scope: SearchScope = 'all') => ({ principal: AUDITOR, filter, scope, projectId: null });
  /** All that is found, page by page, as indices; what the walk of an export finds must be the same, the other way round. */
  const all = async (filter: SearchFilter, scope: SearchScope = 'all', limit = 100): Promise<number[]> => {
    const found: number[] = [];
    for (let before: number | null = null; ; ) {
      const page = await search.page(request(filter, scope), before, limit);
      assert.ok(page.entries.length <= limit);
      found.push(...page.entries.map((entry) => entry.index));
      if (page.last === null) break;
      before = page.last;
    }
    const walked: number[] = [];
    const { lookup } = await search.begin(request(filter, scope));
    for (let at: number | null = null; lookup !== null; ) {
      const page = await search.walk(AUDITOR, lookup, at, limit);
      walked.push(...page.entries.map((entry) => entry.index));
      if (page.last === null) break;
      at = page.last;
    }
    // Searches are recorded, and the records are sequenced by nobody here.
    assert.deepEqual(walked, found.toReversed());
    return found;
  };
  const expected = (matches: (sample: Sample) => boolean): number[] => samples.filter(matches).map(({ place }) => place).reverse();

  const cases: readonly [string, SearchFilter, (sample: Sample) => boolean, SearchScope?][] = [
    ['everything', {}, () => true],
    ['a code', { code: 'auth.login' }, ({ code }) => code === 'auth.login'],
    ['codes under a dot, and no others that begin alike', { code: 'auth.*' }, ({ code }) => code.startsWith('auth.')],
    ['a code that there is not', { code: 'auth' }, () => false],
    ['a class', { classUid: 3002 }, ({ classUid }) => classUid === 3002],
    ['an outcome', { outcome: 'denied' }, ({ outcome }) => outcome === 'denied'],
    ['code, class and outcome at once', { code: 'auth.*', classUid: 3002, outcome: 'failure' }, ({ code, outcome }) => code.startsWith('auth.') && outcome === 'failure'],
    ['an actor', { actor: 'actor-3' }, ({ actor }) => actor === 'actor-3'],
    ['a rare actor and an outcome', { actor: 'rare', outcome: 'success' }, ({ actor, outcome }) => actor === 'rare' && outcome === 'success'],
    ['a target', { target: { type: 'thing', uid: 'thing-17' } }, ({ target }) => target === 'thing-17'],
    ['a target of another type', { target: { type: 'other', uid: 'thing-17' } }, () => false],
    ['a day, its late ones too', { fromMillis: START + 10 * DAY, toMillis: START + 11 * DAY }, ({ timeMillis }) => timeMillis >= START + 10 * DAY && timeMillis < START + 11 * DAY],
    ['from a time on', { fromMillis: START + 29 * DAY }, ({ timeMillis }) => timeMillis >= START + 29 * DAY],
    ['up to a time', { toMillis: START + DAY }, ({ timeMillis }) => timeMillis < START + DAY],
    ['a time before there was anything', { toMillis: START - DAY }, () => false],
    ['an actor within a day', { actor: 'actor-3', fromMillis: START + 3 * DAY, toMillis: START + 4 * DAY }, ({ actor, timeMillis }) => actor === 'actor-3' && timeMillis >= START + 3 * DAY && timeMillis < START + 4 * DAY],
    ['one project', {}, ({ projectId }) => projectId === RED, [RED]],
    ['two projects, and nothing of the whole server', {}, ({ projectId }) => projectId !== null, [RED, BLUE]],
    ['a code in a project', { code: 'auth.*' }, ({ code, projectId }) => code.startsWith('auth.') && projectId === BLUE, [BLUE]],
    ['an actor and a target in a project', { actor: 'actor-1', target: { type: 'thing', uid: 'thing-1' } }, ({ actor, target, projectId }) => actor === 'actor-1' && target === 'thing-1' && projectId === BLUE, [BLUE]],
    ['no project at all', {}, () => false, []],
  ];
  for (const [what, filter, matches, scope] of cases) {
    it(`finds ${what}: newest first over pages, and the same in a walk`, async () => {
      assert.deepEqual(await all(filter, scope), expected(matches));
    });
  }

  it('finds the same with pages of one as with large ones', async () => {
    const filter: SearchFilter = { actor: 'rare' };
    assert.deepEqual(await all(filter, 'all', 1), expected(({ actor }) => actor === 'rare'));
  });

  it('finds the same window by window, and goes on after windows with nothing in them', async () => {
    const lookups = new SearchLookupRepository();
    for (const [what, filter, matches, scope = 'all'] of cases) {
      for (const order of ['newest', 'oldest'] as const) {
        const found = await scene.database.app.run(AUDITOR, async (tx) => {
          const lookup = await lookups.resolve(tx, filter, scope, SIZE);
          const indices: number[] = [];
          for (let at: number | null = null; lookup !== null; ) {
            const page = await lookups.page(tx, { ...lookup, window: 130 }, order, at, 50, 2);
            indices.push(...page.entries.map((entry) => entry.index));
            if (page.last === null) break;
            at = page.last;
          }
          return indices;
        });
        assert.deepEqual(order === 'newest' ? found : found.toReversed(), expected(matches), `${what}, ${order}`);
      }
    }
  });

  it('gives each entry as it is stored, with its id', async () => {
    const page = await search.page(request({ actor: 'rare' }), null, 1);
    const [entry] = page.entries;
    const [stored] = await scene.query<{ id: string; body: Buffer }>('SELECT e.id, e.body FROM audit.leaf l JOIN audit.entry e ON e.id = l.entry_id WHERE l.index = $1', [entry!.index]);
    assert.deepEqual([entry!.id, entry!.body], [stored!.id, stored!.body]);
  });

  it('takes what is no filter of its own for text, whatever is in it', async () => {
    const hostile = ["'; DROP TABLE audit.search; --", "' OR '1'='1", '\\', '$1', '%', '_', '\u2028', "auth.login' --", '{1,2}', ','];
    for (const text of hostile) {
      for (const filter of [{ actor: text }, { target: { type: text, uid: text } }, { code: text }, { code: `${text}.*` }] as SearchFilter[]) assert.deepEqual(await all(filter), [], text);
    }
    assert.equal((await scene.query('SELECT FROM audit.search')).length, SIZE);
  });

  it('shows nothing that no checkpoint covers, nor claims to have searched it', async () => {
    await append([bodyOf({ ...sample(0), actor: 'fresh' })]);
    while ((await scene.sequencer.sequence()) > 0);
    while ((await index.extend()) > 0);
    const unpublished = await search.page(request({ actor: 'fresh' }), null, 10);
    assert.deepEqual([unpublished.entries.length, unpublished.size], [0, SIZE]);
    await scene.publisher.publish(0);
    const published = await search.page(request({ actor: 'fresh' }), null, 10);
    assert.equal(published.entries.length, 1);
    assert.ok(published.size > SIZE);
  });

  it('claims no more than the table has reached', async () => {
    await append([bodyOf({ ...sample(0), actor: 'late' })]);
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
    const [{ next_index: reach }] = (await scene.query<{ next_index: string }>("SELECT next_index FROM audit.cursor WHERE name = 'search'")) as [{ next_index: string }];
    assert.equal((await search.page(request({}), null, 1)).size, Number(reach));
    while ((await index.extend()) > 0);
    assert.equal((await search.page(request({ actor: 'late' }), null, 1)).entries.length, 1);
  });

  it('goes on past what cannot be read, and finds it by its code', async () => {
    const unreadable = ['{"n":1}', '\n{"forged":"line"}\n', '\0\xff'].map((text) => Buffer.from(text, 'latin1'));
    await append([...unreadable, bodyOf({ ...sample(0), actor: 'behind' })]);
    await publish();
    assert.equal((await search.page(request({ actor: 'behind' }), null, 10)).entries.length, 1);
    const page = await search.page(request({ code: 'unreadable' }), null, 10);
    assert.deepEqual(page.entries.map(({ body }) => body).reverse(), unreadable);
  });

  it('records who searched for what, and how much was shown, before it is shown', async () => {
    await search.page({ principal: AUDITOR, filter: { code: 'auth.*', actor: 'Jane Roe' }, scope: [RED], projectId: RED }, null, 10);
    const [entry] = await scene.query<{ body: string }>(`SELECT convert_from(body, 'UTF8') AS body FROM audit.entry WHERE position('"code":"auth.*"'::bytea in body) > 0 AND position('Jane'::bytea in body) = 0 ORDER BY xid DESC LIMIT 1`);
    const { metadata, unmapped } = JSON.parse(entry!.body) as { metadata: { event_code: string }; unmapped: Record<string, unknown> };
    assert.equal(metadata.event_code, 'audit.search');
    assert.deepEqual({ ...unmapped, treeSize: 0 }, { code: 'auth.*', count: 0, filters: ['actor', 'code'], format: 'json', projectId: RED, treeSize: 0 });
  });

  it('says that a search is too wide when it takes too long, instead of holding a connection', async () => {
    const blocker = new Client({ connectionString: scene.database.urls.migration });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE audit.search IN ACCESS EXCLUSIVE MODE');
    await assert.rejects(search.page(request({ actor: 'rare' }), null, 1), (error) => error instanceof Fault && error.kind.code === 'search-too-wide');
    await blocker.query('ROLLBACK');
    await blocker.end();
  });

  it('keeps no body findable whose entry was pruned', async () => {
    const [{ index: at }] = (await search.page(request({ actor: 'rare' }), null, 1)).entries as unknown as [{ index: number }];
    await scene.query('ALTER TABLE audit.entry DISABLE TRIGGER ALL');
    await scene.query('DELETE FROM audit.entry WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = $1)', [at]);
    await scene.query('ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only');
    assert.ok(!(await all({ actor: 'rare' }, 'all', 1)).includes(at));
  });

  it('is made again from the entries, the same, beside who extends it', async () => {
    const rows = () => scene.query('SELECT s.index, s.time, s.actor, s.project_id, s.targets, k.code, k.class_uid, k.outcome FROM audit.search s JOIN audit.search_kind k ON k.id = s.kind JOIN audit.leaf l ON l.index = s.index JOIN audit.entry e ON e.id = l.entry_id ORDER BY s.index');
    const spans = () => scene.query('SELECT * FROM audit.search_span ORDER BY first_index');
    const [rowsBefore, spansBefore] = [await rows(), await spans()];
    // Somebody changed it: rows gone, rows altered, rows invented, times narrowed.
    await scene.query("DELETE FROM audit.search WHERE index % 3 = 0; UPDATE audit.search SET actor = 1, targets = '{}' WHERE index % 3 = 1; UPDATE audit.search_span SET last_time = first_time");
    const steps: number[] = [];
    const growing = append(samples.slice(0, 200).map(bodyOf)).then(publish);
    for await (const { done } of index.rebuild(0)) steps.push(done);
    await growing;
    assert.deepEqual((await rows()).slice(0, rowsBefore.length), rowsBefore);
    assert.deepEqual((await spans()).slice(0, 2), spansBefore.slice(0, 2));
    assert.deepEqual(steps.slice(0, 2), [1024, 2048]);
    assert.deepEqual((await all({ actor: 'actor-3', toMillis: START + 2 * DAY })).filter((place) => place < SIZE), expected(({ actor, timeMillis }) => actor === 'actor-3' && timeMillis < START + 2 * DAY));
  });

  it('goes on where it was told to, and does nothing beyond the end', async () => {
    const steps: number[] = [];
    for await (const { done } of index.rebuild(2_500)) steps.push(done);
    assert.equal(steps[0], 3_072, 'from the start of the span');
    for await (const step of index.rebuild(1_000_000)) assert.fail(`there is nothing at ${step.done}`);
  });
});
