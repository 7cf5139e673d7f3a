import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { crashPoint } from '#platform/system/crash-points.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { asFault, databaseCode, isConnectionLost, isRetryable } from './database-faults.js';
import { type Deed, type IdempotentRequest, once } from './idempotency.js';
import { type Reading, type Tx, beginReading, beginWork, endWork, failureLeft, leaveToCommit, runEffects } from './transaction.js';

export { entityManagerOf, leaveToCommit, onCommit } from './transaction.js';
export type { Reading, Tx } from './transaction.js';
export { rowsOf } from './statement.js';
export type { Statement } from './statement.js';
export type { Deed, IdempotentRequest } from './idempotency.js';

/** A deadlock's loser, and who lost a serialization race, does the whole work again at most so often. */
const ATTEMPTS_MAX = 4;
/** Before the n-th repetition n times this, so that two losers of one race do not meet again. */
const RETRY_WAIT_MILLIS = 15;

/** SQLSTATE read_only_sql_transaction. */
const WRITE_REFUSED = '25006';

/** Told how long work takes. Must not throw, nor wait. */
export interface WorkObserver {
  began(): number;
  ended(startedMillis: number, isCommitted: boolean): void;
  repeated(): void;
}

/**
 * One deed, one transaction. No network, file, password hashing, key generation or waiting inside.
 * READ COMMITTED; who needs more takes a lock. A work that throws leaves nothing behind. The work may run more than
 * once (deadlock): what it does outside the transaction belongs into `onCommit`.
 *
 * A crash or a lost connection during COMMIT leaves the caller in doubt: `unavailable` then says that the deed was not
 * acknowledged, not that it was not done. An Idempotency-Key settles it.
 */
export class UnitOfWork {
  /** Both null in a process whose roles do not include this login. */
  constructor(
    private readonly source: DataSource | null,
    private readonly readers: Pool | null = null,
    private readonly observer: WorkObserver | null = null,
  ) {}

  async run<T>(principal: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    void principal;
    const startedMillis = this.observer?.began() ?? 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const value = await this.#attempt(work);
        this.observer?.ended(startedMillis, true);
        return value;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isRetryable(error)) {
          this.observer?.ended(startedMillis, false);
          throw asFault(error);
        }
        this.observer?.repeated();
        await sleep(RETRY_WAIT_MILLIS * attempt);
      }
    }
  }

  /**
   * Statements that only read, without a transaction around them: one round trip where BEGIN and COMMIT make it three.
   * Nothing is lost by it, since under READ COMMITTED each statement has its own snapshot in any case. What needs one
   * snapshot for two statements makes them one. The sessions of the readers refuse every write, which then is a defect
   * of ours and not an unavailable database.
   */
  async read<T>(principal: Principal, work: (reading: Reading) => Promise<T>): Promise<T> {
    void principal;
    if (this.readers === null) throw this.#withoutLogin();
    const reading = beginReading(this.readers);
    try {
      return await work(reading);
    } catch (error) {
      throw databaseCode(error) === WRITE_REFUSED ? error : asFault(error);
    } finally {
      endWork(reading);
    }
  }

  /**
   * `run` for a creating request. With a key, the deed is done once for this principal and route, however often and
   * however concurrently it is asked for; later calls get `replay` of the resource. Without, as `run`.
   * Faults: idempotency-key-reused (422) for another body, idempotency-replay-refused (409) where the answer of the
   * deed held a secret.
   */
  async runOnce<T>(
    principal: Principal,
    request: IdempotentRequest | null,
    deed: (tx: Tx) => Promise<Deed<T>>,
    replay: (tx: Tx, resourceId: string) => Promise<T>,
  ): Promise<T> {
    if (request === null) return this.run(principal, async (tx) => (await deed(tx)).value);
    const value = await this.run(principal, (tx) => once(tx, principal, request, deed, replay));
    crashPoint('database.idempotency.after-commit');
    return value;
  }

  #withoutLogin(): Error {
    return new Error(`${this.constructor.name}: this process was not given the role (QUANTONIUM_ROLES) that works with this login`);
  }

  async #attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.source === null) throw this.#withoutLogin();
    const runner = this.source.createQueryRunner();
    let failure: unknown;
    try {
      return await this.#transact(runner, work);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await release(runner, failure);
    }
  }

  async #transact<T>(runner: QueryRunner, work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = (await runner.connect()) as ClientBase;
    // Between two statements nobody waits for the connection, and its loss would only show as a released runner.
    let loss: Error | null = null;
    const noteLoss = (error: Error): void => void (loss = error);
    client.once('error', noteLoss);
    const tx = beginWork(runner.manager, client);
    try {
      begin(runner, client, tx);
      const value = await work(tx);
      endWork(tx);
      await commit(runner, client, tx);
      runEffects(tx);
      return value;
    } catch (error) {
      endWork(tx);
      // A statement that was left to the commit and failed is the reason, whatever the work made of it: those that
      // come behind say only that one did, and a work that throws by intent is not to take its answer for given.
      const cause: unknown = (await failureLeft(tx))?.reason ?? error;
      // A connection that is lost has rolled back by being lost.
      const failure: unknown = loss !== null && !(cause instanceof Fault) ? loss : cause;
      if (runner.isTransactionActive && loss === null && !isConnectionLost(error)) await runner.rollbackTransaction().catch(() => undefined);
      throw failure;
    } finally {
      client.removeListener('error', noteLoss);
    }
  }
}

/**
 * The first statement of the work goes out right behind BEGIN and saves its round trip. That no work can run outside of
 * its transaction is the session's doing: unless BEGIN said READ WRITE, it refuses every write.
 */
function begin(runner: QueryRunner, client: ClientBase, tx: Tx): void {
  // The driver keeps books of its own, and `rollbackTransaction` reads them.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  const begun = client.query('BEGIN READ WRITE').catch((cause: unknown) => {
    // A standby, a shutdown, a connection that is gone: nothing of the work.
    throw new Fault(REQUEST_FAULTS.unavailable, { headers: { 'Retry-After': '1' }, cause });
  });
  leaveToCommit(tx, begun);
}

/**
 * COMMIT, and nothing else that the server may make of it: it answers the COMMIT of a transaction in which a statement
 * failed with ROLLBACK and no error. A work that swallowed that failure would be acknowledged and be lost.
 */
async function commit(runner: QueryRunner, client: ClientBase, tx: Tx): Promise<void> {
  crashPoint('database.commit.before-sending');
  const answering = client.query('COMMIT').catch((error: unknown) => ({ error }));
  const left = await failureLeft(tx);
  // All that was left is written, and whether it is committed is for the server alone to know.
  crashPoint('database.commit.before-answer');
  const answer = await answering;
  if (!('error' in answer)) Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
  if (left !== undefined) throw left.reason;
  if ('error' in answer) throw answer.error;
  const { command } = answer;
  if (command !== 'COMMIT') throw new Error('the transaction had failed before its COMMIT: the work went on after an error of the database');
}

/** Back to the pool; destroyed when in doubt, since the pool would lend it out again. */
async function release(runner: QueryRunner, failure: unknown): Promise<void> {
  const discard = (runner as QueryRunner & { releasePostgresConnection?: (error: unknown) => Promise<void> }).releasePostgresConnection;
  if (failure !== undefined && (isConnectionLost(failure) || runner.isTransactionActive)) await discard?.call(runner, failure);
  await runner.release();
}

/** As the login that sequences and signs the ledger. */
export class SequencerUnitOfWork extends UnitOfWork {}

/** As the login that runs simulations. */
export class WorkerUnitOfWork extends UnitOfWork {}
