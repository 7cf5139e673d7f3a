import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { JobSignals } from '../job-signals.js';
import { ResultSigner } from '../result-signer.js';

/** What a result of another process waits at most: its job has succeeded only when it is signed. */
const TICK_MILLIS = 250;

/** Every replica with the role `ledger` ticks; who signs first has signed. */
@Injectable()
export class ResultSigningJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('result-signing');
  private readonly periodic: Periodic;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly signer: ResultSigner,
    private readonly signals: JobSignals,
  ) {
    this.periodic = new Periodic(TICK_MILLIS, (stopping) => this.signAll(stopping), {
      failed: (cause) => this.logger.warn('results could not be signed; it will be tried again', { err: cause }),
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.signals.listen('unsigned', () => this.periodic.wake());
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await this.periodic.stop();
  }

  /** Batch after batch while there are any. */
  private async signAll(stopping: AbortSignal): Promise<void> {
    while ((await this.signer.sign()) > 0 && !stopping.aborted);
  }
}
