import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { postmasterPid } from '../harness/data-directory.js';
import { installedHome } from '../harness/installed-home.js';
import { type Hardening, HARDENINGS } from '#platform/config/hardening.js';
import { createHome, PRODUCTION, startServer, type TestHome } from '../harness/server.js';

/** An exit code and one sentence, with nothing secret in it, and nothing left running. */
describe('a server that refuses to start', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(async () => {
    assert.equal(postmasterPid(home.environment['QUANTONIUM_DATA_DIR']!), null);
    await home.dispose();
  });

  it('does so for existing data with another root key, or with none, and makes no new one', async () => {
    await home.dispose();
    home = await installedHome();
    const file = home.environment['ROOT_KEY_FILE']!;
    rmSync(file);
    await assert.rejects(startServer(home), /exited with 78[\s\S]*at its stage «seal»: [^\n]*root\.key/);
    assert.equal(existsSync(file), false);
    writeFileSync(file, Buffer.alloc(32, 7), { mode: 0o600 });
    await assert.rejects(startServer(home), /exited with 78[\s\S]*at its stage «seal»: [^\n]*root key/i);
  });

  it("does so when the first owner's password is in a file that cannot be read", async () => {
    await assert.rejects(startServer(home, { BOOTSTRAP_OWNER_PASSWORD_FILE: join(home.directory, 'not-there') }), (error: Error) => {
      assert.match(error.message, /exited with 78[\s\S]*does not start, at its stage «first owner»: BOOTSTRAP_OWNER_PASSWORD_FILE names a file that cannot be opened/);
      assert.doesNotMatch(error.message, /\n\s+at /);
      return true;
    });
  });

  it('does so when the database is not there, and shows no password', async () => {
    await assert.rejects(startServer(home, { DATABASE_URL: 'postgres://somebody:hunter2hunter2@127.0.0.1:1/nowhere' }), (error: Error) => {
      assert.match(error.message, /exited with 1 [\s\S]*at its stage «database»: the database cannot be used \(ECONNREFUSED\)/);
      assert.doesNotMatch(error.message, /hunter2|node:net/);
      return true;
    });
  });

  it('does so while the server that keeps its secrets is away, and tells that from a refusal', async () => {
    const vault = { SECRETS_VAULT_URL: 'http://127.0.0.1:1', SECRETS_VAULT_TOKEN: 'hvs.hunter2hunter2', SMTP_URL: 'vault:kv/quantonium#smtp' };
    await assert.rejects(startServer(home, vault), (error: Error) => {
      assert.match(error.message, /exited with 1 [\s\S]*does not start, at its stage «configuration»: the secrets cannot be read: the server at SECRETS_VAULT_URL does not answer \(ECONNREFUSED\)\n$/);
      assert.doesNotMatch(error.message, /hunter2|node:net/);
      return true;
    });
  });

  it('does so for settings that are wrong, naming each and showing none', async () => {
    const secret = 'postgres://somebody:hunter2hunter2@nowhere';
    const twice = { SMTP_URL: 'smtp://q:hunter2@mail', SMTP_URL_FILE: join(home.directory, 'owner-password') };
    await assert.rejects(startServer(home, { PORT: 'eighty', QUANTONIUM_ROLES: 'api,king', DATABASE_WORKER_URL: secret, REDIS_URL: 'vault:kv/q#redis', ...twice }), (error: Error) => {
      assert.match(error.message, /exited with 78[\s\S]*at its stage «configuration»: /);
      for (const name of ['PORT', 'QUANTONIUM_ROLES', 'REDIS_URL is a vault: reference', 'SMTP_URL is given twice: by SMTP_URL and by SMTP_URL_FILE']) assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /hunter2|eighty|king/);
      return true;
    });
  });

  const refusesAsProduction = (stage: string, environment: Readonly<Record<string, string>>, why: RegExp, flags: readonly string[] = []): Promise<void> =>
    assert.rejects(startServer(home, { ...PRODUCTION, ...environment }, { flags }), (error: Error) => {
      // A debugger says on the first lines where it listens.
      const told = /exited with 78 [^\n]*\n(?:Debugger listening [^\n]*\nFor help[^\n]*\n)?Quantonium does not start, at its stage «([^»]+)»: [^\n]*\n$/.exec(error.message);
      assert.equal(told?.[1], stage, error.message);
      assert.match(error.message, why);
      return true;
    });

  it('does so in production with a variable that changes what is run or trusted, and does not tell what it is', async () => {
    await refusesAsProduction('environment', { NODE_OPTIONS: '--no-warnings', NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /is not started with NODE_OPTIONS, NODE_TLS_REJECT_UNAUTHORIZED in its environment: (?!.*no-warnings)/);
  });

  it('does so in production with a flag of Node that shows its memory, and does not tell its value', async () => {
    await refusesAsProduction('flags', {}, /is not started with --inspect, --heapsnapshot-signal, a debugger that listens: (?!.*SIGUSR2)/, ['--inspect=0', '--heapsnapshot-signal=SIGUSR2']);
  });

  it('does so in production for a build that nobody has signed', async () => {
    await refusesAsProduction('signed build', { HARDENING_EXEMPTIONS: HARDENINGS.join(',') }, /production runs a signed release/);
  });

  it('does so in production where nothing keeps the process from more than it needs, naming what is missing', async () => {
    const exemptAllBut = (name: Hardening): Readonly<Record<string, string>> => ({ HARDENING_EXEMPTIONS: ['release', ...HARDENINGS.filter((other) => other !== name)].join(',') });
    await refusesAsProduction('hardening', exemptAllBut('seccomp'), /is not there: seccomp\. /);
    await refusesAsProduction('hardening', exemptAllBut('permission-model'), /is not there: permission-model\. /);
    await refusesAsProduction('hardening', exemptAllBut('no-debug-signal'), /is not there: no-debug-signal\. /);
  });

  it('does so on a Node that computes one thing wrong, and says which', async () => {
    await assert.rejects(startServer(home, {}, { flags: ['--import', new URL('../harness/damaged-hkdf.js', import.meta.url).href] }), (error: Error) => {
      assert.match(error.message, /exited with 78 [\s\S]*Quantonium does not start, at its stage «known answers»: The cryptographic self-test «HKDF-SHA-256» failed\. [^\n]*\n$/);
      return true;
    });
  });

  it('does so when a file alone says that it is production', async () => {
    const file = join(home.directory, 'environment');
    writeFileSync(file, 'production', { mode: 0o600 });
    const logins = Object.fromEntries(['', 'SEQUENCER_', 'WORKER_'].map((duty, n) => [`DATABASE_${duty}URL`, `postgresql://login${n}:zvK3rQ8d@127.0.0.1:1/quantonium`]));
    await assert.rejects(startServer(home, { NODE_ENV_FILE: file, ...logins }), /exited with 78[\s\S]*at its stage «configuration»: [^\n]*\n  NODE_ENV must be given in the environment itself/);
  });
});
