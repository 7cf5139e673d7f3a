import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { BlockedSources } from '../blocked-sources.js';

/** So long may a source that another replica has blocked still ask this one, and one that was let in again be refused. */
const PERIOD_MILLIS = 1_000;

/** On every replica with the role `api`: the copy by which requests are answered. */
@Injectable()
export class BlockedSourcesJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('rate-limits');
  private readonly periodic: Periodic;

  constructor(sources: BlockedSources) {
    this.periodic = new Periodic(PERIOD_MILLIS, () => sources.refresh(), {
      failed: (error) => this.logger.warn('blocked sources are as they were known last', { error }),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
