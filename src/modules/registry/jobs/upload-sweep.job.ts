import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { UploadSweep } from '../upload-sweep.js';

/** Uploads live for a day: looking every ten minutes keeps what is overdue below one per cent. */
const PERIOD_MILLIS = 10 * 60 * 1000;

/** On every replica with the role `api`; two that sweep at once take each what the other left. */
@Injectable()
export class UploadSweepJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-sweep');
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly uploads: UploadSweep) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Resolves when no sweep is running and none will. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.uploads.sweep().catch((cause: unknown) => this.logger.warn({ err: cause, msg: 'the sweep failed and will be tried again' }));
      await sleep(PERIOD_MILLIS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
    }
  }
}
