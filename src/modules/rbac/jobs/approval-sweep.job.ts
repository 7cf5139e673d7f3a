import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ApprovalSweep } from '../approval-sweep.js';

/** An approval lives a day, and what is swept decides nothing. */
const PERIOD_MILLIS = 3600 * 1000;

/** On every replica with the role `api`; two that sweep at once take each what the other left. */
@Injectable()
export class ApprovalSweepJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('approval-sweep');
  private readonly periodic: Periodic;

  constructor(approvals: ApprovalSweep) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => approvals.sweep(), {
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
