import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { TagCheckpoints } from '../upkeep/tag-checkpoints.js';

/** It is taken once a day; looked at as often, so that a process that was down at its hour does it soon after. */
const PERIOD_MILLIS = 10 * 60 * 1000;

/** On every replica with the role `api`, which holds the key that signs it: the day is one row's, whoever makes it. */
@Injectable()
export class TagCheckpointJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-tags');
  private readonly periodic: Periodic;

  constructor(checkpoints: TagCheckpoints) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => checkpoints.tick(), {
      failed: (cause) => this.logger.warn('the checkpoint of tags failed and will be tried again', { error: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
