import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { startTestServer } from './postgres.js';

/** For `node --test --test-global-setup`: one Postgres for the whole run, gone with it. */
let directory = '';
let server: EmbeddedPostgres | null = null;

export async function globalSetup(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'quantonium-run-'));
  server = await startTestServer(directory);
  // The processes of the spec files inherit it.
  process.env['QUANTONIUM_TEST_POSTGRES'] = directory;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
}
