import type { Clock } from '#platform/system/clock.js';

/** What a boot has done so far: read by `/health/startup` and by the start's printout. */
export interface BootRecord {
  readonly steps: readonly { readonly name: string; readonly durationMillis: number }[];
}

/**
 * The ordered steps from nothing to the first request. Each begins when the one before it has ended, and the first
 * failure ends the boot: there is no state in which the server answers with a step left out.
 */
export class SecureBoot {
  readonly #steps: { name: string; durationMillis: number }[] = [];

  constructor(private readonly clock: Clock) {}

  get record(): BootRecord {
    return { steps: [...this.#steps] };
  }

  async step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
    const startedMillis = this.clock.monotonicMillis();
    const value = await run();
    this.#steps.push({ name, durationMillis: Math.round(this.clock.monotonicMillis() - startedMillis) });
    return value;
  }
}
