import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import { formatCheckpoint } from '#pure/transparency-log/checkpoint.js';
import { formatSignatureLine, parseNote } from '#pure/transparency-log/note.js';
import { signNote, verifyNote } from '#pure/transparency-log/note-signature.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { parseWitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { type LedgerScene, openLedgerScene, type TestLedger, testLedger } from '../../../../test/harness/ledger.js';
import { sampleSigner } from '../../../../test/harness/sample-log.js';
import { type Misbehaviour, TestWitness } from '../../../../test/harness/witness.js';
import { signCheckpoint } from '../checkpoint-note.js';
import { QUORUM_PATIENCE_MILLIS } from '../checkpoint-publisher.js';
import { LAPSE_MINUTES } from '../persistence/attestor.repository.js';
import type { Witnessing } from './witnessing.js';

// That a log is forked is said loudly, and meant here.
Logger.overrideLogger(false);

const ROOT_KEY = Buffer.alloc(32, 4);
const ORIGIN = 'localhost:3000/audit/1';
const BACKOFF_MILLIS_MAX = 60_000;

interface Witnessed {
  readonly scene: LedgerScene;
  /** Another process on the same database: it has yet to hear of anything. */
  replica(): TestLedger;
  readonly clock: HandClock;
  readonly witnesses: readonly TestWitness[];
  turn(witness: number): ReturnType<Witnessing['turn']>;
  grow(): Promise<string>;
  close(): Promise<void>;
}

/** Three witnesses, of both kinds of key, and a quorum of two. */
async function openWitnessed(): Promise<Witnessed> {
  const directory = mkdtempSync(join(tmpdir(), 'quantonium-witness-'));
  const kinds = ['ed25519-cosignature', 'ml-dsa-44-cosignature', 'ed25519-cosignature'] as const;
  const witnesses = await Promise.all(kinds.map((kind, index) => TestWitness.start([sampleSigner(`witness.example/w${index + 1}`, kind, 30 + index)], join(directory, `w${index + 1}.json`))));
  const lines = witnesses.map((witness, index) => witness.policyLines(`w${index + 1}`)).join('');
  const witnessPolicy = parseWitnessPolicy(Buffer.from(`${lines}group all-three 2 w1 w2 w3\nquorum all-three\n`));
  const clock = new HandClock(Date.now());
  const scene = await openLedgerScene({ witnessPolicy, clock, rootKey: ROOT_KEY });
  await scene.publisher.publish();
  for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) await scene.keyring.signer(purpose);
  const [vkey] = await scene.reader.verifierKeys();
  for (const witness of witnesses) witness.trust([vkey!]);
  return {
    scene,
    replica: () => testLedger(scene.database, { witnessPolicy, clock, rootKey: ROOT_KEY }),
    clock,
    witnesses,
    turn: (witness) => scene.attestation.witnessings[witness - 1]!.turn(),
    grow: async () => {
      const [id] = await scene.appendMany(1);
      await scene.sequencer.sequence();
      return id!;
    },
    close: async () => {
      await Promise.all(witnesses.map((witness) => witness.stop()));
      await scene.close();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('witnesses', () => {
  let it_: Witnessed;
  let scene: LedgerScene;
  beforeEach(async () => {
    it_ = await openWitnessed();
    ({ scene } = it_);
  });
  afterEach(() => it_.close());

  /** As if the last checkpoint had been signed so long ago. */
  const age = async (millis: number): Promise<void> => {
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    await scene.query(`UPDATE audit.checkpoint SET published_at = published_at - $1 * interval '1 millisecond'`, [millis]);
    for (const trigger of ['append_only', 'only_advance']) await scene.query(`ALTER TABLE audit.checkpoint ENABLE ALWAYS TRIGGER ${trigger}`);
  };
  const signNext = async (): Promise<string> => {
    const id = await it_.grow();
    await age(QUORUM_PATIENCE_MILLIS);
    assert.equal(await scene.publisher.publish(), 'signed');
    return id;
  };
  const standing = async (): Promise<string | null> => (await scene.query<{ reason: string | null }>('SELECT reason FROM audit.standing'))[0]!.reason;
  const events = async (code: string): Promise<number> =>
    (await scene.query<{ body: Buffer }>('SELECT body FROM audit.entry')).filter(({ body }) => body.includes(`"${code}"`)).length;

  it('show a checkpoint when the quorum has cosigned it, with all their signatures, and receipts under it', async () => {
    const id = await signNext();
    assert.equal(await it_.turn(1), 'cosigned');
    assert.deepEqual([await scene.reader.checkpoint(), await scene.reader.receipt(id)], [null, 'pending']);
    assert.equal(await it_.turn(2), 'cosigned');
    const note = parseNote(Buffer.from((await scene.reader.checkpoint())!));
    const verdict = verifyNote(note, it_.witnesses.flatMap(({ signers }) => signers.map(({ key }) => key)));
    assert.ok(verdict.ok && verdict.verified.length === 2 && verdict.verified.every(({ timestampSeconds }) => timestampSeconds! > 1_700_000_000));
    const receipt = (await scene.reader.receipt(id)) as Buffer;
    assert.ok(verifyReceipt({ receipt, vkeys: (await scene.reader.verifierKeys()).join('\n'), result: null }).ok);
    assert.deepEqual((await scene.verifier.verifyHead()).mismatches, []);
  });

  it('are enough at two of three, with the third one dead', async () => {
    await signNext();
    await it_.witnesses[0]!.stop();
    assert.deepEqual([await it_.turn(1), await it_.turn(2), await it_.turn(3)], ['failed', 'cosigned', 'cosigned']);
    assert.notEqual(await scene.reader.checkpoint(), null);
    const [row] = await scene.query<{ failure: string; size: string }>(`SELECT failure, size FROM audit.attestor WHERE name = 'witness w1'`);
    assert.deepEqual(row, { failure: 'no connection', size: '0' });
  });

  it('complete a quorum also when the last two answer at once', async () => {
    await signNext();
    assert.deepEqual(await Promise.all([it_.turn(1), it_.turn(2), it_.turn(3)]), ['cosigned', 'cosigned', 'cosigned']);
    assert.notEqual(await scene.reader.checkpoint(), null);
  });

  it('are asked from the size that they have, for the latest checkpoint only, and not again for what they cosigned', async () => {
    await signNext();
    await it_.turn(1);
    assert.equal(await it_.turn(1), 'not-due');
    await signNext();
    await signNext();
    await it_.turn(1);
    const [, second, ...more] = it_.witnesses[0]!.requests;
    assert.match(second!, new RegExp(`^old 1\\n(.+\\n)+\\n${ORIGIN}\\n3\\n`));
    assert.deepEqual([more.length, it_.witnesses[0]!.size(ORIGIN)], [0, 3]);
  });

  it('do not get another checkpoint while one waits for its quorum, until that has taken too long', async () => {
    await signNext();
    await it_.grow();
    await age(QUORUM_PATIENCE_MILLIS / 2);
    assert.equal(await scene.publisher.publish(), 'not-due');
    await age(QUORUM_PATIENCE_MILLIS / 2);
    assert.equal(await scene.publisher.publish(), 'signed');
  });

  it('that are at another size than was thought are answered with a proof from there', async () => {
    await signNext();
    await it_.turn(1);
    await signNext();
    await scene.query('UPDATE audit.attestor SET size = 0');
    assert.equal(await it_.turn(1), 'cosigned');
    assert.deepEqual(it_.witnesses[0]!.requests.map((body) => body.split('\n', 1)[0]), ['old 0', 'old 0', 'old 1']);
  });

  it('that stored a checkpoint and died before they could say so cosign it when they are asked again', async () => {
    await signNext();
    it_.witnesses[0]!.misbehaviour = 'die-after-storing';
    assert.equal(await it_.turn(1), 'failed');
    it_.witnesses[0]!.misbehaviour = null;
    it_.clock.millis += BACKOFF_MILLIS_MAX;
    assert.equal(await it_.turn(1), 'cosigned');
  });

  it('that hang delay neither sequencing nor signing nor each other, and are asked one thing at a time', async () => {
    it_.witnesses[0]!.misbehaviour = 'hang';
    await signNext();
    const hanging = it_.turn(1);
    assert.equal(await it_.turn(1), 'not-due');
    assert.deepEqual([await it_.turn(2), await it_.turn(3)], ['cosigned', 'cosigned']);
    const started = performance.now();
    const id = await it_.grow();
    assert.equal(await scene.publisher.publish(0), 'signed');
    assert.deepEqual([await it_.turn(2), await it_.turn(3)], ['cosigned', 'cosigned']);
    assert.ok((await scene.reader.receipt(id)) instanceof Buffer);
    assert.ok(performance.now() - started < 5_000);
    it_.witnesses[0]!.release();
    assert.equal(await hanging, 'failed');
  });

  const LIES: Readonly<Record<string, Misbehaviour>> = {
    'signs another checkpoint': 'sign-something-else',
    'signs with a key that nobody knows': 'sign-with-another-key',
    'signs in the future': 'from-the-future',
    'signs without a time': 'without-time',
    'answers with something else than signatures': 'answer-garbage',
    'answers without an end': 'flood',
    'sends the log elsewhere': 'redirect',
    'does not know the log': { status: 404 },
    'does not trust its key': { status: 403 },
    'finds the request malformed': { status: 400 },
    'is broken': { status: 503, body: 'try later' },
    'answers 409 without a size': { status: 409, body: '17\n' },
    'answers 409 with something else than a size': { status: 409, type: 'text/x.tlog.size', body: '0x11\n' },
  };
  it('that lie or are broken do not count, are left alone for a while, and count when they do as they should', async () => {
    await signNext();
    await it_.turn(2);
    for (const [what, misbehaviour] of Object.entries(LIES)) {
      it_.witnesses[0]!.misbehaviour = misbehaviour;
      it_.clock.millis += BACKOFF_MILLIS_MAX;
      assert.equal(await it_.turn(1), 'failed', what);
      assert.equal(await it_.turn(1), 'not-due', `${what}, and is asked again at once`);
      assert.equal(await scene.reader.checkpoint(), null, what);
      assert.equal(await standing(), null, what);
    }
    it_.witnesses[0]!.misbehaviour = null;
    it_.clock.millis += BACKOFF_MILLIS_MAX;
    assert.equal(await it_.turn(1), 'cosigned');
    assert.notEqual(await scene.reader.checkpoint(), null);
  });

  it('that fail for minutes are recorded once, and once when they are back', async () => {
    await signNext();
    it_.witnesses[0]!.misbehaviour = { status: 500 };
    for (const minutes of [0, LAPSE_MINUTES, LAPSE_MINUTES]) {
      await scene.query(`UPDATE audit.attestor SET failing_since = failing_since - $1 * interval '1 minute'`, [minutes]);
      it_.clock.millis += BACKOFF_MILLIS_MAX;
      assert.equal(await it_.turn(1), 'failed');
    }
    it_.witnesses[0]!.misbehaviour = null;
    it_.clock.millis += BACKOFF_MILLIS_MAX;
    assert.equal(await it_.turn(1), 'cosigned');
    assert.deepEqual([await events('audit.attestation.fail'), await events('audit.attestation.recover')], [1, 1]);
  });

  const BARE_CLAIMS = [
    ['to be ahead of the database', { status: 409, type: 'text/x.tlog.size', body: '99\n' }, /^witness w1 holds a checkpoint of size 99, and the last one in the database has 1, and shows no note/],
    ['to have another root', { status: 422 }, /^witness w1 says that it holds another root.*, and shows no note/],
  ] as const;
  for (const [what, misbehaviour, told] of BARE_CLAIMS) {
    it(`that claim ${what} and show no note of the log's are failing, with an alert, and the log is signed on`, async () => {
      await signNext();
      it_.witnesses[0]!.misbehaviour = misbehaviour;
      for (let turns = 0; turns < 2; turns += 1) {
        assert.equal(await it_.turn(1), 'failed');
        assert.equal(await it_.turn(1), 'not-due', 'it is left alone for a while');
        it_.clock.millis += BACKOFF_MILLIS_MAX;
      }
      const [{ failure } = { failure: '' }] = await scene.query<{ failure: string }>(`SELECT failure FROM audit.attestor WHERE name = 'witness w1'`);
      assert.match(failure, told);
      assert.deepEqual([await standing(), await events('audit.log.fork'), await events('audit.attestation.fail')], [null, 0, 1]);
      assert.deepEqual(scene.raised.map(({ severity, group, entryIds }) => [severity, group, entryIds.length]), [['high', { attestor: 'witness w1' }, 1], ['high', { attestor: 'witness w1' }, 0]]);
      assert.deepEqual([await it_.turn(2), await it_.turn(3)], ['cosigned', 'cosigned']);
      assert.notEqual(await scene.reader.checkpoint(), null);
      it_.witnesses[0]!.misbehaviour = null;
      assert.equal(await it_.turn(1), 'cosigned');
      assert.equal(await events('audit.attestation.recover'), 1);
    });
  }

  it('that claim to be ahead and show a note that the log did not sign are failing too', async () => {
    await signNext();
    const forger = sampleSigner(ORIGIN, 'ed25519', 77);
    const { text, signatures } = await signNote(formatCheckpoint({ origin: ORIGIN, size: 99, root: Buffer.alloc(32, 9), extensions: [] }), [forger], 1);
    it_.witnesses[0]!.show(`${text}\n${signatures.map(formatSignatureLine).join('')}`);
    it_.witnesses[0]!.misbehaviour = { status: 409, type: 'text/x.tlog.size', body: '99\n' };
    assert.deepEqual([await it_.turn(1), await standing()], ['failed', null]);
  });

  for (const [what, misbehaviour, size, told] of [
    ['are ahead of the database', { status: 409, type: 'text/x.tlog.size', body: '99\n' }, 99, /^witness w1 holds a checkpoint of size 99, and the last one in the database has 1$/],
    ['have another root', { status: 422 }, 1, /^witness w1 holds another root at size 1$/],
  ] as const) {
    it(`that ${what}, by a note with the log's own signature, put it into FORKED: recorded, alerted, and nothing is signed by any replica`, async () => {
      await signNext();
      await it_.turn(2);
      await it_.turn(3);
      const shown = await scene.reader.checkpoint();
      const signers = { 'audit-checkpoint': await scene.keyring.signer('audit-checkpoint'), 'audit-cosign': await scene.keyring.signer('audit-cosign') };
      it_.witnesses[0]!.show((await signCheckpoint({ origin: ORIGIN, size, root: Buffer.alloc(32, 9) }, signers, 1_800_000_000)).note);
      it_.witnesses[0]!.misbehaviour = misbehaviour;
      assert.equal(await it_.turn(1), 'forked');
      assert.match((await standing())!, told);
      assert.deepEqual([await events('audit.log.fork'), scene.raised.map(({ severity }) => severity)], [1, ['critical']]);
      await it_.grow();
      await age(60_000);
      assert.equal(await scene.publisher.publish(0), 'forked');
      assert.equal(await it_.turn(2), 'not-due', 'nobody is asked to cosign a forked log');
      assert.equal(await scene.reader.checkpoint(), shown, 'what was published stays readable');
    });
  }

  it('that cosigned are remembered: a database that is rolled back beneath a running server is told before it is signed', async () => {
    await signNext();
    await it_.turn(1);
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER');
    await scene.query('TRUNCATE audit.cosignature, audit.publication, audit.checkpoint');
    assert.equal(await scene.publisher.publish(0), 'forked');
  });

  it('that show their checkpoint to monitors tell a rolled back database before anything is signed', async () => {
    await signNext();
    await it_.turn(2);
    await scene.query('ALTER TABLE audit.checkpoint DISABLE TRIGGER USER; ALTER TABLE audit.tree_head DISABLE TRIGGER USER');
    await scene.query('TRUNCATE audit.cosignature, audit.publication, audit.checkpoint');
    assert.equal(await it_.replica().publisher.publish(0), 'forked');
    assert.match((await standing())!, /witness w2 holds a checkpoint of size 1, and the last one in the database has 0/);
  });
});
