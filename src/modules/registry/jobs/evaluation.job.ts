import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { DueEvaluations } from '../governance/due-evaluations.js';

/** A project whose keys were changed gives out nothing that counts as quarantined until it was looked at: people wait for this. */
const PERIOD_MILLIS = 10 * 1000;

/** On every replica with the role `api`; two that evaluate one manifest come to the same. */
@Injectable()
export class EvaluationJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-evaluation');
  private readonly periodic: Periodic;

  constructor(evaluations: DueEvaluations) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => evaluations.evaluate(), {
      failed: (cause) => this.logger.warn('the evaluation failed and will be tried again', { error: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
