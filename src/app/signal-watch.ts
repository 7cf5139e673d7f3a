/**
 * On the way up a signal is noted, and obeyed between two steps of the boot: a step that lost its pools beneath it
 * would fail, and killed in the middle, the embedded Postgres would outlive the process that started it.
 *
 * Begun before the server's modules are loaded: for process 1 of a container the kernel drops a signal that has no
 * handler, so one that came in that first second would be lost for good.
 */
export class SignalWatch {
  #received: NodeJS.Signals | null = null;
  readonly #note = (signal: NodeJS.Signals): void => void (this.#received ??= signal);

  constructor() {
    process.on('SIGINT', this.#note).on('SIGTERM', this.#note);
  }

  get received(): NodeJS.Signals | null {
    return this.#received;
  }

  /** Ends the watch; returns the signal that nobody has obeyed yet. */
  handOver(): NodeJS.Signals | null {
    process.off('SIGINT', this.#note).off('SIGTERM', this.#note);
    return this.#received;
  }
}
