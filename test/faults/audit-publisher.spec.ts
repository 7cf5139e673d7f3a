import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { parseWitnessPolicy } from '#pure/transparency-log/witness-policy.js';
import { SequencerUnitOfWork, type Tx } from '#platform/database/unit-of-work.js';
import { HandClock } from '../harness/hand-clock.js';
import { type LedgerParts, type LedgerScene, openLedgerScene, testLedger, type TestLedger } from '../harness/ledger.js';
import type { TestDatabase } from '../harness/postgres.js';
import { sampleSigner } from '../harness/sample-log.js';
import { type Misbehaviour, TestWitness } from '../harness/witness.js';

/** How one external step goes wrong: it did nothing; or it did everything, and its answer was lost. */
type Failure = 'failed' | 'failed-but-persisted';

/** The sequencer's login, whose n-th transaction from now on goes wrong. */
class BreakableLogin extends SequencerUnitOfWork {
  failure: Failure | null = null;
  passes = 0;

  constructor(private readonly login: SequencerUnitOfWork) {
    super(null);
  }

  override async run<T>(principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const failure = this.passes-- === 0 ? this.failure : null;
    if (failure === 'failed') throw new Error('the connection was lost before COMMIT');
    const value = await this.login.run(principal, work);
    if (failure === 'failed-but-persisted') throw new Error('the connection was lost after COMMIT');
    return value;
  }
}

const ROOT_KEY = Buffer.alloc(32, 9);

/** The external steps of sequencing and publishing, in their order; `at` counts the login's transactions before it. */
const STEPS = [
  { step: 'sequencing: the whole turn', call: 'sequence', at: 0 },
  { step: 'publishing: naming the log', call: 'publish', at: 0 },
  { step: 'publishing: reading the committed head', call: 'publish', at: 1 },
  { step: 'publishing: storing the checkpoint', call: 'publish', at: 2 },
] as const;

interface Broken {
  readonly scene: LedgerScene;
  readonly login: BreakableLogin;
  readonly ledger: TestLedger;
}

async function open(parts: Pick<LedgerParts, 'witnessPolicy' | 'clock'> = {}): Promise<Broken> {
  const scene = await openLedgerScene({ rootKey: ROOT_KEY, ...parts });
  const login = new BreakableLogin(scene.database.sequencer);
  return { scene, login, ledger: testLedger(scene.database, { rootKey: ROOT_KEY, sequencerLogin: login, ...parts }) };
}

async function stateOf({ query }: Pick<TestDatabase, 'query'>): Promise<{ leaves: number; heads: number; checkpoints: number }> {
  const [row] = await query<{ leaves: number; heads: number; checkpoints: number }>(
    `SELECT (SELECT count(*)::int FROM audit.leaf) AS leaves, (SELECT count(*)::int FROM audit.tree_head) AS heads,
            (SELECT count(*)::int FROM audit.checkpoint) AS checkpoints`,
  );
  return row!;
}

describe('the ledger when a step of it fails', () => {
  for (const { step, call, at } of STEPS) {
    for (const failure of ['failed', 'failed-but-persisted'] as const) {
      it(`${step} ${failure}: says so, keeps what is stored, and the next try goes on from there`, async () => {
        const { scene, login, ledger } = await open();
        try {
          const [id] = await scene.appendMany(1);
          if (call === 'publish') await ledger.sequencer.sequence();
          login.failure = failure;
          login.passes = at;
          await assert.rejects(call === 'sequence' ? ledger.sequencer.sequence() : ledger.publisher.publish(), /connection was lost/);

          const persisted = failure === 'failed-but-persisted';
          const expected = {
            leaves: call === 'publish' || persisted ? 1 : 0,
            heads: call === 'publish' || persisted ? 1 : 0,
            checkpoints: call === 'publish' && at === 2 && persisted ? 1 : 0,
          };
          assert.deepEqual(await stateOf(scene), expected);

          login.failure = null;
          await ledger.sequencer.sequence();
          await ledger.publisher.publish();
          assert.deepEqual(await stateOf(scene), { leaves: 1, heads: 1, checkpoints: 1 });
          const receipt = (await ledger.reader.receipt(id!)) as Buffer;
          const vkeys = (await ledger.reader.verifierKeys()).map((key) => `${key}\n`).join('');
          assert.ok(verifyReceipt({ receipt, vkeys, result: null }).ok);
          assert.deepEqual((await ledger.rederive()).mismatches, []);
        } finally {
          await scene.close();
        }
      });
    }
  }

  for (const purpose of ['audit-checkpoint', 'audit-cosign'] as const) {
    it(`publishes nothing while the ${purpose} key cannot sign: never a note with one signature`, async () => {
      const { scene, ledger } = await open();
      try {
        await scene.appendMany(1);
        await ledger.sequencer.sequence();
        const { signer } = ledger.keyring;
        const sealed = Object.assign(ledger.keyring, {
          signer: async (asked: typeof purpose) => {
            const real = await signer.call(ledger.keyring, asked);
            return asked === purpose ? { ...real, sign: () => Promise.reject(new Error('the key is out of reach')) } : real;
          },
        });
        await assert.rejects(ledger.publisher.publish(), /out of reach/);
        assert.equal((await stateOf(scene)).checkpoints, 0);
        Object.assign(sealed, { signer });
        assert.equal(await ledger.publisher.publish(), 'published');
      } finally {
        await scene.close();
      }
    });
  }
});

const WITNESS_SIGNER = sampleSigner('witness.example/w1', 'ed25519-cosignature', 41);
const ORIGIN = 'localhost:3000/audit/1';
const BACKOFF_MILLIS_MAX = 60_000;

/** The external steps between a signed checkpoint and a shown one. `witness`: leaves that it has signed afterwards. */
const WITNESS_STEPS: readonly { readonly step: string; readonly failure: Failure; readonly at: number | Misbehaviour; readonly witness: number; readonly publications: number }[] = [
  { step: 'reading what is to be cosigned', failure: 'failed', at: 0, witness: 0, publications: 0 },
  { step: 'reading what is to be cosigned', failure: 'failed-but-persisted', at: 0, witness: 0, publications: 0 },
  { step: 'asking the witness', failure: 'failed', at: { status: 503 }, witness: 0, publications: 0 },
  { step: 'asking the witness', failure: 'failed-but-persisted', at: 'die-after-storing', witness: 1, publications: 0 },
  { step: 'storing the cosignature and the publication', failure: 'failed', at: 1, witness: 1, publications: 0 },
  { step: 'storing the cosignature and the publication', failure: 'failed-but-persisted', at: 1, witness: 1, publications: 1 },
];

describe('a checkpoint that waits for its witness when a step fails', () => {
  for (const { step, failure, at, witness: cosigned, publications } of WITNESS_STEPS) {
    it(`${step} ${failure}: is signed once, and shown once the witness has cosigned it`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'quantonium-witness-'));
      const witness = await TestWitness.start([WITNESS_SIGNER], join(directory, 'w1.json'));
      const clock = new HandClock(Date.now());
      const { scene, login, ledger } = await open({ witnessPolicy: parseWitnessPolicy(Buffer.from(`${witness.policyLines('w1')}quorum w1\n`)), clock });
      const shown = async () => (await scene.query('SELECT FROM audit.publication')).length;
      const turn = () => ledger.attestation.witnessings[0]!.turn();
      try {
        const [id] = await scene.appendMany(1);
        await ledger.sequencer.sequence();
        assert.equal(await ledger.publisher.publish(), 'signed');
        const vkeys = await ledger.reader.verifierKeys();
        witness.trust([vkeys[0]!]);

        if (typeof at === 'number') {
          Object.assign(login, { failure, passes: at });
          await assert.rejects(turn(), /connection was lost/);
        } else {
          witness.misbehaviour = at;
          assert.equal(await turn(), 'failed');
        }
        assert.deepEqual([witness.size(ORIGIN), await shown()], [cosigned, publications]);

        Object.assign(login, { failure: null });
        witness.misbehaviour = null;
        clock.millis += BACKOFF_MILLIS_MAX;
        assert.equal(await turn(), publications === 0 ? 'cosigned' : 'not-due');
        assert.deepEqual([witness.size(ORIGIN), await shown(), (await stateOf(scene)).checkpoints], [1, 1, 1]);
        const receipt = (await ledger.reader.receipt(id!)) as Buffer;
        assert.ok(verifyReceipt({ receipt, vkeys: vkeys.map((key) => `${key}\n`).join(''), result: null }).ok);
        assert.deepEqual(ledger.raised, []);
      } finally {
        await witness.stop();
        await scene.close();
        rmSync(directory, { recursive: true });
      }
    });
  }
});
