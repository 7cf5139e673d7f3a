/** Time as a port: engines take it in their constructor, pure code takes instants as arguments. */
export abstract class Clock {
  /** Milliseconds since 1970, UTC. Can step backwards: never use it to measure how long something took. */
  abstract nowMillis(): number;
  /** Milliseconds from an arbitrary origin; never steps backwards. For durations and deadlines. */
  abstract monotonicMillis(): number;

  now(): Date {
    return new Date(this.nowMillis());
  }
}

export class SystemClock extends Clock {
  override nowMillis(): number {
    return Date.now();
  }

  override monotonicMillis(): number {
    return performance.now();
  }
}
