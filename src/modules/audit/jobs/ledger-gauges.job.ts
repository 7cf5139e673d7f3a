import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { LedgerGauges } from '../ledger-gauges.js';

/** Prometheus commonly scrapes every 15 s. */
const PAUSE_MILLIS = 5_000;

/** A tick of its own beside the ledger's: the gauges must tell of a ledger that does not come on. */
@Injectable()
export class LedgerGaugesJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ledger');
  private readonly periodic: Periodic;

  constructor(gauges: LedgerGauges) {
    this.periodic = new Periodic(PAUSE_MILLIS, () => gauges.refresh(), {
      failed: (error) => this.logger.warn('the gauges of the ledger are not up to date', { error }),
      recovered: () => this.logger.log('the gauges of the ledger are up to date again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }
}
