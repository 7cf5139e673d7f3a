import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemPrincipal } from '#pure/principal/principal.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import type { NewKey } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { TransitEngine } from './transit-engine.js';

const HOUR_MILLIS = 3_600_000;
const ROTATOR = systemPrincipal('key-rotation');

describe('the life of a key', () => {
  let database: TestDatabase;
  let clock: HandClock;
  let one: TransitEngine;
  let two: TransitEngine;
  let project: string;

  before(async () => {
    database = await openTestDatabase();
    clock = new HandClock();
    [one, two] = [await transitReplica(database, clock), await transitReplica(database, clock)];
    project = await newProject(database);
  });
  after(() => database.close());

  const create = async (name: string, over: Partial<NewKey> = {}): Promise<TransitKey> => (await one.keys.create(await keyUser(database), project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed)).key;
  const read = async (name: string): Promise<TransitKey | null> => one.keys.read(await keyUser(database), project, name);
  const rotate = async (name: string, on = one): Promise<TransitKey> => on.rotation.rotate(await keyUser(database), project, name, unrecordedDeed);
  const configure = async (name: string, change: Parameters<TransitEngine['settings']['configure']>[3]): Promise<TransitKey> => one.settings.configure(await keyUser(database), project, name, change, unrecordedDeed);
  const versionsOf = (id: string) => database.query<{ version: number }>('SELECT version FROM crypto.transit_key_version WHERE key_id = $1 ORDER BY version', [id]).then((rows) => rows.map(({ version }) => version));
  const counter = async (): Promise<number> => (await keyUser(database)).transitVersion;

  it('gives two who rotate at once on two replicas two versions', async () => {
    const { id } = await create('rotated', { type: 'ecdsa-p256' });
    const rotated = await Promise.all([one, two, one, two].map((replica) => rotate('rotated', replica)));
    assert.deepEqual(rotated.map(({ latestVersion }) => latestVersion).sort(), [2, 3, 4, 5]);
    assert.deepEqual(await versionsOf(id), [1, 2, 3, 4, 5]);
    const publicKeys = await database.query('SELECT DISTINCT public_key FROM crypto.transit_key_version WHERE key_id = $1', [id]);
    assert.equal(publicKeys.length, 5);
  });

  it('moves the version of all keys with every deed, and with none that failed', async () => {
    await create('counted');
    const steps: readonly (() => Promise<unknown>)[] = [
      () => rotate('counted'),
      () => configure('counted', { minDecryptionVersion: 2, minEncryptionVersion: 2, deletionAllowed: true }),
      async () => one.settings.trim(await keyUser(database), project, 'counted', 2, unrecordedDeed),
      async () => one.removal.softDelete(await keyUser(database), project, 'counted', unrecordedDeed),
      async () => one.removal.undelete(await keyUser(database), project, 'counted', unrecordedDeed),
      async () => one.removal.delete(await keyUser(database), project, 'counted', unrecordedDeed),
    ];
    for (const step of steps) {
      const before = await counter();
      await step();
      assert.ok((await counter()) > before, String(step));
    }
    const before = await counter();
    await assert.rejects(rotate('counted'), /key not found/);
    await assert.rejects(configure('counted', {}), /no existing key named counted/);
    assert.equal(await counter(), before);
  });

  it('records what changes nothing, and moves nothing for it', async () => {
    await create('idle', { autoRotateSeconds: 3600 });
    const told: unknown[] = [];
    const who = await keyUser(database);
    const before = await counter();
    for (const change of [{}, { minDecryptionVersion: 0, deletionAllowed: false, autoRotateSeconds: 3600 }]) {
      await one.settings.configure(who, project, 'idle', change, async (_, { key, before: was }) => void told.push(key === was));
    }
    await one.removal.undelete(who, project, 'idle', async (_, { name }) => void told.push(name));
    assert.deepEqual([told, await counter()], [[true, true, 'idle'], before]);
    await assert.rejects(configure('idle', { minDecryptionVersion: 2 }), /latest key version is 1/);
    await one.removal.softDelete(who, project, 'idle', unrecordedDeed);
    assert.ok((await counter()) > before);
    const resting = await counter();
    await one.removal.softDelete(who, project, 'idle', unrecordedDeed);
    assert.equal(await counter(), resting);
  });

  it('leaves nothing of a rotation that could not be recorded', async () => {
    const { id } = await create('unrecorded');
    await assert.rejects(async () => one.rotation.rotate(await keyUser(database), project, 'unrecorded', () => Promise.reject(new Error('no ledger'))), /no ledger/);
    assert.deepEqual([await versionsOf(id), (await read('unrecorded'))?.latestVersion], [[1], 1]);
  });

  it('destroys old versions and nothing else, when the limits allow it', async () => {
    const { id } = await create('trimmed');
    for (const _ of [2, 3]) await rotate('trimmed');
    const trim = async (version: number) => one.settings.trim(await keyUser(database), project, 'trimmed', version, unrecordedDeed);
    await assert.rejects(trim(2), /when minimum encryption version is not set/);
    await configure('trimmed', { minDecryptionVersion: 3, minEncryptionVersion: 3 });
    assert.equal((await trim(3)).minAvailableVersion, 3);
    assert.deepEqual(await versionsOf(id), [3]);
    await assert.rejects(configure('trimmed', { minDecryptionVersion: 1 }), /should not be less/);
    await assert.rejects(trim(2), /cannot be decremented/);
  });

  it('destroys a key only if that is allowed, and says why not', async () => {
    const { id } = await create('deleted');
    const remove = async () => one.removal.delete(await keyUser(database), project, 'deleted', unrecordedDeed);
    await assert.rejects(remove(), { message: 'error deleting policy deleted: deletion is not allowed for this key' });
    await configure('deleted', { deletionAllowed: true });
    await remove();
    assert.deepEqual([await read('deleted'), await versionsOf(id)], [null, []]);
    await assert.rejects(remove(), { message: 'error deleting policy deleted: could not delete key; not found' });
  });

  it('refuses to rotate and trim what is out of use, and shows that it is', async () => {
    await create('resting');
    const who = await keyUser(database);
    await one.removal.softDelete(who, project, 'resting', unrecordedDeed);
    await one.removal.softDelete(who, project, 'resting', unrecordedDeed);
    assert.equal((await read('resting'))?.softDeleted, true);
    await assert.rejects(rotate('resting'), /the key is soft deleted/);
    await assert.rejects(one.settings.trim(who, project, 'resting', 1, unrecordedDeed), /the key is soft deleted/);
    await one.removal.undelete(who, project, 'resting', unrecordedDeed);
    assert.equal((await rotate('resting')).latestVersion, 2);
  });

  describe('by time', () => {
    const due = (on: TransitEngine): Promise<TransitKey | 'lost' | null> => on.rotation.rotateDue(ROTATOR, unrecordedDeed);

    it('gives a key its next version when its time has come, once, whoever looks', async () => {
      await create('timed', { autoRotateSeconds: 3600 });
      assert.equal(await due(one), null);
      clock.millis += HOUR_MILLIS;
      const seen = await Promise.all([one, two, one, two].map(due));
      assert.deepEqual(seen.flatMap((key) => (key === null || key === 'lost' ? [] : [key.latestVersion])), [2]);
      assert.equal(await due(one), null);
      clock.millis += HOUR_MILLIS;
      assert.equal(((await due(two)) as TransitKey).latestVersion, 3);
    });

    it('counts from the last rotation, also from one by hand', async () => {
      await create('by-hand', { autoRotateSeconds: 2 * 3600 });
      clock.millis += HOUR_MILLIS;
      await rotate('by-hand');
      while ((await due(one)) !== null); // Those of other tests.
      clock.millis += HOUR_MILLIS;
      while ((await due(one)) !== null);
      assert.equal((await read('by-hand'))?.latestVersion, 2);
      clock.millis += HOUR_MILLIS;
      while ((await due(one)) !== null);
      assert.equal((await read('by-hand'))?.latestVersion, 3);
    });

    it('leaves alone what is out of use, and what is not rotated by time any more', async () => {
      for (const name of ['asleep', 'unset']) await create(name, { autoRotateSeconds: 3600 });
      await one.removal.softDelete(await keyUser(database), project, 'asleep', unrecordedDeed);
      await configure('unset', { autoRotateSeconds: 0 });
      clock.millis += 2 * HOUR_MILLIS;
      while ((await due(one)) !== null);
      assert.deepEqual([(await read('asleep'))?.latestVersion, (await read('unset'))?.latestVersion], [1, 1]);
    });

    it('takes up what a process that was killed had claimed, when the claim has run out', async () => {
      while ((await due(one)) !== null);
      const { id } = await create('abandoned', { autoRotateSeconds: 3600 });
      clock.millis += HOUR_MILLIS;
      await database.query('UPDATE crypto.transit_key SET rotate_at = $2 WHERE id = $1', [id, new Date(clock.millis + 120_000)]);
      const latest = async (): Promise<number | undefined> => {
        while ((await due(two)) !== null);
        return (await read('abandoned'))?.latestVersion;
      };
      assert.equal(await latest(), 1);
      clock.millis += 120_000;
      assert.equal(await latest(), 2);
    });

    it('gives a claim back that comes to nothing because this process is sealed', async () => {
      while ((await due(one)) !== null);
      await create('sealed', { autoRotateSeconds: 3600 });
      clock.millis += HOUR_MILLIS;
      const sealed = await transitReplica(database, clock);
      sealed.seal();
      await assert.rejects(due(sealed), /sealed/);
      while ((await due(one)) !== null);
      assert.equal((await read('sealed'))?.latestVersion, 2);
    });
  });
});
