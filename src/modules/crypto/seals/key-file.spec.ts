import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sealOpening } from '../../../../test/harness/hierarchy.js';
import { testKeyring } from '../../../../test/harness/keyring.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import type { HouseKey } from '../house-key.js';
import { KeyFileSeal, type RootKeyPlace } from './key-file-seal.js';
import { readRootKeyFile } from './root-key-file.js';
import { openSeal } from './seal-opening.js';
import { SealRefusal } from './seal-refusal.js';

const refusal = (matching: RegExp) => (error: unknown) => error instanceof SealRefusal && matching.test(error.message);

describe('the seal of a key file', () => {
  let database: TestDatabase;
  let home: string;
  let file: string;
  beforeEach(async () => {
    database = await openTestDatabase();
    bindings = 0;
    home = mkdtempSync(join(tmpdir(), 'root-key-'));
    file = join(home, 'config', 'root.key');
  });
  afterEach(async () => {
    await database.close();
    rmSync(home, { recursive: true });
  });

  let bindings = 0;
  const recordBinding = (): Promise<void> => Promise.resolve(void (bindings += 1));
  const seal = (place: Partial<RootKeyPlace> = {}): KeyFileSeal => new KeyFileSeal({ file, dataDirectory: join(home, 'data'), production: false, ...place });
  const open = (place: Partial<RootKeyPlace> = {}): Promise<HouseKey> => openSeal(seal(place), sealOpening(database.app), recordBinding);
  const check = async (house: Promise<HouseKey>): Promise<string> => (await house).derive('spec').export().toString('hex');

  it('makes a key for a fresh database, binds the database to it, and finds it again', async () => {
    const first = await check(open());
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await check(open()), first);
    const value = (await readRootKeyFile(file))!.checkValue().toString('hex');
    assert.deepEqual(await database.query(`SELECT type, parameters, encode(check_value, 'hex') AS value FROM crypto.seal`), [{ type: 'key-file', parameters: {}, value }]);
  });

  it('has the binding recorded once, in the transaction that binds', async () => {
    await open();
    await open();
    assert.equal(bindings, 1);
  });

  it('binds nothing when the binding cannot be recorded', async () => {
    await assert.rejects(openSeal(seal(), sealOpening(database.app), () => Promise.reject(new Error('no ledger'))), /no ledger/);
    for (const table of ['seal', 'root_key', 'project_key']) assert.deepEqual(await database.query(`SELECT FROM crypto.${table}`), []);
    await open();
    assert.equal(bindings, 1);
  });

  it('opens the same key with the login of the ledger', async () => {
    const first = await check(open());
    assert.equal(await check(openSeal(seal(), sealOpening(database.sequencer), recordBinding)), first);
  });

  it('takes a file that is there for a fresh database, also in production', async () => {
    writeFileSync(join(home, 'given.key'), Buffer.alloc(32, 3), { mode: 0o600 });
    assert.equal(await check(open({ file: join(home, 'given.key'), production: true })), await check(open({ file: join(home, 'given.key') })));
  });

  it('refuses existing data whose key is missing, names the file, and makes no new one', async () => {
    await open();
    rmSync(file);
    await assert.rejects(open(), refusal(new RegExp(`${file}.*missing`)));
    assert.equal(existsSync(file), false);
  });

  it('refuses existing data whose key is another one, and leaves that file as it is', async () => {
    await open();
    writeFileSync(file, Buffer.alloc(32, 9));
    await assert.rejects(open(), refusal(/not the one that this database belongs to/));
    assert.equal(statSync(file).size, 32);
  });

  it('refuses wrapped keys without the value that recognises their seal, rather than binding them to a new one', async () => {
    await testKeyring(database).signer('jwt');
    await assert.rejects(open(), refusal(/crypto\.seal/));
    assert.equal(existsSync(file), false);
  });

  it('refuses to make a key in production', async () => {
    await assert.rejects(open({ production: true }), refusal(/production does not make one/));
    assert.equal(existsSync(file), false);
  });

  it('refuses, in production, a key that lies in the data directory', async () => {
    writeFileSync(join(home, 'given.key'), Buffer.alloc(32, 3), { mode: 0o600 });
    await assert.rejects(open({ file: join(home, 'given.key'), dataDirectory: home, production: true }), refusal(/inside the data directory/));
  });

  it('gives four replicas that start at once on one file the same key', async () => {
    const checks = await Promise.all(Array.from({ length: 4 }, () => check(open())));
    assert.equal(new Set(checks).size, 1);
  });

  it('lets the database decide between replicas that start at once on files of their own: one starts, the others refuse', async () => {
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map((replica) => check(open({ file: join(home, `${replica}`, 'root.key') }))));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.ok(refusal(/not the one|is missing/)(outcome.reason));
    }
  });
});
