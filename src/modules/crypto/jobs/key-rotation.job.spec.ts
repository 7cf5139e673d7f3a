import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AuditLog } from '#modules/audit/index.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../../test/harness/hand-clock.js';
import { testKeyring } from '../../../../test/harness/keyring.js';
import { newProject } from '../../../../test/harness/policy.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/harness/postgres.js';
import { until } from '../../../../test/harness/simulation.js';
import { keyUser, PLAIN_KEY, transitReplica, unrecordedDeed } from '../../../../test/harness/transit.js';
import { EntryRepository } from '../../audit/persistence/entry.repository.js';
import { KeyRotationJob } from './key-rotation.job.js';

describe('keys that are rotated by time', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());

  it('are each rotated once by two replicas that look at once, and the entry says that nobody asked for it', async () => {
    const clock = new HandClock();
    const engines = [await transitReplica(database, clock), await transitReplica(database, clock)];
    const project = await newProject(database);
    for (const name of ['a', 'b', 'c', 'never']) {
      await engines[0]!.keys.create(await keyUser(database), project, name, { ...PLAIN_KEY, autoRotateSeconds: name === 'never' ? 0 : 3600 }, unrecordedDeed);
    }
    clock.millis += 3_600_000;
    const audit = new AuditLog(database.app, new EntryRepository(), clock, new SystemRandomness(), testKeyring(database), new Metrics(), { seal: () => Promise.resolve([]) });
    const jobs = engines.map((engine) => new KeyRotationJob(engine, audit));
    for (const job of jobs) job.onApplicationBootstrap();
    const versions = () => database.query<{ name: string; latest_version: number }>('SELECT name, latest_version FROM crypto.transit_key ORDER BY name');
    await until(async () => (await versions()).filter(({ latest_version: latest }) => latest === 2).length === 3);
    for (const job of jobs) await job.beforeApplicationShutdown();
    assert.deepEqual((await versions()).map((key) => [key.name, key.latest_version]), [['a', 2], ['b', 2], ['c', 2], ['never', 1]]);
    const entries = (await database.query<{ body: Buffer }>('SELECT body FROM audit.entry')).map(({ body }) => body.toString());
    assert.equal(entries.filter((body) => body.includes('crypto.key.rotate') && body.includes('key-rotation') && body.includes(project)).length, 3);
  });
});
