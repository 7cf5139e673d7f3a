import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { Readiness } from '../readiness.js';

/** Between the end of one check and the start of the next: at most one a second, and never two at once. */
const TICK_MILLIS = 1_000;

@Injectable()
export class ReadinessTick implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('health');
  private readonly periodic: Periodic;

  constructor(readiness: Readiness) {
    // A probe that fails is no failure of the check, which says so itself.
    const report = { failed: (cause: unknown) => this.logger.error('the probes could not be asked', { error: cause }) };
    this.periodic = new Periodic(TICK_MILLIS, () => readiness.check(), report, { evenSealed: true });
  }

  /** Nest's last hook before the server listens: the first result is there when the first probe asks. */
  async onApplicationBootstrap(): Promise<void> {
    await this.periodic.start();
  }

  /** Waits for the check that is under way, since the pools close after this. */
  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
