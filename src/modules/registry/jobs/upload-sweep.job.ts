import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { UploadSweep } from '../blobs/upload-sweep.js';

/** Uploads live for a day: looking every ten minutes keeps what is overdue below one per cent. */
const PERIOD_MILLIS = 10 * 60 * 1000;

/** On every replica with the role `api`; two that sweep at once take each what the other left. */
@Injectable()
export class UploadSweepJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-sweep');
  private readonly periodic: Periodic;

  constructor(uploads: UploadSweep) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => uploads.sweep(), {
      failed: (cause) => this.logger.warn('the sweep failed and will be tried again', { error: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
