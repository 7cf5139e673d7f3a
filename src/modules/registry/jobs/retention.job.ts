import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { RetentionRuns } from '../upkeep/retention-runs.js';

/** A project is run over once a day; looked at as often, so that a process that was down at its hour does it soon after. */
const PERIOD_MILLIS = 10 * 60 * 1000;

/** On every replica with the role `api`, whose login may delete what people pushed; the day of a project is claimed in its row. */
@Injectable()
export class RetentionJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-retention');
  private readonly periodic: Periodic;

  constructor(runs: RetentionRuns) {
    this.periodic = new Periodic(PERIOD_MILLIS, (signal) => runs.tick(signal), {
      failed: (cause) => this.logger.warn('a retention run failed and will be tried again', { error: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
