import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { leafHash } from '#pure/merkle/hashing.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';
import { TURN_ENTRIES_MAX } from './sequencer.js';

const SOMEBODY = systemPrincipal('spec');

describe('the sequencer', () => {
  let scene: LedgerScene;
  before(async () => void (scene = await openLedgerScene()));
  after(() => scene.close());

  const pendingIds = async (): Promise<string[]> =>
    (await scene.query<{ id: string }>('SELECT id FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.leaf l WHERE l.entry_id = e.id)')).map(({ id }) => id);
  const drain = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
  };

  it('gives every committed entry one leaf, in one unbroken row', async () => {
    await scene.appendMany(3);
    assert.equal(await scene.sequencer.sequence(), 3);
    assert.equal(await scene.sequencer.sequence(), 0);
    const leaves = await scene.query<{ index: string; body: Buffer; hash: Buffer }>(
      'SELECT l.index, l.hash, e.body FROM audit.leaf l JOIN audit.entry e ON e.id = l.entry_id ORDER BY l.index',
    );
    assert.deepEqual(leaves.map(({ index }) => Number(index)), [0, 1, 2]);
    for (const { body, hash } of leaves) assert.deepEqual(hash, leafHash(body));
    const [head] = await scene.query<{ size: string; root: Buffer }>('SELECT * FROM audit.tree_head ORDER BY size DESC LIMIT 1');
    assert.equal(head?.size, '3');
    assert.deepEqual(head.root, rootOfLeaves(leaves.map(({ hash }) => hash)));
  });

  it('does not lose a slow transaction that commits after younger ones were sequenced', async () => {
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: appended, resolve: hasAppended } = Promise.withResolvers<string>();
    const slow = scene.database.app.run(SOMEBODY, async (tx) => {
      hasAppended(await scene.log.append(tx, scene.event()));
      await mayCommit;
    });
    const slowId = await appended;
    await scene.appendMany(5);
    assert.equal(await scene.sequencer.sequence(), 5);
    // The mark has moved as far as it may while the slow one is open.
    await scene.appendMany(2);
    assert.equal(await scene.sequencer.sequence(), 2);
    commit();
    await slow;
    assert.equal(await scene.sequencer.sequence(), 1);
    assert.deepEqual(await pendingIds(), []);
    assert.equal((await scene.query('SELECT FROM audit.leaf WHERE entry_id = $1', [slowId])).length, 1);
  });

  it('never shows an entry of a transaction that rolled back', async () => {
    const rolledBack = scene.database.app.run(SOMEBODY, async (tx) => {
      await scene.log.append(tx, scene.event());
      throw new Error('changed its mind');
    });
    await assert.rejects(rolledBack, /changed its mind/);
    assert.equal(await scene.sequencer.sequence(), 0);
  });

  it('is not held up by an open writer in another database of the cluster', async () => {
    const elsewhere = new Client({ connectionString: await scene.superuserUrlOf('postgres') });
    await elsewhere.connect();
    try {
      await elsewhere.query('BEGIN');
      await elsewhere.query('SELECT pg_current_xact_id()');
      await scene.appendMany(10);
      assert.equal(await scene.sequencer.sequence(), 10);
      await scene.appendMany(10);
      assert.equal(await scene.sequencer.sequence(), 10);
    } finally {
      await elsewhere.end();
    }
  });

  it('lets one of many at a time, and together they lose and double nothing', async () => {
    const size = async (): Promise<number> => Number((await scene.query<{ n: string }>('SELECT count(*) AS n FROM audit.leaf'))[0]!.n);
    const before = await size();
    const writers = Array.from({ length: 8 }, () => scene.appendMany(20));
    const rivals = Array.from({ length: 4 }, async () => {
      let added = 0;
      for (let turn = 0; turn < 25; turn += 1) added += await scene.sequencer.sequence();
      return added;
    });
    const added = (await Promise.all(rivals)).reduce((sum, n) => sum + n, 0);
    await Promise.all(writers);
    const rest = await (async () => {
      let n = 0;
      for (let more = await scene.sequencer.sequence(); more > 0; more = await scene.sequencer.sequence()) n += more;
      return n;
    })();
    assert.equal(added + rest, 160);
    assert.equal(await size(), before + 160);
    assert.deepEqual((await scene.rederive()).mismatches, []);
  });

  it('waits for nobody: while another holds the turn it does nothing', async () => {
    const holder = new Client({ connectionString: scene.database.urls.sequencer });
    await holder.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT pg_advisory_xact_lock($1, $2)', [0x61756474, 1]);
      await scene.appendMany(1);
      assert.equal(await scene.sequencer.sequence(), 0);
    } finally {
      await holder.end();
    }
    // The lock ended with its connection; no timeout had to pass.
    await drain();
    assert.deepEqual(await pendingIds(), []);
  });

  it('works through a backlog larger than a turn, tile after tile', async () => {
    await scene.appendRaw(TURN_ENTRIES_MAX + 600);
    assert.equal(await scene.sequencer.sequence(), TURN_ENTRIES_MAX);
    assert.equal(await scene.sequencer.sequence(), 600);
    assert.deepEqual((await scene.rederive()).mismatches, []);
  });

  it('keeps one transaction together however many entries it has, also where a turn cuts it', async () => {
    await scene.appendRaw(1, TURN_ENTRIES_MAX + 3);
    assert.equal(await scene.sequencer.sequence(), TURN_ENTRIES_MAX);
    assert.equal(await scene.sequencer.sequence(), 3);
    assert.deepEqual(await pendingIds(), []);
  });

  it('refuses to extend a tree whose right edge was rewritten', async () => {
    await drain();
    await scene.query('ALTER TABLE audit.tile DISABLE TRIGGER USER');
    const edge = 'WHERE (level, index) IN (SELECT level, index FROM audit.tile WHERE level = 0 ORDER BY index DESC LIMIT 1)';
    const [before] = await scene.query<{ hashes: Buffer }>(`SELECT hashes FROM audit.tile ${edge}`);
    const forged = Buffer.from(before!.hashes);
    forged[0]! ^= 1;
    await scene.query(`UPDATE audit.tile SET hashes = $1 ${edge}`, [forged]);
    await scene.appendMany(1);
    await assert.rejects(scene.sequencer.sequence(), /do not lead to the head/);
    await scene.query(`UPDATE audit.tile SET hashes = $1 ${edge}`, [before!.hashes]);
    await scene.query('ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER only_widen');
    await scene.query('ALTER TABLE audit.tile ENABLE ALWAYS TRIGGER never_removed');
    assert.equal(await scene.sequencer.sequence(), 1);
  });
});

/** A dump from an older cluster, restored into this one, as the sequencer meets it: marks and ids from another count. */
describe('the sequencer after a restore into a younger cluster', () => {
  let scene: LedgerScene;
  before(async () => void (scene = await openLedgerScene()));
  after(() => scene.close());

  const AHEAD = '4000000000';
  const lowWater = async (): Promise<{ xid: string; id: string; current: string }> =>
    (await scene.query<{ xid: string; id: string; current: string }>(
      'SELECT w.xid::text AS xid, w.system_identifier::text AS id, c.system_identifier::text AS current FROM audit.low_water w, pg_control_system() c',
    ))[0]!;
  const restoreFromElsewhere = async (): Promise<void> => {
    await scene.query(`UPDATE audit.low_water SET xid = '${AHEAD}', system_identifier = system_identifier + 1`);
  };

  it('finds the new entries, whose ids lie below the mark that came with the dump', async () => {
    await scene.appendMany(3);
    await scene.sequencer.sequence();
    await restoreFromElsewhere();
    await scene.appendMany(5);
    assert.equal(await scene.sequencer.sequence(), 5);
    const mark = await lowWater();
    assert.equal(mark.id, mark.current);
    assert.ok(BigInt(mark.xid) < BigInt(AHEAD));
  });

  it('would have lost them, had it believed the mark', async () => {
    await scene.query(`UPDATE audit.low_water SET xid = '${AHEAD}'`);
    await scene.appendMany(1);
    assert.equal(await scene.sequencer.sequence(), 0);
    await restoreFromElsewhere();
    assert.equal(await scene.sequencer.sequence(), 1);
  });

  it('sequences entries that came unsequenced, with ids that this cluster has not given yet', async () => {
    await scene.query(`INSERT INTO audit.entry (id, xid, body) SELECT gen_random_uuid(), '${AHEAD}', '{}'::bytea FROM generate_series(1, 4)`);
    assert.equal(await scene.sequencer.sequence(), 0, 'in its own cluster such ids cannot be');
    await restoreFromElsewhere();
    assert.equal(await scene.sequencer.sequence(), 4);
    await scene.appendMany(1);
    assert.equal(await scene.sequencer.sequence(), 1);
  });

  it('forgets the old cluster also when there is nothing new to sequence', async () => {
    await restoreFromElsewhere();
    assert.equal(await scene.sequencer.sequence(), 0);
    const mark = await lowWater();
    assert.equal(mark.id, mark.current);
  });

  it('searches everything again until a turn was not cut short', async () => {
    await restoreFromElsewhere();
    await scene.appendRaw(TURN_ENTRIES_MAX + 1);
    assert.equal(await scene.sequencer.sequence(), TURN_ENTRIES_MAX);
    const during = await lowWater();
    assert.notEqual(during.id, during.current);
    assert.equal(await scene.sequencer.sequence(), 1);
    const after = await lowWater();
    assert.equal(after.id, after.current);
  });
});
