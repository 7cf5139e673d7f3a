import type { Tx } from '#platform/database/unit-of-work.js';

/**
 * Which principals can still log in: auth's knowledge, asked through this port by what protects the last owner. An
 * owner binding of a disabled account keeps nobody in.
 */
export abstract class PrincipalStanding {
  /** Those of `ids` that are active, as of this transaction. */
  abstract activeAmong(tx: Tx, ids: readonly string[]): Promise<readonly string[]>;
}
