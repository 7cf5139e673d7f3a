import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { DenialJournal } from '../denial-journal.js';

/** The entry of a minute stands this long after its end, at most. */
const PAUSE_MILLIS = 1_000;

/** Ends the minutes of the denials, on every replica with the role `api`: each tells of those that it answered. */
@Injectable()
export class DenialsJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('denials');
  private readonly periodic: Periodic;

  constructor(journal: DenialJournal) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => journal.settle(), { failed: (error) => this.logger.error('denials are counted and not written', { err: error }) });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  /** The journal itself writes the last minute, once no request can be refused any more. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
