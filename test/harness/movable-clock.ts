import { SystemClock } from '#platform/system/clock.js';

/** Time that goes on, and can be moved: the database's own does not follow. */
export class MovableClock extends SystemClock {
  offsetMillis = 0;
  /** Where it stands still; null: it goes on. */
  stoppedMillis: number | null = null;

  override nowMillis(): number {
    return (this.stoppedMillis ?? super.nowMillis()) + this.offsetMillis;
  }
}
