import type { Clock } from '#platform/system/clock.js';

/** Asked to stop before it was up: what was started is stopped again, and nothing is wrong. */
export class BootInterrupted extends Error {
  override readonly name = 'BootInterrupted';

  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal} on the way up`);
  }
}

/** What a boot has done so far, for the start's printout. */
export interface BootRecord {
  readonly steps: readonly { readonly name: string; readonly durationMillis: number }[];
}

/**
 * The ordered steps from nothing to the first request. Each begins when the one before it has ended, and the first
 * failure ends the boot: there is no state in which the server answers with a step left out.
 */
export class SecureBoot {
  readonly #steps: { name: string; durationMillis: number }[] = [];

  /** `interruptedBy` names the signal that asked to stop, once one has: no further step begins then. */
  constructor(
    private readonly clock: Clock,
    private readonly interruptedBy: () => NodeJS.Signals | null = () => null,
  ) {}

  get record(): BootRecord {
    return { steps: [...this.#steps] };
  }

  async step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    const signal = this.interruptedBy();
    if (signal !== null) throw new BootInterrupted(signal);
    const startedMillis = this.clock.monotonicMillis();
    const value = await run();
    this.#steps.push({ name, durationMillis: Math.round(this.clock.monotonicMillis() - startedMillis) });
    return value;
  }
}
