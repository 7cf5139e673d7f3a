import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { GarbageCollection } from '../upkeep/garbage-collection.js';

/** Grace is counted in hours. What is asked for is one indexed read while nothing is due. */
const PERIOD_MILLIS = 60_000;

/**
 * On every replica with the role `api`: rows and files of the registry belong to that role's login and directory, and the
 * ledger's login, which signs, is not given the right to delete what people pushed.
 */
@Injectable()
export class GarbageCollectionJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-gc');
  private readonly periodic: Periodic;

  constructor(collection: GarbageCollection) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => collection.tick(), {
      failed: (cause) => this.logger.warn('the collection failed and will be tried again', { error: cause }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
