import { type Reading, UnitOfWork } from '#platform/database/unit-of-work.js';
import type { Principal } from '#pure/principal/principal.js';

/** Reads by another, and counts how often. */
export class CountingUnitOfWork extends UnitOfWork {
  count = 0;

  constructor(private readonly inner: UnitOfWork) {
    super(null);
  }

  override read<T>(principal: Principal, work: (reading: Reading) => Promise<T>): Promise<T> {
    this.count += 1;
    return this.inner.read(principal, work);
  }
}
