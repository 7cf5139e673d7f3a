import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { leafHash } from '#pure/merkle/hashing.js';
import { tilesForInclusion } from '#pure/merkle/proof.js';
import { verifyConsistency, verifyInclusion } from '#pure/merkle/verify.js';
import { parseCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { verifyNote } from '#pure/transparency-log/note-signature.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { parseTlogProof } from '#pure/transparency-log/tlog-proof.js';
import { parseVerifierKey } from '#pure/transparency-log/verifier-key.js';
import { type LedgerScene, openLedgerScene } from '../../../test/harness/ledger.js';

const NOWHERE = '0198c0de-0000-7000-8000-00000000dead';

describe('reading the ledger', () => {
  let scene: LedgerScene;
  let ids: string[];
  before(async () => {
    scene = await openLedgerScene({ publicUrl: 'https://quantonium.example:8443/base' });
    ids = await scene.appendMany(3);
  });
  after(() => scene.close());

  const publish = async (): Promise<void> => {
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
  };
  const vkeys = async (): Promise<string> => (await scene.reader.verifierKeys()).map((key) => `${key}\n`).join('');
  const head = async (): Promise<{ size: number; root: Buffer }> => parseCheckpoint(parseNote(Buffer.from((await scene.reader.checkpoint())!)).text);

  it('has neither keys nor checkpoint before the log has its name', async () => {
    assert.deepEqual(await scene.reader.verifierKeys(), []);
    assert.equal(await scene.reader.checkpoint(), null);
    assert.equal(await scene.reader.tile({ level: 0, index: 0, width: 1 }), null);
  });

  it('says «pending» until a checkpoint covers the entry, and nothing of one that there is not', async () => {
    assert.equal(await scene.reader.receipt(ids[0]!), 'pending');
    await scene.sequencer.sequence();
    assert.equal(await scene.reader.receipt(ids[0]!), 'pending', 'a leaf without a signature proves nothing');
    await scene.publisher.publish(0);
    assert.ok((await scene.reader.receipt(ids[0]!)) instanceof Buffer);
    assert.equal(await scene.reader.receipt(NOWHERE), null);
  });

  it('gives every entry a receipt that the offline verifier takes with the keys that were saved', async () => {
    const saved = await vkeys();
    for (const id of ids) {
      const receipt = (await scene.reader.receipt(id)) as Buffer;
      const verdict = verifyReceipt({ receipt, vkeys: saved, result: null });
      assert.ok(verdict.ok, verdict.ok ? '' : verdict.message);
    }
  });

  it('gives no receipt that survives a flipped bit', async () => {
    const saved = await vkeys();
    const receipt = (await scene.reader.receipt(ids[1]!)) as Buffer;
    fc.assert(
      fc.property(fc.nat(receipt.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(receipt);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        return !verifyReceipt({ receipt: flipped, vkeys: saved, result: null }).ok;
      }),
      { numRuns: 300 },
    );
  });

  it('names the log by the host that it was first published under, for good', async () => {
    for (const key of await scene.reader.verifierKeys()) assert.equal(parseVerifierKey(key).name, 'quantonium.example:8443/audit/1');
  });

  it('signs with Ed25519 and with ML-DSA-44, both under that name', async () => {
    const keys = (await scene.reader.verifierKeys()).map(parseVerifierKey);
    assert.deepEqual(keys.map(({ scheme }) => scheme.type), [0x01, 0x06]);
    const verdict = verifyNote(parseNote(Buffer.from((await scene.reader.checkpoint())!)), keys);
    assert.ok(verdict.ok);
    assert.deepEqual([verdict.verified.length, verdict.unknown.length], [2, 0]);
  });

  it('keeps receipts valid over a rotation of the keys, and signs with the new ones', async () => {
    const old = (await scene.reader.receipt(ids[0]!)) as Buffer;
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) {
      const prepared = await scene.keyring.prepare(purpose);
      const actor = scene.event().actor!;
      await scene.database.sequencer.run(actor, (tx) => scene.keyring.announce(tx, prepared));
      await scene.database.sequencer.run(actor, (tx) => scene.keyring.rotate(tx, purpose));
    }
    const [entry] = await scene.appendMany(1);
    await publish();
    await scene.keyring.signer('audit-checkpoint');
    const saved = await vkeys();
    assert.equal(saved.trim().split('\n').length, 4);
    for (const receipt of [old, (await scene.reader.receipt(entry!)) as Buffer]) assert.ok(verifyReceipt({ receipt, vkeys: saved, result: null }).ok);
  });

  it('proves inclusion and consistency over tile borders, from a handful of tiles', async () => {
    await scene.appendRaw(70_000 / 1_000, 1_000);
    await publish();
    const { size, root } = await head();
    assert.ok(size > 65_536, 'the tree has three levels');
    const sample = await scene.query<{ entry_id: string; index: string; hash: Buffer }>(
      'SELECT * FROM audit.leaf WHERE index = ANY($1)', [[0, 255, 256, 65_535, 65_536, size - 1]],
    );
    for (const { entry_id: id, index, hash } of sample) {
      const proof = (await scene.reader.inclusionProof(id))!;
      assert.equal(proof.index, Number(index));
      assert.ok(verifyInclusion(hash, proof.index, size, [...proof.hashes], root), index);
    }
    const heads = await scene.query<{ size: string; root: Buffer }>('SELECT size, root FROM audit.tree_head ORDER BY size');
    for (const { size: old, root: oldRoot } of heads) {
      const proof = (await scene.reader.consistencyProof(Number(old), size))!;
      assert.ok(verifyConsistency(Number(old), oldRoot, size, root, [...proof]), old);
    }
    for (const [from, to] of [[0, 5], [6, 5], [1, size + 1]] as const) assert.equal(await scene.reader.consistencyProof(from, to), null);
  });

  it('reads five tiles at most for a proof in a tree of 70,000 leaves', async () => {
    const { size } = await head();
    for (const index of [0, 1, 300, 65_535, size - 1]) assert.ok(tilesForInclusion(index, size).length <= 5, String(index));
  });

  it('serves exactly the tiles of the published tree, partial ones at any width that it has', async () => {
    const { size } = await head();
    const tile = (level: number, index: number, width: number): Promise<Buffer | null> => scene.reader.tile({ level, index, width });
    const full = (await tile(0, 0, 256))!;
    assert.equal(full.length, 8_192);
    assert.deepEqual(await tile(0, 0, 17), full.subarray(0, 17 * 32));
    const [first] = await scene.query<{ body: Buffer }>('SELECT e.body FROM audit.leaf l JOIN audit.entry e ON e.id = l.entry_id WHERE l.index = 0');
    assert.deepEqual(full.subarray(0, 32), leafHash(first!.body));
    const lastIndex = Math.floor(size / 256);
    assert.equal((await tile(0, lastIndex, size % 256))!.length, (size % 256) * 32);
    assert.equal(await tile(0, lastIndex, (size % 256) + 1), null);
    assert.equal(await tile(0, lastIndex + 1, 1), null);
    assert.equal((await tile(2, 0, 1))!.length, 32);
    assert.equal(await tile(3, 0, 1), null);
  });

  it('does not show a leaf to the world before a checkpoint covers it', async () => {
    const { size } = await head();
    const [id] = await scene.appendMany(1);
    await scene.sequencer.sequence();
    assert.equal(await scene.reader.tile({ level: 0, index: Math.floor(size / 256), width: (size % 256) + 1 }), null);
    assert.equal(await scene.reader.inclusionProof(id!), null);
  });

  it('knows the project of an entry', async () => {
    const inProject = await scene.log.record(scene.event({ projectId: 'p-7' }));
    assert.deepEqual([await scene.reader.projectOf(inProject), await scene.reader.projectOf(ids[0]!), await scene.reader.projectOf(NOWHERE)], ['p-7', null, undefined]);
  });

  it('puts the checkpoint of a receipt into it as it was signed', async () => {
    const proof = parseTlogProof((await scene.reader.receipt(ids[0]!)) as Buffer);
    const [stored] = await scene.query<{ note: string }>('SELECT note FROM audit.checkpoint ORDER BY number DESC LIMIT 1');
    assert.equal(parseNote(Buffer.from(stored!.note)).text, proof.checkpoint.text);
  });
});
