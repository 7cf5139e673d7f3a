import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { customRole } from '../../../test/harness/policy.js';
import { BELL, type Installation, openInstallation, type Replica, until } from '../../../test/harness/simulation.js';
import { Cancellation } from './cancellation.js';
import { JobEvents, STREAMS_PER_PRINCIPAL_MAX } from './job-events.js';
import type { SeenJob } from './job-reader.js';
import { SimulationModule } from './simulation.module.js';
import { Submission } from './submission.js';

describe('a job that is followed', () => {
  let installation: Installation;
  let replica: Replica;
  let alice: Principal;
  let id: string;
  const leaving: AbortController[] = [];

  before(async () => {
    installation = await openInstallation();
    replica = await installation.replica([SimulationModule]);
    alice = await installation.person('researcher', installation.red);
    ({ id } = await replica.get(Submission).submit(alice, null, { language: 'openqasm2', source: BELL, shots: 1, project: 'red' }));
  });
  afterEach(async () => {
    for (const gone of leaving.splice(0)) gone.abort();
    await until(() => replica.get(JobEvents).size === 0);
  });
  after(() => installation.close());

  function follow(who: Principal, current: () => Promise<Principal> = async () => who): ReturnType<JobEvents['follow']> {
    const gone = new AbortController();
    leaving.push(gone);
    return replica.get(JobEvents).follow(who, id, current, gone.signal);
  }
  const faultOf = (refused: Promise<unknown>): Promise<string> => refused.then(() => 'none', (cause: unknown) => (cause instanceof Fault ? cause.kind.code : String(cause)));
  async function withFields(...fields: string[]): Promise<Principal> {
    const role = await customRole(installation.database, `sees-${fields.join('-').toLowerCase()}`, [{ effect: 'allow', resource: 'simulation', verbs: ['read'], fields }]);
    return installation.person(role, installation.red);
  }

  it('is shown by the fields that may be seen, and not at all to who may not see how it stands', async () => {
    const { value } = await (await follow(await withFields('status', 'name'))).next();
    assert.deepEqual([...((value as SeenJob).fields as ReadonlySet<string>)].sort(), ['name', 'status']);
    assert.equal(await faultOf(follow(await withFields('name', 'progress'))), 'forbidden');
  });

  it('is not there for somebody of another project', async () => {
    assert.equal(await faultOf(follow(await installation.person('researcher', installation.blue))), 'not-found');
  });

  it('is followed no longer than the token and the session stand', async () => {
    const stream = await follow(alice, () => Promise.reject(new Error('the session has ended')));
    assert.equal((await stream.next()).done, false);
    assert.equal((await stream.next()).done, true);
  });

  it('is followed no longer than the right to see it', async () => {
    const bob = await installation.person('viewer', installation.red);
    let { policyVersion } = bob;
    const stream = await follow(bob, async () => ({ ...bob, policyVersion: (policyVersion += 1) }));
    assert.equal((await stream.next()).done, false);
    await installation.query('DELETE FROM rbac.role_binding WHERE subject_id = $1', [bob.id]);
    // Nothing happens to the job all the while.
    for await (const seen of stream) assert.notEqual(seen, 'quiet');
  });

  it('is followed by a few of one principal at once, whatever becomes of the requests', async () => {
    const open = await Promise.all(Array.from({ length: STREAMS_PER_PRINCIPAL_MAX }, () => follow(alice)));
    assert.equal(await faultOf(follow(alice)), 'too-many-requests');
    assert.equal(await faultOf(follow(await installation.person('viewer', installation.red))), 'none');
    leaving[0]!.abort();
    assert.equal(await faultOf(follow(alice)), 'none');
    // One whose client is gone ends without another word.
    await open[0]!.next();
    assert.equal((await open[0]!.next()).done, true);
  });

  it('is told when it ends, and then no more; an archived project is no obstacle', async () => {
    const stream = await follow(alice);
    await stream.next();
    await replica.get(Cancellation).cancel(alice, id);
    await installation.query('UPDATE rbac.project SET archived_at = now() WHERE id = $1', [installation.red]);
    let last: SeenJob | null = null;
    for await (const seen of stream) if (seen !== 'quiet') last = seen;
    assert.equal(last?.job.status, 'cancelled');
  });
});
