import type { Tx } from '#platform/database/unit-of-work.js';

/** Records what was done in the transaction that does it: if it rejects, nothing was done. This engine knows no ledger; its doors do. */
export type DeedRecord<T> = (tx: Tx, deed: T) => Promise<void>;
