import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '#pure/principal/principal.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import type { NewKey } from '../domain/key-settings.js';
import type { TransitKey } from '../domain/transit-key.js';
import { KEY_TYPES } from '../primitives/key-types.js';
import { BoundedCache } from './bounded-cache.js';

const TEN_MINUTES = 10 * 60_000;
const NO_DATA = { associatedData: Buffer.alloc(0) };

describe('a cache with bounds', () => {
  it('drops what was used least recently, and what is too old', () => {
    const cache = new BoundedCache<number>(2, 10);
    cache.set('a', 1, 0);
    cache.set('b', 2, 0);
    assert.equal(cache.get('a', 1), 1);
    cache.set('c', 3, 1);
    assert.deepEqual(['a', 'b', 'c'].map((key) => cache.get(key, 9)), [1, undefined, 3]);
    assert.deepEqual(['a', 'c'].map((key) => cache.get(key, 10)), [undefined, 3]);
    cache.dropExpired(11);
    assert.equal(cache.size, 0);
  });
});

describe('the directory of keys', () => {
  let database: TestDatabase;
  let clock: HandClock;
  let one: Awaited<ReturnType<typeof transitReplica>>;
  let two: Awaited<ReturnType<typeof transitReplica>>;
  let project: string;

  before(async () => {
    database = await openTestDatabase();
    clock = new HandClock();
    [one, two] = [await transitReplica(database, clock), await transitReplica(database, clock)];
    project = await newProject(database);
  });
  after(() => database.close());

  const create = async (name: string, over: Partial<NewKey> = {}): Promise<TransitKey> => (await one.keys.create(await keyUser(database), project, name, { ...PLAIN_KEY, ...over }, unrecordedDeed)).key;
  /** A change that nobody but the database knows of: who shows it has asked the database. */
  const changeUnseen = (name: string, seconds: number) => database.query(`UPDATE crypto.transit_key SET auto_rotate_seconds = $2, rotate_at = now() WHERE name = $1`, [name, seconds]);
  const periodSeen = async (name: string, who: Principal, on = one): Promise<number | undefined> => (await on.directory.find(who, project, name))?.autoRotateSeconds;

  it('asks the database for a key once, until any key has changed', async () => {
    await create('known');
    const who = await keyUser(database);
    assert.equal(await periodSeen('known', who), 0);
    await changeUnseen('known', 7200);
    assert.equal(await periodSeen('known', who), 0);
    assert.equal(await periodSeen('known', await keyUser(database)), 0);
    await create('another');
    assert.equal(await periodSeen('known', who), 0, 'a request that arrived before the change may see what was before it');
    assert.equal(await periodSeen('known', await keyUser(database)), 7200);
  });

  it('shows on every replica what was changed before a request arrived', async () => {
    const key = await create('shared');
    for (const replica of [one, two]) assert.deepEqual(await replica.directory.find(await keyUser(database), project, 'shared'), key);
    await two.rotation.rotate(await keyUser(database), project, 'shared', unrecordedDeed);
    const who = await keyUser(database);
    for (const replica of [one, two]) assert.equal((await replica.directory.find(who, project, 'shared'))?.latestVersion, 2);
    await one.settings.configure(who, project, 'shared', { deletionAllowed: true }, unrecordedDeed);
    await one.removal.delete(who, project, 'shared', unrecordedDeed);
    const later = await keyUser(database);
    for (const replica of [one, two]) assert.equal(await replica.directory.find(later, project, 'shared'), null);
  });

  it('gives requests that come together one answer of the database, and none of before they came', async () => {
    await create('crowd');
    const who = await keyUser(database);
    const found = await Promise.all(Array.from({ length: 50 }, () => two.directory.find(who, project, 'crowd')));
    assert.equal(new Set(found).size, 1);
    const early = two.directory.find(who, project, 'crowd');
    await two.rotation.rotate(who, project, 'crowd', unrecordedDeed);
    const late = await two.directory.find(await keyUser(database), project, 'crowd');
    assert.ok((await early) !== null);
    assert.equal(late?.latestVersion, 2);
  });

  it('remembers no names that there are not', async () => {
    const who = await keyUser(database);
    assert.equal(await one.directory.find(who, project, 'later'), null);
    await create('later');
    assert.notEqual(await one.directory.find(who, project, 'later'), null);
  });

  it('opens a version once for its time, and not again while this process is sealed', async () => {
    const key = await create('opened', { type: 'ed25519' });
    const handle = await two.directory.handle(key, 1);
    assert.equal(await two.directory.handle(key, 1), handle);
    clock.millis += TEN_MINUTES - 1;
    assert.equal(await two.directory.handle(key, 1), handle);
    clock.millis += TEN_MINUTES;
    const again = await two.directory.handle(key, 1);
    assert.notEqual(again, handle);
    assert.equal(two.directory.keptVersions, 1);
    clock.millis += TEN_MINUTES;
    two.directory.dropExpired();
    assert.equal(two.directory.keptVersions, 0);

    const sealed = await transitReplica(database, clock);
    await sealed.directory.handle(key, 1);
    const opening = sealed.directory.hmacKey(await create('opening'), 1).catch((error: Error) => error);
    sealed.seal();
    await opening;
    assert.equal(sealed.directory.keptVersions, 0);
    await assert.rejects(sealed.directory.handle(key, 1), /sealed/);
  });

  it('refuses versions and halves that there are not', async () => {
    const key = await create('halves');
    await assert.rejects(one.directory.handle(key, 2), /version does not exist/);
    await assert.rejects(one.directory.publicHandle(key, 1), /does not contain a public part/);
  });

  it('gives each version a secret and a key for authentication codes of its own', async () => {
    await create('own');
    const key = await one.rotation.rotate(await keyUser(database), project, 'own', unrecordedDeed);
    const macs = await Promise.all([1, 2].map((version) => one.directory.hmacKey(key, version)));
    assert.equal(macs[0]!.equals(macs[1]!), false);
    const { cipher } = KEY_TYPES[key.type];
    const text = cipher!.encrypt(await one.directory.handle(key, 1), Buffer.from('text'), { ...NO_DATA, nonce: Buffer.alloc(12) });
    assert.equal(cipher!.decrypt(await one.directory.handle(key, 2), text, NO_DATA), null);
    assert.equal(cipher!.decrypt(await two.directory.handle(key, 1), text, NO_DATA)?.toString(), 'text');
  });

  it('opens nothing of a key that was destroyed with one that was made under its name', async () => {
    const old = await create('name');
    const { cipher } = KEY_TYPES[old.type];
    const text = cipher!.encrypt(await two.directory.handle(old, 1), Buffer.from('text'), { ...NO_DATA, nonce: Buffer.alloc(12) });
    const who = await keyUser(database);
    await one.settings.configure(who, project, 'name', { deletionAllowed: true }, unrecordedDeed);
    await one.removal.delete(who, project, 'name', unrecordedDeed);
    await create('name');
    const made = await two.directory.find(await keyUser(database), project, 'name');
    assert.notEqual(made!.id, old.id);
    assert.equal(cipher!.decrypt(await two.directory.handle(made!, 1), text, NO_DATA), null);
  });

  const moved: readonly [string, string][] = [
    ['another version', 'UPDATE crypto.transit_key_version v SET wrapped_secret = o.wrapped_secret FROM crypto.transit_key_version o WHERE v.key_id = $1 AND v.version = 1 AND o.key_id = $1 AND o.version = 2 AND $2::uuid IS NOT NULL'],
    ['another key', 'UPDATE crypto.transit_key_version v SET wrapped_secret = o.wrapped_secret, wrapped_hmac_key = o.wrapped_hmac_key, public_key = o.public_key FROM crypto.transit_key_version o WHERE v.key_id = $1 AND v.version = 1 AND o.key_id = $2 AND o.version = 1'],
    ['the public key of another key', 'UPDATE crypto.transit_key_version v SET public_key = o.public_key FROM crypto.transit_key_version o WHERE v.key_id = $1 AND v.version = 1 AND o.key_id = $2 AND o.version = 1'],
    ['the other secret', 'UPDATE crypto.transit_key_version SET wrapped_hmac_key = wrapped_secret WHERE key_id = $1 AND version = 1 AND $2::uuid IS NOT NULL'],
  ];
  for (const [what, statement] of moved) {
    it(`does not open a row that was given ${what} by who can write the table`, async () => {
      const [name, other] = [`moved-${moved.findIndex(([known]) => known === what)}`, `from-${moved.findIndex(([known]) => known === what)}`];
      await create(name, { type: 'ed25519' });
      const key = await one.rotation.rotate(await keyUser(database), project, name, unrecordedDeed);
      const { id } = await create(other, { type: 'ed25519' });
      await one.directory.publicHandle(key, 2);
      await database.query(statement, [key.id, id]);
      await assert.rejects(one.directory.handle(key, 1), /was not written under the key of its project/);
      await assert.rejects(one.directory.publicHandle(key, 1), /was not written under the key of its project/);
    });
  }

  it('does not open a row whose key was said to be of another type or project', async () => {
    const key = await create('typed');
    const foreign = await newProject(database);
    await assert.rejects(one.directory.handle({ ...key, type: 'chacha20-poly1305' }, 1), /was not written/);
    await assert.rejects(one.directory.handle({ ...key, projectId: foreign }, 1), /was not written/);
  });
});
