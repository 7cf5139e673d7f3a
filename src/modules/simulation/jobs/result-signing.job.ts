import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ResultSigner } from '../result-signer.js';

/** A client that has just seen its result finds the signature at its next look. */
const TICK_MILLIS = 500;

/** Every replica with the role `ledger` ticks; who signs first has signed. */
@Injectable()
export class ResultSigningJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('result-signing');
  private readonly periodic: Periodic;

  constructor(private readonly signer: ResultSigner) {
    this.periodic = new Periodic(TICK_MILLIS, (stopping) => this.signAll(stopping), {
      failed: (cause) => this.logger.warn('results could not be signed; it will be tried again', { err: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** Batch after batch while there are any. */
  private async signAll(stopping: AbortSignal): Promise<void> {
    while ((await this.signer.sign()) > 0 && !stopping.aborted);
  }
}
