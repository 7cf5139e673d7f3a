import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AuditLog } from '#modules/audit/index.js';
import { AccountErasure, Authenticator, PasswordChange, Users } from '#modules/auth/index.js';
import { EmbeddedPostgres } from '#platform/database/embedded/embedded-postgres.js';
import { SystemClock } from '#platform/system/clock.js';
import { type RequestTrail, runWithTrail } from '#platform/system/request-context.js';
import { verifyReceipt } from '#pure/transparency-log/receipt.js';
import { ErasureModule } from '../../src/modules/audit/privacy/erasure.module.js';
import { PersonalDataReader } from '../../src/modules/audit/privacy/personal-data-reader.js';
import { SubjectErasure } from '../../src/modules/audit/privacy/subject-erasure.js';
import { type AuthScene, openAuthScene, logIn } from '../harness/auth-engine.js';
import { HandClock } from '../harness/hand-clock.js';
import { type TestLedger, testLedger } from '../harness/ledger.js';
import { openTestDatabase, type TestDatabase } from '../harness/postgres.js';

const USER_NAME = 'margarethe.quast@persons.example';
const DISPLAY_NAME = 'Margarethe Quast';
const EMAIL = 'm.quast.private@persons.example';
const ADDRESS = '203.0.113.177';
const AGENT = 'Distinctive-Agent/9.7 (of one person)';
const NOTE = 'a note that only she would write';
const PASSWORD = 'a phrase that is long enough for anybody';
const HOLD_MILLIS = 90 * 86_400_000;

const trail = (): RequestTrail => ({ requestId: '0198c0de-0000-7000-8000-0000000000aa', source: { ipAddress: ADDRESS, userAgent: AGENT }, trace: null, committedEvents: [], replayedStatus: null });

/** A Postgres of its own: what a file of a shared one holds may be another test's. */
describe('an erased person', () => {
  const directory = mkdtempSync(join(tmpdir(), 'quantonium-erasure-'));
  /** The server writes here, under whatever account it runs. */
  const copies = mkdtempSync(join(tmpdir(), 'quantonium-copies-'));
  const clock = new HandClock(new SystemClock().nowMillis());
  let postgres: EmbeddedPostgres;
  let database: TestDatabase;
  let scene: AuthScene;
  let ledger: TestLedger;
  let personId: string;
  let entryIds: readonly string[];
  let receipts: readonly Buffer[];
  let secrets: ReadonlyMap<string, Buffer>;

  before(async () => {
    chmodSync(directory, 0o711);
    chmodSync(copies, 0o777);
    postgres = await EmbeddedPostgres.start({ dataDirectory: directory, connectionsMax: 60, report: () => undefined });
    database = await openTestDatabase(postgres);
    scene = await openAuthScene({ clock, modules: [ErasureModule] }, database);
    ledger = testLedger(database, { clock, rootKey: Buffer.from(scene.rootKey) });
    await live();
    await ledger.sequencer.sequence();
    await ledger.publisher.publish();
    await database.query("UPDATE audit.cursor SET next_index = (SELECT count(*) FROM audit.leaf) WHERE name = 'search'");
    receipts = await Promise.all(entryIds.map(async (id) => (await ledger.reader.receipt(id)) as Buffer));
    const wrapped = await database.query<{ wrapped_key: Buffer }>('SELECT wrapped_key FROM audit.subject_key WHERE subject = $1', [personId]);
    const texts = [USER_NAME, DISPLAY_NAME, EMAIL, ADDRESS, AGENT, NOTE].map((text) => [text, Buffer.from(text)] as const);
    secrets = new Map([...texts, ...wrapped.map(({ wrapped_key: key }, index) => [`wrapped key ${index}`, key] as const)]);
  });
  after(async () => {
    await scene.close();
    await postgres.stop();
    for (const place of [directory, copies]) rmSync(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  /** Everything that leaves something of a person: an account, logins right and wrong, a new password, deeds, a note. */
  async function live(): Promise<void> {
    const { engine, owner } = scene;
    const { user, oneTimePassword } = await engine.get(Users).create(owner, null, { username: USER_NAME, displayName: DISPLAY_NAME });
    personId = user.id;
    await runWithTrail(trail(), async () => {
      const login = (password: string): ReturnType<typeof logIn> => logIn(engine, { username: USER_NAME, password, source: ADDRESS });
      const first = await engine.get(Authenticator).authenticate((await login(oneTimePassword!)).accessToken);
      await engine.get(PasswordChange).change(first, { currentPassword: oneTimePassword!, newPassword: PASSWORD });
      const person = await engine.get(Authenticator).authenticate((await login(PASSWORD)).accessToken);
      await assert.rejects(login('not her password'));
      const kind = { code: 'alert.resolve', classUid: 2004, activityId: 3, severityId: 1, description: '' };
      await engine.get(AuditLog).record({ kind, outcome: 'success', actor: person, personal: { subject: person.id, userName: USER_NAME, email: EMAIL, note: NOTE } });
    });
    // The planner samples columns into a catalogue of its own.
    await database.query('ANALYZE');
    entryIds = (await database.query<{ id: string }>('SELECT id FROM audit.entry ORDER BY id')).map(({ id }) => id);
  }

  /** Rows as text and as the bytes that COPY ... BINARY sends: of a bytea, text shows digits. */
  async function tablesThatHold(): Promise<string[]> {
    const tables = await database.query<{ name: string }>(`SELECT format('%I.%I', nspname, relname) AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'm') AND nspname <> 'information_schema' AND nspname !~ '^pg_toast'`);
    const found: string[] = [];
    for (const { name } of tables) {
      // Some columns of the catalogue have no binary form.
      for (const format of name.startsWith('pg_catalog.') ? ['text'] : ['text', 'binary']) {
        const file = join(copies, `${name}.${format}`);
        await database.query(`COPY ${name} TO '${file}' (FORMAT ${format})`);
        found.push(...holdings(readFileSync(file)).map((secret) => `${name}: ${secret}`));
        rmSync(file);
      }
    }
    return found;
  }

  function filesThatHold(): string[] {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    return files.flatMap(({ parentPath, name }) => holdings(readFileSync(join(parentPath, name))).map((secret) => `${join(parentPath, name)}: ${secret}`));
  }

  const holdings = (bytes: Buffer): string[] => [...secrets].filter(([, secret]) => bytes.includes(secret)).map(([name]) => name);
  const pieces = async (): Promise<unknown[]> => {
    const reader = scene.engine.get(PersonalDataReader);
    const rows = await database.query<{ id: string; body: Buffer }>('SELECT id, body FROM audit.entry ORDER BY id');
    return (await Promise.all(rows.filter(({ id }) => entryIds.includes(id)).map(({ id, body }) => reader.open(id, body)))).flatMap((opened) => opened ?? []);
  };

  it('could be read of before, by who may, and is found by this search', async () => {
    const told = JSON.stringify(await pieces());
    for (const text of [USER_NAME, EMAIL, ADDRESS, AGENT, NOTE]) assert.ok(told.includes(text), text);
    const tables = await tablesThatHold();
    assert.ok(tables.includes(`auth.user_account: ${USER_NAME}`));
    assert.ok(tables.includes('audit.subject_key: wrapped key 0'));
    assert.deepEqual(tables.filter((each) => each.startsWith('audit.entry')), [], 'entries hold ciphertext alone');
    assert.notDeepEqual(filesThatHold(), []);
  });

  it('is in no table once erased, and every receipt, leaf and checkpoint still verifies', async () => {
    clock.millis += HOLD_MILLIS + 1;
    await scene.engine.get(SubjectErasure).erase(scene.owner, personId, (tx) => scene.engine.get(AccountErasure).erase(tx, scene.owner, personId), () => Promise.resolve());
    assert.deepEqual(await tablesThatHold().then((found) => found.filter((each) => !each.startsWith('pg_catalog.pg_statistic'))), []);
    assert.ok((await pieces()).includes('erased'));
    assert.equal(JSON.stringify(await pieces()).includes(ADDRESS), false);
    await ledger.sequencer.sequence();
    await ledger.publisher.publish();
    assert.deepEqual((await ledger.rederive()).mismatches, []);
    const vkeys = (await ledger.reader.verifierKeys()).map((key) => `${key}\n`).join('');
    for (const receipt of receipts) assert.equal(verifyReceipt({ receipt, vkeys, result: null }).ok, true);
    for (const id of entryIds) assert.equal(verifyReceipt({ receipt: (await ledger.reader.receipt(id)) as Buffer, vkeys, result: null }).ok, true);
  });

  it('is in no file of the data directory after VACUUM FULL and when the WAL has gone round', async () => {
    // As docs/privacy.md says: samples anew, rows and catalogues rewritten, then the log of all that overwritten.
    await database.query('ANALYZE');
    await database.query('VACUUM FULL');
    for (let round = 0; round < 40 && filesThatHold().length > 0; round += 1) {
      await database.query('CHECKPOINT');
      await database.query('SELECT pg_switch_wal()');
    }
    assert.deepEqual(filesThatHold(), []);
    assert.deepEqual(await tablesThatHold(), []);
  });
});
