import { Clock } from '#platform/system/clock.js';

/** Time that a test moves by hand. */
export class HandClock extends Clock {
  constructor(public millis = 1_700_000_000_000) {
    super();
  }
  override nowMillis(): number {
    return this.millis;
  }
  override monotonicMillis(): number {
    return this.millis;
  }
}
