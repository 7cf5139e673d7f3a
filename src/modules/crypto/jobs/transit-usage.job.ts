import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { UsageCounter } from '../transit/usage-counter.js';

/** What a crash forgets, and how often the database is told. */
const PAUSE_MILLIS = 5_000;

/** In processes that serve requests: what was counted goes to the database, the last of it when the process ends. */
@Injectable()
export class TransitUsageJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('transit');
  private readonly periodic: Periodic;

  constructor(private readonly usage: UsageCounter) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => usage.flush(), {
      failed: (error) => this.logger.warn('the use of keys could not be stored; it is stored with the next', { error }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
    await this.usage.flush().catch((error: unknown) => this.logger.warn('the last use of keys is lost: it could not be stored', { error }));
  }
}
