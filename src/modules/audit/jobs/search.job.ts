import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { INDEX_ENTRIES_MAX, SearchIndex } from '../search/search-index.js';

/** An entry can be found about when a checkpoint covers it. Under load a page then has what a few turns of the sequencer made. */
const TICK_MILLIS = 500;

/** Extends the search table, on every replica with the role `ledger`: a loop of its own, so that it cannot hold up the log. */
@Injectable()
export class SearchJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('search');
  private readonly periodic: Periodic;

  constructor(private readonly index: SearchIndex) {
    this.periodic = new Periodic(TICK_MILLIS, (stopping) => this.tick(stopping), {
      failed: (cause) => this.logger.error('the search table is not extended; what is found ends where it stands', { error: cause }),
      recovered: () => this.logger.log('the search table is extended again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  private async tick(stopping: AbortSignal): Promise<void> {
    while ((await this.index.extend()) === INDEX_ENTRIES_MAX && !stopping.aborted);
  }
}
