import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, call, eventually, loginOwner } from '../harness/api.js';
import { BELL } from '../e2e/programs.js';
import { type Insider, openInsider } from '../harness/insider.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';

/** Up to the last byte that the disk takes. */
function fill(file: string): void {
  for (let bytes = 2 ** 20; bytes >= 1; ) {
    try {
      appendFileSync(file, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      bytes = Math.floor(bytes / 2);
    }
  }
}

/**
 * No ack without a record, when there can be no record: the disk is full, the right to append is gone. Whatever
 * changes something answers 503 and changes nothing; readiness goes off; and when the cause is gone it works again,
 * without a restart.
 */
describe('a server whose ledger cannot be written', () => {
  let home: TestHome;
  let server: RunningServer;
  let insider: Insider;
  let token: string;
  let volume: string;
  let made = 0;

  const createProject = (): Promise<Answer> => call(server, 'POST', '/v1/projects', { token, json: { slug: `attempt-${(made += 1)}`, name: 'An attempt' } });
  const projects = async (): Promise<Set<string>> => new Set((await insider.query<{ slug: string }>('SELECT slug FROM rbac.project')).map(({ slug }) => slug));
  const ready = async (status: number): Promise<void> => void (await eventually(() => call(server, 'GET', '/health/ready'), (answer) => answer.status === status));

  before(async () => {
    home = createHome();
    /* A disk of its own, that can be filled without taking anybody else's. */
    volume = home.environment['QUANTONIUM_DATA_DIR']!;
    mkdirSync(volume);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0711', 'tmpfs', volume]);
    server = await startServer(home);
    insider = await openInsider(home);
    token = await loginOwner(server);
  });

  after(async () => {
    await insider.close();
    await server.stop();
    await home.dispose().catch(() => undefined);
    execFileSync('umount', ['--lazy', volume]);
    rmSync(home.directory, { recursive: true, force: true });
  });

  it('answers 503 to every change while the right to append is revoked, and none of them happened', async () => {
    const [login] = await insider.query<{ name: string }>("SELECT grantee::text AS name FROM information_schema.role_routine_grants WHERE specific_schema = 'audit' AND routine_name = 'append' AND grantee LIKE '%app%'");
    await insider.query(`REVOKE EXECUTE ON FUNCTION audit.append(uuid, bytea) FROM "${login!.name}"`);
    const known = await projects();
    const refused = [
      await createProject(),
      await call(server, 'POST', '/v1/users', { token, json: { username: 'nobody-yet' } }),
      await call(server, 'POST', '/v1/auth/logout', { token }),
      await call(server, 'POST', '/v1/auth/login', { json: { username: 'owner', password: home.ownerPassword } }),
      await call(server, 'POST', '/v1/simulations', { token, json: { program: { language: 'openqasm2', source: BELL }, shots: 1 } }),
    ];
    for (const { status, text, headers } of refused) {
      assert.equal(status, 503, text);
      assert.match(text, /audit-unavailable/);
      assert.ok(headers.has('retry-after'));
      assert.ok(!headers.has('audit-event-id'));
    }
    assert.deepEqual(await projects(), known);
    assert.deepEqual(await insider.query("SELECT FROM auth.user_account WHERE username = 'nobody-yet'"), []);
    await ready(503);
    assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 200, 'what is not recorded still answers, also with the session that could not be ended');
    await insider.query(`GRANT EXECUTE ON FUNCTION audit.append(uuid, bytea) TO "${login!.name}"`);
    await ready(200);
    assert.equal((await createProject()).status, 201);
  });

  it('answers a refusal as a refusal within two seconds although it cannot be recorded', async () => {
    await insider.query('ALTER FUNCTION audit.append(uuid, bytea) RENAME TO append_hidden');
    const started = performance.now();
    assert.equal((await call(server, 'GET', '/v1/users', { token: 'not-a-token' })).status, 401);
    assert.ok(performance.now() - started < 2_000, 'a refusal waits for its record for a second at most');
    await insider.query('ALTER FUNCTION audit.append_hidden(uuid, bytea) RENAME TO append');
    await ready(200);
  });

  it('commits nothing that it does not acknowledge while the disk is full, and goes on when there is room', { timeout: 180_000 }, async () => {
    const filler = join(volume, 'filler');
    fill(filler);
    /* Rows still fit into the pages that are there; the first that needs a new one meets the end of the disk. */
    const outcomes = new Map<string, number>();
    for (let attempt = 0; attempt < 20_000 && ![...outcomes.values()].includes(503); attempt += 1) outcomes.set(`attempt-${made + 1}`, (await createProject()).status);
    assert.ok([...outcomes.values()].includes(503), 'the disk was full and everything was acknowledged');
    await ready(503);
    rmSync(filler);
    await ready(200);
    const there = await projects().catch(async () => {
      insider = await openInsider(home);
      return projects();
    });
    for (const [slug, status] of outcomes) assert.equal(there.has(slug), status === 201, `${slug} was answered with ${status}`);
    assert.deepEqual(
      await insider.query('SELECT p.slug FROM rbac.project p WHERE p.slug LIKE $1 AND NOT EXISTS (SELECT FROM audit.entry e WHERE position(convert_to(p.id::text, $2) IN e.body) > 0)', ['attempt-%', 'UTF8']),
      [],
      'every project that is there has its entry',
    );
    assert.equal((await createProject()).status, 201);
  });
});
