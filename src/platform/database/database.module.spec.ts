import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NestFactory } from '@nestjs/core';
import { Fault } from '#pure/fault/fault.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { type TestDatabase, openTestDatabase } from '../../../test/harness/postgres.js';
import { loadConfig } from '../config/load-config.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SystemModule } from '../system/system.module.js';
import { DatabaseModule } from './database.module.js';
import { SequencerUnitOfWork, UnitOfWork, WorkerUnitOfWork, entityManagerOf } from './unit-of-work.js';

const principal = systemPrincipal('spec');
const login = async (unit: UnitOfWork): Promise<string> => unit.run(principal, async (tx) => (await entityManagerOf(tx).query<{ name: string }[]>('SELECT current_user AS name'))[0]!.name);

describe('the database module', () => {
  let database: TestDatabase;
  before(async () => {
    database = await openTestDatabase();
  });
  after(() => database.close());
  const compose = (roles: string, urls = database.urls) => {
    const module = DatabaseModule.forRoot({ config: loadConfig({ QUANTONIUM_ROLES: roles }), urls, onError: () => undefined });
    return NestFactory.createApplicationContext({ ...module, imports: [SystemModule, MetricsModule.forRoot([])] }, { logger: false, abortOnError: false });
  };

  it('gives a process with every role three units of work, a login each', async () => {
    const app = await compose('api,worker,ledger');
    assert.deepEqual(await Promise.all([UnitOfWork, SequencerUnitOfWork, WorkerUnitOfWork].map((token) => login(app.get(token)))), ['quantonium_app', 'quantonium_sequencer', 'quantonium_worker']);
    await app.close();
  });

  it('opens no connection as a login whose role the process has not', async () => {
    // A database of its own: the backends of the application before may outlive its close by a moment.
    const fresh = await openTestDatabase();
    const app = await compose('worker', fresh.urls);
    assert.equal(await login(app.get(WorkerUnitOfWork)), 'quantonium_worker');
    await assert.rejects(login(app.get(UnitOfWork)), /QUANTONIUM_ROLES/);
    const [row] = await fresh.query<{ names: string[] }>("SELECT array_agg(DISTINCT application_name) AS names FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'quantonium-%'");
    assert.deepEqual(row!.names, ['quantonium-worker']);
    await app.close();
    await fresh.close();
  });

  it('closes its pools with the application', async () => {
    const app = await compose('api');
    const unit = app.get(UnitOfWork);
    await app.close();
    await assert.rejects(login(unit), (error) => error instanceof Fault && error.kind.status === 503);
  });

  it('refuses to compose with a password that is wrong', async () => {
    await assert.rejects(compose('api', { ...database.urls, app: database.urls.app.replace(/:[^:@]+@/, ':wrong@') }), { code: '28P01' });
  });
});
