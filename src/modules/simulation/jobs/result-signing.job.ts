import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '#platform/system/clock.js';
import { Periodic } from '#platform/system/periodic.js';
import { JobSignals } from '../job-signals.js';
import { ResultSigner, type UnsignedResult } from '../result-signer.js';

/** What a result of another process waits, at most twice: its job has succeeded only when it is signed. */
const TICK_MILLIS = 250;

/** Every replica with the role `ledger` ticks; who signs first has signed. */
@Injectable()
export class ResultSigningJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('result-signing');
  private readonly periodic: Periodic;
  private stopListening: (() => void) | null = null;
  /** Stored by the workers of this process, and so known without being looked for. */
  private readonly told: UnsignedResult[] = [];
  private lookedAtMillis = -Infinity;

  constructor(
    private readonly signer: ResultSigner,
    private readonly signals: JobSignals,
    private readonly clock: Clock,
  ) {
    this.periodic = new Periodic(TICK_MILLIS, (stopping) => this.signAll(stopping), {
      failed: (cause) => this.logger.warn('results could not be signed; it will be tried again', { err: cause }),
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.signals.listen('unsigned', (result) => {
      this.told.push(result);
      this.periodic.wake();
    });
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await this.periodic.stop();
  }

  /** What was told at once. What was not, of other processes or of a turn that failed, is looked for once a tick, however much is told. */
  private async signAll(stopping: AbortSignal): Promise<void> {
    const told = this.told.splice(0);
    await this.signer.signAll(told);
    if (told.length > 0 && this.clock.monotonicMillis() - this.lookedAtMillis < TICK_MILLIS) return;
    while ((await this.signer.sign()) > 0 && !stopping.aborted);
    this.lookedAtMillis = this.clock.monotonicMillis();
  }
}
