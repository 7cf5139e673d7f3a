import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { DatabaseUrls } from '#platform/database/database-urls.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { closeDatabase } from '#platform/database/embedded/logins.js';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { compiled } from '../harness/run-command.js';
import { enrolOverHttp, type Generator, loginWithCode } from '../harness/second-factor-http.js';
import { createHome, HELD, type RunningServer, PRODUCTION, startServer, type TestHome } from '../harness/server.js';
import { TestVault } from '../harness/test-vault.js';
import { BELL } from './programs.js';

const BELL_JOB = { program: { language: 'openqasm2', source: BELL }, shots: 10, seed: 1 };

/**
 * A Postgres that is somebody else's: to the server, nothing but connection strings. Durable, unlike that of the other
 * specs, since a server refuses one that is not.
 */
describe('a server on a database of the operator', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let home: TestHome;
  let urls: DatabaseUrls;
  let name: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'quantonium-external-'));
    chmodSync(directory, 0o711);
    postgres = await EmbeddedPostgres.start({ dataDirectory: join(directory, 'data'), report: () => undefined });
  });
  after(async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const asSuperuser = async (database: string, work: (client: Client) => Promise<unknown>): Promise<void> => {
    const client = new Client({ connectionString: postgres.superuserUrl(database) });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  beforeEach(async () => {
    name = `external_${randomBytes(4).toString('hex')}`;
    await asSuperuser('postgres', async (client) => {
      await client.query(`CREATE DATABASE ${name} OWNER quantonium_migrator TEMPLATE template0`);
      await closeDatabase(client, name);
    });
    urls = postgres.urls(name);
    home = createHome();
    // Production makes no root key by itself.
    writeFileSync(home.environment['ROOT_KEY_FILE']!, randomBytes(32), { mode: 0o400 });
  });
  let generator: Generator | null = null;
  afterEach(async () => {
    generator = null;
    await home.dispose();
    await asSuperuser('postgres', (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  const fourLogins = (): Record<string, string> => ({
    DATABASE_URL: urls.app,
    DATABASE_SEQUENCER_URL: urls.sequencer,
    DATABASE_WORKER_URL: urls.worker,
    DATABASE_MIGRATION_URL: urls.migration,
  });
  const role = {
    api: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'api', DATABASE_URL: urls.app }, { flags: HELD }),
    ledger: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'ledger', DATABASE_SEQUENCER_URL: urls.sequencer }, { flags: HELD }),
    worker: () => startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'worker', DATABASE_WORKER_URL: urls.worker, ROOT_KEY_FILE: join(home.directory, 'not-there') }, { flags: HELD }),
  } as const;
  const migrate = () => promisify(execFile)(process.execPath, ['dist/src/app/commands/migrate.js'], { env: { ...compiled(), ...home.environment, ...PRODUCTION, ...fourLogins() } });

  /** In production, an owner without a second factor may do nothing but add one. */
  const strongOwner = async (server: RunningServer): Promise<string> => {
    if (generator !== null) return loginWithCode(server, 'owner', server.home.ownerPassword, generator);
    const enrolled = await enrolOverHttp(server, await loginOwner(server));
    generator = enrolled.generator;
    return enrolled.token;
  };

  /** The job of the product: run a circuit, get its counts, get its receipt. */
  const completesJob = async (server: RunningServer): Promise<void> => {
    const token = await strongOwner(server);
    const finished = await call<{ status: string; id: string }>(server, 'POST', '/v1/simulations', { token, headers: { prefer: 'wait=30' }, json: BELL_JOB });
    assert.equal(finished.body.status, 'succeeded', finished.text);
    const receipt = await eventually(() => call(server, 'GET', `/v1/simulations/${finished.body.id}/receipt`, { token }), (answer) => answer.status === 200);
    assert.match(receipt.text, /^c2sp\.org\/tlog-proof@v1/);
  };

  it('migrates it and does its job in production with four logins', async () => {
    const server = await startServer(home, { ...PRODUCTION, ...fourLogins() });
    assert.doesNotMatch(server.output(), /separation of (database logins|duties) is off/);
    await completesJob(server);
    assert.equal(await server.stop(), 0, server.output());
  });

  it('works with one login outside production and says what that costs; production refuses it', async () => {
    // An operator's one login is not held to the ten connections that our cluster gives to migrations.
    await asSuperuser(name, (client) => client.query('ALTER ROLE quantonium_migrator CONNECTION LIMIT 80'));
    const server = await startServer(home, { DATABASE_URL: urls.migration });
    assert.match(server.output(), /the separation of duties is off/);
    await completesJob(server);
    assert.equal(await server.stop(), 0, server.output());
    await assert.rejects(startServer(home, { ...PRODUCTION, DATABASE_URL: urls.migration }), /exited with 78[\s\S]*DATABASE_SEQUENCER_URL.* must be given in production/);
    await assert.rejects(startServer(home, { ...PRODUCTION, QUANTONIUM_ROLES: 'api', DATABASE_URL: urls.migration }), /exited with 78[\s\S]*quantonium_migrator owns the schema/);
  });

  it('does its job as three processes that hold one login each, once it was migrated', async () => {
    await assert.rejects(role.api(), /exited with 78[\s\S]*was not migrated for the login quantonium_app: run npm run migrate/);
    await migrate();
    const servers = await Promise.all([role.api(), role.ledger(), role.worker()]);
    await completesJob(servers[0]);
    for (const server of servers) assert.equal((await call(server, 'GET', '/health/ready')).status, 200, server.output());
    assert.deepEqual(servers.map((server) => /makes no thread from now on/.test(server.output())), [true, true, false], 'who simulates may need another');
    assert.deepEqual(await Promise.all(servers.map((server) => server.stop())), [0, 0, 0]);

    // The ledger process continues the tree: it is the one that must not continue a forged one.
    await asSuperuser(name, (client) => client.query("ALTER TABLE audit.tile DISABLE TRIGGER USER; UPDATE audit.tile SET hashes = sha256('x') || substring(hashes FROM 33) WHERE level = 0"));
    await assert.rejects(role.ledger(), /exited with 78[\s\S]*at its stage «ledger head»: the ledger's head does not verify/);
  });

  /** Requests that read and requests that write, several at once, until they are told to stop; what was answered. */
  const traffic = (server: RunningServer, token: string): { stop(): Promise<readonly number[]> } => {
    const answers: number[] = [];
    let isOver = false;
    const loop = async (at: number): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        const read = await call(server, 'GET', '/v1/auth/me', { token });
        const written = await call(server, 'POST', '/v1/projects', { token, json: { slug: `p${at}-${turn}-${randomBytes(4).toString('hex')}`, name: 'made while the password changed' } });
        answers.push(read.status, written.status);
      }
    };
    const loops = [1, 2, 3, 4, 5, 6].map(loop);
    return { stop: async () => ((isOver = true), await Promise.all(loops), answers) };
  };

  const says = async (server: RunningServer, line: RegExp, times: number): Promise<void> => {
    for (let tries = 0; (server.output().match(line) ?? []).length < times; tries += 1) {
      assert.ok(tries < 300, server.output());
      await pause(100);
    }
  };
  const settingOf = (line: string): object => {
    const { setting, source } = (JSON.parse(line) as { unmapped: { setting?: string; source?: string } }).unmapped;
    return { setting, source };
  };

  const withPassword = (password: string): string => {
    const url = new URL(urls.app);
    url.password = password;
    return url.href;
  };
  /** Of the whole cluster: whoever changes it puts it back. */
  const alter = (password: string) => asSuperuser('postgres', (client) => client.query(`ALTER ROLE quantonium_app PASSWORD '${password}'`));
  /** Sessions that began with the former password end when their work is done. */
  const drains = async (changedAt: Date): Promise<void> => {
    const left = async (): Promise<number> => {
      let count = -1;
      await asSuperuser(name, async (client) => (count = (await client.query<{ n: number }>("SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'quantonium_app' AND datname = $1 AND backend_start < $2", [name, changedAt])).rows[0]!.n));
      return count;
    };
    for (let tries = 0; (await left()) > 0 && tries < 50; tries += 1) await pause(100);
    assert.equal(await left(), 0, 'sessions of the former password are drained');
  };
  const rotations = (server: RunningServer, token: string, count: number): Promise<Answer> =>
    eventually(() => call(server, 'GET', '/v1/audit/entries?code=server.secret.rotate', { token, headers: { accept: 'application/x-ndjson' } }), ({ text }) => text.split('\n').filter(Boolean).length === count);

  it('follows the password of its login, told before the database or after it, without a request that fails', async () => {
    const file = join(home.directory, 'database-url');
    const put = (url: string): void => {
      writeFileSync(`${file}.new`, `${url}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    };
    put(urls.app);
    const { DATABASE_URL: _, ...others } = fourLogins();
    const server = await startServer(home, { ...PRODUCTION, ...others, DATABASE_URL_FILE: file, MANAGEMENT_PORT: '0' });
    const [first, second] = [`first-${randomBytes(6).toString('hex')}`, `second-${randomBytes(6).toString('hex')}`];
    try {
      const token = await strongOwner(server);
      // The database first: every connection that is opened from now on is refused until the file has the new one.
      await alter(first);
      let requests = traffic(server, token);
      await pause(500);
      put(withPassword(first));
      process.kill(server.pid, 'SIGHUP');
      await says(server, /read anew and is in force/g, 1);
      const before = await requests.stop();
      assert.deepEqual(before.filter((status) => status >= 300), [], server.output());
      assert.ok(before.length > 0);
      // The file first: it is not taken over before the database takes it.
      requests = traffic(server, token);
      put(withPassword(second));
      process.kill(server.pid, 'SIGHUP');
      await says(server, /28P01.*was not read anew/g, 1);
      await alter(second);
      const changedAt = new Date();
      process.kill(server.pid, 'SIGHUP');
      await says(server, /read anew and is in force/g, 2);
      assert.deepEqual((await requests.stop()).filter((status) => status >= 300), [], server.output());
      await drains(changedAt);
      const entries = await rotations(server, token, 2);
      for (const line of entries.text.split('\n').filter(Boolean)) assert.deepEqual(settingOf(line), { setting: 'DATABASE_URL', source: 'file' });
      const metrics = await call({ url: /metrics +(http:\S+)/.exec(server.output())![1]! }, 'GET', '');
      assert.match(metrics.text, /quantonium_secret_rotations_total\{setting="DATABASE_URL"\} 2/);
      assert.match(metrics.text, /quantonium_secret_stale\{setting="DATABASE_URL"\} 0/);
      const commandLine = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8');
      for (const secret of [first, second, new URL(urls.app).password]) for (const text of [server.output(), entries.text, metrics.text, commandLine]) assert.ok(!text.includes(secret));
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await alter(decodeURIComponent(new URL(urls.app).password));
    }
  });

  it('takes its four logins out of one secret of a Vault server, and follows a password that is exchanged there', async () => {
    const vault = await TestVault.start();
    vault.tokens.set('hvs.operator', { seconds: 3600, isRenewable: true });
    vault.secrets.set('kv/data/quantonium', fourLogins());
    const references = Object.fromEntries(Object.keys(fourLogins()).map((setting) => [setting, `vault:kv/quantonium#${setting}`]));
    const next = `next-${randomBytes(6).toString('hex')}`;
    try {
      const server = await startServer(home, { ...references, SECRETS_VAULT_URL: vault.url, SECRETS_VAULT_TOKEN: 'hvs.operator' });
      assert.equal(vault.count('kv/data/quantonium'), 1, 'one request, and so one version of all four');
      const token = await loginOwner(server);
      await alter(next);
      vault.secrets.set('kv/data/quantonium', { ...fourLogins(), DATABASE_URL: withPassword(next) });
      const changedAt = new Date();
      process.kill(server.pid, 'SIGHUP');
      await says(server, /read anew and is in force/g, 1);
      await drains(changedAt);
      const entries = await rotations(server, token, 1);
      assert.deepEqual(settingOf(entries.text.trim()), { setting: 'DATABASE_URL', source: 'vault' });
      for (const secret of [next, 'hvs.operator', new URL(urls.app).password]) for (const text of [server.output(), entries.text]) assert.ok(!text.includes(secret));
      assert.equal(await server.stop(), 0, server.output());
    } finally {
      await alter(decodeURIComponent(new URL(urls.app).password));
      await vault.stop();
    }
  });
});
