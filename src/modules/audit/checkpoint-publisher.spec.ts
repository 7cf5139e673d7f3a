import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sha256 } from '#pure/digest/digest.js';
import { rootOfLeaves } from '#pure/merkle/compact-range.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import { parseNote } from '#pure/transparency-log/note.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { type LedgerScene, openLedgerScene, testLedger } from '../../../test/harness/ledger.js';
import { readCheckpoint } from './checkpoint-note.js';
import { CHECKPOINT_SILENCE_MILLIS, LedgerForked } from './checkpoint-publisher.js';
import { AttestationRepository } from './persistence/attestation.repository.js';

interface Row {
  readonly number: string;
  readonly size: string;
  readonly note: string;
  readonly previous_hash: Buffer | null;
}

/** The sequencer's login, with something that happens when the work is done and not committed. */
class HeldSequencer extends SequencerUnitOfWork {
  constructor(
    private readonly login: SequencerUnitOfWork,
    private readonly beforeCommit: () => Promise<void>,
  ) {
    super(null);
  }

  override run<T>(principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.login.run(principal, async (tx) => {
      const value = await work(tx);
      await this.beforeCommit();
      return value;
    });
  }
}

const SPEC = systemPrincipal('spec');
const ROOT_KEY = Buffer.alloc(32, 7);

describe('the checkpoint publisher', () => {
  let scene: LedgerScene;
  beforeEach(async () => void (scene = await openLedgerScene({ rootKey: ROOT_KEY })));
  afterEach(() => scene.close());

  const checkpoints = (): Promise<Row[]> => scene.query<Row>('SELECT * FROM audit.checkpoint ORDER BY number');
  const grow = async (deeds = 1): Promise<void> => {
    await scene.appendMany(deeds);
    await scene.sequencer.sequence();
  };
  /** As if the last checkpoint had been stored so long ago. */
  const age = async (millis: number): Promise<void> => {
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    await scene.query(`UPDATE audit.checkpoint SET published_at = published_at - $1 * interval '1 millisecond'`, [millis]);
    for (const trigger of ['append_only', 'only_advance']) await scene.query(`ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER ${trigger}`);
  };

  it('signs nothing of an empty log, but names it', async () => {
    assert.equal(await scene.publisher.publish(), 'not-due');
    assert.deepEqual(await checkpoints(), []);
    await scene.keyring.signer('audit-checkpoint');
    assert.match((await scene.reader.verifierKeys()).join(), /^localhost:3000\/audit\/1\+/);
  });

  it('records the name in the transaction that gives it, once', async () => {
    const origins = async (): Promise<string[]> => (await scene.query<{ origin: string }>(`SELECT convert_from(body, 'UTF8')::json -> 'unmapped' ->> 'origin' AS origin FROM audit.entry WHERE convert_from(body, 'UTF8') LIKE '%audit.log.name%'`)).map(({ origin }) => origin);
    const failing = testLedger(scene.database, { rootKey: ROOT_KEY, namingLog: { append: () => Promise.reject(new Error('no ledger')) } });
    await assert.rejects(failing.publisher.publish(), /no ledger/);
    assert.deepEqual(await scene.query('SELECT FROM audit.log'), []);
    for (let replica = 0; replica < 2; replica += 1) await testLedger(scene.database, { rootKey: ROOT_KEY, namingLog: scene.log }).publisher.publish();
    assert.deepEqual(await origins(), ['localhost:3000/audit/1']);
  });

  it('publishes the first head at once, and the next no sooner than a second later', async () => {
    await grow();
    assert.equal(await scene.publisher.publish(), 'published');
    await grow();
    assert.equal(await scene.publisher.publish(), 'not-due');
    await age(1_000);
    assert.equal(await scene.publisher.publish(), 'published');
    assert.deepEqual((await checkpoints()).map(({ size }) => Number(size)), [1, 2]);
  });

  it('signs what is new though the last was stored an hour from now, by a clock that was set back since', async () => {
    await grow();
    await scene.publisher.publish();
    await age(-3_600_000);
    await grow();
    assert.equal(await scene.publisher.publish(), 'published');
    await grow();
    assert.equal(await scene.publisher.publish(), 'not-due');
  });

  it('repeats a head that did not grow once a minute: silence means that something is wrong', async () => {
    await grow();
    await scene.publisher.publish();
    await age(CHECKPOINT_SILENCE_MILLIS - 5_000);
    assert.equal(await scene.publisher.publish(), 'not-due');
    await age(5_000);
    assert.equal(await scene.publisher.publish(), 'published');
    const [first, second] = await checkpoints();
    assert.deepEqual(readCheckpoint(second!.note), readCheckpoint(first!.note));
  });

  it('chains each checkpoint to the one before', async () => {
    for (let n = 0; n < 3; n += 1) {
      await grow();
      await scene.publisher.publish(0);
    }
    const rows = await checkpoints();
    assert.deepEqual(rows.map(({ number }) => Number(number)), [1, 2, 3]);
    assert.equal(rows[0]!.previous_hash, null);
    for (const [before, row] of [[rows[0], rows[1]], [rows[1], rows[2]]]) assert.deepEqual(row!.previous_hash, sha256(Buffer.from(before!.note)));
  });

  it('chains notes with the log\'s own signature, and keeps the long cosignature beside them', async () => {
    await grow();
    await scene.publisher.publish();
    const [{ note }] = (await checkpoints()) as [Row];
    assert.ok(note.length < 400, `${note.length} characters`);
    assert.equal(parseNote(Buffer.from(note)).signatures.length, 1);
    const shown = parseNote(Buffer.from((await scene.reader.checkpoint())!));
    assert.deepEqual(shown.signatures.map(({ signature }) => signature.length), [64, 8 + 2420]);
  });

  it('thins the cosignatures of superseded checkpoints to the last of each hour, after a day', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await grow();
      await scene.publisher.publish(0);
    }
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    // Hours before now, from an hour's start: 1, 2 and 3 of one hour, 4 of the next; 5 is the last.
    for (const [number, hours] of [[1, 31], [2, 30.6], [3, 30.1], [4, 29.5], [5, 28.5]]) {
      await scene.query(`UPDATE audit.checkpoint SET published_at = date_trunc('hour', now()) - $2 * interval '1 hour' WHERE number = $1`, [number, hours]);
    }
    const thin = (): Promise<number> => scene.database.sequencer.run(SPEC, (tx) => new AttestationRepository().thin(tx));
    assert.equal(await thin(), 2);
    assert.equal(await thin(), 0);
    const kept = await scene.query<{ checkpoint: string }>('SELECT checkpoint FROM audit.cosignature ORDER BY checkpoint');
    assert.deepEqual(kept.map(({ checkpoint }) => Number(checkpoint)), [3, 4, 5]);
    assert.deepEqual((await scene.rederive()).mismatches, []);
  });

  it('does not sign leaves whose transaction has not committed', async () => {
    await grow(2);
    const sequencerLogin = new HeldSequencer(scene.database.sequencer, async () => {
      assert.equal(await scene.publisher.publish(), 'published');
    });
    const { sequencer: slow } = testLedger(scene.database, { sequencerLogin });
    await scene.appendMany(1);
    assert.equal(await slow.sequence(), 1);
    assert.equal(readCheckpoint((await checkpoints())[0]!.note)!.size, 2);
  });

  it('lets one of several replicas publish, and none of them fails', async () => {
    await grow();
    const replicas = Array.from({ length: 4 }, () => testLedger(scene.database, { rootKey: ROOT_KEY }));
    await Promise.all(replicas.map(({ keyring }) => keyring.signer('audit-checkpoint').then(() => keyring.signer('audit-cosign'))));
    const outcomes = await Promise.all(replicas.map(({ publisher }) => publisher.publish()));
    assert.equal(outcomes.filter((outcome) => outcome === 'published').length, 1);
    assert.equal((await checkpoints()).length, 1);
  });

  it('keeps the name under a changed PUBLIC_URL', async () => {
    await grow();
    await scene.publisher.publish();
    await grow();
    const moved = testLedger(scene.database, { rootKey: ROOT_KEY, publicUrl: 'https://elsewhere.example' });
    assert.equal(await moved.publisher.publish(0), 'published');
    assert.deepEqual((await checkpoints()).map(({ note }) => readCheckpoint(note)!.origin), ['localhost:3000/audit/1', 'localhost:3000/audit/1']);
  });

  it('refuses to sign a tree that is smaller than the last checkpoint', async () => {
    await grow(2);
    await scene.publisher.publish();
    await scene.query('ALTER TABLE audit.tree_head DISABLE TRIGGER USER; ALTER TABLE audit.checkpoint DROP CONSTRAINT checkpoint_size_fkey');
    await scene.query('DELETE FROM audit.tree_head');
    await assert.rejects(scene.publisher.publish(0), LedgerForked);
    assert.equal((await checkpoints()).length, 1);
  });

  it('refuses to sign a tree whose history was rewritten, tiles, leaves and head alike', async () => {
    await grow(3);
    await scene.publisher.publish();
    for (const table of ['tile', 'tree_head', 'leaf']) await scene.query(`ALTER TABLE audit.${table} DISABLE TRIGGER USER`);
    await scene.query(`UPDATE audit.leaf SET hash = sha256('x') WHERE index = 0`);
    await scene.query(`UPDATE audit.tile SET hashes = sha256('x') || substring(hashes FROM 33)`);
    // A consistent forgery: the head that the forged leaves really have.
    const leaves = await scene.query<{ hash: Buffer }>('SELECT hash FROM audit.leaf ORDER BY index');
    await scene.query('UPDATE audit.tree_head SET root = $1', [rootOfLeaves(leaves.map(({ hash }) => hash))]);
    await grow(1);
    await assert.rejects(scene.publisher.publish(0), LedgerForked);
    assert.equal((await checkpoints()).length, 1);
  });
});
