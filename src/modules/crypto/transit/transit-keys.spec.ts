import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { newProject } from '../../../../test/harness/policy.js';
import type { RowFilter } from '#pure/policy/row-filter.js';
import { EVERYTHING } from '../../../../test/harness/conditions.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import type { NewKey } from '../domain/key-settings.js';
import { VERSIONS_SHOWN } from './transit-keys.js';
import type { TransitEngine } from './transit-engine.js';

describe('making keys and looking at them', () => {
  let database: TestDatabase;
  let engine: TransitEngine;
  let other: TransitEngine;
  let project: string;
  let who: Principal;

  before(async () => {
    database = await openTestDatabase();
    [engine, other] = [await transitReplica(database), await transitReplica(database)];
    project = await newProject(database);
  });
  beforeEach(async () => {
    who = await keyUser(database);
  });
  after(() => database.close());

  const create = async (name: string, over: Partial<NewKey> = {}, on = engine) => on.keys.create(who, project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed);
  const refusal = (detail: string | RegExp) => (error: Error) => (typeof detail === 'string' ? error.message === detail : detail.test(error.message));

  it('makes a key with its first version and tells so in the transaction', async () => {
    const told: string[] = [];
    const { key, isNew } = await engine.keys.create(who, project, 'first', PLAIN_KEY, async (_, { id }) => void told.push(id));
    assert.equal(isNew, true);
    assert.deepEqual(told, [key.id]);
    assert.deepEqual(await engine.keys.read(who, project, 'first'), key);
    assert.deepEqual((await engine.keys.versionsOf(who, key)).map(({ version, publicKey }) => [version, publicKey]), [[1, null]]);
    assert.deepEqual([key.latestVersion, key.minDecryptionVersion, key.minEncryptionVersion, key.minAvailableVersion, key.deletionAllowed], [1, 1, 0, 0, false]);
  });

  it('makes nothing that could not be recorded', async () => {
    await assert.rejects(engine.keys.create(who, project, 'unrecorded', PLAIN_KEY, () => Promise.reject(new Error('no ledger'))), /no ledger/);
    assert.equal(await engine.keys.read(who, project, 'unrecorded'), null);
  });

  it('answers a name that there is with its key, whatever else was asked for', async () => {
    const { key } = await create('twice');
    assert.deepEqual(await create('twice', { type: 'ed25519' }), { key, isNew: false });
  });

  it('makes no more than ten thousand keys in a project', async () => {
    const full = await newProject(database);
    const { key } = await engine.keys.create(who, full, 'model', PLAIN_KEY, unrecordedDeed);
    const columns = (await database.query<{ name: string }>(`SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'crypto' AND table_name = 'transit_key' AND column_name NOT IN ('id', 'name')`)).map(({ name }) => name).join(', ');
    await database.query(`INSERT INTO crypto.transit_key (id, name, ${columns}) SELECT gen_random_uuid(), 'copy-' || n, ${columns} FROM crypto.transit_key, generate_series(1, 9998) AS n WHERE id = $1`, [key.id]);
    const more = (name: string) => engine.keys.create(who, full, name, PLAIN_KEY, unrecordedDeed);
    const last = await Promise.allSettled(['one', 'two', 'three'].map(more));
    assert.deepEqual(last.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    await assert.rejects(more('four'), /the project has 10000 keys/);
    assert.equal((await more('model')).isNew, false);
    assert.equal((await create('elsewhere')).isNew, true);
  });

  it('makes one key of two that are asked for at once on two replicas', async () => {
    const made = await Promise.all([engine, other, engine, other].map((replica) => create('raced', {}, replica)));
    assert.equal(new Set(made.map(({ key }) => key.id)).size, 1);
    assert.equal(made.filter(({ isNew }) => isNew).length, 1);
    const rows = await database.query(`SELECT 1 FROM crypto.transit_key_version v JOIN crypto.transit_key k ON k.id = v.key_id WHERE k.name = 'raced'`);
    assert.equal(rows.length, 1);
  });

  it('wraps each secret, and a key for authentication codes beside it', async () => {
    const { key } = await create('wrapped', { type: 'hmac', keyBytes: 512 });
    const [row] = await database.query<{ wrapped_secret: Buffer; wrapped_hmac_key: Buffer }>('SELECT * FROM crypto.transit_key_version WHERE key_id = $1', [key.id]);
    assert.deepEqual([row!.wrapped_secret.length, row!.wrapped_hmac_key.length], [512 + 28, 32 + 28]);
  });

  const refused: readonly [string, Partial<NewKey>, string | RegExp][] = [
    ['a rotation more often than hourly', { autoRotateSeconds: 3599 }, 'auto rotate period must be 0 to disable or at least an hour'],
    ['convergent encryption without derivation', { convergent: true }, 'convergent encryption requires derivation to be enabled'],
    ['derivation of a key that has none', { type: 'hmac', keyBytes: 32, derived: true }, /not supported for keys of type hmac/],
    ['convergent signatures', { type: 'ed25519', derived: true, convergent: true }, /not supported for keys of type ed25519/],
    ['a size of a key whose type says it', { keyBytes: 32 }, /key_size is not valid/],
    ['an hmac key that is too short', { type: 'hmac', keyBytes: 31 }, /invalid key_size/],
    ['an hmac key that is too long', { type: 'hmac', keyBytes: 513 }, /invalid key_size/],
    ['an hmac key without a size', { type: 'hmac' }, /invalid key_size/],
  ];
  for (const [what, over, detail] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(create('refused', over), refusal(detail));
      assert.equal(await engine.keys.read(who, project, 'refused'), null);
    });
  }

  it('lists names in the order of their bytes, a page at a time, and nothing of another project', async () => {
    const mine = await newProject(database);
    for (const name of ['b', 'B', 'a', '_', 'a.b']) await engine.keys.create(who, mine, name, PLAIN_KEY, unrecordedDeed);
    assert.deepEqual(await engine.keys.list(who, mine, EVERYTHING, '', 10), ['B', '_', 'a', 'a.b', 'b']);
    assert.deepEqual(await engine.keys.list(who, mine, EVERYTHING, '_', 2), ['a', 'a.b']);
    const some: RowFilter = { ...EVERYTHING, allows: [{ projects: [mine, project], where: { name: { $in: ['b', 'B', 'c'] } } }], denies: [{ projects: 'all', where: { name: { $eq: 'B' } } }] };
    assert.deepEqual(await engine.keys.list(who, mine, some, '', 1), ['b']);
    // Of a key in a list there is no hash: what a rule says of one is unknown.
    assert.deepEqual(await engine.keys.list(who, mine, { ...some, denies: [{ projects: 'all', where: { hash: { $eq: 'sha1' } } }] }, '', 10), []);
    assert.equal(await engine.keys.read(who, project, 'a.b'), null);
  });

  it('shows the newest versions, and those before one, of a key of a thousand by reading no more rows than of one of ten', async () => {
    const blocks: number[] = [];
    for (const count of [10, 1_000]) {
      const { key } = await create(`of-${count}`);
      await database.query(`INSERT INTO crypto.transit_key_version SELECT key_id, n, public_key, wrapped_secret, wrapped_hmac_key, 0, now() FROM crypto.transit_key_version, generate_series(2, $2) n WHERE key_id = $1`, [key.id, count]);
      await database.query('UPDATE crypto.transit_key SET latest_version = $2 WHERE id = $1', [key.id, count]);
      await database.query('ANALYZE crypto.transit_key_version');
      const shown = await engine.keys.versionsOf(who, { ...key, latestVersion: count });
      assert.deepEqual(shown.map(({ version }) => version), Array.from({ length: Math.min(count, VERSIONS_SHOWN) }, (_, n) => count - n));
      assert.deepEqual((await engine.keys.versionsOf(who, key, 5)).map(({ version }) => version), [4, 3, 2, 1]);
      const [{ 'QUERY PLAN': plan }] = (await database.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT version, public_key, created_at FROM crypto.transit_key_version WHERE key_id = '${key.id}' AND version < 2147483647 ORDER BY version DESC LIMIT ${VERSIONS_SHOWN}`,
      )) as [{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }];
      blocks.push(plan[0].Plan['Shared Hit Blocks']! + plan[0].Plan['Shared Read Blocks']!);
    }
    assert.ok(blocks[1]! <= blocks[0]! + 5, `blocks read: ${blocks.join(' and ')}`);
  });
});
