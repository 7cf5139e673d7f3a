import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { ScrubRuns } from '../upkeep/scrub-runs.js';
import { Scrubber } from '../upkeep/scrubber.js';

/** What is due is counted in days. */
const BLOBS_PERIOD_MILLIS = 5 * 60 * 1000;
/** What somebody asks for begins within it. What is asked is one indexed read while nothing is open. */
const RUNS_PERIOD_MILLIS = 5 * 1000;

/** On every replica with the role `api`; of two each reads blobs, and works on runs, that the other does not. */
@Injectable()
export class ScrubJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('registry-scrub');
  private readonly periodics: readonly Periodic[];

  constructor(scrubber: Scrubber, runs: ScrubRuns) {
    const failed = (cause: unknown): void => this.logger.warn('the scrubber failed and will be tried again', { error: cause });
    this.periodics = [
      new Periodic(BLOBS_PERIOD_MILLIS, (signal) => scrubber.blobs(signal), { failed }),
      new Periodic(RUNS_PERIOD_MILLIS, (signal) => runs.tick(signal), { failed }),
    ];
  }

  onApplicationBootstrap(): void {
    for (const periodic of this.periodics) void periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.periodics.map((periodic) => periodic.stop()));
  }
}
