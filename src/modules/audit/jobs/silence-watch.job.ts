import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { SilenceWatch } from '../detection/silence-watch.js';

/** A small part of the shortest silence that is worth an alert. */
const PAUSE_MILLIS = 30_000;

@Injectable()
export class SilenceWatchJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('detection');
  private readonly periodic: Periodic;

  constructor(watch: SilenceWatch) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => watch.look(), {
      failed: (error) => this.logger.warn('nobody looks whether the ledger grows', { error }),
      recovered: () => this.logger.log('it is looked again whether the ledger grows'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
