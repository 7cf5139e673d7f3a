import { FairTurns, type Turn } from '#platform/threads/fair-turns.js';
import { TaskError } from '#platform/threads/thread-pool.js';
import { Fault } from '#pure/fault/fault.js';
import { CRYPTO_FAULTS } from '../domain/crypto.faults.js';
import type { KeyTypeName } from '../domain/key-type.js';
import { COSTS } from '../primitives/costs.js';

/** Of libuv's threads (boot/loader/thread-pool), which hashing of passwords, files and names need too. */
const AT_ONCE = 2;
/** Requests of one project: a hundred signatures by ML-DSA take a tenth of a second, by SLH-DSA minutes. */
const WAITING_MAX = 64;

/** From here on work on the pool takes a turn: below, the way through the queue would cost as much as the work. */
const HEAVY_MILLIS = 0.5;
/** From here on a key is long in the making: one at a time, so that the other turn ends within seconds whatever is asked for. */
const LONG_MILLIS = 100;
/** A project makes no more keys than these at a time: an RSA-4096 key takes a second on average, five at worst. */
const MAKING_MAX = 32;

/** What the house does for itself waits in a line of its own. */
export const HOUSE = 'house';

/**
 * All work of this engine on libuv's pool that takes long: signatures, their verification where that is off the loop,
 * and keys in the making. Projects take turns at it, whatever each asks for; a turn ends with each piece of work. With n
 * projects ahead, one waits for n pieces at most, the longest of which is a signature of 2.3 seconds (SLH-DSA, 192s).
 */
export class HeavyWork {
  readonly #turns = new FairTurns(AT_ONCE, WAITING_MAX, () => busy());
  readonly #making = new FairTurns(1, MAKING_MAX, () => busy());

  get running(): number {
    return this.#turns.running;
  }

  get queued(): number {
    return this.#turns.queued + this.#making.queued;
  }

  /** One piece of work that costs so much of the pool. */
  async run<T>(projectId: string, pooledMillis: number, work: () => Promise<T>): Promise<T> {
    return pooledMillis < HEAVY_MILLIS ? work() : this.#turns.run(projectId, work);
  }

  /** A key in the making. Symmetric ones wait for nobody. */
  async generate<T>(projectId: string, type: KeyTypeName, work: () => Promise<T>): Promise<T> {
    const { pooled } = COSTS[type].generate;
    const once = (): Promise<T> => this.run(projectId, pooled, work);
    return pooled < LONG_MILLIS ? once() : this.#making.run(projectId, once);
  }

  /** For a request of many pieces. `end` it, however it ends. */
  turnsOf(projectId: string, signal: AbortSignal): RequestTurns {
    return new RequestTurns(this.#turns, projectId, signal);
  }
}

/** The one turn that a request has, piece by piece. */
export class RequestTurns {
  #turn: Turn | null = null;

  constructor(
    private readonly turns: FairTurns,
    private readonly projectId: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Waits for a turn; with one in hand, for another, after those with a better claim. */
  async next(): Promise<void> {
    if (this.#turn === null) this.#turn = await this.turns.take(this.projectId, this.signal);
    else await this.#turn.pass();
  }

  end(): void {
    this.#turn?.end();
  }
}

export const isHeavy = (pooledMillis: number): boolean => pooledMillis >= HEAVY_MILLIS;

/** Too much of this is asked for at once. */
export function busy(cause?: unknown): Fault {
  return new Fault(CRYPTO_FAULTS['transit-busy'], { headers: { 'Retry-After': '1' }, ...(cause === undefined ? {} : { cause }) });
}

/** What a thread ended with, as the request that waited for it is told: a task that was not done is too much asked at once. */
export function orBusy(error: unknown): unknown {
  return error instanceof TaskError && error.reason !== 'failed' ? busy(error) : error;
}
