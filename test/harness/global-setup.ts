import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { isRunning, removeEmbeddedPostgres, startTestServer } from './postgres.js';

/** For `node --test --test-global-setup`: one Postgres for the whole run, gone with it. */
let directory = '';
let server: EmbeddedPostgres | null = null;

const PREFIX = 'quantonium-run-';

export async function globalSetup(): Promise<void> {
  sweep();
  directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  server = await startTestServer(directory);
  // The processes of the spec files inherit it.
  process.env['QUANTONIUM_TEST_POSTGRES'] = directory;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Runs that were interrupted had no teardown: their servers are still there. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^quantonium-run-(\d+)-/.exec(name)?.[1]);
    if (!(pid > 0) || isRunning(pid)) continue;
    removeEmbeddedPostgres(join(tmpdir(), name));
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
