import { setTimeout as sleep } from 'node:timers/promises';
import { WORK_GATE } from './work-gate.js';

/** Told once when turns begin to fail and once when they succeed again, not at every turn while a database is away. */
export interface PeriodicReport {
  failed(error: unknown): void;
  recovered?(): void;
}

const WOKEN = 'woken';

/**
 * Work that is done again and again until it is told to stop: never twice at once, the pause counted from the end of
 * one turn to the start of the next, so that a slow turn delays the next and never overlaps it. A turn that failed is
 * followed by the next all the same. It keeps no process alive, and waits while the process is sealed.
 */
export class Periodic {
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #nap = new AbortController();
  #woken = false;

  constructor(
    private readonly pauseMillis: number,
    private readonly turn: (signal: AbortSignal) => Promise<unknown>,
    private readonly report: PeriodicReport,
    /** For what needs no key and touches no ledger. */
    private readonly options: { readonly evenSealed?: true } = {},
  ) {}

  /** The first turn begins at once, unless the process is sealed; resolves when it is over, however it ended. */
  start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running = this.#run(this.#stopping.signal, resolve);
    return promise;
  }

  /** The next turn begins now, or as soon as the one under way is over: that one may have looked before there was something. */
  wake(): void {
    this.#woken = true;
    // Given no reason, each call makes an exception with a stack to be one, also where the nap is over already.
    this.#nap.abort(WOKEN);
  }

  /** Resolves when no turn is running and none will. None begins after the call. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal, onTurn: () => void): Promise<void> {
    let failing = false;
    while (!signal.aborted) {
      if (this.options.evenSealed !== true && !WORK_GATE.isOpen) await WORK_GATE.passed(signal);
      if (signal.aborted) return;
      this.#woken = false;
      try {
        await this.turn(signal);
        if (failing) this.report.recovered?.();
        failing = false;
      } catch (error) {
        // The keys were taken from under it, as somebody asked for: no failure, and done again when they are back.
        const isSealed = this.options.evenSealed !== true && !WORK_GATE.isOpen;
        if (!failing && !isSealed) this.report.failed(error);
        failing ||= !isSealed;
      }
      onTurn();
      // What has failed just now would fail again: it waits for its time.
      if (this.#woken && !failing) continue;
      this.#nap = new AbortController();
      await sleep(this.pauseMillis, undefined, { signal: AbortSignal.any([signal, this.#nap.signal]), ref: false }).catch(() => undefined);
    }
  }
}
