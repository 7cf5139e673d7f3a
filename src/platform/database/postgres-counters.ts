import type { Count, CounterStore } from '#platform/http/rate-limit/limit-storage.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { rowsOf, type Statement, type UnitOfWork } from './unit-of-work.js';

const TAKE: Statement = { name: 'platform.take-hits', text: 'SELECT used, in_slot AS slot, wait_millis AS "waitMillis" FROM platform.take_hits($1, $2, $3, $4)' };
const GIVE_BACK: Statement = { name: 'platform.give-back-hits', text: 'UPDATE platform.rate_limit SET hits = hits - $3 WHERE key = $1 AND slot = $2 AND hits >= $3' };
/** Some seconds more than the window: a clock that stepped back counts in what looks like the future. */
const PRUNE: Statement = {
  name: 'platform.prune-hits',
  text: `DELETE FROM platform.rate_limit WHERE ctid IN (
           SELECT ctid FROM platform.rate_limit WHERE slot < extract(epoch FROM clock_timestamp())::bigint - 120 LIMIT 2000 FOR UPDATE SKIP LOCKED)`,
};
/** Each hit can leave one row: pruning more of them than come in keeps the table at what the last two minutes need. */
const HITS_PER_PRUNE = 1_000;

interface TakenRow {
  readonly used: string;
  readonly slot: string | null;
  readonly waitMillis: string | null;
}

/** Counters that replicas share through the database that they share anyway: one transaction a hit, and no other service. */
export class PostgresCounters implements CounterStore {
  readonly #principal = systemPrincipal('rate-limits');
  #hits = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    /** For tests that move time by hand; the database's own clock unless given. */
    private readonly nowMillis: () => number | null = () => null,
  ) {}

  async take(key: string, limit: number, cost: number): Promise<Count> {
    this.#hits += 1;
    if (this.#hits % HITS_PER_PRUNE === 0) void this.prune().catch(() => undefined);
    const [row] = await this.unitOfWork.run(this.#principal, (tx) => rowsOf<TakenRow>(tx, TAKE, [keyBytes(key), limit, cost, this.nowMillis()]));
    if (row === undefined) throw new Error('platform.take_hits answered with no row');
    return { used: Number(row.used), slot: row.slot === null ? null : Number(row.slot), waitMillis: Number(row.waitMillis ?? 0) };
  }

  async giveBack(key: string, slot: number, cost: number): Promise<void> {
    await this.unitOfWork.run(this.#principal, (tx) => rowsOf(tx, GIVE_BACK, [keyBytes(key), slot, cost]));
  }

  async ping(): Promise<void> {
    await this.unitOfWork.run(this.#principal, (tx) => rowsOf(tx, { name: 'platform.ping-hits', text: 'SELECT 1 AS one' }));
  }

  /** What no window needs any more. */
  async prune(): Promise<void> {
    await this.unitOfWork.run(this.#principal, (tx) => rowsOf(tx, PRUNE));
  }

  /** The pools are the database module's. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Names of keys are 22 characters of base64url: 16 bytes. */
function keyBytes(key: string): Buffer {
  return Buffer.from(key, 'base64url');
}
