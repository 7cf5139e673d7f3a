import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { installedHome } from './installed-home.js';
import { type RunningServer, startServer, type TestHome } from './server.js';

/**
 * One server for the tests of a `describe`, of an installation that had been started before: started before them, then prepared; stopped after them, which must be an
 * orderly end, and removed whatever happened. It can be asked from `prepare` on, not while tests are being declared.
 */
export function withServer(prepare: () => Promise<void> = () => Promise.resolve(), environment: Readonly<Record<string, string>> = {}): RunningServer {
  let home: TestHome | undefined;
  let running: RunningServer | undefined;
  const server = (): RunningServer => running ?? assert.fail('the server has not been started yet');
  before(async () => {
    home = await installedHome(environment);
    running = await startServer(home);
    await prepare();
  });
  after(async () => {
    try {
      if (running !== undefined) assert.equal(await running.stop(), 0, running.output());
    } finally {
      await home?.dispose();
    }
  });
  return {
    get url() { return server().url; },
    get pid() { return server().pid; },
    get home() { return server().home; },
    get exited() { return server().exited; },
    output: () => server().output(),
    stop: (signal) => server().stop(signal),
    kill: () => server().kill(),
  };
}
