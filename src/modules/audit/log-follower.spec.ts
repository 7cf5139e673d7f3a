import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { leafHash } from '#pure/merkle/hashing.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';
import { type FollowedEntry, LogFollower } from './log-follower.js';
import { CursorRepository } from './persistence/cursor.repository.js';
import { EntryRepository } from './persistence/entry.repository.js';

describe('following the log', () => {
  let scene: LedgerScene;
  let replicas: [LogFollower, LogFollower];
  before(async () => {
    scene = await openLedgerScene();
    const replica = (): LogFollower => new LogFollower(scene.database.sequencer, new CursorRepository(), new EntryRepository());
    replicas = [replica(), replica()];
  });
  after(() => scene.close());

  const sequence = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
  };
  const size = async (): Promise<number> => Number((await scene.query<{ size: string }>('SELECT count(*) AS size FROM audit.leaf'))[0]!.size);
  const reached = async (name: string): Promise<number> =>
    Number((await scene.query<{ next_index: string }>('SELECT next_index FROM audit.cursor WHERE name = $1', [name]))[0]!.next_index);

  it('hands out nothing, and calls nobody, while the log is empty', async () => {
    assert.equal(await replicas[0].follow('search', 10, () => assert.fail('there is no page')), 0);
  });

  it('hands out the entries in leaf order, with the bytes that their leaves are made of', async () => {
    const ids = await scene.appendMany(5);
    await sequence();
    const pages: (readonly FollowedEntry[])[] = [];
    const follow = (): Promise<number> => replicas[0].follow('search', 2, async (_tx, page) => void pages.push(page));
    assert.deepEqual([await follow(), await follow(), await follow(), await follow()], [2, 2, 1, 0]);
    const seen = pages.flat();
    assert.deepEqual(seen.map(({ index }) => index), [0, 1, 2, 3, 4]);
    assert.deepEqual(new Set(seen.map(({ id }) => id)), new Set(ids));
    const leaves = await scene.query<{ hash: Buffer }>('SELECT hash FROM audit.leaf ORDER BY index');
    assert.deepEqual(seen.map(({ body }) => leafHash(body!)), leaves.map(({ hash }) => hash));
  });

  it('keeps a place for each follower', async () => {
    assert.equal(await replicas[0].follow('detection', 3, () => Promise.resolve()), 3);
    assert.deepEqual([await reached('detection'), await reached('search')], [3, 5]);
  });

  it('moves nothing when the work throws, and what the work wrote is gone with it', async () => {
    const before = await reached('detection');
    const failing = replicas[0].follow('detection', 10, async (tx) => {
      await scene.log.append(tx, scene.event());
      throw new Error('cannot');
    });
    await assert.rejects(failing, /cannot/);
    assert.equal(await reached('detection'), before);
    await sequence();
    assert.equal(await size(), 5, 'no entry was left behind');
    let met: readonly FollowedEntry[] = [];
    await replicas[1].follow('detection', 10, async (_tx, page) => void (met = page));
    assert.equal(met[0]?.index, before, 'the next one meets the same page');
  });

  it('does not wait for a replica that is at it, and takes over where that one ended', async () => {
    await scene.appendMany(2);
    await sequence();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const slow = replicas[0].follow('search', 1, () => (enter(), gate));
    await entered;
    assert.equal(await replicas[1].follow('search', 1, () => assert.fail('it is taken')), 0);
    open();
    assert.equal(await slow, 1);
    let index: number | undefined;
    assert.equal(await replicas[1].follow('search', 10, async (_tx, page) => void (index = page[0]?.index)), 1);
    assert.equal(index, 6);
  });

  it('hands every entry out once, in order, to replicas that race while the log grows', async () => {
    const first = await reached('webhooks');
    const handed: number[] = [];
    const total = (await size()) + 300;
    let written = false;
    // What is handed out counts when it has committed: the cursor's lock orders the commits.
    const race = async (replica: LogFollower): Promise<void> => {
      for (;;) {
        const wasWritten = written;
        let page: readonly FollowedEntry[] = [];
        const done = await replica.follow('webhooks', 7, async (tx, next) => {
          page = next;
          await scene.log.append(tx, scene.event({ facts: { first: next[0]!.index } }));
          handed.push(...next.map(({ index }) => index));
        });
        assert.equal(done, page.length);
        if (done === 0 && wasWritten && (await reached('webhooks')) >= total) return;
      }
    };
    const write = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn += 1) {
        await scene.appendRaw(30);
        await sequence();
      }
      written = true;
    };
    await Promise.all([write(), race(replicas[0]), race(replicas[1])]);
    assert.deepEqual(handed, Array.from({ length: handed.length }, (_, at) => first + at));
    assert.ok(handed.length >= total - first);
  });

  it('hands out a place whose entry is gone, without a body', async () => {
    await scene.query('ALTER TABLE audit.entry DISABLE TRIGGER ALL');
    await scene.query('DELETE FROM audit.entry WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 1)');
    await scene.query('ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only');
    let page: readonly FollowedEntry[] = [];
    await replicas[0].follow('self-check', 3, async (_tx, next) => void (page = next));
    assert.deepEqual(page.map(({ index, body }) => [index, body === null]), [[0, false], [1, true], [2, false]]);
  });

  it('hands out bytes that are no text as they are stored', async () => {
    const bodies = ['{"a":"\\\\ \\u0007 é 😀"}', '\\000\\\\', String.fromCharCode(0, 1, 92, 48, 48, 48, 127, 128, 255)].map((text) => Buffer.from(text, 'latin1'));
    for (const body of bodies) await scene.query('SELECT audit.append(gen_random_uuid(), $1)', [body]);
    await sequence();
    const seen: (Buffer | null)[] = [];
    await replicas[0].follow('webhooks', 1_000, async (_tx, page) => void seen.push(...page.map(({ body }) => body)));
    assert.deepEqual(seen.slice(-bodies.length), bodies);
  });
});
