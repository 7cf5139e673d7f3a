/**
 * How fast passwords may be tried on one account. Two counters: one of the account as tried from one source prefix,
 * one of the account from everywhere.
 *
 * The rules, and whom they protect:
 * - nothing is ever locked: a refusal ends by itself, after 5 minutes at most for one source, 30 s for the account;
 * - refused attempts are not counted, so hammering does not lengthen a refusal;
 * - a source that has logged in within 30 days is never refused because of what others do, so strangers cannot keep
 *   a user out of the places that they work from;
 * - names that do not exist are counted in the same way: a refusal says nothing about who has an account.
 *
 * Each attempt is counted before the password is looked at and taken back when it was right, so that a thousand
 * attempts at once are no better than a thousand in a row. NIST SP 800-63B-4 §3.2.2 asks for at most 100 failures in
 * a row without such a brake; guessing a 15-character password at these rates is hopeless by many orders.
 */
export interface AttemptHistory {
  /** Attempts since the last right one that were wrong, or whose outcome is not known yet. */
  readonly failures: number;
  readonly lastAttemptAgeSeconds: number;
  readonly lastSuccessAgeSeconds: number | null;
}

interface Limit {
  /** Attempts that are free. */
  readonly free: number;
  /** The longest refusal, in seconds: doubling from 1 s ends there. */
  readonly delaySecondsMax: number;
}

/** Of one source at one account. */
export const ATTEMPTS_FREE = 10;
const SOURCE: Limit = { free: ATTEMPTS_FREE, delaySecondsMax: 300 };
/** A known source may have many logins under way at once: a notebook server, a test run. */
const KNOWN_SOURCE: Limit = { free: 50, delaySecondsMax: 300 };
const ACCOUNT: Limit = { free: 100, delaySecondsMax: 30 };

/** Failures older than this do not count: a person who forgot a password starts anew after a break. */
export const WINDOW_SECONDS = 15 * 60;
const KNOWN_FOR_SECONDS = 30 * 24 * 3600;

export type Admission =
  /** The counts to store, this attempt included. */
  | { readonly admitted: true; readonly sourceFailures: number; readonly accountFailures: number }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

/** `isSealed`: an account for emergencies, which others must not be able to keep its holder from: only who tries is slowed down. */
export function admit(source: AttemptHistory, account: AttemptHistory, isSealed = false): Admission {
  const known = source.lastSuccessAgeSeconds !== null && source.lastSuccessAgeSeconds < KNOWN_FOR_SECONDS;
  const bySource = remainingDelay(source, known ? KNOWN_SOURCE : SOURCE);
  const byAccount = known || isSealed ? 0 : remainingDelay(account, ACCOUNT);
  const remaining = Math.max(bySource, byAccount);
  if (remaining > 0) return { admitted: false, retryAfterSeconds: Math.ceil(remaining) };
  return { admitted: true, sourceFailures: recent(source) + 1, accountFailures: recent(account) + 1 };
}

function recent(history: AttemptHistory): number {
  return history.lastAttemptAgeSeconds > WINDOW_SECONDS ? 0 : history.failures;
}

function remainingDelay(history: AttemptHistory, limit: Limit): number {
  const beyond = recent(history) - limit.free;
  // An attempt of the future was noted before the clock was set back: the hour that was taken back is no part of a refusal.
  if (beyond < 0 || history.lastAttemptAgeSeconds < 0) return 0;
  // 2^30 s is far beyond every maximum: the exponent is bounded so that the power stays a plain number.
  const delay = Math.min(2 ** Math.min(beyond, 30), limit.delaySecondsMax);
  return Math.max(0, delay - history.lastAttemptAgeSeconds);
}

/**
 * The prefix that stands for one source: /24 of IPv4, /64 of IPv6, where one household or office changes its address
 * at will. Anything that is not an address is a source of its own.
 */
export function sourcePrefix(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address);
  if (v4?.[1] !== undefined) return `${v4[1]}.0/24`;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]!.split('::', 2) as [string?, string?];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
