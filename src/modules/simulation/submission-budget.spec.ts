import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { BELL, type Installation, openInstallation, type Replica } from '../../../test/harness/simulation.js';
import type { Job } from './domain/job.js';
import { SimulationModule } from './simulation.module.js';
import { Submission } from './submission.js';

describe('the budget of a principal on two replicas', () => {
  let installation: Installation;
  let replicas: readonly [Replica, Replica];
  let alice: Principal;

  before(async () => {
    installation = await openInstallation();
    const variables = { SIMULATION_COST_PER_HOUR: '10', SIMULATION_COST_PER_DAY: '16' };
    replicas = [await installation.replica([SimulationModule], variables), await installation.replica([SimulationModule], variables)];
  });
  after(() => installation.close());
  beforeEach(async () => {
    alice = await installation.person('researcher', installation.red);
  });

  /** A Bell pair costs one unit. */
  const submit = (on: 0 | 1, who = alice): Promise<Job> => replicas[on].get(Submission).submit(who, null, { language: 'openqasm2', source: BELL, shots: 1, project: 'red' });
  const refusal = async (deed: Promise<unknown>): Promise<Fault> => {
    const cause = await deed.then(() => assert.fail('it was accepted'), (error: unknown) => error);
    assert.ok(cause instanceof Fault, String(cause));
    assert.equal(cause.kind.code, 'simulation-budget-exceeded');
    return cause;
  };
  const spend = async (jobs: number): Promise<void> => {
    for (let job = 0; job < jobs; job += 1) await submit(job % 2 === 0 ? 0 : 1);
  };
  const minutesPass = (minutes: number): Promise<unknown> =>
    installation.query(`UPDATE simulation.budget SET counted_at = counted_at - $2 * interval '1 minute' WHERE principal_id = $1`, [alice.id, minutes]);
  const jobsOf = async (who: Principal): Promise<number> => (await installation.query('SELECT FROM simulation.job WHERE submitted_by = $1', [who.id])).length;

  it('is spent on both together, and says what is left and when there is room', async () => {
    await spend(10);
    const { context } = await refusal(submit(0));
    assert.deepEqual(context.members, { budget: 'hour', unitsRequired: 1, unitsLeft: 0, unitsAllowed: 10 });
    const waitSeconds = Number(context.headers?.['Retry-After']);
    assert.ok(waitSeconds > 350 && waitSeconds <= 360, String(waitSeconds));
    await refusal(submit(1));
    assert.equal(await jobsOf(alice), 10);
  });

  it('flows back evenly, up to all of it', async () => {
    await spend(10);
    await minutesPass(30);
    await spend(5);
    await refusal(submit(0));
    await minutesPass(600);
    assert.ok((await submit(0)).id);
  });

  it('is refused by the day where the hour has room', async () => {
    await spend(10);
    await minutesPass(59);
    await spend(6);
    const { context } = await refusal(submit(0));
    assert.equal(context.members?.['budget'], 'day');
    assert.ok(Number(context.headers?.['Retry-After']) > 600);
  });

  it('is not overspent by who submits twenty at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => submit(index % 2 === 0 ? 0 : 1)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10);
    for (const outcome of outcomes) if (outcome.status === 'rejected') await refusal(Promise.reject(outcome.reason as Error));
    assert.equal(await jobsOf(alice), 10);
  });

  it('is each principal\'s own, and nothing of it goes into a job that could not be queued', async () => {
    await spend(9);
    await installation.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_elsewhere');
    try {
      await assert.rejects(submit(0), (cause: Fault) => cause.kind.code === 'audit-unavailable');
    } finally {
      await installation.query('ALTER FUNCTION audit.append_elsewhere(uuid, bytea) RENAME TO append');
    }
    await spend(1);
    await refusal(submit(0));
    await submit(0, await installation.person('researcher', installation.red));
  });
});
