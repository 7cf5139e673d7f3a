import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { Retention } from '../privacy/retention.js';

/** Looked at every hour, so that a server which is restarted every night still comes to it; done once a day. */
const PAUSE_MILLIS = 60 * 60 * 1000;

@Injectable()
export class RetentionJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ledger');
  private readonly periodic: Periodic;

  constructor(retention: Retention) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => retention.enforce(), {
      failed: (error) => this.logger.error('entries past their retention could not be removed', { error }),
      recovered: () => this.logger.log('entries past their retention are removed again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
