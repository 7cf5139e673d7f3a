import { hash } from 'node:crypto';
import type { Clock } from '#platform/system/clock.js';

const KNOWN_MILLIS = 10 * 60_000;
/** A digest and a number, about 150 bytes each. */
const KNOWN_MAX = 10_000;

/**
 * Credentials that were valid a moment ago, by their digest. Whoever presents one is not a stranger to be counted, and
 * no flood from the same address keeps them out. It is no decision: each is verified at each request all the same.
 */
export class KnownCredentials {
  private readonly until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  has(digest: string): boolean {
    const until = this.until.get(digest);
    if (until === undefined) return false;
    if (until > this.clock.monotonicMillis()) return true;
    this.until.delete(digest);
    return false;
  }

  /** It was valid just now. */
  note(digest: string): void {
    this.until.delete(digest);
    if (this.until.size >= KNOWN_MAX) this.until.delete(this.until.keys().next().value!);
    this.until.set(digest, this.clock.monotonicMillis() + KNOWN_MILLIS);
  }

  /** It is valid no more. */
  forget(digest: string): void {
    this.until.delete(digest);
  }
}

/** Of the header lines that carry a credential, as they were sent. */
export function digestOfCredential(lines: readonly string[]): string {
  return hash('sha256', lines.join('\0'), 'base64url');
}
