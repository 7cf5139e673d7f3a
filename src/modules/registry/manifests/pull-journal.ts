import { Injectable } from '@nestjs/common';

const MINUTE_MILLIS = 60_000;
/** A hundred pulls a second for a minute; what falls out is recorded once more. */
const REMEMBERED_MAX = 6_000;

/** Which pulls of this minute are in the ledger: a client asks for a manifest several times a pull. */
@Injectable()
export class PullJournal {
  private minute = 0;
  private recorded = new Set<string>();

  /** Whether the pull is to be recorded. It counts as recorded from then on, also for who asks while that is being done. */
  isDue(principalId: string, digest: string, nowMillis: number): boolean {
    const minute = Math.floor(nowMillis / MINUTE_MILLIS);
    if (minute !== this.minute || this.recorded.size >= REMEMBERED_MAX) {
      this.minute = minute;
      this.recorded = new Set();
    }
    const pull = `${principalId} ${digest}`;
    if (this.recorded.has(pull)) return false;
    this.recorded.add(pull);
    return true;
  }
}
