import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { entityManagerOf } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';

const SPEC = systemPrincipal('spec');
const digests = (count: number): Buffer[] => Array.from({ length: count }, () => randomBytes(32));
const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 6962 §2.1 as it is written, and nothing of ours: recursion at the largest power of two below the size. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

interface Unmapped {
  readonly items?: string[];
  readonly itemsRoot?: string;
  readonly itemsCount?: number;
}

describe('items of an entry', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene();
  });
  after(() => scene.close());

  const unmapped = async (id: string): Promise<Unmapped> => {
    const [row] = await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry WHERE id = $1', [id]);
    return (JSON.parse(row!.body.toString()) as { unmapped: Unmapped }).unmapped;
  };
  const kept = async (id: string): Promise<Buffer | null> => (await scene.query<{ digests: Buffer }>('SELECT digests FROM audit.entry_item WHERE entry_id = $1', [id]))[0]?.digests ?? null;
  const countOf = async (table: string): Promise<number> => (await scene.query(`SELECT FROM audit.${table}`)).length;

  it('stand in the entry while they fit, and nowhere else', async () => {
    for (const count of [1, 2, 200]) {
      const items = digests(count);
      const id = await scene.log.record(scene.event({ items }));
      assert.deepEqual((await unmapped(id)).items, items.map((item) => item.toString('hex')));
      assert.equal(await kept(id), null);
    }
  });

  for (const count of [240, 257, 10_000]) {
    it(`are ${count} told by their root, which can be computed from the list that is kept beside the entry`, async () => {
      const items = digests(count);
      const id = await scene.log.record(scene.event({ items }));
      const list = (await kept(id))!;
      assert.deepEqual(list, Buffer.concat(items));
      const leaves = Array.from({ length: list.length / 32 }, (_, n) => list.subarray(32 * n, 32 * n + 32));
      assert.deepEqual(await unmapped(id), { itemsCount: count, itemsRoot: treeHash(leaves).toString('hex') });
    });
  }

  it('are told by the root of whoever computed it already', async () => {
    const [items, itemsRoot] = [digests(300), randomBytes(32)];
    assert.equal((await unmapped(await scene.log.record(scene.event({ items, itemsRoot })))).itemsRoot, itemsRoot.toString('hex'));
  });

  it('are in the entry of a deed too, and go with it when the deed fails', async () => {
    const items = digests(300);
    const id = await scene.database.app.run(SPEC, (tx) => scene.log.append(tx, scene.event({ items })));
    assert.equal((await kept(id))?.length, 300 * 32);
    const [entries, lists] = [await countOf('entry'), await countOf('entry_item')];
    const failed = scene.database.app.run(SPEC, async (tx) => {
      await scene.log.append(tx, scene.event({ items }));
      throw new Error('a later check refused');
    });
    await assert.rejects(failed, /later check/);
    assert.deepEqual([await countOf('entry'), await countOf('entry_item')], [entries, lists]);
  });

  it('cannot be posed by facts', async () => {
    const id = await scene.log.record(scene.event({ facts: { items: 'posed', itemsRoot: 'posed', itemsCount: 7, shots: 1 } }));
    assert.deepEqual(await unmapped(id), { shots: 1 });
  });

  it('refuses a digest that is none', async () => {
    await assert.rejects(scene.log.record(scene.event({ items: [randomBytes(31)] })), /audit|record/i);
  });

  it('refuses a list for an entry of another transaction, a second one, and one that is removed or changed', async () => {
    const asApp = (sql: string, values: unknown[] = []): Promise<unknown> => scene.database.app.run(SPEC, (tx) => entityManagerOf(tx).query(sql, values));
    const [bare, full] = [await scene.log.record(scene.event()), await scene.log.record(scene.event({ items: digests(300) }))];
    for (const id of [bare, full]) await assert.rejects(asApp('SELECT audit.keep_items($1, $2)', [id, randomBytes(32)]));
    for (const sql of ['DELETE FROM audit.entry_item', `UPDATE audit.entry_item SET digests = sha256('x')`, 'TRUNCATE audit.entry_item']) {
      await assert.rejects(asApp(sql));
      await assert.rejects(scene.query(sql), /append-only/, `${sql}, by the owner`);
    }
    assert.equal((await kept(full))?.length, 300 * 32);
  });
});
