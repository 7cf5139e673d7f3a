import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { type Answer, call, eventually, login, loginOwner } from '../harness/api.js';
import { CONFIG, descriptorOf, digestOf, IMAGE, LAYER, RegistryClient } from '../harness/registry-client.js';
import { installedHome } from '../harness/installed-home.js';
import { compiled, type Ran, runCommand } from '../harness/run-command.js';
import { createHome, type RunningServer, startServer, type TestHome } from '../harness/server.js';
import { createPerson, type Person } from '../harness/world.js';
import { BELL } from '../e2e/programs.js';
import type { PointOf } from './crash-points.js';
import { withDatabase } from './ledger-inspection.js';

const BACKUP_KILL: PointOf<'restore-drill'> = 'recovery.backup.before-naming';
const RESTORE_KILLS: readonly PointOf<'restore-drill'>[] = ['recovery.restore.after-load', 'recovery.restore.before-commit'];

const PLAINTEXT = Buffer.from('only the root key opens this').toString('base64');
const IMAGE_NAME = 'default/kept';
const LAYER_BYTES = Buffer.alloc(3_000_000, 'layer');
const CONFIG_BYTES = Buffer.from('{}');
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptorOf(CONFIG, CONFIG_BYTES), layers: [descriptorOf(LAYER, LAYER_BYTES)] });

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/**
 * The whole of it, once: an installation with its own Postgres is backed up while it works, works on, and is lost. What was
 * kept apart from it (the root key, the anchors, the backup) becomes a server again, on another Postgres.
 */
describe('an installation that was lost, and is restored from a backup', () => {
  const place = mkdtempSync(join(tmpdir(), 'quantonium-backups-'));
  const backup = join(place, 'monday');
  let lost: TestHome;
  let home: TestHome;
  /** Another cluster: other transactions, other oids. */
  let postgres: EmbeddedPostgres;
  let database: pg.Client;
  let server: RunningServer;

  let owner: string;
  let alice: Person;
  let bob: Person;
  let aliceTokens: Tokens;
  let ciphertext: string;
  let vkeys: string;
  let old: { readonly receipt: string; readonly result: string };
  let acknowledged: readonly string[];
  let output: string;

  const data = (): string => lost.environment['QUANTONIUM_DATA_DIR']!;
  const post = <T>(path: string, json: unknown, token = owner): Promise<Answer<T>> => call<T>(server, 'POST', path, { token, json });
  const transit = async (path: string, json: unknown): Promise<Record<string, string>> => {
    const answer = await call<{ data: Record<string, string> }>(server, 'POST', `/v1/transit/${path}`, { json, headers: { 'x-vault-token': owner } });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data;
  };
  const project = async (slug: string): Promise<string> => {
    const made = await post('/v1/projects', { slug, name: slug });
    assert.equal(made.status, 201, made.text);
    return made.headers.get('audit-event-id')!;
  };
  const proven = (path: string): Promise<Answer<unknown>> => eventually(() => call(server, 'GET', path, { token: owner }), ({ status }) => status === 200);
  const rows = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> => (await database.query<Row>(sql, values)).rows;
  const restore = (...words: string[]): Promise<Ran> => runCommand('restore', [backup, ...words], home.environment);

  before(async () => {
    lost = await installedHome();
    server = await startServer(lost);
    await workBefore();
    await backUpWhileItWorks();
    await workAfter();
    assert.equal(await server.stop(), 0);
    chmodSync(place, 0o711);
    postgres = await EmbeddedPostgres.start({ dataDirectory: join(place, 'other'), report: () => undefined });
    database = new pg.Client({ connectionString: postgres.superuserUrl() });
    await database.connect();
    const { app, sequencer, worker, migration } = postgres.urls();
    home = createHome({ DATABASE_URL: app, DATABASE_SEQUENCER_URL: sequencer, DATABASE_WORKER_URL: worker, DATABASE_MIGRATION_URL: migration });
    for (const kept of ['root.key', 'anchors']) cpSync(join(lost.directory, kept), join(home.directory, kept), { recursive: true });
    await lost.dispose();
  });
  after(async () => {
    await home?.dispose();
    await database?.end();
    await postgres?.stop();
    await lost.dispose();
    rmSync(place, { recursive: true, force: true });
  });

  async function workBefore(): Promise<void> {
    owner = await loginOwner(server);
    [alice, bob] = [await createPerson(server, owner, 'alice'), await createPerson(server, owner, 'bob')];
    aliceTokens = (await call<Tokens>(server, 'POST', '/v1/auth/login', { json: { username: alice.username, password: alice.password } })).body;
    await transit('keys/letters', {});
    ciphertext = (await transit('encrypt/letters', { plaintext: PLAINTEXT }))['ciphertext']!;
    const registry = await RegistryClient.of(server);
    for (const bytes of [LAYER_BYTES, CONFIG_BYTES]) assert.equal((await registry.pushBlob(IMAGE_NAME, bytes)).status, 201);
    assert.equal((await registry.putManifest(IMAGE_NAME, 'v1', MANIFEST)).status, 201);
    vkeys = (await call(server, 'GET', '/v1/audit/log/vkeys')).text;
    const job = await call<{ id: string }>(server, 'POST', '/v1/simulations', { token: owner, json: { program: { language: 'openqasm2', source: BELL }, shots: 100, seed: 5 }, headers: { prefer: 'wait=30' } });
    const receipt = await proven(`/v1/simulations/${job.body.id}/receipt`);
    old = { receipt: receipt.text, result: (await call(server, 'GET', `/v1/simulations/${job.body.id}/result`, { token: owner })).text };
  }

  async function backUpWhileItWorks(): Promise<void> {
    const before = [await project('before-one'), await project('before-two')];
    let isOver = false;
    const working = (async () => {
      for (let n = 0; !isOver; n += 1) await project(`meanwhile-${n}`);
    })();
    const killed = await runCommand('backup', [backup], { ...lost.environment, QUANTONIUM_CRASH_AT: BACKUP_KILL });
    assert.deepEqual([killed.code, existsSync(backup)], [null, false], killed.out);
    const made = await runCommand('backup', [backup], lost.environment);
    isOver = true;
    await working;
    assert.equal(made.code, 0, made.out);
    assert.match(made.out, /2 blobs, .*\n.*signed up to \d+ entries\.\nIts digest is [0-9a-f]{64}\. It is recorded/);
    acknowledged = before;
  }

  /** What the backup does not know of. */
  async function workAfter(): Promise<void> {
    assert.equal((await call(server, 'POST', '/v1/auth/logout', { token: aliceTokens.access_token, json: {} })).status < 300, true);
    // Long enough ago for the hold on erasures to be over.
    await withDatabase(data(), async (client) => {
      await client.query(`UPDATE audit.subject_key SET created_at = created_at - interval '100 days'`);
      await client.query(`UPDATE audit.search SET time = time - interval '100 days'`);
    });
    const erased = await eventually(() => post('/v1/audit/erasure', { subject: bob.id }), ({ status }) => status !== 503);
    assert.equal(erased.status, 200, erased.text);
    await proven(`/v1/audit/entries/${await project('lost')}/receipt`);
  }

  it('has a backup that only its owner can read, and that holds neither the root key nor what was being written', () => {
    assert.deepEqual([statSync(backup).mode & 0o777, statSync(join(backup, 'manifest.json')).mode & 0o777, statSync(join(backup, 'database/auth.principal.copy.gz')).mode & 0o777], [0o700, 0o600, 0o600]);
    const key = readFileSync(join(home.directory, 'root.key'));
    const files = readdirSync(backup, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of files) assert.equal(readFileSync(join(entry.parentPath, entry.name)).includes(key), false, entry.name);
    assert.equal(files.filter((entry) => entry.parentPath.includes('/blobs/')).length, 2);
  });

  it('is loaded, and starts no server until the restore has come to its end, however often it is killed', async () => {
    for (const point of RESTORE_KILLS) {
      const killed = await runCommand('restore', [backup], { ...home.environment, QUANTONIUM_CRASH_AT: point });
      assert.equal(killed.code, null, killed.out);
      const refused = await startAndFail();
      assert.deepEqual([refused.code, /the restore did not come to its end/.test(refused.out)], [78, true], refused.out);
    }
    const finished = await restore();
    assert.equal(finished.code, 0, finished.out);
    output = finished.out;
  });

  it('says what it did: that the ledger verifies, who was erased again, what ended, and that the anchors are ahead', () => {
    assert.match(output, /The ledger verifies: \d+ entries lead to the root/);
    assert.match(output, /Erased again: 1 persons\. Ended: sessionsEnded \d+, accountsAdvanced \d+, refreshTokensRevoked \d+/);
    assert.match(output, /THE LEDGER IS FORKED, and nothing is signed: file holds a checkpoint of size \d+/);
    assert.match(output, /npm run succeed-log/);
  });

  it('is not loaded over, by this backup or another', async () => {
    const again = await restore();
    assert.deepEqual([again.code, /the database is not empty/.test(again.out)], [78, true], again.out);
  });

  describe('is a server again, which', () => {
    before(async () => {
      server = await startServer(home);
      owner = await loginOwner(server);
    });
    after(async () => assert.equal(await server.stop(), 0, server.output()));

    it('has every deed that was acknowledged before the backup, and none from after it', async () => {
      for (const id of acknowledged) assert.equal((await call(server, 'GET', `/v1/audit/entries/${id}`, { token: owner })).status, 200);
      const slugs = (await rows<{ slug: string }>('SELECT slug FROM rbac.project')).map(({ slug }) => slug);
      assert.deepEqual([slugs.includes('before-two'), slugs.includes('lost')], [true, false]);
    });

    it('proves nothing less than before: an old receipt, with the keys that were kept', () => {
      const { ok } = verifyReceipt({ receipt: Buffer.from(old.receipt), vkeys, result: Buffer.from(old.result) });
      assert.equal(ok, true);
    });

    it('gives the image out, byte for byte', async () => {
      const registry = await RegistryClient.of(server);
      const manifest = await registry.bytes(`/v2/${IMAGE_NAME}/manifests/v1`, { accept: IMAGE });
      assert.deepEqual([manifest.status, manifest.headers.get('docker-content-digest'), digestOf(manifest.bytes)], [200, digestOf(MANIFEST), digestOf(MANIFEST)]);
      const layer = await registry.bytes(`/v2/${IMAGE_NAME}/blobs/${digestOf(LAYER_BYTES)}`);
      assert.deepEqual([layer.status, digestOf(layer.bytes)], [200, digestOf(LAYER_BYTES)]);
    });

    it('decrypts what was encrypted before', async () => {
      assert.equal((await transit('decrypt/letters', { ciphertext }))['plaintext'], PLAINTEXT);
    });

    it('knows no session of before: neither one that was ended since, nor any other', async () => {
      for (const token of [aliceTokens.access_token, alice.token]) assert.equal((await call(server, 'GET', '/v1/auth/me', { token })).status, 401);
      assert.equal((await call(server, 'POST', '/v1/auth/refresh', { json: { refresh_token: aliceTokens.refresh_token } })).status, 401);
      assert.ok(await login(server, alice.username, alice.password), 'who has a password begins anew');
    });

    it('keeps nothing of the person who was erased since: no account, no key, no name', async () => {
      await assert.rejects(login(server, bob.username, bob.password), /401/);
      assert.deepEqual(await rows('SELECT FROM audit.subject_key WHERE subject = $1', [bob.id]), []);
      assert.deepEqual(await rows('SELECT username FROM auth.user_account WHERE principal_id = $1', [bob.id]), [{ username: `erased.${bob.id}` }]);
      assert.equal((await rows('SELECT FROM audit.erased_subject WHERE subject = $1', [bob.id])).length, 1);
    });

    it('says in its ledger that it was restored, from what, and whom it erased again', async () => {
      const entries = await rows<{ body: { metadata: { event_code: string }; unmapped: Record<string, unknown> } }>(
        `SELECT convert_from(body, 'UTF8')::jsonb AS body FROM audit.entry WHERE convert_from(body, 'UTF8') ~ '"(server.restore.complete|audit.subject.erase)"'`,
      );
      const codes = entries.map(({ body }) => body.metadata.event_code).sort();
      assert.deepEqual(codes, ['audit.subject.erase', 'server.restore.complete']);
      const { unmapped } = entries.find(({ body }) => body.metadata.event_code === 'server.restore.complete')!.body;
      assert.deepEqual([unmapped['personsErasedAgain'], unmapped['isForked'], /^[0-9a-f]{64}$/.test(String(unmapped['backupSha256']))], [1, true, true]);
    });

    it('signs nothing until an operator has let a successor begin, and then everything', async () => {
      assert.match(server.output(), /THE LEDGER IS FORKED/);
      const path = `/v1/audit/entries/${await project('after')}/receipt`;
      assert.equal((await call(server, 'GET', path, { token: owner })).status, 202);
      const cleared = await runCommand('audit-standing', ['clear'], home.environment);
      assert.match(cleared.out, /restore the newer database, or let a successor begin/);
      const succeeded = await runCommand('succeed-log', [], home.environment);
      assert.equal(succeeded.code, 0, succeeded.out);
      await proven(path);
      assert.match((await call(server, 'GET', '/v1/audit/log/checkpoint')).text, /^\S+\/audit\/2\n/);
    });
  });

  async function startAndFail(): Promise<Ran> {
    const child = spawn(process.execPath, ['dist/src/main.js'], { env: { PATH: process.env['PATH'] ?? '', ...compiled(), ...home.environment } });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out };
  }
});
