import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Fault } from '#pure/fault/fault.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { openHierarchy } from '../../../../test/harness/hierarchy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { HierarchyRepository } from '../persistence/hierarchy.repository.js';
import type { KeyHierarchy } from './key-hierarchy.js';
import { ProjectKeys } from './project-keys.js';

const SECRET = Buffer.from('a secret of a key of a project');
const TTL_MILLIS = 10 * 60_000;

describe('the keys of projects', () => {
  let database: TestDatabase;
  before(async () => (database = await openTestDatabase()));
  after(() => database.close());
  afterEach(() => database.query('DELETE FROM crypto.project_key WHERE project_id IS NOT NULL'));

  const projectNamed = async (slug: string): Promise<string> => {
    const id = new SystemRandomness().uuidv7(Date.now());
    await database.query('INSERT INTO rbac.project (id, slug, name, created_at) VALUES ($1, $2, $2, now())', [id, slug]);
    return id;
  };
  const replica = async (clock = new HandClock()): Promise<{ keys: ProjectKeys; hierarchy: KeyHierarchy; clock: HandClock }> => {
    const { hierarchy } = await openHierarchy(database.app);
    return { keys: new ProjectKeys(database.app, new HierarchyRepository(), hierarchy, clock, new SystemRandomness()), hierarchy, clock };
  };
  const isSealed = (error: unknown): boolean => error instanceof Fault && error.kind.code === 'sealed';

  it('wrap for one project what every replica unwraps for it', async () => {
    const project = await projectNamed('shared');
    const wrapped = (await (await replica()).keys.of(project)).wrap(SECRET, 'row 1');
    assert.equal(wrapped.length, SECRET.length + 28);
    assert.deepEqual((await (await replica()).keys.of(project)).unwrap(wrapped, 'row 1'), SECRET);
  });

  it('unwrap nothing of another project, of another place, or with a bit changed', async () => {
    const { keys } = await replica();
    const own = await keys.of(await projectNamed('own'));
    const wrapped = own.wrap(SECRET, 'row 1');
    assert.equal((await keys.of(await projectNamed('other'))).unwrap(wrapped, 'row 1'), null);
    assert.equal(own.unwrap(wrapped, 'row 2'), null);
    for (const at of [0, 12, wrapped.length - 1]) {
      const changed = Buffer.from(wrapped);
      changed[at]! ^= 1;
      assert.equal(own.unwrap(changed, 'row 1'), null);
    }
  });

  it('are one key a project, when eight replicas first want it at once', async () => {
    const project = await projectNamed('wanted');
    const replicas = await Promise.all(Array.from({ length: 8 }, () => replica()));
    const keys = await Promise.all(replicas.map(({ keys }) => keys.of(project)));
    const wrapped = keys[0]!.wrap(SECRET, '');
    for (const key of keys) assert.deepEqual(key.unwrap(wrapped, ''), SECRET);
    assert.equal((await database.query('SELECT FROM crypto.project_key WHERE project_id = $1', [project])).length, 1);
  });

  it('are asked of the database once for callers of one moment, and let go of after their time', async () => {
    const { keys, clock } = await replica();
    const project = await projectNamed('timed');
    const [one, two] = await Promise.all([keys.of(project), keys.of(project)]);
    assert.equal(one, two);
    clock.millis += TTL_MILLIS - 1;
    assert.equal(await keys.of(project), one);
    clock.millis += 1;
    assert.notEqual(await keys.of(project), one);
    assert.equal(keys.atHand, 1);
  });

  it('are not had of a project that does not exist', async () => {
    await assert.rejects((await replica()).keys.of(new SystemRandomness().uuidv7(Date.now())), /foreign key/);
  });

  it('are not had while sealed, and none stays behind', async () => {
    const { keys, hierarchy } = await replica();
    const project = await projectNamed('sealed');
    await keys.of(project);
    const underWay = keys.of(await projectNamed('late'));
    hierarchy.close();
    await assert.rejects(underWay, isSealed);
    await assert.rejects(keys.of(project), isSealed);
    assert.equal(keys.atHand, 0);
  });

  it('do not open once a row was moved to another project', async () => {
    const [from, to] = [await projectNamed('from'), await projectNamed('to')];
    await (await replica()).keys.of(from);
    await database.query('UPDATE crypto.project_key SET project_id = $2 WHERE project_id = $1', [from, to]);
    await assert.rejects((await replica()).keys.of(to), (error: unknown) => error instanceof Fault && error.kind.code === 'keys-unavailable' && /does not open under the root key/.test(String(error.context.cause)));
  });
});
