import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { startTestServer } from './postgres.js';

/** One Postgres for the whole run, gone with it. */
let directory = '';
let server: EmbeddedPostgres | null = null;

export async function globalSetup(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'suite-'));
  server = await startTestServer(directory);
  // The processes of the spec files inherit both.
  process.env['QUANTONIUM_TEST_POSTGRES'] = directory;
  // Compiling what it loads is a fifth of a process's start, and there are some hundreds of processes.
  process.env['NODE_COMPILE_CACHE'] = join(directory, 'compiled');
  mkdirSync(process.env['NODE_COMPILE_CACHE']);
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
}
