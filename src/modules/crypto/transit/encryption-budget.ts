import type { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import type { TransitKey } from '../domain/transit-key.js';
import type { TransitUsageRepository } from '../persistence/transit-usage.repository.js';

/**
 * NIST SP 800-38D §8.3: under random 96-bit nonces a key encrypts at most 2^32 times, or two nonces may meet. Convergent
 * keys count too: their nonces are as good as random, one for each plaintext. A derived key is counted as one with the
 * contexts that it has: fewer than could be, never more.
 */
export const ENCRYPTIONS_MAX = 2 ** 32;

/**
 * Reserved at once. A process that ends wastes what it has reserved and not used: 65,536 ends are what a version has room
 * for, and a database that is asked once in 65,536 encryptions does not notice.
 */
export const LEASE = 2 ** 16;

const BUDGET = systemPrincipal('encryption-budget');

/** Encryptions that this process has reserved and not done yet, of each version. */
export class EncryptionBudget {
  /** Owned by `take`; entries of versions that are spent or destroyed are small and stay until the process ends. */
  readonly #left = new Map<string, number>();
  readonly #reserving = new Map<string, Promise<unknown>>();

  constructor(
    private readonly uow: UnitOfWork,
    private readonly rows: Pick<TransitUsageRepository, 'reserve'>,
  ) {}

  /** Whether so many may be done with this version. What was taken is never given back: it may have been used. */
  async take({ id }: Pick<TransitKey, 'id'>, version: number, count: number): Promise<boolean> {
    const place = `${id}/${version}`;
    while (!this.#takeNow(place, count)) {
      // Whoever comes meanwhile waits for the same reservation, and asks again.
      const reserving = this.#reserving.get(place);
      if (reserving !== undefined) {
        await reserving;
        continue;
      }
      if ((await this.#reserve(place, id, version, Math.max(LEASE, count))) === 0) return this.#takeNow(place, count);
    }
    return true;
  }

  #takeNow(place: string, count: number): boolean {
    const left = this.#left.get(place) ?? 0;
    if (left < count) return false;
    this.#left.set(place, left - count);
    return true;
  }

  async #reserve(place: string, keyId: string, version: number, wanted: number): Promise<number> {
    const reserving = this.uow.run(BUDGET, (tx) => this.rows.reserve(tx, keyId, version, wanted, ENCRYPTIONS_MAX)).finally(() => this.#reserving.delete(place));
    this.#reserving.set(place, reserving.catch(() => undefined));
    const got = await reserving;
    this.#left.set(place, (this.#left.get(place) ?? 0) + got);
    return got;
  }
}
