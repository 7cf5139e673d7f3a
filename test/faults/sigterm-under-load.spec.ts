import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { loginOwner } from '../harness/api.js';
import type { Place, RunningServer } from '../harness/server.js';
import { accountFor, ExternalInstallation, untilProbe } from './external-installation.js';
import { Submissions } from './submissions.js';

const CLIENTS = 16;
const DELAY_MILLIS = 500;
const GRACE_MILLIS = 10_000;

/** Clients behind a balancer that asks for readiness, as a rolling restart meets them: over connections that they keep, and without a pause until the balancer has taken the server out. */
describe('SIGTERM under load', () => {
  let installation: ExternalInstallation;

  before(async () => (installation = await ExternalInstallation.open()));
  after(() => installation.close());

  async function stoppedUnderLoad(what: string, place: Place, pidOf: (server: RunningServer) => number): Promise<void> {
    const server = await installation.start({ SHUTDOWN_DELAY_MILLIS: String(DELAY_MILLIS), SHUTDOWN_GRACE_MILLIS: String(GRACE_MILLIS) }, place);
    const token = await loginOwner(server);
    const load = new Submissions({ clients: CLIENTS, prefix: what.replaceAll(' ', '-') });
    const stopped = new AbortController();
    const clients = load.run(() => server, () => token, stopped.signal);
    await load.more(100);
    const before = load.acknowledged.size;
    const started = performance.now();
    process.kill(pidOf(server), 'SIGTERM');
    const outMillis = await untilProbe(server, 'ready', 503);
    stopped.abort();
    await clients;
    const code = await server.exited;
    const millis = performance.now() - started;
    const account = await installation.look((client) => accountFor(client, load));
    console.log(`SIGTERM ${what}: acknowledged ${account.acknowledged} (${load.acknowledged.size - before} of them after the signal), found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; dropped ${load.dropped}, refused ${load.refusals.length}; taken out after ${Math.round(outMillis)} ms, exit ${code} after ${Math.round(millis)} ms`);
    assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
    assert.equal(code, 0, server.output());
    assert.deepEqual([load.dropped, load.refusals], [0, []]);
    assert.equal(account.found, account.acknowledged, 'a deed was done whose client was told nothing');
    assert.ok(millis < GRACE_MILLIS, `${millis} ms`);
  }

  it('a process among others: every request that was taken is answered, and it ends in order', { timeout: 60_000 }, () => stoppedUnderLoad('of a process', {}, ({ pid }) => pid));

  it('the first process of a namespace, to which the kernel gives no default for a signal: the same', { timeout: 60_000 }, () =>
    stoppedUnderLoad('as PID 1', { behind: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] }, ({ pid }) => {
      const inner = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
      assert.match(readFileSync(`/proc/${inner}/status`, 'utf8'), /^NSpid:\t\d+\t1$/m);
      return inner;
    }));
});
