import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the run's cluster is, from the global setup; without one, a place that the runs of this checkout share. */
const VARIABLE = 'QUANTONIUM_TEST_POSTGRES';

export function sharedTestDirectory(): string {
  const checkout = createHash('sha256').update(process.cwd()).digest('hex').slice(0, 8);
  return join(tmpdir(), `quantonium-test-${process.getuid?.() ?? 0}-${checkout}`);
}

/** What the spec files of a run share, and otherwise those of the checkout. */
export function testDirectory(): string {
  return process.env[VARIABLE] ?? sharedTestDirectory();
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the embedded Postgres of a data directory lives: in it, or where root put it because it cannot be reached. */
export function embeddedHome(dataDirectory: string): string | null {
  try {
    const location = readFileSync(join(dataDirectory, 'postgres.location'), 'utf8').trim();
    return location === 'inside' ? join(dataDirectory, 'postgres') : location;
  } catch {
    return null;
  }
}

/** The process id of the embedded server of a data directory; null when none runs. */
export function postmasterPid(dataDirectory: string): number | null {
  const home = embeddedHome(dataDirectory);
  if (home === null) return null;
  try {
    const pid = Number(readFileSync(join(home, 'instance', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
    return isRunning(pid) ? pid : null;
  } catch {
    return null;
  }
}

/** Stops the embedded Postgres that a killed server left behind, and removes its data wherever it is. */
export function removeEmbeddedPostgres(dataDirectory: string): void {
  const pid = postmasterPid(dataDirectory);
  if (pid !== null) process.kill(pid, 'SIGKILL');
  const home = embeddedHome(dataDirectory);
  // The server's children may still write for a moment after the postmaster is gone.
  if (home !== null) rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
