import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { CredentialSweep } from '../credential-sweep.js';

/** What is swept has been of no use for a day: an hour more or less is nothing. */
const PERIOD_MILLIS = 3600 * 1000;

/** On every replica with the role `api`; two that sweep at once take each what the other left. */
@Injectable()
export class CredentialSweepJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('auth-sweep');
  private readonly periodic: Periodic;

  constructor(credentials: CredentialSweep) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => credentials.sweep(), {
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
