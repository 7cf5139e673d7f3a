import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { principalNamed } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene, testLedger } from '../../../../test/harness/ledger.js';
import { sentencesOf } from '../../../../test/harness/verification.js';

/** What somebody who owns the database can do to a log without its keys, and the sentence that tells it. */
interface Forgery {
  readonly what: string;
  readonly sql: string;
  readonly undo: string;
  readonly told: RegExp;
  /** The one leaf that is named, where there is one. */
  readonly leaf?: number;
  readonly atBoot?: boolean;
}

const ENTRY_OF = (index: number): string => `(SELECT entry_id FROM audit.leaf WHERE index = ${index})`;
const KEPT = (column: string): string => `(SELECT ${column} FROM public.kept)`;
const FORGED_ID = '0198c0de-0000-4000-8000-00000000f09d';
const REFLECTED = `hashes = substring(hashes FROM 33 FOR 32) || substring(hashes FOR 32)`;
const swapEntries = `UPDATE audit.entry e SET body = o.body FROM audit.entry o WHERE e.id IN (${ENTRY_OF(20)}, ${ENTRY_OF(21)}) AND o.id IN (${ENTRY_OF(20)}, ${ENTRY_OF(21)}) AND o.id <> e.id`;
const swapLeaves = [[30, 70_000], [31, 30], [70_000, 31]].map(([from, to]) => `UPDATE audit.leaf SET index = ${to} WHERE index = ${from}`).join('; ');

const FORGERIES: readonly Forgery[] = [
  {
    what: 'rewrites an entry',
    sql: `UPDATE audit.entry SET body = body || ' ' WHERE id = ${ENTRY_OF(5)}`,
    undo: `UPDATE audit.entry SET body = substring(body FOR octet_length(body) - 1) WHERE id = ${ENTRY_OF(5)}`,
    told: /^leaf 5 has another hash than the entry [0-9a-f-]{36}$/,
    leaf: 5,
  },
  {
    what: 'removes an entry',
    sql: `CREATE TABLE public.removed AS SELECT * FROM audit.entry WHERE id = ${ENTRY_OF(300)}; DELETE FROM audit.entry WHERE id = ${ENTRY_OF(300)}`,
    undo: `INSERT INTO audit.entry (id, xid, seq, body) OVERRIDING SYSTEM VALUE SELECT id, xid, seq, body FROM public.removed; DROP TABLE public.removed`,
    told: /^the entry [0-9a-f-]{36} of leaf 300 is missing$/,
    leaf: 300,
  },
  {
    what: 'rewrites the hash of a leaf',
    sql: `UPDATE audit.leaf SET hash = sha256('x') WHERE index = 7`,
    undo: `UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 7`,
    told: /^leaf 7 has another hash than/,
    leaf: 7,
  },
  {
    what: 'rewrites an entry with its leaf',
    sql: `UPDATE audit.entry SET body = body || ' ' WHERE id = ${ENTRY_OF(8)}; UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 8`,
    undo: `UPDATE audit.entry SET body = substring(body FOR octet_length(body) - 1) WHERE id = ${ENTRY_OF(8)}; UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 8`,
    told: /^leaf 8, the entry [0-9a-f-]{36}, has another hash in tile 0\/0$/,
    leaf: 8,
  },
  {
    what: 'rewrites an entry with its leaf and its tile',
    sql: `CREATE TABLE public.tile AS SELECT hashes FROM audit.tile WHERE level = 0 AND index = 1;
          UPDATE audit.entry SET body = body || ' ' WHERE id = ${ENTRY_OF(256)};
          UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 256;
          UPDATE audit.tile SET hashes = (SELECT hash FROM audit.leaf WHERE index = 256) || substring(hashes FROM 33) WHERE level = 0 AND index = 1`,
    undo: `UPDATE audit.tile SET hashes = (SELECT hashes FROM public.tile) WHERE level = 0 AND index = 1; DROP TABLE public.tile;
           UPDATE audit.entry SET body = substring(body FOR octet_length(body) - 1) WHERE id = ${ENTRY_OF(256)};
           UPDATE audit.leaf l SET hash = sha256('\\x00'::bytea || e.body) FROM audit.entry e WHERE e.id = l.entry_id AND l.index = 256`,
    told: /^tile 0\/1 has another root than tile 1\/0 says$/,
  },
  {
    what: 'takes a leaf out of the row',
    sql: `UPDATE audit.leaf SET index = 100000 WHERE index = 9`,
    undo: `UPDATE audit.leaf SET index = 9 WHERE index = 100000`,
    told: /^leaf 9 is missing$/,
  },
  {
    what: 'appends a leaf that no head counts',
    sql: `INSERT INTO audit.leaf (index, entry_id, hash) VALUES (600, '${FORGED_ID}', sha256('x'))`,
    undo: `DELETE FROM audit.leaf WHERE index = 600`,
    told: /^leaf 600, the entry 0198c0de[0-9a-f-]+, stands beyond the head$/,
    leaf: 600,
  },
  { what: 'swaps two entries', sql: swapEntries, undo: swapEntries, told: /^leaf 20 has another hash than the entry/, leaf: 20 },
  { what: 'swaps two entries with their leaves', sql: swapLeaves, undo: swapLeaves, told: /^leaf 30, the entry [0-9a-f-]{36}, has another hash in tile 0\/0$/, leaf: 30 },
  {
    what: 'rewrites a tile of the right edge',
    sql: `UPDATE audit.tile SET hashes = sha256('x') || substring(hashes FROM 33) WHERE level = 0 AND index = 2`,
    undo: `UPDATE audit.tile SET hashes = (SELECT hash FROM audit.leaf WHERE index = 512) || substring(hashes FROM 33) WHERE level = 0 AND index = 2`,
    told: /^leaf 512, the entry [0-9a-f-]{36}, has another hash in tile 0\/2$/,
    atBoot: true,
    leaf: 512,
  },
  {
    what: 'rewrites a full tile',
    sql: `UPDATE audit.tile SET ${REFLECTED} || substring(hashes FROM 65) WHERE level = 0 AND index = 0`,
    undo: `UPDATE audit.tile SET ${REFLECTED} || substring(hashes FROM 65) WHERE level = 0 AND index = 0`,
    told: /^leaf 0, the entry [0-9a-f-]{36}, has another hash in tile 0\/0$/,
    leaf: 0,
  },
  {
    what: 'rewrites a tile of a higher level',
    sql: `UPDATE audit.tile SET ${REFLECTED} WHERE level = 1 AND index = 0`,
    undo: `UPDATE audit.tile SET ${REFLECTED} WHERE level = 1 AND index = 0`,
    told: /^tile 0\/0 has another root than tile 1\/0 says$/,
    atBoot: true,
  },
  {
    what: 'removes a tile',
    sql: `UPDATE audit.tile SET level = 40 WHERE level = 0 AND index = 0`,
    undo: `UPDATE audit.tile SET level = 0 WHERE level = 40`,
    told: /^tile 0\/0 of width 256 is missing$/,
  },
  {
    what: 'rewrites an old head',
    sql: `UPDATE audit.tree_head SET root = sha256('x') WHERE size = 3`,
    undo: `UPDATE audit.tree_head SET root = ${KEPT('root')} WHERE size = 3`,
    told: /^the head of size 3 has another root than its leaves$/,
  },
  {
    what: 'rewrites the last head',
    sql: `CREATE TABLE public.last AS SELECT root FROM audit.tree_head WHERE size = 600; UPDATE audit.tree_head SET root = sha256('x') WHERE size = 600`,
    undo: `UPDATE audit.tree_head SET root = (SELECT root FROM public.last) WHERE size = 600; DROP TABLE public.last`,
    told: /^the tiles do not lead to the root at size 600$/,
    atBoot: true,
  },
  {
    what: 'writes a checkpoint without the keys',
    sql: `UPDATE audit.checkpoint SET note = replace(note, '600', '600') || E'\\u2014 other key\\n' WHERE number = 2`,
    undo: `UPDATE audit.checkpoint SET note = ${KEPT('note')} WHERE number = 2`,
    told: /^checkpoint 2 is not the note/,
    atBoot: true,
  },
  {
    what: 'puts an older checkpoint in the place of the last',
    sql: `UPDATE audit.checkpoint SET note = (SELECT note FROM audit.checkpoint WHERE number = 1) WHERE number = 2`,
    undo: `UPDATE audit.checkpoint SET note = ${KEPT('note')} WHERE number = 2`,
    told: /^checkpoint 2 is not the note/,
    atBoot: true,
  },
  {
    what: 'writes a cosignature without its key',
    sql: `UPDATE audit.cosignature SET line = (SELECT line FROM audit.cosignature WHERE checkpoint = 1) WHERE checkpoint = 2`,
    undo: `UPDATE audit.cosignature SET line = ${KEPT('line')} WHERE checkpoint = 2`,
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
    undo: `UPDATE audit.checkpoint SET previous_hash = ${KEPT('previous_hash')} WHERE number = 2`,
    told: /^checkpoint 2 does not follow/,
  },
  {
    what: 'takes the first checkpoint out of the chain',
    sql: `UPDATE audit.checkpoint SET number = 77 WHERE number = 1`,
    undo: `UPDATE audit.checkpoint SET number = 1 WHERE number = 77`,
    told: /^checkpoint 2 does not follow/,
  },
  {
    what: 'slips an entry in below the mark of the sequencer',
    sql: `INSERT INTO audit.entry (id, xid, body) VALUES ('${FORGED_ID}', '3', '{}')`,
    undo: `DELETE FROM audit.entry WHERE id = '${FORGED_ID}'`,
    told: /^the entry 0198c0de[0-9a-f-]+ has no leaf/,
  },
  {
    what: 'slips an entry in from the future',
    sql: `INSERT INTO audit.entry (id, xid, body) VALUES ('${FORGED_ID}', '18446744073709551614', '{}')`,
    undo: `DELETE FROM audit.entry WHERE id = '${FORGED_ID}'`,
    told: /^the entry 0198c0de[0-9a-f-]+ has no leaf/,
  },
  {
    what: 'lifts the mark of the sequencer over what is to come',
    sql: `CREATE TABLE public.mark AS SELECT xid FROM audit.low_water; UPDATE audit.low_water SET xid = '9000000000'; INSERT INTO audit.entry (id, body) VALUES ('${FORGED_ID}', '{}')`,
    undo: `DELETE FROM audit.entry WHERE id = '${FORGED_ID}'; UPDATE audit.low_water SET xid = (SELECT xid FROM public.mark); DROP TABLE public.mark`,
    told: /^the entry [0-9a-f-]{36} has no leaf/,
  },
];

interface Recorded {
  readonly severity_id: number;
  readonly unmapped: { readonly size: number; readonly mismatches: number; readonly first: string; readonly index?: number; readonly entryId?: string };
}

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
    for (const table of ['entry', 'leaf', 'tile', 'tree_head', 'checkpoint', 'pruning']) await scene.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    for (const table of ['cosignature', 'publication']) await scene.query(`ALTER TABLE audit.${table} DROP CONSTRAINT ${table}_checkpoint_fkey`);
    await scene.query('CREATE TABLE public.kept AS SELECT c.note, c.previous_hash, h.root, s.line FROM audit.checkpoint c JOIN audit.cosignature s ON s.checkpoint = c.number, audit.tree_head h WHERE c.number = 2 AND h.size = 3');
    await scene.query('SET search_path = public');
  });
  after(() => scene.close());

  const recorded = async (code: string): Promise<Recorded[]> => {
    const rows = await scene.query<{ body: Recorded }>(
      `SELECT body FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body, xid, seq FROM audit.entry WHERE octet_length(body) > 100) e WHERE body #>> '{metadata,event_code}' = $1 ORDER BY xid, seq`,
      [code],
    );
    return rows.map(({ body }) => body);
  };
  /** A slice from the beginning; the whole of this log fits into one. */
  const slice = async (): Promise<string[]> => {
    await scene.query(`UPDATE audit.cursor SET next_index = 0 WHERE name LIKE 'self-check%'`);
    return sentencesOf((await scene.selfCheck.next())!);
  };
  const full = async (): Promise<readonly string[]> => {
    const { id } = await scene.requests.request(principalNamed('0198c0de-0000-7000-8000-0000000000aa'), null);
    assert.equal(await scene.runner.runNext(), id);
    return (await scene.requests.get(principalNamed('auditor'), id)).mismatches;
  };

  it('finds nothing in a log that nobody touched', async () => {
    assert.deepEqual(await scene.rederive(), { size: 600, mismatches: [] });
    assert.deepEqual(await scene.verifier.verifyHead(), { size: 600, mismatches: [] });
    assert.deepEqual(await slice(), []);
    assert.deepEqual(await full(), []);
    assert.deepEqual(await recorded('audit.verify.fail'), []);
  });

  for (const { what, sql, undo, told, leaf, atBoot } of FORGERIES) {
    for (const [means, verify] of [['a slice', slice], ['a full verification', full]] as const) {
      it(`tells by ${means} who ${what}`, async () => {
        await scene.query('DELETE FROM audit.mismatch');
        const before = (await recorded('audit.verify.fail')).length;
        await scene.query(sql);
        try {
          const sentences = await verify();
          assert.ok(sentences.some((sentence) => told.test(sentence)), sentences.join('; '));
          // What verifications record is not sequenced here, and stands below a mark that was lifted.
          const others = sentences.filter((sentence) => !/has no leaf/.test(sentence));
          assert.ok(others.length <= 3, `what was changed, and not all that follows from it: ${others.join('; ')}`);
          if (atBoot === true) assert.notDeepEqual((await scene.verifier.verifyHead()).mismatches, []);
        } finally {
          await scene.query(undo);
        }
        const [entry, ...more] = (await recorded('audit.verify.fail')).slice(before);
        assert.deepEqual(more, []);
        assert.equal(entry?.severity_id, 5);
        if (leaf !== undefined) assert.match(`${entry.unmapped.index} ${entry.unmapped.entryId}`, new RegExp(`^${leaf} [0-9a-f-]{36}$`));
        assert.deepEqual((await scene.rederive()).mismatches, [], 'the forgery is undone');
      });
    }
  }

  it('tells a finding of a slice once, and again after a full verification that did not meet it', async () => {
    await scene.query('DELETE FROM audit.mismatch');
    const forge = FORGERIES[0]!;
    const count = async (): Promise<number> => (await recorded('audit.verify.fail')).length;
    const before = await count();
    await scene.query(forge.sql);
    for (let round = 0; round < 3; round += 1) assert.equal((await slice()).length, 1);
    assert.equal(await count(), before + 1);
    await scene.query(forge.undo);
    assert.deepEqual(await full(), []);
    assert.equal((await recorded('audit.verify.complete')).at(-1)?.unmapped.size, 600);
    await scene.query(forge.sql);
    await slice();
    await scene.query(forge.undo);
    assert.equal(await count(), before + 2);
    assert.match(await scene.metrics.text(), /audit_verification_failures_total [1-9]/);
  });

  it('misses no body below the minimum that pruning set, and every one above it', async () => {
    await scene.query('DELETE FROM audit.mismatch');
    await scene.query(`BEGIN;
      CREATE TABLE public.pruned AS SELECT e.* FROM audit.entry e JOIN audit.leaf l ON l.entry_id = e.id WHERE l.index < 257;
      DELETE FROM audit.entry WHERE id IN (SELECT id FROM public.pruned); UPDATE audit.pruning SET minimum_index = 256; COMMIT`);
    try {
      for (const verify of [slice, full]) {
        const sentences = await verify();
        assert.equal(sentences.length, 1, sentences.join('; '));
        assert.match(sentences[0]!, /of leaf 256 is missing/);
      }
    } finally {
      await scene.query(`INSERT INTO audit.entry (id, xid, seq, body) OVERRIDING SYSTEM VALUE SELECT id, xid, seq, body FROM public.pruned; UPDATE audit.pruning SET minimum_index = 0`);
    }
    assert.deepEqual((await scene.rederive()).mismatches, []);
  });

  it('tells a database that was put back to before its last checkpoint', async () => {
    await scene.query('ALTER TABLE audit.checkpoint DROP CONSTRAINT checkpoint_size_fkey');
    await scene.query('CREATE TABLE public.gone AS SELECT * FROM audit.tree_head WHERE size = 600; DELETE FROM audit.tree_head WHERE size = 600');
    try {
      for (const sentences of [sentencesOf(await scene.verifier.verifyHead()), (await scene.rederive()).mismatches]) {
        assert.ok(sentences.some((sentence) => /covers 600 leaves, and the tree has 5/.test(sentence)), sentences.join('; '));
      }
    } finally {
      await scene.query('INSERT INTO audit.tree_head SELECT * FROM public.gone');
    }
  });

  it('finds nothing wrong with a superseded checkpoint whose cosignature was thinned', async () => {
    await scene.query('UPDATE audit.cosignature SET checkpoint = 79 WHERE checkpoint = 1');
    try {
      assert.deepEqual((await scene.rederive()).mismatches, []);
    } finally {
      await scene.query('UPDATE audit.cosignature SET checkpoint = 1 WHERE checkpoint = 79');
    }
  });

  it("tells checkpoints by keys that are not the keyring's", async () => {
    await scene.query('CREATE TABLE public.keys AS SELECT * FROM crypto.key_version');
    await scene.query('TRUNCATE crypto.key_version CASCADE');
    const stranger = testLedger(scene.database);
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) await stranger.keyring.signer(purpose);
    for (const sentences of [sentencesOf(await stranger.verifier.verifyHead()), (await stranger.rederive()).mismatches]) {
      assert.ok(sentences.some((sentence) => /not signed by the log's keys/.test(sentence)), sentences.join('; '));
    }
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
    assert.deepEqual((await scene.rederive()).mismatches, []);
  });

  it('tells a revoked key that signs again after its successor', async () => {
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    await scene.query('UPDATE audit.checkpoint SET size = 1, note = (SELECT note FROM audit.checkpoint WHERE number = 1) WHERE number = 3');
    await scene.query('UPDATE audit.cosignature SET line = (SELECT line FROM audit.cosignature WHERE checkpoint = 1) WHERE checkpoint = 3');
    const { mismatches } = await scene.rederive();
    assert.deepEqual(mismatches, ['checkpoint 3 is signed by a key that a newer one had replaced']);
  });
});
