import type { ClientBase, Pool } from 'pg';
import type { EntityManager } from 'typeorm';

declare const readingBrand: unique symbol;
declare const transactionBrand: unique symbol;

/** A way to ask the database and no way to change it. What only reads takes this, and takes a transaction too. */
export interface Reading {
  readonly [readingBrand]: true;
}

/** A transaction in progress: opaque to engines, who only hand it on as the first argument of every call. */
export interface Tx extends Reading {
  readonly [transactionBrand]: true;
}

/** What statements are sent to: the transaction's connection, or any connection of the pool of readers. */
export type Session = Pick<ClientBase | Pool, 'query'>;

const sessions = new WeakMap<Reading, Session>();
const managers = new WeakMap<Tx, EntityManager>();
const afterCommit = new WeakMap<Tx, (() => void)[]>();
const unanswered = new WeakMap<Tx, Promise<unknown>[]>();

/** For `persistence/` alone: the entity manager behind a transaction. */
export function entityManagerOf(tx: Tx): EntityManager {
  const manager = managers.get(tx);
  if (manager === undefined) throw new Error('the transaction has ended, or was not made by a unit of work');
  return manager;
}

/** For `platform/database` alone: where the statements of a transaction or a reading go. */
export function sessionOf(reading: Reading): Session {
  const session = sessions.get(reading);
  if (session === undefined) throw new Error('the transaction or reading has ended, or was not made by a unit of work');
  return session;
}

/** Runs `effect` once the transaction has committed, and never if it does not. `effect` must not throw. */
export function onCommit(tx: Tx, effect: () => void): void {
  const effects = afterCommit.get(tx);
  if (effects === undefined) throw new Error('the transaction has ended, or was not made by a unit of work');
  effects.push(effect);
}

/**
 * For a statement that was sent and whose answer nothing in the work needs: COMMIT goes out behind it without waiting,
 * which saves a round trip, and the unit of work fails as the statement does. It cannot be missed: a transaction in
 * which a statement failed does not commit. It must have been sent when this is called, as by `rowsOf`: what goes
 * through an entity manager is sent some turns later, and might come behind COMMIT, outside of the transaction.
 */
export function leaveToCommit(tx: Tx, statement: Promise<unknown>): void {
  const statements = unanswered.get(tx);
  if (statements === undefined) throw new Error('the transaction has ended, or was not made by a unit of work');
  // Heard when the work is over; until then its failure is nobody's.
  statement.catch(() => undefined);
  statements.push(statement);
}

/** The first failure among them, once all are answered. */
export async function failureLeft(tx: Tx): Promise<PromiseRejectedResult | undefined> {
  const outcomes = await Promise.allSettled(unanswered.get(tx) ?? []);
  return outcomes.find((outcome) => outcome.status === 'rejected');
}

export function beginReading(session: Session): Reading {
  const reading = {} as Reading;
  sessions.set(reading, session);
  return reading;
}

export function beginWork(manager: EntityManager, session: Session): Tx {
  const tx = beginReading(session) as Tx;
  managers.set(tx, manager);
  afterCommit.set(tx, []);
  unanswered.set(tx, []);
  return tx;
}

/** From here on nothing reaches the database through the transaction: a promise that the work forgot fails loudly. */
export function endWork(work: Reading): void {
  sessions.delete(work);
  managers.delete(work as Tx);
}

/** After the COMMIT was answered. One effect that throws must not take the others with it, nor undo the answer. */
export function runEffects(tx: Tx): void {
  const effects = afterCommit.get(tx) ?? [];
  afterCommit.delete(tx);
  for (const effect of effects) {
    try {
      effect();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
