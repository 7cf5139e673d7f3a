import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runWithTrail, type RequestTrail } from '#platform/system/request-context.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { testLedger, type TestLedger } from '../../../../test/harness/ledger.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { UnsealJournal } from './unseal-journal.js';

const MINUTE_MILLIS = 60_000;

describe('the record of attempts to unseal', () => {
  let database: TestDatabase;
  let ledger: TestLedger;
  let clock: HandClock;
  let journal: UnsealJournal;
  beforeEach(async () => {
    database = await openTestDatabase();
    clock = new HandClock();
    ledger = testLedger(database, { clock });
    // As in a process that is sealed: there is no key for a digest of the source.
    ledger.keyring.dropKeys();
    journal = new UnsealJournal(ledger.log, clock);
  });
  afterEach(() => database.close());

  const trail = (): RequestTrail => ({ requestId: '0198c0de-0000-7000-8000-000000000001', source: { ipAddress: '203.0.113.7', userAgent: 'curl' }, trace: null, committedEvents: [], replayedStatus: null });
  const told = async (): Promise<string[]> => {
    const rows = await database.query<{ body: string }>("SELECT convert_from(body, 'UTF8') AS body FROM audit.entry");
    // Sorted: ids of one millisecond say nothing about which came first.
    return rows.map(({ body }) => {
      assert.doesNotMatch(body, /203\.0\.113|curl/);
      const { status, unmapped } = JSON.parse(body) as { status: string; unmapped: { step: string; count?: number } };
      return `${unmapped.step} ${unmapped.count ?? 1} ${status}`;
    }).sort();
  };

  it('is an entry for the first attempt of a minute and one for all that follow and end alike, without source or person', async () => {
    for (let attempt = 0; attempt < 50; attempt += 1) await runWithTrail(trail(), () => journal.note('given'));
    for (let attempt = 0; attempt < 20; attempt += 1) await journal.note('refused');
    assert.deepEqual(await told(), ['given 1 Success', 'refused 1 Failure']);
    clock.millis += MINUTE_MILLIS;
    await journal.note('given');
    await journal.onApplicationShutdown();
    assert.deepEqual(await told(), ['given 1 Success', 'given 1 Success', 'given 49 Success', 'refused 1 Failure', 'refused 19 Failure']);
  });

  it('says of each attempt by itself how it ended', async () => {
    for (const attempt of ['given', 'completed', 'ignored', 'reset', 'unmatched', 'refused'] as const) await journal.note(attempt);
    assert.deepEqual(await told(), ['completed 1 Success', 'given 1 Success', 'ignored 1 Success', 'refused 1 Failure', 'reset 1 Success', 'unmatched 1 Failure']);
  });

  it('names, in each answer, the entry that its attempt is counted towards', async () => {
    const trails = [trail(), trail()];
    for (const each of trails) await runWithTrail(each, () => journal.note('given'));
    const [first, second] = trails.map(({ committedEvents }) => committedEvents);
    assert.deepEqual(first, second);
    assert.equal(first![0]!.code, 'crypto.seal.unseal');
  });

  it('refuses the attempt that cannot be recorded, and does not count the next towards it', async () => {
    await database.query("DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit' LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM quantonium_app', f); END LOOP; END $$");
    await assert.rejects(journal.note('given'));
    await database.query("DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit' LOOP EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO quantonium_app', f); END LOOP; END $$");
    await journal.note('given');
    assert.deepEqual(await told(), ['given 1 Success']);
  });
});
