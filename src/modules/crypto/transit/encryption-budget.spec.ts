import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import type { Principal } from '#pure/principal/principal.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { operationBench, type OperationBench } from '../../../../test/harness/transit-operations.js';
import type { NewKey } from '../domain/key-settings.js';
import { TransitUsageRepository } from '../persistence/transit-usage.repository.js';
import { ENCRYPTIONS_MAX, EncryptionBudget, LEASE } from './encryption-budget.js';
import type { TransitEngine } from './transit-engine.js';

const PLAINTEXT = Buffer.from('x').toString('base64');

describe('the budget of encryptions under random nonces', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let project: string;
  let who: Principal;
  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    project = await newProject(database);
  });
  beforeEach(async () => {
    who = await keyUser(database);
  });
  after(() => database.close());

  const make = async (name: string, over: Partial<NewKey> = {}): Promise<string> => (await engine.keys.create(who, project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed)).key.id;
  const budget = (): EncryptionBudget => new EncryptionBudget(database.app, new TransitUsageRepository());
  const reserved = async (id: string, version = 1): Promise<number> =>
    Number((await database.query<{ n: string }>('SELECT encryptions_reserved AS n FROM crypto.transit_key_version WHERE key_id = $1 AND version = $2', [id, version]))[0]!.n);
  const reserve = (id: string, n: number): Promise<unknown> => database.query('UPDATE crypto.transit_key_version SET encryptions_reserved = $2 WHERE key_id = $1', [id, n]);
  const isRefused = (error: unknown): boolean => error instanceof Fault && error.kind.code === 'transit-refused' && /2\^32/.test(error.message);
  const withBench = async (work: (bench: OperationBench) => Promise<void>): Promise<void> => {
    const bench = operationBench(database, engine);
    await work(bench).finally(() => bench.close());
  };

  it('is reserved in leases: the database is asked once for many, and a process that ends wastes one', async () => {
    const id = await make('leased');
    const one = budget();
    for (let n = 0; n < 1000; n += 1) assert.equal(await one.take({ id }, 1, 1), true);
    assert.equal(await reserved(id), LEASE);
    assert.equal(await one.take({ id }, 1, LEASE - 1000), true);
    assert.equal(await reserved(id), LEASE);
    assert.equal(await one.take({ id }, 1, 1), true);
    assert.equal(await reserved(id), 2 * LEASE);
    assert.equal(await budget().take({ id }, 1, 1), true, 'another process');
    assert.equal(await reserved(id), 3 * LEASE);
  });

  it('is asked for once by many who come together', async () => {
    const id = await make('together');
    const one = budget();
    assert.ok((await Promise.all(Array.from({ length: 50 }, () => one.take({ id }, 1, 3)))).every(Boolean));
    assert.equal(await reserved(id), LEASE);
  });

  it('is never exceeded: processes that race for the last of it get what there is and no more', async () => {
    const id = await make('last');
    await reserve(id, ENCRYPTIONS_MAX - 100);
    const taken = await Promise.all([budget(), budget(), budget()].flatMap((one) => Array.from({ length: 120 }, () => one.take({ id }, 1, 1))));
    assert.equal(taken.filter(Boolean).length, 100);
    assert.equal(await reserved(id), ENCRYPTIONS_MAX);
  });

  it('has none for a version that is not there', async () => {
    assert.equal(await budget().take({ id: '019a94de-4b70-7c00-8000-00000000dead' }, 1, 1), false);
  });

  it('gives a key whose latest version is spent another one, once for all who come', async () => {
    const id = await make('renewed');
    who = await keyUser(database);
    await withBench(async (bench) => {
      const encrypt = async (body: object): Promise<string> => String((await bench.run(who, 'encrypt', { projectId: project, name: 'renewed' }, body)).data['ciphertext']);
      assert.match(await encrypt({ plaintext: PLAINTEXT }), /^vault:v1:/);
      await reserve(id, ENCRYPTIONS_MAX);
      // What was reserved before is used first.
      const batch = { batch_input: Array.from({ length: 10_000 }, () => ({ plaintext: '' })) };
      for (let n = 0; n < 6; n += 1) assert.deepEqual((await bench.run(who, 'encrypt', { projectId: project, name: 'renewed' }, batch)).versions, [1]);
      const texts = await Promise.all(Array.from({ length: 3 }, async () => (await bench.run(who, 'encrypt', { projectId: project, name: 'renewed' }, batch)).versions));
      assert.deepEqual(texts, [[2], [2], [2]]);
      assert.equal((await engine.keys.read(who, project, 'renewed'))!.latestVersion, 2);
      await assert.rejects(encrypt({ plaintext: PLAINTEXT, key_version: 1, associated_data: '' }).then(() => bench.run(who, 'encrypt', { projectId: project, name: 'renewed' }, { ...batch, key_version: 1 })), isRefused);
    });
  });

  it('refuses an imported key that the server may make no version of', async () => {
    const id = await make('imported');
    await database.query('UPDATE crypto.transit_key SET imported = true, allow_rotation = false WHERE id = $1', [id]);
    await reserve(id, ENCRYPTIONS_MAX);
    who = await keyUser(database);
    await withBench(async (bench) => {
      await assert.rejects(bench.run(who, 'encrypt', { projectId: project, name: 'imported' }, { plaintext: PLAINTEXT }), isRefused);
      await assert.rejects(bench.run(who, 'datakey', { projectId: project, name: 'imported' }, {}, { kind: 'wrapped' }), isRefused);
    });
  });
});

describe('the use of keys', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let project: string;
  before(async () => {
    database = await openTestDatabase();
    engine = await transitReplica(database);
    project = await newProject(database);
  });
  after(() => database.close());

  const used = (): Promise<{ version: number; operation: string; uses: string }[]> =>
    database.query('SELECT version, operation, uses FROM crypto.transit_usage ORDER BY operation, version');

  it('is counted by version and operation, added up by two processes, and kept when the database is away', async () => {
    const who = await keyUser(database);
    const { key } = await engine.keys.create(who, project, 'used', PLAIN_KEY, unrecordedDeed);
    const { key: gone } = await engine.keys.create(who, project, 'gone', PLAIN_KEY, unrecordedDeed);
    const [one, two] = [operationBench(database, engine), operationBench(database, engine)];
    const now = await keyUser(database);
    const place = { projectId: project, name: 'used' };
    const ciphertext = String((await one.run(now, 'encrypt', place, { plaintext: PLAINTEXT })).data['ciphertext']);
    await one.run(now, 'decrypt', place, { batch_input: [{ ciphertext }, { ciphertext }, { ciphertext: 'vault:v1:AAAA' }] });
    await two.run(now, 'encrypt', place, { plaintext: PLAINTEXT });
    one.usage.count(gone.id, 'encrypt', new Map([[1, 1]]));
    await database.query('DELETE FROM crypto.transit_key WHERE id = $1', [gone.id]);
    await database.query('REVOKE INSERT ON crypto.transit_usage FROM quantonium_app');
    await assert.rejects(one.usage.flush());
    await database.query('GRANT INSERT ON crypto.transit_usage TO quantonium_app');
    await Promise.all([one.usage.flush(), two.usage.flush()]);
    await one.usage.flush();
    assert.deepEqual(await used(), [{ version: 1, operation: 'decrypt', uses: '2' }, { version: 1, operation: 'encrypt', uses: '2' }]);
    const [row] = await database.query<{ recent: boolean }>(`SELECT bool_and(last_used_at > now() - interval '1 minute') AS recent FROM crypto.transit_usage WHERE key_id = $1`, [key.id]);
    assert.equal(row!.recent, true);
  });
});
