import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ResultSigner } from '../result-signer.js';

/** A client that has just seen its result finds the signature at its next look. */
const TICK_MILLIS = 500;

/** Every replica with the role `ledger` ticks; who signs first has signed. */
@Injectable()
export class ResultSigningJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('result-signing');
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly signer: ResultSigner) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Resolves when nothing is being signed and nothing will be. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let failing = false;
    while (!this.stopping.signal.aborted) {
      try {
        while ((await this.signer.sign()) > 0 && !this.stopping.signal.aborted);
        failing = false;
      } catch (cause) {
        if (!failing) this.logger.warn('results could not be signed; it will be tried again', { err: cause });
        failing = true;
      }
      await sleep(TICK_MILLIS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
