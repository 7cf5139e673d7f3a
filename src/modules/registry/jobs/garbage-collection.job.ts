import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { Periodic } from '#platform/system/periodic.js';
import { GarbageCollection } from '../upkeep/garbage-collection.js';

/**
 * On every replica with the role `api`: rows and files of the registry belong to that role's login and directory, and the
 * ledger's login, which signs, is not given the right to delete what people pushed.
 */
@Injectable()
export class GarbageCollectionJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-gc');
  private readonly periodic: Periodic;

  constructor(collection: GarbageCollection, config: Config) {
    this.periodic = new Periodic(config.registry.gcPeriodMillis, () => collection.tick(), {
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
