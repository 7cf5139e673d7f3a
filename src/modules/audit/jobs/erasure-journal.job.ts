import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ErasureJournal } from '../privacy/erasure-journal.js';

/** As often as checkpoints are anchored: what is erased within it of the loss of a database is not known to a restore. */
const TURN_MILLIS = 10_000;

/** Lays down beside the anchors who was erased, and once more when the process ends. */
@Injectable()
export class ErasureJournalJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ledger');
  private readonly periodic: Periodic;

  constructor(private readonly journal: ErasureJournal) {
    this.periodic = new Periodic(TURN_MILLIS, () => journal.write(), {
      failed: (error) => this.logger.warn('who was erased cannot be written down outside of the database', { error }),
      recovered: () => this.logger.log('who was erased is written down outside of the database again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
    // A database that is gone is no reason not to end.
    await this.journal.write().catch(() => 0);
  }
}
