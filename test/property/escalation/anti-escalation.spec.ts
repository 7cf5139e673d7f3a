import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { HandClock } from '../../harness/hand-clock.js';
import { type TestPolicy, testPolicy } from '../../harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../harness/postgres.js';
import { nobodyGrows, type Tally } from './growth.js';
import { MUTANTS, mutantOf } from './mutants.js';
import { subjectsOf } from './policy-world.js';

/** Below it the property would prove little: what is refused changes nothing. */
const ACCEPTED_SHARE_MIN = 0.3;

let database: TestDatabase;
let subjects: readonly string[];

async function search(policy: TestPolicy, parameters: fc.Parameters<unknown>): Promise<{ readonly failed: boolean; readonly seed: number; readonly said: string; readonly tally: Tally }> {
  const tally: Tally = { asked: 0, accepted: 0, byKind: {} };
  const details = await fc.check(nobodyGrows(database, policy, subjects, tally), { ...parameters, endOnFailure: true } as object);
  return { failed: details.failed, seed: details.seed, said: `${String(details.errorInstance)}\n${JSON.stringify(details.counterexample)}`, tally };
}

describe('nobody grows beyond who made them grow', () => {
  before(async () => {
    database = await openTestDatabase();
    subjects = await subjectsOf(database);
  });
  after(() => database.close());

  it('by any sequence of requests of people who may not escalate', async (context) => {
    const { failed, seed, said, tally } = await search(testPolicy(database, new HandClock()), { numRuns: 80 });
    const share = tally.accepted / tally.asked;
    context.diagnostic(`seed ${seed}, ${tally.accepted} of ${tally.asked} accepted (${Math.round(share * 100)} %): ${JSON.stringify(tally.byKind)}`);
    assert.equal(failed, false, `seed ${seed}: ${said}`);
    assert.ok(share >= ACCEPTED_SHARE_MIN, `${share}`);
  });

  for (const [check, { seed }] of Object.entries(MUTANTS)) {
    it(`unless this check is taken out: ${check}`, async (context) => {
      const { failed, said, tally } = await search((await mutantOf(check))(database, new HandClock()), { numRuns: 120, seed });
      context.diagnostic(`${tally.asked} requests: ${said.slice(0, 200)}`);
      assert.equal(failed, true, 'the property does not notice');
      // By what the property is about, and not because the mutant cannot run.
      assert.match(said, /^Error: \d did /);
    });
  }
});
