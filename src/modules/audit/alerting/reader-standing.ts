import type { Tx } from '#platform/database/unit-of-work.js';

/** Who may read the ledger now, known by a bare id and without a session: policy's knowledge, asked through this port. */
export abstract class ReaderStanding {
  /** Whether the principal is active and may read entries of this project; null: those of the whole server. */
  abstract mayRead(tx: Tx, principalId: string, projectId: string | null): Promise<boolean>;
}
