import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SCHEMA } from '../../../migrations/index.js';
import { openEmptyDatabase } from '../../../test/harness/postgres.js';
import { compiled } from '../../../test/harness/run-command.js';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The one-shot command, as a job beside servers that do not hold the owner's password would run it. */
describe('migrate', () => {
  let database: Awaited<ReturnType<typeof openEmptyDatabase>>;
  before(async () => {
    database = await openEmptyDatabase();
  });
  after(() => database.close());

  const withoutPassword = (url: string): string => Object.assign(new URL(url), { password: '' }).href;
  const run = (words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Run> =>
    new Promise((resolve) => {
      const { app, sequencer, worker, migration } = database.urls;
      const env = {
        ...compiled(),
        NODE_ENV: 'production',
        DATABASE_URL: withoutPassword(app),
        DATABASE_SEQUENCER_URL: withoutPassword(sequencer),
        DATABASE_WORKER_URL: withoutPassword(worker),
        DATABASE_MIGRATION_URL: migration,
        ...more,
      };
      execFile(process.execPath, [join(import.meta.dirname, 'migrate.js'), ...words], { env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
    });

  it('brings the schema up with the owner’s password and the names of the others, and says what ran', async () => {
    const first = await run([]);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(first.stdout.trim().split('\n'), SCHEMA.migrations.map(({ name }) => `up ${name}`));
    const again = await run(['up']);
    assert.deepEqual([again.code, again.stdout], [0, 'The schema is up to date; the rights of the logins were set again.\n']);
  });

  it('undoes the last ones, one unless told', async () => {
    const names = SCHEMA.migrations.map(({ name }) => `down ${name}`).reverse();
    assert.deepEqual((await run(['down'])).stdout.trim().split('\n'), names.slice(0, 1));
    assert.deepEqual((await run(['down', '2'])).stdout.trim().split('\n'), names.slice(1, 3));
    assert.equal((await run([])).stdout.trim().split('\n').length, 3);
  });

  it('refuses words that it does not know, and does nothing', async () => {
    for (const words of [['sideways'], ['down', '0'], ['down', 'all'], ['up', '1'], ['down', '1', '1']]) {
      const { code, stdout, stderr } = await run(words);
      assert.deepEqual([code, stdout], [78, ''], words.join(' '));
      assert.match(stderr, /^migrate: .*\n? *migrate takes/);
    }
  });

  it('refuses without a login that may change the schema, in one sentence', async () => {
    const { code, stderr } = await run([], { DATABASE_MIGRATION_URL: '', DATABASE_URL: database.urls.app });
    assert.equal(code, 78);
    assert.match(stderr, /DATABASE_MIGRATION_URL must be given/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
});
