import type { Tx, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Clock } from '#platform/system/clock.js';
import type { KeyHierarchy } from '../hierarchy/key-hierarchy.js';
import type { HouseKey } from '../house-key.js';
import type { SealRepository } from '../persistence/seal.repository.js';
import type { AutomaticSeal } from './automatic-seal.js';
import { openSeal } from './seal-opening.js';

export interface SealDependencies {
  /** Of the login that this process opens its keys with; null in one that holds none: one that only works. */
  readonly units: UnitOfWork | null;
  readonly seals: SealRepository;
  readonly hierarchy: KeyHierarchy;
  readonly clock: Clock;
  readonly seal: AutomaticSeal;
}

/** The seal of this process, as its configuration says. */
export class Seal {
  constructor(private readonly deps: SealDependencies) {}

  /**
   * Opens it; null in a process that holds no key. `recordBinding` shares the transaction that puts a new database under
   * its seal. Rejects with `SealRefusal`, whose message is for the operator.
   */
  async open(recordBinding: (tx: Tx) => Promise<void>): Promise<HouseKey | null> {
    const { units, seals, hierarchy, clock, seal } = this.deps;
    return units === null ? null : openSeal(seal, { units, seals, hierarchy, clock }, recordBinding);
  }
}
