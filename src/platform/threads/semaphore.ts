import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/**
 * So many at once, so many waiting, first come first served; who comes beyond that is refused at once, with 503 and
 * Retry-After: a queue without an end only turns an overload into timeouts.
 */
export class Semaphore {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly permits: number,
    private readonly queueMax: number,
  ) {
    if (!(permits >= 1) || !(queueMax >= 0)) throw new RangeError('a semaphore needs a permit, and no less than an empty queue');
  }

  /** Runs `work` when its turn comes. The permit is given back however the work ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#acquire();
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  #acquire(): Promise<void> {
    if (this.#running < this.permits) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.queueMax) {
      return Promise.reject(new Fault(REQUEST_FAULTS.unavailable, { detail: 'Too much of this is waiting already.', headers: { 'Retry-After': '1' } }));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the permit to the next in the queue, without letting a newcomer in between. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
