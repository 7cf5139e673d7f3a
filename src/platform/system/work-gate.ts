/**
 * Where background work waits while a process has no keys to do it with and has not looked at its ledger yet. One a
 * process, as its keys are; open unless somebody closes it.
 */
export class WorkGate {
  #opening: { readonly promise: Promise<void>; resolve(): void } | null = null;

  close(): void {
    this.#opening ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.#opening?.resolve();
    this.#opening = null;
  }

  get isOpen(): boolean {
    return this.#opening === null;
  }

  /** Resolves when the gate is open or the signal says that nobody wants through any more. */
  async passed(signal: AbortSignal): Promise<void> {
    while (this.#opening !== null && !signal.aborted) {
      const { promise: aborted, resolve } = Promise.withResolvers<void>();
      const leave = (): void => resolve();
      signal.addEventListener('abort', leave, { once: true });
      await Promise.race([this.#opening.promise, aborted]);
      signal.removeEventListener('abort', leave);
    }
  }
}

export const WORK_GATE = new WorkGate();
