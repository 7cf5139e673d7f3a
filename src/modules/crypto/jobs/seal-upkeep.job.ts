import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { Seal } from '../seals/seal.js';

/** A token is renewed at two thirds of its life: of one that lives for five minutes or more, this misses none. */
const PAUSE_MILLIS = 60_000;

/**
 * Keeps alive what the next start opens the seal by: the token of another Transit server. In a sealed process too, whose
 * next try needs it.
 */
@Injectable()
export class SealUpkeepJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('seal');
  private readonly periodic: Periodic;

  constructor(seal: Seal) {
    const report = {
      failed: (error: unknown) => this.logger.warn('the token of the seal was not renewed: once it has ended, the next start cannot open the seal', { error }),
      recovered: () => this.logger.log('the token of the seal is renewed again'),
    };
    this.periodic = new Periodic(PAUSE_MILLIS, () => seal.upkeep(), report, { evenSealed: true });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
