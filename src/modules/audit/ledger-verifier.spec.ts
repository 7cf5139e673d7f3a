import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type LedgerScene, openLedgerScene, testLedger } from '../../../test/harness/ledger.js';

/** What somebody who owns the database can do to a log without its keys, and the sentence that tells it. */
const FORGERIES: readonly { readonly what: string; readonly sql: string; readonly undo: string; readonly told: RegExp; readonly atBoot: boolean }[] = [
  {
    what: 'rewrites an entry',
    sql: `UPDATE audit.entry SET body = body || ' ' WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 5)`,
    undo: `UPDATE audit.entry SET body = substring(body FOR octet_length(body) - 1) WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 5)`,
    told: /leaf 5 has another hash than the entry/,
    atBoot: false,
  },
  {
    what: 'deletes an entry',
    sql: `UPDATE audit.entry SET id = '00000000-0000-0000-0000-000000000000' WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 300)`,
    undo: `UPDATE audit.entry SET id = (SELECT entry_id FROM audit.leaf WHERE index = 300) WHERE id = '00000000-0000-0000-0000-000000000000'`,
    told: /of leaf 300 is missing/,
    atBoot: false,
  },
  {
    what: 'rewrites an entry with its leaf',
    sql: `UPDATE audit.leaf SET hash = sha256('x') WHERE index = 7`,
    undo: `UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 7`,
    told: /leaf 7 has another hash/,
    atBoot: false,
  },
  {
    what: 'takes a leaf out of the row',
    sql: `UPDATE audit.leaf SET index = 100000 WHERE index = 9`,
    undo: `UPDATE audit.leaf SET index = 9 WHERE index = 100000`,
    told: /leaf 9 is missing/,
    atBoot: false,
  },
  {
    what: 'rewrites a tile of the right edge',
    sql: `UPDATE audit.tile SET hashes = sha256('x') || substring(hashes FROM 33) WHERE level = 0 AND index = 2`,
    undo: `UPDATE audit.tile SET hashes = (SELECT hash FROM audit.leaf WHERE index = 512) || substring(hashes FROM 33) WHERE level = 0 AND index = 2`,
    told: /tile 0\/2/,
    atBoot: true,
  },
  {
    what: 'rewrites a tile of a higher level',
    sql: `UPDATE audit.tile SET hashes = substring(hashes FROM 33 FOR 32) || substring(hashes FOR 32) WHERE level = 1 AND index = 0`,
    undo: `UPDATE audit.tile SET hashes = substring(hashes FROM 33 FOR 32) || substring(hashes FOR 32) WHERE level = 1 AND index = 0`,
    told: /tile 1\/0/,
    atBoot: true,
  },
  {
    what: 'removes a tile',
    sql: `UPDATE audit.tile SET level = 40 WHERE level = 0 AND index = 0`,
    undo: `UPDATE audit.tile SET level = 0 WHERE level = 40`,
    told: /tile 0\/0/,
    atBoot: false,
  },
  {
    what: 'rewrites an old head',
    sql: `UPDATE audit.tree_head SET root = sha256('x') WHERE size = 3`,
    undo: `UPDATE audit.tree_head SET root = (SELECT root FROM kept) WHERE size = 3`,
    told: /head of size 3/,
    atBoot: false,
  },
  {
    what: 'writes a checkpoint without the keys',
    sql: `UPDATE audit.checkpoint SET note = replace(note, '600', '600') || E'\\u2014 other key\\n' WHERE number = 2`,
    undo: `UPDATE audit.checkpoint SET note = (SELECT note FROM kept) WHERE number = 2`,
    told: /checkpoint 2 is not the note/,
    atBoot: true,
  },
  {
    what: 'puts an older checkpoint in the place of the last',
    sql: `UPDATE audit.checkpoint SET note = (SELECT note FROM audit.checkpoint WHERE number = 1) WHERE number = 2`,
    undo: `UPDATE audit.checkpoint SET note = (SELECT note FROM kept) WHERE number = 2`,
    told: /checkpoint 2 is not the note/,
    atBoot: true,
  },
  {
    what: 'writes a cosignature without its key',
    sql: `UPDATE audit.cosignature SET line = (SELECT line FROM audit.cosignature WHERE checkpoint = 1) WHERE checkpoint = 2`,
    undo: `UPDATE audit.cosignature SET line = (SELECT line FROM kept) WHERE checkpoint = 2`,
    told: /checkpoint 2 is not signed by the log's keys/,
    atBoot: true,
  },
  {
    what: 'takes the cosignature of the last checkpoint away',
    sql: `UPDATE audit.cosignature SET checkpoint = 78 WHERE checkpoint = 2`,
    undo: `UPDATE audit.cosignature SET checkpoint = 2 WHERE checkpoint = 78`,
    told: /checkpoint 2 is not cosigned/,
    atBoot: true,
  },
  {
    what: 'cuts a link of the chain',
    sql: `UPDATE audit.checkpoint SET previous_hash = sha256('x') WHERE number = 2`,
    undo: `UPDATE audit.checkpoint SET previous_hash = (SELECT previous_hash FROM kept) WHERE number = 2`,
    told: /does not follow/,
    atBoot: false,
  },
  {
    what: 'takes the first checkpoint out of the chain',
    sql: `UPDATE audit.checkpoint SET number = 77 WHERE number = 1`,
    undo: `UPDATE audit.checkpoint SET number = 1 WHERE number = 77`,
    told: /checkpoint 2 does not follow/,
    atBoot: false,
  },
];

describe('verification of the stored log', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene();
    for (const deeds of [3, 2]) {
      await scene.appendMany(deeds);
      await scene.sequencer.sequence();
    }
    await scene.publisher.publish(0);
    await scene.appendRaw(595);
    await scene.sequencer.sequence();
    await scene.publisher.publish(0);
    // The owner's first step: nothing that the database itself holds against it.
    for (const table of ['entry', 'leaf', 'tile', 'tree_head', 'checkpoint']) await scene.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    for (const table of ['cosignature', 'publication']) await scene.query(`ALTER TABLE audit.${table} DROP CONSTRAINT ${table}_checkpoint_fkey`);
    await scene.query('CREATE TABLE public.kept AS SELECT c.note, c.previous_hash, h.root, s.line FROM audit.checkpoint c JOIN audit.cosignature s ON s.checkpoint = c.number, audit.tree_head h WHERE c.number = 2 AND h.size = 3');
    await scene.query('SET search_path = public');
  });
  after(() => scene.close());

  it('finds nothing in a log that nobody touched', async () => {
    assert.deepEqual(await scene.verifier.rederive(), { size: 600, mismatches: [] });
    assert.deepEqual(await scene.verifier.verifyHead(), { size: 600, mismatches: [] });
  });

  for (const { what, sql, undo, told, atBoot } of FORGERIES) {
    it(`tells who ${what}`, async () => {
      await scene.query(sql);
      try {
        const { mismatches } = await scene.verifier.rederive();
        assert.ok(mismatches.some((sentence) => told.test(sentence)), mismatches.join('; '));
        if (atBoot) assert.notDeepEqual((await scene.verifier.verifyHead()).mismatches, []);
      } finally {
        await scene.query(undo);
      }
      assert.deepEqual((await scene.verifier.rederive()).mismatches, [], 'the forgery is undone');
    });
  }

  it('tells a database that was put back to before its last checkpoint', async () => {
    await scene.query('ALTER TABLE audit.checkpoint DROP CONSTRAINT checkpoint_size_fkey');
    await scene.query('CREATE TABLE public.gone AS SELECT * FROM audit.tree_head WHERE size = 600; DELETE FROM audit.tree_head WHERE size = 600');
    try {
      const { mismatches } = await scene.verifier.verifyHead();
      assert.ok(mismatches.some((sentence) => /covers 600 leaves, and the tree has 5/.test(sentence)), mismatches.join('; '));
    } finally {
      await scene.query('INSERT INTO audit.tree_head SELECT * FROM public.gone');
    }
  });

  it('finds nothing wrong with a superseded checkpoint whose cosignature was thinned', async () => {
    await scene.query('UPDATE audit.cosignature SET checkpoint = 79 WHERE checkpoint = 1');
    try {
      assert.deepEqual((await scene.verifier.rederive()).mismatches, []);
    } finally {
      await scene.query('UPDATE audit.cosignature SET checkpoint = 1 WHERE checkpoint = 79');
    }
  });

  it('tells checkpoints by keys that are not the keyring\'s', async () => {
    await scene.query('CREATE TABLE public.keys AS SELECT * FROM crypto.key_version');
    await scene.query('TRUNCATE crypto.key_version CASCADE');
    const stranger = testLedger(scene.database);
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) await stranger.keyring.signer(purpose);
    const { mismatches } = await stranger.verifier.verifyHead();
    assert.ok(mismatches.some((sentence) => /not signed by the log's keys/.test(sentence)), mismatches.join('; '));
  });
});

const ROOT_KEY = Buffer.alloc(32, 5);

describe('verification after a change of the log key', () => {
  let scene: LedgerScene;
  const deed = systemPrincipal('spec');
  const publishOne = async (): Promise<void> => {
    await scene.appendMany(1);
    await scene.sequencer.sequence();
    assert.equal(await scene.publisher.publish(0), 'published');
  };
  before(async () => {
    scene = await openLedgerScene({ rootKey: ROOT_KEY });
    await publishOne();
    const old = (await scene.keyring.signer('audit-checkpoint')).keyId;
    const prepared = await scene.keyring.prepare('audit-checkpoint');
    await scene.database.sequencer.run(deed, (tx) => scene.keyring.announce(tx, prepared));
    await scene.database.sequencer.run(deed, (tx) => scene.keyring.rotate(tx, 'audit-checkpoint'));
    await scene.database.sequencer.run(deed, (tx) => scene.keyring.revoke(tx, 'audit-checkpoint', old));
  });
  after(() => scene.close());

  it('lets a log start whose last checkpoint is by a key that was revoked since', async () => {
    assert.deepEqual((await scene.verifier.verifyHead()).mismatches, []);
  });

  it('replaces that checkpoint at once, though the tree has not grown', async () => {
    const replica = testLedger(scene.database, { rootKey: ROOT_KEY });
    assert.equal(await replica.publisher.publish(), 'published');
    assert.equal(await replica.publisher.publish(), 'not-due');
  });

  it('goes on believing what the revoked key signed before', async () => {
    await publishOne();
    assert.deepEqual((await scene.verifier.rederive()).mismatches, []);
  });

  it('tells a revoked key that signs again after its successor', async () => {
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    await scene.query('UPDATE audit.checkpoint SET size = 1, note = (SELECT note FROM audit.checkpoint WHERE number = 1) WHERE number = 3');
    await scene.query('UPDATE audit.cosignature SET line = (SELECT line FROM audit.cosignature WHERE checkpoint = 1) WHERE checkpoint = 3');
    const { mismatches } = await scene.verifier.rederive();
    assert.deepEqual(mismatches, ['checkpoint 3 is signed by a key that a newer one had replaced']);
  });
});
