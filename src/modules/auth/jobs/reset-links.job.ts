import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ResetLinks } from '../passwords/reset-links.js';

/** A mail takes longer. */
const PERIOD_MILLIS = 2_000;

/** On every replica with the role `api`; of two that work at once, one does. */
@Injectable()
export class ResetLinksJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('password-reset');
  private readonly periodic: Periodic;

  constructor(links: ResetLinks) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => links.work(), {
      failed: (error) => this.logger.warn('links that were asked for are not made yet', { error }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
