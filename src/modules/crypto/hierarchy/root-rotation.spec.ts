import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { Fault } from '#pure/fault/fault.js';
import { openHierarchy } from '../../../../test/harness/hierarchy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { HierarchyChangeRepository } from '../persistence/hierarchy-change.repository.js';
import { HierarchyRepository } from '../persistence/hierarchy.repository.js';
import { SealChange } from '../seals/seal-change.js';
import { SealKey } from '../seals/seal-key.js';
import { SealRefusal } from '../seals/seal-refusal.js';
import type { KeyHierarchy } from './key-hierarchy.js';
import { ProjectKeys } from './project-keys.js';
import { RootRotation } from './root-rotation.js';

const sealKey = (byte: number): SealKey => SealKey.takeOver(Buffer.alloc(32, byte));
const refusal = (matching: RegExp) => (error: unknown) => error instanceof SealRefusal && matching.test(error.message);
const KEEPING = { dropsForeign: false };
const SECRET = Buffer.from('of a version of a key');

describe('a new root key', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await openTestDatabase();
    // As the schema's owner, which the command connects as.
    await database.query('GRANT UPDATE, DELETE ON crypto.root_key, crypto.project_key, crypto.seal TO quantonium_app');
  });
  afterEach(() => database.close());

  const project = async (slug: string): Promise<string> => {
    const id = new SystemRandomness().uuidv7(new SystemClock().nowMillis());
    await database.query('INSERT INTO rbac.project (id, slug, name) VALUES ($1, $2, $2)', [id, slug]);
    return id;
  };
  const replica = async (): Promise<{ hierarchy: KeyHierarchy; keys: ProjectKeys; house: Buffer }> => {
    const { hierarchy, house } = await openHierarchy(database.app);
    return { hierarchy, house: house.derive('spec').export(), keys: new ProjectKeys(database.app, new HierarchyRepository(), hierarchy, new SystemClock(), new SystemRandomness()) };
  };
  const rotation = (hierarchy: KeyHierarchy): RootRotation => new RootRotation(hierarchy, new HierarchyRepository(), new HierarchyChangeRepository(), new SystemClock());
  const recorded = (): Promise<void> => Promise.resolve();
  const versions = (): Promise<unknown[]> => database.query('SELECT r.version, count(*)::int AS keys FROM crypto.root_key r LEFT JOIN crypto.project_key p ON p.root_version = r.version GROUP BY 1');

  it('wraps the keys of all projects anew, and nothing that is below them changes', async () => {
    const before = await replica();
    const id = await project('red');
    const wrapped = (await before.keys.of(id)).wrap(SECRET, 'row');
    assert.deepEqual(await rotation(before.hierarchy).rotate(database.app, KEEPING, recorded), { formerVersion: 1, version: 2, projectKeys: 2, dropped: [] });
    assert.deepEqual(await versions(), [{ version: 2, keys: 2 }]);
    const after = await replica();
    assert.deepEqual(after.house, before.house);
    assert.deepEqual((await after.keys.of(id)).unwrap(wrapped, 'row'), SECRET);
  });

  it('is followed by replicas that run: by what they hold, by what they read, and by what they make', async () => {
    const running = await replica();
    const [held, read, made] = [await project('held'), await project('read'), await project('made')];
    const key = await running.keys.of(held);
    const other = await replica();
    const wrapped = (await other.keys.of(read)).wrap(SECRET, '');
    await rotation(other.hierarchy).rotate(database.app, KEEPING, recorded);
    assert.equal(await running.keys.of(held), key);
    assert.deepEqual((await running.keys.of(read)).unwrap(wrapped, ''), SECRET);
    await running.keys.of(made);
    assert.deepEqual(await versions(), [{ version: 2, keys: 4 }]);
  });

  it('is under every key that projects get while it is made', async () => {
    const [one, two] = [await replica(), await replica()];
    const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => project(`p${index}`)));
    await Promise.all([rotation(one.hierarchy).rotate(database.app, KEEPING, recorded), ...ids.map((id) => two.keys.of(id))]);
    assert.deepEqual(await versions(), [{ version: 2, keys: 13 }]);
    const third = await replica();
    for (const id of ids) assert.deepEqual((await third.keys.of(id)).unwrap((await two.keys.of(id)).wrap(SECRET, ''), ''), SECRET);
  });

  it('is not made when it cannot be recorded', async () => {
    const { hierarchy, keys } = await replica();
    await keys.of(await project('red'));
    await assert.rejects(rotation(hierarchy).rotate(database.app, KEEPING, () => Promise.reject(new Error('no ledger'))), /no ledger/);
    assert.deepEqual(await versions(), [{ version: 1, keys: 2 }]);
    await rotation(hierarchy).rotate(database.app, KEEPING, recorded);
  });

  it('is one of two that are made at once: the other refuses, and is made by asking again', async () => {
    const [one, two] = [await replica(), await replica()];
    const outcomes = await Promise.allSettled([one, two].map(({ hierarchy }) => rotation(hierarchy).rotate(database.app, KEEPING, recorded)));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.deepEqual(await versions(), [{ version: 2, keys: 1 }]);
  });

  it('is refused over a key that does not open, by the name of its project, and drops it when it is told to', async () => {
    const { hierarchy, keys } = await replica();
    await keys.of(await project('red'));
    const planted = await project('blue');
    await database.query('INSERT INTO crypto.project_key (project_id, root_version, wrapped_key, created_at) SELECT $1, 1, wrapped_key, now() FROM crypto.house_key', [planted]);
    await assert.rejects(keys.of(planted), (error: unknown) => error instanceof Fault && error.kind.code === 'keys-unavailable' && String(error.context.cause).includes(planted));
    await assert.rejects(rotation(hierarchy).rotate(database.app, KEEPING, recorded), refusal(new RegExp(`do not open under the root key: ${planted}\\.`)));
    assert.deepEqual(await versions(), [{ version: 1, keys: 3 }]);
    assert.deepEqual(await rotation(hierarchy).rotate(database.app, { dropsForeign: true }, recorded), { formerVersion: 1, version: 2, projectKeys: 2, dropped: [planted] });
    await keys.of(planted);
    assert.deepEqual(await versions(), [{ version: 2, keys: 3 }]);
  });

  it('is not made beside a root key that somebody put there', async () => {
    const { hierarchy } = await replica();
    await database.query('INSERT INTO crypto.root_key (version, wrapped_key, created_at) SELECT 7, wrapped_key, now() FROM crypto.root_key');
    await assert.rejects(rotation(hierarchy).rotate(database.app, KEEPING, recorded), refusal(/has the versions 1, 7, and 1 is the one/));
  });

  it('that is made under another seal is not followed: what is at hand works, the rest is refused, and the operator is told', async () => {
    const running = await replica();
    const [held, other] = [await project('held'), await project('other')];
    const wrapped = (await running.keys.of(held)).wrap(SECRET, '');
    await new SealChange(new HierarchyChangeRepository(), new SystemRandomness()).change(database.app, sealKey(5), 'key-file', { key: sealKey(6), parameters: {} }, recorded);
    await rotation((await openHierarchy(database.app, 6)).hierarchy).rotate(database.app, KEEPING, recorded);
    assert.equal(running.hierarchy.impediment, null);
    await assert.rejects(running.keys.of(other), (error: unknown) => error instanceof Fault && error.kind.code === 'keys-unavailable');
    assert.match(running.hierarchy.impediment!, /under another seal/);
    assert.deepEqual((await running.keys.of(held)).unwrap(wrapped, ''), SECRET);
  });

  describe('beside a change of the seal', () => {
    const move = (): Promise<unknown> =>
      new SealChange(new HierarchyChangeRepository(), new SystemRandomness()).change(database.app, sealKey(5), 'key-file', { key: sealKey(6), parameters: {} }, recorded);
    /** Somebody of this database waits for a row that another holds. */
    const waits = async (): Promise<void> => {
      const until = performance.now() + 10_000;
      while ((await database.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).length === 0) {
        assert.ok(performance.now() < until, 'nobody waits for a lock');
      }
    };

    it('is refused when the seal was changed after it was opened, and nothing is lost', async () => {
      const { hierarchy, house } = await replica();
      await move();
      await assert.rejects(rotation(hierarchy).rotate(database.app, KEEPING, recorded), refusal(/seal of this database was changed/));
      assert.deepEqual(await versions(), [{ version: 1, keys: 1 }]);
      assert.deepEqual((await openHierarchy(database.app, 6)).house.derive('spec').export(), house);
    });

    it('is refused when the seal changes while it waits for it', async () => {
      const { hierarchy, house } = await replica();
      let rotating: Promise<unknown> = Promise.resolve();
      const change = new SealChange(new HierarchyChangeRepository(), new SystemRandomness());
      await change.change(database.app, sealKey(5), 'key-file', { key: sealKey(6), parameters: {} }, async () => {
        rotating = assert.rejects(rotation(hierarchy).rotate(database.app, KEEPING, recorded), refusal(/seal of this database was changed/));
        await waits();
      });
      await rotating;
      assert.deepEqual((await openHierarchy(database.app, 6)).house.derive('spec').export(), house);
    });

    it('is made when the change comes second, which then wraps the new root key', async () => {
      const { hierarchy, house } = await replica();
      let moving: Promise<unknown> = Promise.resolve();
      await rotation(hierarchy).rotate(database.app, KEEPING, async () => {
        moving = move();
        await waits();
      });
      await moving;
      assert.deepEqual(await versions(), [{ version: 2, keys: 1 }]);
      assert.deepEqual((await openHierarchy(database.app, 6)).house.derive('spec').export(), house);
      await assert.rejects(openHierarchy(database.app, 5), SealRefusal);
    });

    it('leaves no seal that is changed over a root key that is not there', async () => {
      await replica();
      await database.query('DELETE FROM crypto.project_key');
      await database.query('DELETE FROM crypto.root_key');
      await assert.rejects(move(), refusal(/root key of this database is missing/));
    });
  });
});
