import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { type Clock, SystemClock } from '#platform/system/clock.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { ThreadRoster } from '#platform/threads/thread-roster.js';
import type { Principal } from '#pure/principal/principal.js';
import type { TransitKey } from '../../src/modules/crypto/domain/transit-key.js';
import { TransitUsageRepository } from '../../src/modules/crypto/persistence/transit-usage.repository.js';
import { EncryptionBudget } from '../../src/modules/crypto/transit/encryption-budget.js';
import type { OperationName } from '../../src/modules/crypto/transit/operation-fields.js';
import type { OperationPath } from '../../src/modules/crypto/transit/operation-request.js';
import { OperationThreads } from '../../src/modules/crypto/transit/operation-threads.js';
import type { TransitEngine } from '../../src/modules/crypto/transit/transit-engine.js';
import { type OperationDone, TransitOperations } from '../../src/modules/crypto/transit/transit-operations.js';
import { UsageCounter } from '../../src/modules/crypto/transit/usage-counter.js';
import { testKeyring } from './keyring.js';
import type { TestDatabase } from './postgres.js';
import { unrecordedDeed } from './transit.js';

export const REQUEST_ID = '019a94de-4b70-7c00-8000-000000000001';

/** What an operation gave, as a client sees `data`. */
export interface Outcome extends OperationDone {
  readonly data: Record<string, unknown> & { readonly batch_results?: readonly Record<string, unknown>[] };
}

export interface OperationBench {
  readonly operations: TransitOperations;
  readonly usage: UsageCounter;
  /** As a door does it, with everything permitted; throws the fault of a single item. */
  run(principal: Principal, operation: OperationName, place: { projectId: string; name: string }, body: object | Buffer, path?: OperationPath): Promise<Outcome>;
  close(): Promise<void>;
}

export function operationBench(database: TestDatabase, engine: TransitEngine, parts: { readonly clock?: Clock; readonly uow?: UnitOfWork } = {}): OperationBench {
  const [rows, uow, clock] = [new TransitUsageRepository(), parts.uow ?? database.app, parts.clock ?? new SystemClock()];
  const usage = new UsageCounter(uow, rows, clock);
  const keyring = testKeyring(database);
  const operations = new TransitOperations({ directory: engine.directory, budget: new EncryptionBudget(uow, rows), usage, threads: new OperationThreads(new ThreadRoster()), work: engine.work, macKey: () => keyring.macKey('transit-item'), randomness: new SystemRandomness() });
  const renew = (principal: Principal) => (key: TransitKey) => engine.rotation.rotate(principal, key.projectId, key.name, unrecordedDeed, key);
  return {
    operations,
    usage,
    run: async (principal, operation, place, body, path = {}) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const done = await operations.perform({ principal, operation, path, bytes, requestId: REQUEST_ID, permit: () => Promise.resolve(place), renew: renew(principal), onKey: () => {} });
      if (done.fault !== null) throw done.fault;
      return { ...done, data: (JSON.parse(done.body!.toString()) as { data: Outcome['data'] }).data };
    },
    close: () => operations.onApplicationShutdown(),
  };
}
