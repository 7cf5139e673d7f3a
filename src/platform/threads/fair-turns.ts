import type { Fault } from '#pure/fault/fault.js';

/** A turn that somebody has. */
export interface Turn {
  /**
   * Lets whoever waits come first, and waits for the next turn: at once where nobody has a better claim. Rejects with the
   * signal's reason, and then there is no turn to give back.
   */
  pass(): Promise<void>;
  /** Gives the turn back; once more does nothing. */
  end(): void;
}

interface Waiter {
  readonly begin: () => void;
}

/** Those that wait and work in one name. */
interface Place {
  running: number;
  readonly waiting: Waiter[];
}

/**
 * So many at once, and fair between places (projects): a turn goes to the place that has the fewest, of those to the one
 * served longest ago, and within it to whoever came first. However many wait in one place, another's first waits for no
 * more than one turn of every place before it. A place whose queue is full is refused, and it alone.
 */
export class FairTurns {
  #running = 0;
  /** In the order in which they were served last. */
  readonly #places = new Map<string, Place>();

  /** @param queueMax of one place. */
  constructor(
    private readonly turns: number,
    private readonly queueMax: number,
    private readonly busy: () => Fault,
  ) {
    if (!(turns >= 1) || !(queueMax >= 0)) throw new RangeError('there is at least one turn, and no less than an empty queue');
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return [...this.#places.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** Rejects with what `busy` makes, or with the signal's reason. */
  async take(name: string, signal?: AbortSignal): Promise<Turn> {
    if ((this.#places.get(name)?.waiting.length ?? 0) >= this.queueMax && this.#running >= this.turns) throw this.busy();
    await this.#enter(name, signal);
    return this.#turnOf(name, signal);
  }

  /** One turn for all of `work`. */
  async run<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = await this.take(name, signal);
    try {
      return await work();
    } finally {
      turn.end();
    }
  }

  #turnOf(name: string, signal: AbortSignal | undefined): Turn {
    let isHeld = true;
    const end = (): void => {
      if (isHeld) this.#leave(name);
      isHeld = false;
    };
    return {
      end,
      pass: async () => {
        // In the queue before the turn is free: whoever has none yet is preferred, and nobody else.
        const entered = this.#enter(name, signal);
        end();
        await entered;
        isHeld = true;
      },
    };
  }

  #enter(name: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const place = this.#places.get(name) ?? { running: 0, waiting: [] };
      this.#places.set(name, place);
      const abort = (): void => {
        place.waiting.splice(place.waiting.indexOf(waiter), 1);
        this.#tidy(name, place);
        reject(signal!.reason as Error);
      };
      const waiter: Waiter = {
        begin: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      place.waiting.push(waiter);
      this.#next();
    });
  }

  #leave(name: string): void {
    const place = this.#places.get(name)!;
    place.running -= 1;
    this.#running -= 1;
    this.#served(name, place);
    this.#tidy(name, place);
    this.#next();
  }

  #next(): void {
    if (this.#running >= this.turns) return;
    let [chosen, fewest] = ['', Infinity];
    for (const [name, { running, waiting }] of this.#places) if (waiting.length > 0 && running < fewest) [chosen, fewest] = [name, running];
    if (fewest === Infinity) return;
    const place = this.#places.get(chosen)!;
    this.#served(chosen, place);
    place.running += 1;
    this.#running += 1;
    place.waiting.shift()!.begin();
  }

  /** To the end of the line. */
  #served(name: string, place: Place): void {
    this.#places.delete(name);
    this.#places.set(name, place);
  }

  #tidy(name: string, { running, waiting }: Place): void {
    if (running === 0 && waiting.length === 0) this.#places.delete(name);
  }
}
