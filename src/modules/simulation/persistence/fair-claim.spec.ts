import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '#pure/principal/principal.js';
import { type Installation, openInstallation, queuedJob, type Replica } from '../../../../test/harness/simulation.js';
import type { ClaimedJob } from '../domain/job.js';
import { JobClaims } from '../job-claims.js';
import { SimulationRunModule } from '../simulation.module.js';
import type { WorkerOffer } from './claim.repository.js';
import { JobRepository, type NewJob } from './job.repository.js';

const COPIED = 'project_id, project_slug, submitted_by, language, source, program_digest, shots, seed, method, precision, qubits, memory_bytes, cost_units, priority, deadline, status';
const OFFER: WorkerOffer = { freeBytes: 1000, totalBytes: 1000, runningPerPrincipalMax: 10_000 };

describe('whose turn it is, on real Postgres', () => {
  let installation: Installation;
  let replica: Replica;
  let claims: JobClaims;
  let red: string;
  let blue: string;
  let alice: Principal;
  let bob: Principal;
  let carol: Principal;

  before(async () => {
    installation = await openInstallation();
    ({ red, blue } = installation);
    replica = await installation.replica([SimulationRunModule]);
    claims = replica.get(JobClaims);
    alice = await installation.person('researcher', red);
    bob = await installation.person('researcher', red);
    carol = await installation.person('researcher', blue);
  });
  after(() => installation.close());
  beforeEach(() => installation.query('TRUNCATE simulation.job, simulation.project_share, simulation.principal_share CASCADE'));

  /** The first as a submission queues it, the others its copies; gives back the first. */
  async function queue(projectId: string, who: Principal, over: Partial<NewJob> = {}, count = 1): Promise<string> {
    const job = queuedJob(projectId, who.id, over);
    await installation.database.app.run(who, (tx) => replica.get(JobRepository).insert(tx, job, 1_000_000));
    const others = Array.from({ length: count - 1 }, () => queuedJob(projectId, who.id).id);
    await installation.query(`INSERT INTO simulation.job (id, ${COPIED}) SELECT other.id, ${COPIED} FROM unnest($2::uuid[]) AS other (id), simulation.job WHERE job.id = $1`, [job.id, others]);
    return job.id;
  }
  const claim = (over: Partial<WorkerOffer> = {}): Promise<ClaimedJob | null> => claims.claim('one', { ...OFFER, ...over });
  /** Who is given the next so many turns. */
  async function turns(count: number, over: Partial<WorkerOffer> = {}): Promise<string[]> {
    const names = new Map([[alice.id, 'alice'], [bob.id, 'bob'], [carol.id, 'carol']]);
    const given: string[] = [];
    for (let turn = 0; turn < count; turn += 1) given.push(names.get((await claim(over))?.submittedBy ?? '') ?? 'nobody');
    return given;
  }
  const ends = (id: string): Promise<unknown> => installation.query(`UPDATE simulation.job SET status = 'cancelled', claim_token = NULL, lease_until = NULL, finished_at = now(), end_entry_id = id WHERE id = $1`, [id]);

  it("gives another project's one job the next turn, though a thousand of the first wait before it", async () => {
    await queue(red, alice, {}, 1000);
    assert.deepEqual(await turns(5), ['alice', 'alice', 'alice', 'alice', 'alice']);
    await queue(blue, carol);
    assert.deepEqual(await turns(2), ['carol', 'alice']);
  });

  it("gives a colleague the next turn, though five hundred of one user's wait before it", async () => {
    await queue(red, alice, {}, 500);
    await turns(3);
    await queue(red, bob, {}, 3);
    assert.deepEqual(await turns(6), ['bob', 'alice', 'bob', 'alice', 'bob', 'alice']);
  });

  it('divides between projects first, and what one gets between its users', async () => {
    await queue(red, alice, {}, 20);
    await queue(red, bob, {}, 20);
    await queue(blue, carol, {}, 20);
    const given = await turns(16);
    assert.deepEqual(['alice', 'bob', 'carol'].map((name) => given.filter((other) => other === name).length), [4, 4, 8]);
  });

  it('counts what jobs cost and not how many they are', async () => {
    await queue(red, alice, { costUnits: 10 }, 10);
    await queue(blue, carol, { costUnits: 1 }, 100);
    const given = await turns(33);
    assert.equal(given.filter((name) => name === 'alice').length, 3);
  });

  it('lets nobody save up turns in a pause, nor lose any by having used an idle server', async () => {
    await queue(red, alice, { costUnits: 7 }, 100);
    await queue(blue, carol);
    await turns(51);
    await queue(blue, carol, { costUnits: 7 }, 10);
    assert.deepEqual((await turns(6)).sort(), ['alice', 'alice', 'alice', 'carol', 'carol', 'carol']);
  });

  it('does not let one absurd estimate stop the clock for small jobs', async () => {
    await queue(red, alice, { costUnits: Number.MAX_SAFE_INTEGER });
    await turns(1);
    await queue(red, alice, { costUnits: 2 ** 20 }, 3);
    await queue(blue, carol, { costUnits: 2 ** 20 }, 3);
    assert.deepEqual((await turns(4)).sort(), ['alice', 'alice', 'carol', 'carol']);
  });

  it("puts high before one's own others, and not before anybody else's", async () => {
    await queue(red, alice, {}, 2);
    const urgent = await queue(red, alice, { priority: 'high' });
    assert.equal((await claim())?.id, urgent);
    await queue(red, alice, { priority: 'high' }, 5);
    await queue(red, bob, {}, 5);
    assert.deepEqual(await turns(4), ['bob', 'alice', 'bob', 'alice']);
  });

  it('runs low when nothing else waits that could be run, and charges no turn for it', async () => {
    await queue(red, alice, { priority: 'low', costUnits: 1000 }, 3);
    assert.deepEqual(await turns(2), ['alice', 'alice']);
    await queue(red, alice, {}, 2);
    await queue(red, bob, {}, 2);
    await queue(blue, carol, { priority: 'low' });
    assert.deepEqual((await turns(4)).sort(), ['alice', 'alice', 'bob', 'bob']);
    assert.deepEqual(await turns(3), ['carol', 'alice', 'nobody']);
  });

  it('waits for room for the one whose turn it is, rather than letting small ones by for ever', async () => {
    await queue(red, alice, { memoryBytes: 900 });
    const small = async (): Promise<string> => queue(blue, carol, { memoryBytes: 10 });
    await small();
    // Each takes its turn, and from then on nothing passes the large one however many come.
    const given = await turns(1, { freeBytes: 500 });
    for (let round = 0; round < 5; round += 1) {
      await small();
      given.push(...(await turns(1, { freeBytes: 500 })));
    }
    assert.ok(given.filter((name) => name === 'carol').length <= 1, given.join());
    assert.equal(given.at(-1), 'nobody');
    assert.deepEqual(await turns(1), ['alice']);
  });

  it('does not let low pass for want of room, and leaves what it could never hold to a larger worker', async () => {
    await queue(red, alice, { memoryBytes: 900 });
    await queue(blue, carol, { memoryBytes: 10, priority: 'low' });
    assert.deepEqual(await turns(1, { freeBytes: 500 }), ['nobody']);
    assert.deepEqual(await turns(2, { freeBytes: 500, totalBytes: 500 }), ['carol', 'nobody']);
  });

  it('passes over who has as many running as one may, until one of them ends', async () => {
    await queue(red, alice, {}, 5);
    await queue(red, bob, { costUnits: 1000 }, 2);
    const runningPerPrincipalMax = 2;
    const first = (await claim({ runningPerPrincipalMax }))!;
    assert.deepEqual((await turns(4, { runningPerPrincipalMax })).sort(), [...(first.submittedBy === alice.id ? ['alice', 'bob', 'bob'] : ['alice', 'alice', 'bob']), 'nobody']);
    await ends(first.id);
    const next = await claim({ runningPerPrincipalMax });
    assert.equal(next?.submittedBy ?? null, first.submittedBy === alice.id ? alice.id : null);
  });

  it('never claims a job whose deadline has passed', async () => {
    await queue(red, alice, { deadline: new Date(Date.now() - 1) });
    const later = await queue(red, alice, { deadline: new Date(Date.now() + 60_000) });
    assert.equal((await claim())?.id, later);
    assert.equal(await claim(), null);
  });

  it('is as fair as start-time fair queueing promises, whatever the jobs cost: by one job each at any time', async () => {
    const cost = fc.integer({ min: 1, max: 50 });
    await fc.assert(
      fc.asyncProperty(fc.array(cost, { minLength: 12, maxLength: 12 }), fc.array(cost, { minLength: 12, maxLength: 12 }), async (ofRed, ofBlue) => {
        await installation.query('TRUNCATE simulation.job, simulation.project_share, simulation.principal_share CASCADE');
        for (const [index, costUnits] of ofRed.entries()) await queue(red, index % 2 === 0 ? alice : bob, { costUnits });
        for (const costUnits of ofBlue) await queue(blue, carol, { costUnits });
        const served = { red: 0, blue: 0, left: { red: 12, blue: 12 } };
        const unfair = Math.max(...ofRed) + Math.max(...ofBlue);
        while (served.left.red > 0 && served.left.blue > 0) {
          const job = (await claim())!;
          const name = job.projectId === red ? 'red' : 'blue';
          const [row] = await installation.query<{ cost_units: string }>('SELECT cost_units FROM simulation.job WHERE id = $1', [job.id]);
          served[name] += Number(row!.cost_units);
          served.left[name] -= 1;
          if (served.left.red > 0 && served.left.blue > 0) assert.ok(Math.abs(served.red - served.blue) <= unfair, `${served.red} and ${served.blue}`);
        }
      }),
      { numRuns: 3 },
    );
  });

  it('adds up exactly what many workers take at once, and gives no job twice', async () => {
    await queue(red, alice, { costUnits: 3 }, 40);
    await queue(red, bob, { costUnits: 2 }, 40);
    await queue(blue, carol, { costUnits: 5 }, 40);
    const taken: string[] = [];
    const drain = async (): Promise<void> => {
      for (let job = await claim(); job !== null; job = await claim()) taken.push(job.id);
    };
    await Promise.all(Array.from({ length: 8 }, drain));
    await drain();
    assert.deepEqual([taken.length, new Set(taken).size], [120, 120]);
    const accounts = await installation.query<{ id: string; served: number }>('SELECT project_id AS id, served::int FROM simulation.project_share');
    // Claims of one moment see the same accounts and may all take of one project; the other begins where that one has come to. So
    // again and again one is moved ahead, never behind what it was given and never beyond all turns together.
    for (const { id, served } of accounts) assert.ok(served >= 200 && served <= 400, `${id === red ? 'red' : 'blue'}: ${served}`);
  });
});
