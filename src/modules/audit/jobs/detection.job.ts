import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { DetectionEvaluator, PAGE_ENTRIES } from '../detection/evaluator.js';

/** What is found is known this much after its entry has its leaf. */
const PAUSE_MILLIS = 500;

/** Keeps detection up with the log, on every replica with the role `ledger`: one at a time reads on. */
@Injectable()
export class DetectionJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('detection');
  private readonly periodic: Periodic;

  constructor(private readonly evaluator: DetectionEvaluator) {
    this.periodic = new Periodic(PAUSE_MILLIS, (stopping) => this.tick(stopping), {
      failed: (error) => this.logger.error('the rules could not be evaluated; entries wait for them', { error }),
      recovered: () => this.logger.log('the rules are evaluated again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** A backlog is read page by page, without waiting for the next tick. */
  private async tick(stopping: AbortSignal): Promise<void> {
    while ((await this.evaluator.evaluate()) === PAGE_ENTRIES && !stopping.aborted);
  }
}
