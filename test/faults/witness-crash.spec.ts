import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseWitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { type LedgerScene, openLedgerScene, testLedger } from '../harness/ledger.js';
import { sampleSigner } from '../harness/sample-log.js';
import { TestWitness } from '../harness/witness.js';
import { startAuditWorker, untilServerNoticed } from './audit-workers.js';
import type { PointOf } from './crash-points.js';

const ROOT_KEY = '0e'.repeat(32);
const ORIGIN = 'localhost:3000/audit/1';
const SIGNER = sampleSigner('witness.example/w1', 'ed25519-cosignature', 40);

/** Whether what the witness signed last is shown already. Before the commit only the witness knows of its signature. */
const IS_SHOWN: Readonly<Record<PointOf<'witness-crash'>, boolean>> = {
  'audit.witness.after-answer': false,
  'audit.witness.before-commit': false,
  'audit.witness.after-commit': true,
};
/** Not the first passage: a process begins by asking, be it for what is cosigned already. */
const KILLS_AT = Object.entries(IS_SHOWN).flatMap(([point, isShown]) => [2, 4].map((passage) => ({ point, isShown, passage })));

interface Standing {
  readonly leaves: number;
  readonly shown: number;
  /** What the database takes the witness to have. */
  readonly confirmed: number;
}

describe('a witnessed ledger under kill -9', () => {
  let directory: string;
  let witness: TestWitness;
  let scene: LedgerScene;
  let policy: string;
  const rootKey = Buffer.from(ROOT_KEY, 'hex');
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-witness-'));
    witness = await TestWitness.start([SIGNER], join(directory, 'w1.json'));
    policy = `${witness.policyLines('w1')}quorum w1\n`;
    scene = await openLedgerScene({ rootKey, witnessPolicy: parseWitnessPolicy(Buffer.from(policy)) });
    await scene.query('CREATE TABLE public.deed (entry_id uuid); GRANT INSERT ON public.deed TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC');
    await scene.publisher.publish();
    // The log's keys are made by whoever signs first.
    for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) await scene.keyring.signer(purpose);
    const [vkey] = await scene.reader.verifierKeys();
    witness.trust([vkey!]);
  });
  after(async () => {
    await witness.stop();
    await scene.close();
    rmSync(directory, { recursive: true });
  });

  const standing = async (): Promise<Standing> => {
    const [row] = await scene.query<{ leaves: number; shown: number; confirmed: number }>(
      `SELECT (SELECT count(*)::int FROM audit.leaf) AS leaves, coalesce((SELECT size::int FROM audit.attestor WHERE kind = 'witness'), 0) AS confirmed,
              coalesce((SELECT max(size)::int FROM audit.publication p JOIN audit.checkpoint k ON k.number = p.checkpoint), 0) AS shown`,
    );
    return row!;
  };

  /** What left the house was stored before, for one root a size, and all that is shown was cosigned. */
  const assertOneStory = async (): Promise<void> => {
    const stored = await scene.query<{ size: string; note: string }>('SELECT size, note FROM audit.checkpoint ORDER BY number');
    const submitted = witness.requests.map((body) => body.slice(body.indexOf('\n\n') + 2));
    const notes = new Set(stored.map(({ note }) => note));
    assert.deepEqual(submitted.filter((note) => !notes.has(note)), [], 'the witness was shown what the database does not have');
    const roots = new Map<string, Set<string>>();
    for (const [, size = '', root = ''] of stored.map(({ note }) => note.split('\n'))) roots.set(size, (roots.get(size) ?? new Set()).add(root));
    assert.deepEqual([...roots].filter(([, each]) => each.size !== 1), [], 'two roots were signed for one size');
    const sizes = stored.map(({ size }) => Number(size));
    assert.deepEqual(sizes, sizes.toSorted((left, right) => left - right));
    const uncosigned = await scene.query('SELECT FROM audit.publication p WHERE NOT EXISTS (SELECT FROM audit.cosignature c WHERE c.checkpoint = p.checkpoint AND c.signer = $1)', [`${SIGNER.key.name}+${SIGNER.key.keyId}`]);
    assert.equal(uncosigned.length, 0, 'something is shown that the witness has not cosigned');
    assert.deepEqual((await scene.rederive()).mismatches, []);
  };

  /** The next process: begins as a start does, and works until there is nothing more to do. */
  const heir = async (): Promise<void> => {
    const ledger = testLedger(scene.database, { rootKey, witnessPolicy: parseWitnessPolicy(Buffer.from(policy)) });
    assert.equal(await ledger.attestation.begin(), null, 'the log is taken for forked');
    while ((await ledger.sequencer.sequence()) > 0);
    await ledger.publisher.publish(0);
    await ledger.attestation.witnessings[0]!.turn();
    assert.deepEqual(ledger.raised, []);
  };

  for (const { point, isShown, passage } of KILLS_AT) {
    it(`contradicts nothing that it signed, and goes on to be published, when killed at passage ${passage} of ${point}`, async (t) => {
      const { app: appUrl, sequencer: sequencerUrl } = scene.database.urls;
      const worker = startAuditWorker({ appUrl, sequencerUrl, rootKey: ROOT_KEY, crashAt: `${point}:${passage}`, witnessPolicy: policy }, () => undefined);
      const { signal, stderr } = await worker.ended;
      assert.equal(signal, 'SIGKILL', stderr);
      assert.match(stderr, new RegExp(`crash point ${point}`), 'the kill landed in the window that was meant');
      await untilServerNoticed(scene);

      const cosigned = witness.size(ORIGIN);
      const left = await standing();
      assert.ok(left.confirmed <= cosigned && left.shown <= cosigned, 'the database believes the witness to have what it has not');
      assert.equal(left.shown === cosigned, isShown, `${left.shown} of ${cosigned}`);

      await heir();
      const { leaves, shown, confirmed } = await standing();
      assert.ok(leaves > 0);
      assert.deepEqual([shown, confirmed, witness.size(ORIGIN)], [leaves, leaves, leaves]);
      await assertOneStory();
      t.diagnostic(`${leaves} leaves, ${witness.requests.length} requests`);
    });
  }
});
