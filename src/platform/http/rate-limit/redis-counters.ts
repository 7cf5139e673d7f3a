import type { RedisConfig } from '#platform/config/config.js';
import type { Clock } from '#platform/system/clock.js';
import type { Count, CounterStore } from './limit-storage.js';
import { type Connection, connectedRedis, redisConnection, RedisRefusal } from './redis-connection.js';
import { admittedTo, refusedBy, type RedisWindow, windowIn } from './redis-window.js';
import { SLOT_MILLIS, SLOTS } from './sliding-window.js';

/** Before every key, so that other users of the same Redis and their ACL rules can tell ours. */
export const KEY_PREFIX = 'quantonium:limit:';
/** A hit is tried again where its second ended on the way, or hits that others take back stood in its way: so often at most. */
const ATTEMPTS_MAX = 5;
/** What is amiss with a login takes a person to mend, and each time that it is asked what it may do leaves a page in Redis's own log. */
const REFUSAL_MILLIS = 30_000;

export interface RedisCounterOptions {
  /** Its login and password may be exchanged: `reopen`. */
  readonly address: RedisConfig;
  /** Told of every failure of the connection; the client goes on trying by itself. */
  readonly onError: (error: Error) => void;
  /** By its monotonic time the server's clock is carried on between two answers. */
  readonly clock: Clock;
  /** Rejects where the login of this address may not be used. Nothing is counted before it has resolved. */
  readonly admit?: (address: RedisConfig) => Promise<void>;
  /** For tests that move time by hand; the server's own clock unless given. */
  readonly nowMillis?: () => number;
}

interface Turn {
  readonly window: RedisWindow;
  readonly nowMillis: number;
}

/**
 * Counters that replicas share through Redis 6 or later, by commands that change and read one key and nothing else: no
 * script is run, so that the login needs no right to run any. While there is no connection every command fails at once:
 * a hit that is counted later is counted wrongly.
 *
 * A hit is added first, in one transaction that answers what was there before it, and taken back where that is too
 * much. All replicas see one order, so what they admit is never more than the limit. Who is refused has looked once
 * more without its own hit: others that are on their way out keep out whom they meet in the same millisecond, and nobody later.
 */
export class RedisCounters implements CounterStore {
  /** Of the server's clock against our monotonic one, as the last answer told. */
  private offsetMillis: number | null = null;
  private admission: Promise<void> | null = null;
  private isAdmitted = false;
  private refusal: { readonly error: RedisRefusal; readonly atMillis: number } | null = null;

  private constructor(
    private client: Connection,
    private readonly options: RedisCounterOptions,
    private address: RedisConfig,
  ) {}

  /** Does not wait for the connection: a server whose Redis is away starts all the same. */
  static async open(options: RedisCounterOptions): Promise<RedisCounters> {
    const client = await redisConnection(options);
    void client.connect().catch(options.onError);
    const counters = new RedisCounters(client, options, options.address);
    counters.admitted().catch(options.onError);
    return counters;
  }

  /** A connection as another login in the place of this one, once it stands. Rejects, with nothing changed, where it is not taken. */
  async reopen(url: string): Promise<void> {
    const address = { ...this.address, url };
    const client = await connectedRedis({ address, onError: this.options.onError });
    try {
      await this.options.admit?.(address);
    } catch (error) {
      client.destroy();
      throw error;
    }
    const former = this.client;
    [this.client, this.address, this.isAdmitted] = [client, address, true];
    if (former.isOpen) former.destroy();
  }

  async take(key: string, limit: number, cost: number): Promise<Count> {
    if (!this.isAdmitted) throw new Error('what the login of Redis may do is not known yet');
    let slot = await this.currentSlot();
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const { window, nowMillis } = await this.add(key, slot, cost);
      if (window.stale.length > 0) this.client.sendCommand(['HDEL', `${KEY_PREFIX}${key}`, ...window.stale]).catch(() => undefined);
      const isInSlot = window.newest === slot;
      if (isInSlot && window.used + cost <= limit) return admittedTo(window, cost, nowMillis);
      const without = await this.withdraw(key, slot, cost);
      if (isInSlot && (without.window.used + cost > limit || attempt === ATTEMPTS_MAX)) return refusedBy(without.window, limit, cost, without.nowMillis);
      slot = window.newest;
    }
    throw new Error('the clock of Redis does not stand still long enough to count by it');
  }

  /** What has left the window is taken from nobody: the field is stale, and goes with the next hit or with its key. */
  async giveBack(key: string, slot: number, cost: number): Promise<void> {
    await this.withdraw(key, slot, cost);
  }

  /** Also that the login may be used: one that may not is no better than a connection that is not there. */
  async ping(): Promise<void> {
    await this.client.sendCommand(['PING']);
    await this.admitted();
  }

  /** At once: what nobody waits for need not be answered. */
  close(): Promise<void> {
    if (this.client.isOpen) this.client.destroy();
    return Promise.resolve();
  }

  /** Asked until it is once answered, by one at a time. */
  private async admitted(): Promise<void> {
    if (this.isAdmitted) return;
    const { address, refusal } = this;
    const nowMillis = this.options.clock.monotonicMillis();
    if (refusal !== null && nowMillis - refusal.atMillis < REFUSAL_MILLIS) throw refusal.error;
    this.admission ??= Promise.resolve(this.options.admit?.(address))
      .then(
        () => void (this.isAdmitted ||= address === this.address),
        (error: unknown) => {
          if (error instanceof RedisRefusal) this.refusal = { error, atMillis: nowMillis };
          throw error;
        },
      )
      .finally(() => void (this.admission = null));
    await this.admission;
  }

  /** Counted, and what was there before it. */
  private async add(key: string, slot: number, cost: number): Promise<Turn> {
    const name = `${KEY_PREFIX}${key}`;
    const [time, before] = await this.client.multi().addCommand(['TIME']).addCommand(['HGETALL', name]).addCommand(['HINCRBY', name, String(slot), String(cost)]).addCommand(['PEXPIRE', name, String(SLOTS * SLOT_MILLIS)]).exec();
    return this.turn(time, before);
  }

  /** Taken back, and what is there after it. A key that this makes has an end, too. */
  private async withdraw(key: string, slot: number, cost: number): Promise<Turn> {
    const name = `${KEY_PREFIX}${key}`;
    const [time, , , after] = await this.client.multi().addCommand(['TIME']).addCommand(['HINCRBY', name, String(slot), String(-cost)]).addCommand(['PEXPIRE', name, String(SLOTS * SLOT_MILLIS)]).addCommand(['HGETALL', name]).exec();
    return this.turn(time, after);
  }

  private turn(time: unknown, flat: unknown): Turn {
    const nowMillis = this.learnTime(time);
    return { window: windowIn(textsIn(flat), nowMillis), nowMillis };
  }

  /** By what is known of the server's clock; its answer to the hit itself tells whether that was right. */
  private async currentSlot(): Promise<number> {
    if (this.offsetMillis === null) this.learnTime(await this.client.sendCommand(['TIME']));
    const nowMillis = this.options.nowMillis?.() ?? this.options.clock.monotonicMillis() + this.offsetMillis!;
    return Math.floor(nowMillis / SLOT_MILLIS);
  }

  /** @param time seconds, and microseconds of the second. */
  private learnTime(time: unknown): number {
    const [seconds, micros] = textsIn(time).map(Number);
    const serverMillis = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    if (!Number.isSafeInteger(serverMillis)) throw new Error('Redis told no time');
    this.offsetMillis = serverMillis - this.options.clock.monotonicMillis();
    return this.options.nowMillis?.() ?? serverMillis;
  }
}

function textsIn(answer: unknown): readonly string[] {
  if (Array.isArray(answer) && answer.every((each) => typeof each === 'string')) return answer as string[];
  throw new Error('Redis answered with something else than it was asked for');
}
