import type { EntityManager } from 'typeorm';

declare const transactionBrand: unique symbol;

/** A transaction in progress: opaque to engines, who only hand it on as the first argument of every call. */
export interface Tx {
  readonly [transactionBrand]: true;
}

const managers = new WeakMap<Tx, EntityManager>();
const afterCommit = new WeakMap<Tx, (() => void)[]>();

/** For `persistence/` alone: the entity manager behind a transaction. */
export function entityManagerOf(tx: Tx): EntityManager {
  const manager = managers.get(tx);
  if (manager === undefined) throw new Error('the transaction has ended, or was not made by a unit of work');
  return manager;
}

/** Runs `effect` once the transaction has committed, and never if it does not. `effect` must not throw. */
export function onCommit(tx: Tx, effect: () => void): void {
  afterCommit.get(tx)?.push(effect);
}

export function beginWork(manager: EntityManager): Tx {
  const tx = {} as Tx;
  managers.set(tx, manager);
  afterCommit.set(tx, []);
  return tx;
}

/** From here on nothing reaches the database through the transaction: a promise that the work forgot fails loudly. */
export function endWork(tx: Tx): void {
  managers.delete(tx);
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
