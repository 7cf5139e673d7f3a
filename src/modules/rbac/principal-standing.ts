import type { Tx } from '#platform/database/unit-of-work.js';

/**
 * Which principals can still log in: auth's knowledge, asked through this port by what protects the last owner, since
 * an owner binding of a disabled account keeps nobody in, and by what is done in somebody's name later.
 */
export abstract class PrincipalStanding {
  /** Those of `ids` that are people and active, as of this transaction. */
  abstract activeAmong(tx: Tx, ids: readonly string[]): Promise<readonly string[]>;

  /** Whether this principal, of a person or a program, is there and active, as of this transaction. */
  abstract isActive(tx: Tx, id: string): Promise<boolean>;
}
