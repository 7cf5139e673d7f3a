import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { testCredentials } from '../../harness/credentials.js';
import { HandClock } from '../../harness/hand-clock.js';
import { testPolicy } from '../../harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../harness/postgres.js';
import { accountsOf } from './credential-moves.js';
import type { Case } from './cases.js';
import { CREDENTIAL_MODEL, type Model, nobodyGrows, POLICY_MODEL, type Tally } from './growth.js';
import { CREDENTIAL_MUTANTS, type Makers, type Mutant, MUTANTS, mutantOf } from './mutants.js';
import { subjectsOf } from './policy-world.js';

/** Of which a run of the suite tries so many, and the next one others: the seed is printed. */
const SEQUENCES = 25;
/** Below it the property would prove little: what is refused changes nothing. */
const ACCEPTED_SHARE_MIN = 0.3;

let database: TestDatabase;
let subjects: readonly string[];

async function search<Kind extends string>(model: Model<Kind>, makers: Makers, parameters: { readonly numRuns: number; readonly seed?: number; readonly examples?: Case[] }): Promise<{ readonly failed: boolean; readonly seed: number; readonly said: string; readonly tally: Tally }> {
  const tally: Tally = { asked: 0, accepted: 0, byKind: {} };
  const policy = makers.testPolicy(database, new HandClock());
  const property = nobodyGrows(model, database, policy, makers.testCredentials(database, policy), subjects, tally);
  const details = await fc.check(property, { ...parameters, endOnFailure: true } as object);
  return { failed: details.failed, seed: details.seed, said: `${String(details.errorInstance)}\n${JSON.stringify(details.counterexample)}`, tally };
}

function holds<Kind extends string>(sentence: string, model: Model<Kind>, numRuns: number, mutants: Readonly<Record<string, Mutant>>): void {
  it(sentence, async (context) => {
    const { failed, seed, said, tally } = await search(model, { testPolicy, testCredentials }, { numRuns });
    const share = tally.accepted / tally.asked;
    context.diagnostic(`seed ${seed}, ${tally.accepted} of ${tally.asked} accepted (${Math.round(share * 100)} %): ${JSON.stringify(tally.byKind)}`);
    assert.equal(failed, false, `seed ${seed}: ${said}`);
    assert.ok(share >= ACCEPTED_SHARE_MIN, `${share}`);
  });

  it('of which each is refused that only one check refuses', async () => {
    const examples = Object.values(mutants).flatMap(({ by }) => (typeof by === 'number' ? [] : [by]));
    const { failed, said } = await search(model, { testPolicy, testCredentials }, { numRuns: examples.length, examples });
    assert.equal(failed, false, said);
  });

  for (const [check, { by }] of Object.entries(mutants)) {
    it(`unless this check is taken out: ${check}`, async (context) => {
      const { failed, said, tally } = await search(model, await mutantOf(check), typeof by === 'number' ? { numRuns: 40, seed: by } : { numRuns: 1, examples: [by] });
      context.diagnostic(`${tally.asked} requests: ${said.slice(0, 200)}`);
      assert.equal(failed, true, 'the property does not notice');
      // By what the property is about, and not because the mutant cannot run.
      assert.match(said, /^Error: \d did /);
    });
  }
}

describe('nobody grows beyond who made them grow', () => {
  before(async () => {
    database = await openTestDatabase();
    subjects = await subjectsOf(database);
    await accountsOf(database, subjects);
  });
  after(() => database.close());

  describe('by any sequence of changes of policy', () => {
    holds('of people and programs, but of who may go beyond and was approved', POLICY_MODEL, SEQUENCES, MUTANTS);
  });

  describe('by any credential that somebody makes, passes on or takes away', () => {
    holds('for themselves, for a program, for a device or for another person', CREDENTIAL_MODEL, SEQUENCES, CREDENTIAL_MUTANTS);
  });
});
