import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loginOwner } from '../harness/api.js';
import type { RunningServer } from '../harness/server.js';
import { accountFor, ExternalInstallation, probe, untilProbe } from './external-installation.js';
import { Submissions } from './submissions.js';

/** The cluster and its log of changes take 100; what is left somebody else takes. */
const DISK_BYTES = 256 * 1024 * 1024;

describe('a server whose database has a full disk', () => {
  let installation: ExternalInstallation;
  let server: RunningServer;

  before(async () => {
    installation = await ExternalInstallation.open(DISK_BYTES);
    server = await installation.start();
  });
  after(async () => {
    try {
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await installation.close();
    }
  });

  it('acknowledges nothing that is not there, is not ready, and goes on without a restart when there is room', { timeout: 180_000 }, async () => {
    const token = await loginOwner(server);
    // What fits into pages that are there already would still be written: these do not.
    const load = new Submissions({ commentBytes: 3_000 });
    const stopped = new AbortController();
    const clients = load.run(() => server, () => token, stopped.signal);
    await load.more(40);
    const before = load.acknowledged.size;
    installation.disk!.fill();
    await untilProbe(server, 'ready', 503);
    await load.until(() => load.refusals.length >= 8);
    assert.equal(await probe(server, 'live'), 200);
    const whileFull = load.acknowledged.size - before;
    installation.disk!.makeRoom();
    const backMillis = await untilProbe(server, 'ready', 200);
    await load.more(40);
    stopped.abort();
    await clients;
    const account = await installation.look((client) => accountFor(client, load));
    console.log(`disk full: acknowledged ${account.acknowledged} (${whileFull} of them when it was full), found ${account.found}, lost ${account.lost.length}, twice ${account.twice.length}; ${load.refusals.length} refused, the slowest answer ${Math.round(load.slowestMillis)} ms; ready ${Math.round(backMillis)} ms after there was room`);
    assert.deepEqual([account.lost, account.twice, account.faults], [[], [], []]);
    assert.equal(load.unanswered, 0);
  });
});
