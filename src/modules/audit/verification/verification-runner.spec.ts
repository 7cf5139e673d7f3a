import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { principalNamed } from '../../../../test/harness/http-application.js';
import { type LedgerScene, openLedgerScene, testLedger } from '../../../../test/harness/ledger.js';
import { sentencesOf } from '../../../../test/harness/verification.js';
import { SelfCheckJob } from '../jobs/self-check.job.js';
import { MismatchRepository } from '../persistence/mismatch.repository.js';
import { VerificationRunRepository } from '../persistence/verification-run.repository.js';
import type { FullVerification } from './full-verification.js';
import { SLICE_LEAVES } from './self-check.js';
import { VerificationRecord } from './verification-record.js';
import { VerificationRunner } from './verification-runner.js';

const AUDITOR = principalNamed('0198c0de-0000-7000-8000-0000000000aa');
const ROOT_KEY = Buffer.alloc(32, 3);
const NIGHT = Date.UTC(2026, 10, 22, 3);
const HOUR = 60 * 60 * 1000;

describe('full verifications', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene({ rootKey: ROOT_KEY });
    await scene.appendMany(3);
    await scene.sequencer.sequence();
    await scene.publisher.publish(0);
  });
  after(() => scene.close());

  const codes = async (code: string): Promise<number> => {
    const [row] = await scene.query<{ count: string }>(`SELECT count(*) FROM audit.entry WHERE convert_from(body, 'UTF8')::jsonb #>> '{metadata,event_code}' = $1`, [code]);
    return Number(row!.count);
  };
  const stateOf = async (id: string): Promise<string> => (await scene.requests.get(AUDITOR, id)).state;

  it('are queued once: who asks while one is open joins it, and is recorded all the same', async () => {
    const [first, second] = await Promise.all([scene.requests.request(AUDITOR, null), scene.requests.request(AUDITOR, null)]);
    assert.equal(first.id, second.id);
    assert.deepEqual([first.state, first.verified, first.requestedBy], ['queued', 0, AUDITOR.id]);
    assert.equal(await codes('audit.verify.request'), 2);
  });

  it('are run by one of several replicas, and end with a result and its entry', async () => {
    const replica = testLedger(scene.database, { rootKey: ROOT_KEY });
    const [open] = (await scene.requests.list(AUDITOR, { limit: 5, after: null })).items;
    const ran = await Promise.all([scene.runner.runNext(), replica.runner.runNext(), scene.runner.runNext()]);
    assert.deepEqual(ran.filter((id) => id !== null), [open!.id]);
    const over = await scene.requests.get(AUDITOR, open!.id);
    assert.deepEqual([over.state, over.size, over.verified, over.mismatches.length], ['passed', 3, 3, 0]);
    assert.ok(over.finishedAt !== null);
    assert.equal(await codes('audit.verify.complete'), 1);
    assert.equal(await scene.runner.runNext(), null, 'nothing is open any more');
  });

  it('are taken over from a process that died, and not from one that is at work', async () => {
    const { id } = await scene.requests.request(AUDITOR, null);
    assert.equal(await scene.runner.runNext(AbortSignal.abort()), null, 'it died on its first page');
    assert.equal(await stateOf(id), 'running');
    assert.equal(await scene.runner.runNext(), null, 'its last sign of life is a moment old');
    await sleep(5);
    assert.equal(await scene.runner.runNext(undefined, 1), id);
    assert.equal(await stateOf(id), 'passed');
  });

  it('count once when a process that was taken for dead comes back with its result', async () => {
    const clock = new HandClock(NIGHT);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = {
      run: async () => {
        begin();
        await gate;
        return { size: 999, mismatches: [] };
      },
    } as unknown as FullVerification;
    const record = new VerificationRecord(new MismatchRepository(), scene.log, scene.metrics);
    const sleeper = new VerificationRunner(scene.database.sequencer, new VerificationRunRepository(), slow, record, clock, new SystemRandomness());
    const before = await codes('audit.verify.complete');
    const { id } = await scene.requests.request(AUDITOR, null);
    const late = sleeper.runNext();
    await begun;
    await sleep(5);
    assert.equal(await scene.runner.runNext(undefined, 1), id);
    open();
    assert.equal(await late, null);
    assert.equal((await scene.requests.get(AUDITOR, id)).size, 3);
    assert.equal(await codes('audit.verify.complete'), before + 1);
  });

  it('are queued by the night once, whoever asks, and not for a log that is younger', async () => {
    await scene.query('DELETE FROM audit.verification; ALTER TABLE audit.log DISABLE TRIGGER USER');
    const clock = new HandClock(NIGHT + HOUR);
    const [one, two] = [testLedger(scene.database, { rootKey: ROOT_KEY, clock }), testLedger(scene.database, { rootKey: ROOT_KEY, clock })];
    await scene.query('UPDATE audit.log SET created_at = $1', [new Date(NIGHT + HOUR / 2)]);
    assert.equal(await one.runner.queueNightly(), false);
    await scene.query('UPDATE audit.log SET created_at = $1', [new Date(NIGHT - HOUR)]);
    assert.deepEqual((await Promise.all([one.runner.queueNightly(), two.runner.queueNightly()])).filter(Boolean), [true]);
    assert.notEqual(await one.runner.runNext(), null);
    assert.equal(await two.runner.queueNightly(), false);
    const [run] = (await scene.requests.list(AUDITOR, { limit: 5, after: null })).items;
    assert.deepEqual([run!.requestedBy, run!.state], ['night', 'passed']);
    clock.millis += 24 * HOUR;
    assert.equal(await two.runner.queueNightly(), true);
  });
});

describe('the self-check of a log of three slices', () => {
  let scene: LedgerScene;
  before(async () => {
    scene = await openLedgerScene({ rootKey: ROOT_KEY });
    await scene.appendRaw(9, 1_000);
    while ((await scene.sequencer.sequence()) > 0);
    await scene.publisher.publish(0);
  });
  after(() => scene.close());

  it('is shared by replicas: each slice is checked by one of them', async () => {
    const replica = testLedger(scene.database, { rootKey: ROOT_KEY });
    const sizes: number[] = [];
    while (sizes.length < 3) for (const found of await Promise.all([scene.selfCheck.next(), replica.selfCheck.next()])) if (found !== null) sizes.push(found.size);
    // Who is quick may have begun the next round by then: what was handed out is still the slices in their order.
    const round = [SLICE_LEAVES, SLICE_LEAVES, 9000 - 2 * SLICE_LEAVES, SLICE_LEAVES];
    const numeric = (a: number, b: number): number => a - b;
    assert.deepEqual(sizes.toSorted(numeric), round.slice(0, sizes.length).toSorted(numeric), 'no slice twice, and none left out');
  });

  it('goes round, and meets a changed row where it is', async () => {
    await scene.query("ALTER TABLE audit.entry DISABLE TRIGGER USER; UPDATE audit.cursor SET next_index = 0 WHERE name = 'self-check'");
    await scene.query(`UPDATE audit.entry SET body = '{"n":0}' WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 5000)`);
    const seen = [];
    for (let slice = 0; slice < 4; slice += 1) {
      const found = (await scene.selfCheck.next())!;
      seen.push([found.size, sentencesOf(found).map((sentence) => /^leaf \d+/.exec(sentence)?.[0])]);
    }
    assert.deepEqual(seen, [[SLICE_LEAVES, []], [SLICE_LEAVES, ['leaf 5000']], [9000 - 2 * SLICE_LEAVES, []], [SLICE_LEAVES, []]]);
  });
});

describe('the self-check', () => {
  let scene: LedgerScene;
  beforeEach(async () => {
    scene = await openLedgerScene({ rootKey: ROOT_KEY });
    Logger.overrideLogger(false);
  });
  afterEach(() => scene.close());

  it('finds nothing in an empty log, nor in one that is written meanwhile', async () => {
    assert.deepEqual(await scene.selfCheck.next(), { size: 0, mismatches: [] });
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        await scene.appendMany(3);
        await scene.sequencer.sequence();
        await scene.publisher.publish(0);
      }
    })();
    try {
      for (let round = 0; round < 6; round += 1) assert.deepEqual(sentencesOf((await scene.selfCheck.next())!), []);
      assert.deepEqual((await scene.rederive()).mismatches, []);
    } finally {
      isOver = true;
      await writing;
    }
  });

  it('runs by itself where the ledger is kept: a changed row becomes an entry that detection reads', async () => {
    await scene.appendMany(2);
    await scene.sequencer.sequence();
    await scene.publisher.publish(0);
    await scene.query('ALTER TABLE audit.entry DISABLE TRIGGER USER');
    await scene.query(`UPDATE audit.entry SET body = '{}' WHERE id = (SELECT entry_id FROM audit.leaf WHERE index = 1)`);
    const job = new SelfCheckJob(scene.selfCheck, scene.runner);
    job.onApplicationBootstrap();
    const failures = () =>
      scene.query<{ size: string; entry: string }>(
        `SELECT body #>> '{unmapped,size}' AS size, body #>> '{unmapped,entryId}' AS entry FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body FROM audit.entry) e
          WHERE body #>> '{metadata,event_code}' = 'audit.verify.fail'`,
      );
    const told = async (times: number): Promise<void> => {
      const deadline = performance.now() + 15_000;
      while ((await failures()).length < times && performance.now() < deadline) await sleep(20);
    };
    await told(1);
    /* After the slice: what a full verification has told, a slice that comes upon it does not tell again. */
    const { id } = await scene.requests.request(AUDITOR, null);
    await told(2);
    await job.onApplicationShutdown();
    const [changed] = await scene.query<{ entry_id: string }>('SELECT entry_id FROM audit.leaf WHERE index = 1');
    assert.deepEqual(await failures(), [{ size: '2', entry: changed!.entry_id }, { size: '2', entry: changed!.entry_id }], 'by the slice and by the full one');
    assert.equal((await scene.requests.get(AUDITOR, id)).state, 'failed');
  });
});
