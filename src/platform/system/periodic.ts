import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Work that is done again and again until it is told to stop: never twice at once, the pause counted from the end of
 * one turn to the start of the next, so that a slow turn delays the next and never overlaps it.
 */
export class Periodic {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly pauseMillis: number,
    private readonly turn: (signal: AbortSignal) => Promise<unknown>,
    /** Told of every turn that failed; the next one comes all the same. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** The first turn begins at once. */
  start(): void {
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Resolves when no turn is running and none will. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.turn(signal).catch(this.onFailure);
      await sleep(this.pauseMillis, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
