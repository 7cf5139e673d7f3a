/**
 * Sources that went on after they had been refused, and are not listened to for a while. The roof binds the class to
 * the module that keeps them.
 */
export abstract class SourceBlocks {
  /** Seconds until the source may ask again without a credential; 0 while it is not blocked. Asked by each request that has none: it must cost nothing. */
  abstract secondsLeft(source: string): number;
  /** The source has been refused as many times within a minute as it may ask at all. Never waits, never throws. */
  abstract offended(source: string): void;
}

/** Where nobody keeps them: a process that serves no API. */
export class NoBlocks extends SourceBlocks {
  override secondsLeft(): number {
    return 0;
  }

  override offended(): void {}
}
