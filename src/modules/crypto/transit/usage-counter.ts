import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import { type Principal, systemPrincipal } from '#pure/principal/principal.js';
import type { TransitUsageRepository, Usage } from '../persistence/transit-usage.repository.js';

const USAGE = systemPrincipal('transit-usage');

/**
 * How often each version of each key was used for what, and when last. Counted in memory and added up in the database
 * every few seconds: what a crash takes with it is in the ledger all the same, which has an entry for every request.
 */
export class UsageCounter {
  /** Owned by this class; `flush` takes it away whole and puts back what could not be stored. */
  #counts = new Map<string, Usage>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: Pick<TransitUsageRepository, 'add' | 'ofVersions'>,
    private readonly clock: Clock,
  ) {}

  count(keyId: string, operation: string, versions: ReadonlyMap<number, number>): void {
    const lastUsedMillis = this.clock.nowMillis();
    for (const [version, uses] of versions) this.#add({ keyId, version, operation, uses, lastUsedMillis });
  }

  /** As of the last flush of every process: some seconds late. */
  async ofVersions(principal: Principal, keyId: string, versions: readonly number[]): Promise<readonly Usage[]> {
    return this.uow.read(principal, (reading) => this.rows.ofVersions(reading, keyId, versions));
  }

  /** One transaction. What it could not store is counted with the next. */
  async flush(): Promise<void> {
    const taken = this.#counts;
    if (taken.size === 0) return;
    this.#counts = new Map();
    try {
      await this.uow.run(USAGE, (tx) => this.rows.add(tx, [...taken.values()]));
    } catch (error) {
      for (const usage of taken.values()) this.#add(usage);
      throw error;
    }
  }

  #add(usage: Usage): void {
    const place = `${usage.keyId}/${usage.version}/${usage.operation}`;
    const before = this.#counts.get(place);
    const merged = before === undefined ? usage : { ...usage, uses: before.uses + usage.uses, lastUsedMillis: Math.max(before.lastUsedMillis, usage.lastUsedMillis) };
    this.#counts.set(place, merged);
  }
}
