import { type BeforeApplicationShutdown, Injectable, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ExpiredKeys } from '#platform/database/expired-keys.js';
import { Periodic } from '#platform/system/periodic.js';

/** Idempotency keys live a day: looking every ten minutes keeps what is overdue below one per cent. */
const PAUSE_MILLIS = 10 * 60 * 1000;

/** What the platform leaves behind and no module owns. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Housekeeping');
  private readonly periodic: Periodic;

  constructor(keys: ExpiredKeys) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => keys.remove(), { failed: (error) => this.logger.warn('expired keys stay until the next turn', { error }) });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}

@Module({ providers: [Housekeeping] })
export class HousekeepingModule {}
