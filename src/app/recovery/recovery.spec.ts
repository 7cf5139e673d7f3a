import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Config } from '#platform/config/config.js';
import { loadConfig } from '#platform/config/load-config.js';
import { migrateUp } from '#platform/database/migration-runner.js';
import { asMigrator } from '#platform/database/start-database.js';
import { SCHEMA } from '../../../migrations/index.js';
import { withDatabase } from '../../../test/faults/ledger-inspection.js';
import { installedHome } from '../../../test/harness/installed-home.js';
import { openEmptyDatabase } from '../../../test/harness/postgres.js';
import type { TestHome } from '../../../test/harness/server.js';
import { openSealOf } from '../commands/open-seal.js';
import { BackupReader } from './backup-directory.js';
import type { Finished } from './finish-restore.js';
import { loadTables } from './load-backup.js';
import { formatManifest, type Manifest } from './manifest.js';
import { type RestoreOrder, restoreBackup } from './restore-backup.js';
import { type Backup, type BackupOrder, takeBackup } from './take-backup.js';
import { LEFT_OUT } from './what-is-copied.js';

type EmptyDatabase = Awaited<ReturnType<typeof openEmptyDatabase>>;

const BLOB = createHash('sha256').update('a blob').digest('hex');
const PENDING = '01900000-0000-7000-8000-0000000000aa';

/** What COPY's text writes in a way of its own: tabs, ends of lines, backslashes, what looks like null, nothing at all. */
const ODD_NAME = 'tab\there, end\nhere, \\N, \\., back\\slash, "quoted", \u{1F600}';

/** Rows of the kinds that a restore changes, beside those of a first start. */
const ROWS = `
  INSERT INTO rbac.project (id, slug, name) VALUES ('${PENDING}', 'odd', $1);
  INSERT INTO auth.session (id, principal_id, created_at, expires_at, ends_at, auth_time, scopes, acr, methods, last_used_at)
    SELECT '${PENDING}', id, now(), now() + interval '1 hour', now() + interval '1 day', now(), '{}', 'aal1', '{pwd}', now() FROM auth.principal;
  INSERT INTO auth.refresh_token (token_hash, session_id, generation, epoch, issued_at) VALUES (sha256('r'), '${PENDING}', 1, 0, now());
  INSERT INTO auth.device_authorization (device_code_hash, user_code_digest, client_id, scopes, created_at, expires_at, interval_seconds)
    SELECT sha256('d'), sha256('u'), id, '{}', now(), now() + interval '10 minutes', 5 FROM auth.client;
  INSERT INTO auth.api_key (id, principal_id, public_id, secret_hash, scopes, created_at, created_by, expires_at)
    SELECT '${PENDING}', id, 'abcdefghijkl', sha256('k'), '{read:data}', now(), id, now() + interval '1 day' FROM auth.principal;
  INSERT INTO rbac.approval (id, requester_id, request_hash, route, permission, target_type, target_uid, summary, state, created_at, expires_at)
    SELECT '${PENDING}', id, sha256('q'), 'POST /x', 'x:y', 'x', 'y', 'a deed', 'pending', now(), now() + interval '1 day' FROM auth.principal;
  INSERT INTO registry.upload (id, project_id, repository, opened_by, expires_at) SELECT '${PENDING}', '${PENDING}', 'odd/app', id, now() + interval '1 day' FROM auth.principal;
  INSERT INTO registry.blob (digest, size_bytes) VALUES ('sha256:${BLOB}', 6), ('sha256:${'0'.repeat(64)}', 6);
  INSERT INTO simulation.job (id, project_id, project_slug, submitted_by, language, source, program_digest, shots, seed, method, precision, qubits, memory_bytes, cost_units, status, claim_token, lease_until)
    SELECT '${PENDING}', '${PENDING}', 'odd', id, 'openqasm2', '', 'sha256:${'0'.repeat(64)}', 1, 1, 'statevector', 'double', 1, 16, 1, 'running', '${PENDING}', now() FROM auth.principal`;

/** The engine of both commands, against a real installation that was started once, and databases that are made for it. */
describe('a backup', () => {
  const place = mkdtempSync(join(tmpdir(), 'quantonium-recovery-'));
  const good = join(place, 'good');
  let home: TestHome;
  let made: Backup;
  /** Of each table, all rows as text, of the database that the backup is of. */
  let rowsBefore: ReadonlyMap<string, string>;
  let database: EmptyDatabase;
  let config: Config;
  let copies = 0;

  before(async () => {
    home = await installedHome();
    const blob = join(home.environment['QUANTONIUM_DATA_DIR']!, 'registry/blobs/sha256', BLOB.slice(0, 2));
    mkdirSync(blob, { recursive: true });
    writeFileSync(join(blob, BLOB), 'as it lies there');
    await withDatabase(home.environment['QUANTONIUM_DATA_DIR']!, async (client) => {
      for (const statement of ROWS.split(';\n')) await client.query(statement, statement.includes('$1') ? [ODD_NAME] : []);
      rowsBefore = await rowsOf(async (sql) => (await client.query<{ row: string }>(sql)).rows);
    });
    made = await backUp(good);
  });
  after(async () => {
    await home.dispose();
    rmSync(place, { recursive: true, force: true });
  });

  const settings = (more: Readonly<Record<string, string>> = {}): Config => loadConfig({ ...home.environment, QUANTONIUM_ROLES: 'api,ledger', ...more });
  const backUp = (destination: string, order: Partial<BackupOrder> = {}): Promise<Backup> =>
    asMigrator(settings(), () => undefined, (urls) => takeBackup(settings(), urls.migration, { destination, withBlobs: true, record: () => Promise.resolve(), ...order }));
  const rowsOf = async (query: (sql: string) => Promise<readonly { row: string }[]>): Promise<Map<string, string>> => {
    const names = await query(`SELECT format('%I.%I', n.nspname, c.relname) AS row FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname IN ('platform', 'crypto', 'audit', 'rbac', 'auth', 'registry', 'simulation', 'alerts')`);
    const tables = new Map<string, string>();
    for (const { row: name } of names.filter(({ row }) => !LEFT_OUT.tables.has(row))) {
      const rows = await query(`SELECT (to_jsonb(t) - 'xid')::text AS row FROM ${name} t ORDER BY 1`);
      tables.set(name, rows.map(({ row }) => row).join('\n'));
    }
    return tables;
  };
  /** A backup of its own, to be damaged. */
  const copyOf = (): string => {
    const directory = join(place, `copy-${(copies += 1)}`);
    cpSync(good, directory, { recursive: true });
    return directory;
  };

  it('is refused where one thief, or one disk, would have both, and over what is there', async () => {
    const data = home.environment['QUANTONIUM_DATA_DIR']!;
    const places: readonly (readonly [string, RegExp])[] = [
      [join(home.directory, 'b'), /the directory of the root key/],
      [join(data, 'x/b'), /the directory of the root key|the data directory/],
      [good, /is there already/],
    ];
    for (const [destination, why] of places) await assert.rejects(backUp(destination), why);
    assert.equal(existsSync(join(home.directory, 'b')), false);
    const keptApart = settings({ ROOT_KEY_FILE: join(place, 'keys/root.key') });
    const apart: readonly (readonly [string, RegExp])[] = [
      [join(place, 'keys/b'), /the directory of the root key/],
      [join(data, 'b'), /the data directory/],
      [join(home.environment['AUDIT_ANCHOR_DIR']!, 'b'), /the directory of the anchors/],
    ];
    for (const [destination, why] of apart) await assert.rejects(takeBackup(keptApart, 'postgres://nobody@127.0.0.1:1/none', { destination, withBlobs: true, record: () => Promise.resolve() }), why);
  });

  it('is none that was not recorded, and leaves nothing of itself', async () => {
    const names = readdirSync(place);
    await assert.rejects(backUp(join(place, 'unrecorded'), { record: () => Promise.reject(new Error('the ledger cannot be written')) }), /cannot be written/);
    assert.deepEqual(readdirSync(place), names);
  });

  it('can be left without blobs', async () => {
    const without = await backUp(join(place, 'without'), { withBlobs: false });
    assert.equal(without.blobs, null);
    assert.equal(existsSync(join(place, 'without/blobs')), false);
  });

  it('says what is in it, and which blobs have a row and no bytes', () => {
    assert.deepEqual(made.blobs, { count: 1, absent: 1, bytes: 'as it lies there'.length });
    assert.equal(made.digest, createHash('sha256').update(readFileSync(join(good, 'manifest.json'))).digest('hex'));
    assert.deepEqual([made.seal?.type, made.ledger?.origin.endsWith('/audit/1')], ['key-file', true]);
  });

  describe('is restored', () => {
    beforeEach(async () => {
      database = await openEmptyDatabase();
      config = target(join(place, `target-${(copies += 1)}`));
    });
    afterEach(() => database.close());

    /** Another machine: its own data directory, the key, and the anchors where they are said to be. */
    const target = (directory: string, more: Readonly<Record<string, string>> = {}): Config => {
      const { app, sequencer, worker, migration } = database.urls;
      return settings({ QUANTONIUM_DATA_DIR: directory, DATABASE_URL: app, DATABASE_SEQUENCER_URL: sequencer, DATABASE_WORKER_URL: worker, DATABASE_MIGRATION_URL: migration, ...more });
    };
    const restore = (order: Partial<RestoreOrder> = {}, as: Config = config): Promise<Finished> =>
      restoreBackup(as, database.urls, { directory: good, erasures: null, withoutErasures: false, digest: null, withPrograms: false, ...order }, { tell: () => undefined, unseal: (get) => openSealOf(get, () => undefined) });
    const one = async (sql: string): Promise<unknown> => Object.values((await database.query(sql))[0] ?? {})[0];
    const hasSchema = (): Promise<unknown> => one(`SELECT to_regclass('platform.migration') IS NOT NULL`);

    it('row for row, with every trigger and sequence as it was, and no server starts on it yet', async () => {
      await migrateUp(database.urls, SCHEMA);
      const triggers = `SELECT json_agg(json_build_array(tgrelid::regclass, tgname, tgenabled) ORDER BY tgrelid::regclass::text, tgname) FROM pg_trigger WHERE NOT tgisinternal`;
      const before = await one(triggers);
      await loadTables(database.urls.migration, await BackupReader.open(good));
      assert.deepEqual(await rowsOf((sql) => database.query(sql)), rowsBefore);
      assert.equal(await one(`SELECT name FROM rbac.project WHERE slug = 'odd'`), ODD_NAME);
      assert.deepEqual(await one(triggers), before);
      assert.ok((await one('SELECT last_value > (SELECT max(seq) FROM audit.entry) - 1 FROM audit.entry_seq_seq')) === true);
      assert.equal(await one('SELECT backup FROM platform.restoration'), made.digest);
    });

    it('and signed on where somebody outside vouches for its last checkpoint; what was under way is ended', async () => {
      const finished = await restore({ digest: made.digest });
      assert.deepEqual([finished.forked, finished.mismatches, finished.verified >= made.ledger!.size], [null, [], true]);
      const ended = ['sessionsEnded', 'accountsAdvanced', 'refreshTokensRevoked', 'deviceCodesRevoked', 'approvalsExpired', 'jobsQueuedAgain', 'uploadsDropped'];
      for (const name of ended) assert.ok(finished.ended[name]! >= 1, name);
      assert.deepEqual(
        [await one('SELECT min(epoch)::integer >= 1000000 FROM auth.principal'), await one('SELECT count(*)::integer FROM auth.refresh_token'), await one('SELECT count(*)::integer FROM auth.device_authorization')],
        [true, 0, 0],
      );
      assert.deepEqual([await one('SELECT state FROM rbac.approval'), await one('SELECT status FROM simulation.job'), await one('SELECT count(*)::integer FROM registry.upload')], ['expired', 'queued', 0]);
      assert.equal(await one('SELECT count(*)::integer FROM auth.api_key'), 1, 'keys of programs stand unless they are told to end');
      assert.equal(readFileSync(join(config.dataDirectory, 'registry/blobs/sha256', BLOB.slice(0, 2), BLOB), 'utf8'), 'as it lies there');
      assert.equal(await one('SELECT count(*)::integer FROM platform.restoration'), 0);
    });

    it('and forked where nobody outside is heard, since nobody knows how far it had come; keys of programs end when told', async () => {
      const alone = target(config.dataDirectory, { AUDIT_ANCHOR_DIR: join(place, 'no-anchors') });
      const finished = await restore({ withoutErasures: true, withPrograms: true }, alone);
      assert.deepEqual([finished.isContradicted, /no anchor or witness shows how far the log had come/.test(finished.forked!)], [false, true]);
      assert.equal(await one('SELECT reason FROM audit.standing'), finished.forked);
      assert.equal(await one('SELECT count(*)::integer FROM auth.api_key'), 0);
    });

    const REFUSED: readonly (readonly [string, () => Partial<RestoreOrder>, RegExp])[] = [
      ['a file of a table is damaged', () => damaged((directory) => flip(join(directory, 'database/auth.principal.copy.gz'))), /^RecoveryRefusal: database\/auth\.principal\.copy\.gz is not the file that the backup was made with/],
      ['a file of a table is cut off', () => damaged((directory) => truncateSync(join(directory, 'database/audit.entry.copy.gz'), 20)), /database\/audit\.entry\.copy\.gz is not the file/],
      ['a blob is damaged', () => damaged((directory) => flip(join(directory, 'blobs/sha256', BLOB))), /blobs\/sha256\/[0-9a-f]{64} is not the file/],
      ['a file is missing', () => damaged((directory) => rmSync(join(directory, 'database/rbac.project.copy.gz'))), /database\/rbac\.project\.copy\.gz is missing/],
      ['the list is another', () => damaged((directory) => appendFileSync(join(directory, 'SHA256SUMS'), `${'0'.repeat(64)}  database/x\n`)), /SHA256SUMS is not the list that the manifest names/],
      ['the list leads out of the backup', () => damaged((directory) => relist(directory, `${'0'.repeat(64)}  blobs/../../x\n`)), /SHA256SUMS has a line that is none of ours/],
      ['there is no manifest', () => damaged((directory) => rmSync(join(directory, 'manifest.json'))), /no manifest\.json: it is no backup/],
      ['the manifest is none', () => damaged((directory) => writeFileSync(join(directory, 'manifest.json'), '{')), /is not JSON/],
      ['the manifest misses a member', () => damaged((directory) => remanifest(directory, ({ takenAt: _, ...rest }) => rest as Manifest)), /manifest\.json\.takenAt is not what it has to be/],
      ['it is of another version', () => damaged((directory) => remanifest(directory, (manifest) => ({ ...manifest, schema: manifest.schema.slice(1) }))), /of another version of the schema/],
      ['it is of another seal', () => damaged((directory) => remanifest(directory, (manifest) => ({ ...manifest, seal: { ...manifest.seal!, type: 'passphrase' } }))), /under the seal passphrase, and SEAL says key-file/],
      ['it is not the one that was meant', () => ({ digest: '0'.repeat(64) }), /has the digest [0-9a-f]{64}, and not the one that was given/],
      ['nobody knows who was erased since', () => ({ erasures: join(place, 'no-such-journal') }), /no journal of erasures at/],
    ];
    it('never where it is not what it was, not this one, or not for this key; and the database is not touched', async () => {
      for (const [what, order, why] of REFUSED) {
        await assert.rejects(restore(order()), (error: Error) => why.test(String(error)), what);
        assert.equal(await hasSchema(), false, what);
      }
      writeFileSync(join(place, 'other.key'), Buffer.alloc(32, 7), { mode: 0o600 });
      await assert.rejects(restore({}, target(config.dataDirectory, { ROOT_KEY_FILE: join(place, 'other.key') })), /is not the one that this database belongs to/);
      assert.equal(await hasSchema(), false);
    });

    it('never into a database that is in use, nor one of another version, which is not migrated', async () => {
      await migrateUp(database.urls, SCHEMA);
      await database.query(`INSERT INTO auth.principal (id, kind, status, created_at) VALUES ('${PENDING}', 'user', 'active', now())`);
      await assert.rejects(restore(), /the database is not empty/);
      assert.deepEqual(await one('SELECT count(*)::integer FROM auth.principal'), 1);
      await database.query('DELETE FROM auth.principal');
      await database.query('DELETE FROM platform.migration WHERE id = (SELECT max(id) FROM platform.migration)');
      await assert.rejects(restore(), /the database is not empty/);
      assert.equal(await one('SELECT count(*)::integer FROM platform.migration'), SCHEMA.migrations.length - 1);
    });

    it('never where the rows contradict the manifest, and what was loaded is gone again', async () => {
      const directory = damaged((copy) => remanifest(copy, (manifest) => ({ ...manifest, ledger: { ...manifest.ledger!, size: manifest.ledger!.size + 1 } }))).directory;
      await assert.rejects(restore({ directory }), /the last checkpoint in the backup is not the one that its manifest names/);
      assert.deepEqual([await one('SELECT count(*)::integer FROM audit.entry'), await one('SELECT count(*)::integer FROM platform.restoration')], [0, 0]);
    });

    it('never with a file that was changed behind the look at it, and what was loaded before it is gone again', async () => {
      await migrateUp(database.urls, SCHEMA);
      const { directory } = damaged((copy) => {
        const path = join(copy, 'database/simulation.job.copy.gz');
        writeFileSync(path, gzipSync(Buffer.from(gunzipSync(readFileSync(path)).toString().replace('odd', 'ood'))));
      });
      await assert.rejects(loadTables(database.urls.migration, await BackupReader.open(directory)), /database\/simulation\.job\.copy\.gz is not the file/);
      assert.deepEqual([await one('SELECT count(*)::integer FROM audit.entry'), await one('SELECT count(*)::integer FROM platform.restoration')], [0, 0]);
    });

    const damaged = (damage: (directory: string) => void): { readonly directory: string } => {
      const directory = copyOf();
      damage(directory);
      return { directory };
    };
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
}

/** As whoever can write to a backup would: consistent in itself. */
function remanifest(directory: string, change: (manifest: Manifest) => Manifest): void {
  const path = join(directory, 'manifest.json');
  writeFileSync(path, formatManifest(change(JSON.parse(readFileSync(path, 'utf8')) as Manifest)));
}

function relist(directory: string, line: string): void {
  const path = join(directory, 'SHA256SUMS');
  appendFileSync(path, line);
  remanifest(directory, (manifest) => ({ ...manifest, list: createHash('sha256').update(readFileSync(path)).digest('hex') }));
}
