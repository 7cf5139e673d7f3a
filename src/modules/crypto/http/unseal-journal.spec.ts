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
    const rows = await database.query<{ body: string }>("SELECT convert_from(body, 'UTF8') AS body FROM audit.entry ORDER BY id");
    return rows.map(({ body }) => {
      assert.doesNotMatch(body, /203\.0\.113|curl/);
      const { unmapped } = JSON.parse(body) as { unmapped: { step: string; count?: number } };
      return `${unmapped.step} ${unmapped.count ?? 1}`;
    });
  };

  it('is an entry for the first attempt of a minute and one for all that follow, without source or person', async () => {
    for (let attempt = 0; attempt < 50; attempt += 1) await runWithTrail(trail(), () => journal.given());
    for (let attempt = 0; attempt < 20; attempt += 1) await journal.refused();
    assert.deepEqual(await told(), ['given 1', 'refused 1']);
    clock.millis += MINUTE_MILLIS;
    await journal.given();
    await journal.onApplicationShutdown();
    assert.deepEqual((await told()).sort(), ['given 1', 'given 1', 'given 49', 'refused 1', 'refused 19']);
  });

  it('names, in each answer, the entry that its attempt is counted towards', async () => {
    const trails = [trail(), trail()];
    for (const each of trails) await runWithTrail(each, () => journal.given());
    const [first, second] = trails.map(({ committedEvents }) => committedEvents);
    assert.deepEqual(first, second);
    assert.equal(first![0]!.code, 'crypto.seal.unseal');
  });

  it('refuses the attempt that cannot be recorded, and does not count the next towards it', async () => {
    await database.query("DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit' LOOP EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM quantonium_app', f); END LOOP; END $$");
    await assert.rejects(journal.given());
    await database.query("DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'audit' LOOP EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO quantonium_app', f); END LOOP; END $$");
    await journal.given();
    assert.deepEqual(await told(), ['given 1']);
  });
});
