import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { startTestServer } from './postgres.js';
import { foundAlready } from './run-command.js';

/** Of the product all, and of the tests what most of them share. */
const WHAT_IS_LOADED = "for (const file of ['src/app/serve.js', 'test/harness/postgres.js', 'test/harness/policy.js']) await import(`./dist/${file}`)";

/** One Postgres for the whole run, gone with it. */
let directory = '';
let server: EmbeddedPostgres | null = null;

export async function globalSetup(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'suite-'));
  server = await startTestServer(directory);
  // The processes of the spec files inherit both.
  process.env['QUANTONIUM_TEST_POSTGRES'] = directory;
  // Finding and compiling what it loads is half of a process's start, and there are some hundreds of processes: it is done once.
  process.env['NODE_COMPILE_CACHE'] = join(directory, 'compiled');
  process.env['TEST_KNOWN_MODULES'] = join(directory, 'modules.json');
  mkdirSync(process.env['NODE_COMPILE_CACHE']);
  Object.assign(process.env, foundAlready());
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', WHAT_IS_LOADED], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`the product cannot be loaded: ${status}`);
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
}
