import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AuditLog } from '#modules/audit/index.js';
import { Clock } from '#platform/system/clock.js';
import { requestTrail, runWithoutTrail } from '#platform/system/request-context.js';
import { CRYPTO_EVENTS } from '../domain/crypto.events.js';

const MINUTE_MILLIS = 60_000;

/**
 * How an attempt ended, which its one entry says. `completed`: the shares make the key, and the process opens with it;
 * that it has opened is an entry of its boot's. `unmatched`: they make another, or none. `refused`: what was given
 * could not be taken, and nothing was touched. `ignored`: the process was open.
 */
const OUTCOMES = {
  given: 'success',
  completed: 'success',
  ignored: 'success',
  reset: 'success',
  unmatched: 'failure',
  refused: 'failure',
} as const;

export type UnsealAttempt = keyof typeof OUTCOMES;

interface Minute {
  readonly number: number;
  readonly entry: Promise<string>;
  /** Those behind the first, which has an entry of its own. */
  more: number;
  firstMillis: number;
  lastMillis: number;
}

const KIND = CRYPTO_EVENTS['crypto.seal.unseal'];

/**
 * Attempts to unseal, so that a flood of them does not fill the disk: of those that end alike in one minute the first
 * is written at once, and the rest is counted and written as one entry when the minute is over. A process that dies
 * loses what it had counted of a minute, never a first; one that cannot write a first refuses the attempt.
 *
 * There are no keys yet: an entry from here names no source and holds no personal data, and waits for its signature.
 */
@Injectable()
export class UnsealJournal implements OnApplicationShutdown {
  private readonly logger = new Logger('seal');
  private readonly minutes = new Map<UnsealAttempt, Minute>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly log: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Before the seal is touched. Resolves when the attempt is recorded, or counted towards the entry that the answer then names. */
  async note(attempt: UnsealAttempt): Promise<void> {
    const id = await this.entryOf(attempt);
    // The pipeline asks each answer for its record, and this is where it is counted.
    requestTrail()?.committedEvents.push({ id, code: KIND.code });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.settle();
  }

  private async entryOf(attempt: UnsealAttempt): Promise<string> {
    const now = this.clock.nowMillis();
    const number = Math.floor(now / MINUTE_MILLIS);
    const known = this.minutes.get(attempt);
    if (known?.number === number) {
      if (known.more === 0) known.firstMillis = now;
      known.more += 1;
      known.lastMillis = now;
      return known.entry;
    }
    if (known !== undefined) void this.tell(attempt, known);
    const entry = this.write(attempt);
    const minute = { number, entry, more: 0, firstMillis: now, lastMillis: now };
    this.minutes.set(attempt, minute);
    // What was not written is no first: the next attempt tries again.
    entry.catch(() => this.minutes.get(attempt) === minute && this.minutes.delete(attempt));
    this.timer ??= setTimeout(() => void this.settle(), MINUTE_MILLIS).unref();
    return entry;
  }

  /** Writes what was counted, and begins anew. */
  private async settle(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const minutes = [...this.minutes];
    this.minutes.clear();
    await Promise.all(minutes.map(([attempt, minute]) => this.tell(attempt, minute)));
  }

  private async tell(attempt: UnsealAttempt, { more: count, firstMillis, lastMillis }: Minute): Promise<void> {
    if (count === 0) return;
    await this.write(attempt, { count, firstMillis, lastMillis }).catch((error: unknown) => this.logger.error('attempts to unseal were not recorded', { error, count }));
  }

  /** Outside of the request's trail, from which a source would be named. */
  private write(attempt: UnsealAttempt, occurrences?: { readonly count: number; readonly firstMillis: number; readonly lastMillis: number }): Promise<string> {
    return runWithoutTrail(() => this.log.record({ kind: KIND, outcome: OUTCOMES[attempt], actor: null, facts: { step: attempt }, ...(occurrences === undefined ? {} : { occurrences }) }));
  }
}
