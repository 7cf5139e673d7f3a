import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/system/clock.js';

/** A process is started once, serves or is sealed, and drains once; it never goes back to its start. */
export type Phase = 'starting' | 'sealed' | 'serving' | 'draining';

/** A result that is older than this says nothing: the tick runs every second and each probe has two. */
export const RESULT_MILLIS_MAX = 5_000;

/** Names of probes and whether each passed. Names are ours and constant: nothing of the machine is in them. */
export type TickResult = Readonly<Record<string, boolean>>;

/**
 * What the probes of an orchestrator are answered from. Written by boot, the tick and the shutdown; reading it costs
 * nothing and waits for nothing, so a thousand probes a second do no work and a database that hangs cannot hang them.
 */
@Injectable()
export class HealthBoard {
  private current: Phase = 'starting';
  private last: { readonly result: TickResult; readonly atMillis: number } | null = null;

  constructor(private readonly clock: Clock) {}

  get phase(): Phase {
    return this.current;
  }

  /** Boot is over: every stage passed. Also when a sealed process was unsealed. */
  markServing(): void {
    if (this.current !== 'draining') this.current = 'serving';
  }

  /** It lives and waits to be unsealed: started, as an orchestrator sees it, and not ready. */
  markSealed(): void {
    if (this.current !== 'draining') this.current = 'sealed';
  }

  /** No new work from now on; the orchestrator sees it at its next readiness probe. */
  markDraining(): void {
    this.current = 'draining';
  }

  post(result: TickResult): void {
    this.last = { result: Object.freeze({ ...result }), atMillis: this.clock.monotonicMillis() };
  }

  /** The last tick's result; null when there is none that still says something. */
  result(): TickResult | null {
    if (this.last === null || this.clock.monotonicMillis() - this.last.atMillis > RESULT_MILLIS_MAX) return null;
    return this.last.result;
  }

  isReady(): boolean {
    const result = this.result();
    return this.current === 'serving' && result !== null && Object.values(result).every((passed) => passed);
  }
}
