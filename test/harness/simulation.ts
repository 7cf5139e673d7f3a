import { Global, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Keyring, HouseKey } from '#modules/crypto/index.js';
import { PermissionCatalogue } from '#modules/rbac/index.js';
import { AuthStandingModule } from '../../src/modules/auth/auth-standing.module.js';
import type { NewJob } from '../../src/modules/simulation/persistence/job.repository.js';
import { REGISTRY_PERMISSIONS } from '#modules/registry/index.js';
import { SIMULATION_PERMISSIONS } from '#modules/simulation/index.js';
import { ConfigModule } from '#platform/config/config.module.js';
import { loadConfig } from '#platform/config/load-config.js';
import { DatabaseModule } from '#platform/database/database.module.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { RateLimitModule } from '#platform/http/rate-limit/rate-limit.module.js';
import { MetricsModule } from '#platform/metrics/metrics.module.js';
import { TracingModule } from '#platform/tracing/tracing.module.js';
import { SystemModule } from '#platform/system/system.module.js';
import { type Principal, SCOPES } from '#pure/principal/principal.js';
import { TEST_ROOT_KEY, unrecorded } from './keyring.js';
import { openTestDatabase, type TestDatabase } from './postgres.js';

class TestCatalogue extends PermissionCatalogue {
  override all(): ReturnType<PermissionCatalogue['all']> {
    return [...Object.values(SIMULATION_PERMISSIONS), ...Object.values(REGISTRY_PERMISSIONS)];
  }
}

@Global()
@Module({ providers: [{ provide: PermissionCatalogue, useClass: TestCatalogue }], exports: [PermissionCatalogue] })
class TestCatalogueModule {}

/** One process of an installation, without its HTTP server. */
export interface Replica {
  get<T>(type: abstract new (...parameters: never[]) => T): T;
  close(): Promise<void>;
}

/** A database with two projects and people in them, and as many processes on it as a spec opens. */
export interface Installation {
  readonly database: TestDatabase;
  readonly query: TestDatabase['query'];
  /** Ids of the projects `red` and `blue`. */
  readonly red: string;
  readonly blue: string;
  /** The given engine or door modules, wired as the roof does. `variables` are those of the environment. */
  replica(modules: readonly Type[], variables?: Readonly<Record<string, string>>): Promise<Replica>;
  /** Somebody with a role in a project (null: everywhere). */
  person(role: string, projectId: string | null): Promise<Principal>;
  close(): Promise<void>;
}

export async function openInstallation(): Promise<Installation> {
  const database = await openTestDatabase();
  const replicas: Replica[] = [];
  const randomness = new SystemRandomness();
  const newId = (): string => randomness.uuidv7(Date.now());
  const project = async (slug: string): Promise<string> => {
    const id = newId();
    await database.query('INSERT INTO rbac.project (id, slug, name) VALUES ($1, $2, $2)', [id, slug]);
    return id;
  };
  return {
    database,
    query: database.query,
    red: await project('red'),
    blue: await project('blue'),
    replica: async (modules, variables = {}) => {
      const replica = await openReplica(database, modules, variables);
      replicas.push(replica);
      return replica;
    },
    person: async (role, projectId) => {
      const id = newId();
      await database.query(`INSERT INTO auth.principal (id, kind, status, created_at) VALUES ($1, 'user', 'active', now())`, [id]);
      await database.query(`INSERT INTO rbac.role_binding (id, subject_id, role_id, project_id, created_at, created_by) VALUES ($1, $2, $3, $4, now(), 'spec')`, [newId(), id, role, projectId]);
      return { id, kind: 'user', sessionId: newId(), scopes: new Set(SCOPES), assurance: 'aal1', authenticatedAtSeconds: 0, projectId: null, mustChangePassword: false, policyVersion: 1, transitVersion: 1 };
    },
    close: async () => {
      for (const replica of replicas) await replica.close();
      await database.close();
    },
  };
}

async function openReplica(database: TestDatabase, modules: readonly Type[], variables: Readonly<Record<string, string>>): Promise<Replica> {
  const config = loadConfig({ PUBLIC_URL: 'https://quantonium.example', DATABASE_POOL_MAX: '6', ...variables });
  class TestRoof {}
  Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule.forRoot({ config, urls: database.urls, onError: () => undefined }),
      SystemModule,
      MetricsModule.forRoot([]),
      RateLimitModule.forRoot(),
      TracingModule.forRoot(null),
      TestCatalogueModule,
      AuthStandingModule,
      ...modules,
    ],
  })(TestRoof);
  const application = await NestFactory.createApplicationContext(TestRoof as Type, { logger: false, abortOnError: false });
  application.get(Keyring, { strict: false }).unseal(HouseKey.takeOver(Buffer.from(TEST_ROOT_KEY)), unrecorded);
  let open = true;
  return {
    get: (type) => application.get(type, { strict: false }),
    close: async () => {
      if (open) await application.close();
      open = false;
    },
  };
}

/** A job of somebody in the project `red` as a submission would queue it; its program says nothing and is not run. */
export function queuedJob(projectId: string, submittedBy: string, over: Partial<NewJob> = {}): NewJob {
  return {
    id: new SystemRandomness().uuidv7(Date.now()), projectId, projectSlug: 'red', submittedBy, name: null, language: 'openqasm2', source: 'x', parameters: {}, outputs: ['counts'], noise: null,
    programDigest: `sha256:${'0'.repeat(64)}`, programReferences: [], shots: 1, seed: 1, method: 'statevector', precision: 'double', qubits: 2, memoryBytes: 64, costUnits: 1, priority: 'normal', deadline: null, items: null, parts: [],
    ...over,
  };
}

/** A Bell pair: two outcomes, one millisecond. */
export const BELL = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0], q[1];\nmeasure q -> c;\n';

/** So many layers of rotations that no engine can merge: runs for as long as a spec needs it to. */
export function longRun(qubits = 20, layers = 4_000): string {
  // Pairs by themselves would be simulated as pairs.
  const chain = Array.from({ length: qubits / 2 - 1 }, (_, k) => `cz q[${k}], q[${k + 1}];`).join(' ');
  return `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits / 2}];\nqreg r[${qubits / 2}];\ncreg c[${qubits / 2}];\nry(0.3) q;\n${chain}\n${'ry(0.3) q;\nry(0.4) r;\ncz q, r;\n'.repeat(layers)}measure q -> c;\n`;
}

/** Eight measurements part the shots, and a thousand gates stand under a condition that never holds: estimated to take seconds, and run in milliseconds. With 200 shots on a state vector it is cut into parts. */
export const BRANCHING = `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[16];\ncreg c[17];\nry(0.7) q;\n${Array.from({ length: 8 }, (_, k) => `cx q[${k}],q[${k + 1}];\nmeasure q[${k}] -> c[${k}];\n`).join('')}${Array.from({ length: 1000 }, (_, k) => `if(c==65536) ry(0.1) q[${k % 16}];\n`).join('')}measure q[8] -> c[8];\n`;

/** Asks every few milliseconds until it is so; the limit is what a loaded machine may take. */
export async function until(isSo: () => Promise<boolean> | boolean, limitMillis = 20_000): Promise<void> {
  const deadline = performance.now() + limitMillis;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come about');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
