import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { ErasedSubjectRepository } from '../persistence/erased-subject.repository.js';
import { ERASURE_JOURNAL, ErasureJournal, readErasureJournal } from './erasure-journal.js';

const PERSONS = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000003'] as const;

describe('the journal of erasures', () => {
  let database: TestDatabase;
  let directory: string;
  before(async () => (database = await openTestDatabase()));
  after(() => database.close());
  beforeEach(async () => {
    directory = join(mkdtempSync(join(tmpdir(), 'quantonium-journal-')), 'anchors');
    await database.query('DELETE FROM audit.erased_subject');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const path = (): string => join(directory, ERASURE_JOURNAL);
  /** As the login that keeps the ledger, in a process that has just started. */
  const journal = (forbidden: string | null = null): ErasureJournal => new ErasureJournal(database.sequencer, new ErasedSubjectRepository(), directory, forbidden);
  const erased = (subject: string): Promise<unknown> => database.query("INSERT INTO audit.erased_subject VALUES ($1, '2026-11-23T09:00:00Z')", [subject]);
  const subjects = async (): Promise<readonly string[] | undefined> => (await readErasureJournal(path()))?.map(({ subject }) => subject);

  it('says that nobody was erased by being there and empty, and that nobody knows by not being there', async () => {
    assert.equal(await readErasureJournal(path()), null);
    assert.equal(await journal().write(), 0);
    assert.deepEqual(await subjects(), []);
    assert.deepEqual([statSync(directory).mode & 0o777, statSync(path()).mode & 0o777], [0o700, 0o600]);
  });

  it('has everybody once, in the order of their erasure, whoever writes', async () => {
    const one = journal();
    await erased(PERSONS[0]);
    assert.deepEqual([await one.write(), await one.write(), await journal().write()], [1, 0, 0]);
    await erased(PERSONS[1]);
    assert.equal(await one.write(), 1);
    assert.deepEqual(await readErasureJournal(path()), PERSONS.slice(0, 2).map((subject) => ({ subject, erasedAt: new Date('2026-11-23T09:00:00Z') })));
  });

  it('writes again whole what a crash has torn, and reads nothing else out of it', async () => {
    await erased(PERSONS[0]);
    await journal().write();
    writeFileSync(path(), readFileSync(path(), 'utf8').slice(0, 30));
    await erased(PERSONS[2]);
    assert.equal(await journal().write(), 2);
    assert.deepEqual(await subjects(), [PERSONS[0], PERSONS[2]]);
    writeFileSync(path(), `${JSON.stringify({ subject: "x'; DROP", erasedAt: 'now' })}\nnull\n{"subject": 7}\n`);
    assert.deepEqual(await subjects(), []);
  });

  it('keeps those that a database rolled back does not know any more', async () => {
    for (const person of PERSONS) await erased(person);
    await journal().write();
    await database.query('DELETE FROM audit.erased_subject WHERE subject <> $1', [PERSONS[0]]);
    assert.equal(await journal().write(), 0);
    assert.equal((await subjects())?.length, 3);
  });

  it('is not written where others could exchange it, through a link, or into the data that it is kept apart from', async () => {
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    await assert.rejects(journal().write(), /others than its owner can write/);
    chmodSync(directory, 0o700);
    await assert.rejects(journal(directory).write(), /lies in the data directory/);
    symlinkSync('/etc/hostname', path());
    await assert.rejects(journal().write(), { code: 'ELOOP' });
    assert.deepEqual(readdirSync(directory), [ERASURE_JOURNAL]);
  });
});
