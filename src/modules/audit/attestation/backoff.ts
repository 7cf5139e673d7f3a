import type { Clock } from '#platform/system/clock.js';

const FIRST_MILLIS = 1_000;
const LONGEST_MILLIS = 60_000;

/** Pauses after failures that double up to a minute: who is down is not hammered, and is noticed when it is back. */
export class Backoff {
  private failures = 0;
  private until = -Infinity;

  constructor(private readonly clock: Pick<Clock, 'monotonicMillis'>) {}

  get isPausing(): boolean {
    return this.clock.monotonicMillis() < this.until;
  }

  succeeded(): void {
    this.failures = 0;
    this.until = -Infinity;
  }

  failed(): void {
    this.until = this.clock.monotonicMillis() + Math.min(LONGEST_MILLIS, FIRST_MILLIS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
  }
}
