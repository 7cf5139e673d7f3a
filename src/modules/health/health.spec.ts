import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import { HandClock } from '../../../test/harness/hand-clock.js';
import { testLedger } from '../../../test/harness/ledger.js';
import { openTestDatabase, type TestDatabase } from '../../../test/harness/postgres.js';
import { CommitProbe, LedgerProbe } from './database-probes.js';
import { HealthBoard, RESULT_MILLIS_MAX } from './health-board.js';
import { HealthProbes, ProbeFailure } from './health-probe.js';
import { Readiness } from './readiness.js';

// The failures that the probes are made to have are meant.
Logger.overrideLogger(false);

describe('the health board', () => {
  const board = (): { board: HealthBoard; clock: HandClock } => {
    const clock = new HandClock();
    return { board: new HealthBoard(clock), clock };
  };

  it('is ready when it serves and every probe of a fresh result passed', () => {
    const { board: it } = board();
    it.markServing();
    it.post({ ledger: true, database: true });
    assert.equal(it.isReady(), true);
  });

  it('is not ready before boot is over, nor without a result, nor with one probe down', () => {
    const { board: it } = board();
    it.post({ ledger: true });
    assert.equal(it.isReady(), false, 'starting');
    const { board: silent } = board();
    silent.markServing();
    assert.equal(silent.isReady(), false, 'no result');
    it.markServing();
    it.post({ ledger: true, database: false });
    assert.equal(it.isReady(), false);
  });

  it('is not ready once its result is stale', () => {
    const { board: it, clock } = board();
    it.markServing();
    it.post({ ledger: true });
    clock.millis += RESULT_MILLIS_MAX;
    assert.equal(it.isReady(), true);
    clock.millis += 1;
    assert.equal(it.isReady(), false);
    assert.equal(it.result(), null);
  });

  it('is not ready while sealed, and is once it was unsealed', () => {
    const { board: it } = board();
    it.post({ ledger: true });
    it.markSealed();
    assert.equal(it.phase, 'sealed');
    assert.equal(it.isReady(), false);
    it.markServing();
    assert.equal(it.isReady(), true);
    it.markSealed();
    assert.equal(it.isReady(), false);
    it.markDraining();
    it.markSealed();
    assert.equal(it.phase, 'draining');
  });

  it('never serves again after it began to drain', () => {
    const { board: it } = board();
    it.markServing();
    it.post({ ledger: true });
    it.markDraining();
    it.markServing();
    assert.equal(it.phase, 'draining');
    assert.equal(it.isReady(), false);
  });
});

describe('readiness', () => {
  it('says of each probe whether it passed, and survives those that throw', async () => {
    const board = new HealthBoard(new HandClock());
    const probes = new HealthProbes();
    probes.add({ name: 'good', check: () => Promise.resolve() });
    probes.add({ name: 'bad', check: () => Promise.reject(new ProbeFailure('x')) });
    await new Readiness(board, probes).check();
    assert.deepEqual(board.result(), { good: true, bad: false });
  });

  it('gives up on a probe that hangs, and does not start it again until it is back', async () => {
    const board = new HealthBoard(new HandClock());
    const probes = new HealthProbes();
    let started = 0;
    let release = (): void => {};
    probes.add({ name: 'hanging', check: () => ((started += 1), new Promise<void>((resolve) => (release = resolve))) });
    const readiness = new Readiness(board, probes);
    const began = performance.now();
    await readiness.check();
    assert.ok(performance.now() - began < 3_000);
    assert.deepEqual(board.result(), { hanging: false });
    await readiness.check();
    assert.equal(started, 1);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    const second = readiness.check();
    release();
    await second;
    assert.equal(started, 2);
    assert.deepEqual(board.result(), { hanging: true });
  });

  it('refuses two probes of one name', () => {
    const probes = new HealthProbes();
    probes.add({ name: 'a', check: () => Promise.resolve() });
    assert.throws(() => probes.add({ name: 'a', check: () => Promise.resolve() }), /two probes called a/);
  });
});

describe('the probes of the database', () => {
  let database: TestDatabase;
  before(async () => (database = await openTestDatabase()));
  after(() => database.close());
  beforeEach(() => database.query('DELETE FROM platform.heartbeat'));

  it('append an entry and leave none', async () => {
    const before = await database.query('SELECT count(*) FROM audit.entry');
    await new LedgerProbe(database.app, testLedger(database).log).check();
    assert.deepEqual(await database.query('SELECT count(*) FROM audit.entry'), before);
  });

  it('find out that an entry cannot be appended, where a plain query would answer', async () => {
    const probe = new LedgerProbe(database.app, testLedger(database).log);
    await database.query('REVOKE EXECUTE ON FUNCTION audit.append(uuid, bytea) FROM quantonium_app');
    await assert.rejects(probe.check(), ProbeFailure);
    await database.query('GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO quantonium_app');
    await probe.check();
  });

  it('commit one row a login, however often', async () => {
    const probes = [new CommitProbe('database', database.app), new CommitProbe('sequencer-login', database.sequencer), new CommitProbe('worker-login', database.worker)];
    for (let round = 0; round < 3; round += 1) await Promise.all(probes.map((probe) => probe.check()));
    const rows = await database.query<{ login: string }>('SELECT login FROM platform.heartbeat ORDER BY login');
    assert.equal(rows.length, 3);
  });

  it('find out that nothing can be committed', async () => {
    await database.query('REVOKE INSERT, UPDATE ON platform.heartbeat FROM quantonium_app');
    await assert.rejects(new CommitProbe('database', database.app).check());
    await database.query('GRANT INSERT, UPDATE ON platform.heartbeat TO quantonium_app');
  });
});
