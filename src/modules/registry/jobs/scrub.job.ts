import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { Scrubber } from '../upkeep/scrubber.js';

/** What is due is counted in days. */
const BLOBS_PERIOD_MILLIS = 5 * 60 * 1000;
/** Everything but the bytes of blobs, in each process: it costs a second for some ten thousand files. */
const ROWS_PERIOD_MILLIS = 24 * 60 * 60 * 1000;

/** On every replica with the role `api`; of two each reads blobs that the other does not. */
@Injectable()
export class ScrubJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-scrub');
  private readonly periodics: readonly Periodic[];

  constructor(scrubber: Scrubber) {
    const failed = (cause: unknown): void => this.logger.warn('the scrubber failed and will be tried again', { error: cause });
    this.periodics = [
      new Periodic(BLOBS_PERIOD_MILLIS, (signal) => scrubber.blobs(signal), { failed }),
      new Periodic(ROWS_PERIOD_MILLIS, () => scrubber.rows(), { failed }),
    ];
  }

  onApplicationBootstrap(): void {
    for (const periodic of this.periodics) void periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.periodics.map((periodic) => periodic.stop()));
  }
}
