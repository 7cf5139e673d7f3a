import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { SelfCheck } from '../verification/self-check.js';
import { VerificationRunner } from '../verification/verification-runner.js';

/** A slice every so often: about one per cent of a core. */
export const SLICE_MILLIS = 10_000;
/** Who asks for a verification waits no longer than this for it to begin. */
const QUEUE_MILLIS = 2_000;

/** Verification in the background, on every replica with the role `ledger`. It works beside the ledger's pulse and never in its way. */
@Injectable()
export class SelfCheckJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('verification');
  private readonly periodics: readonly Periodic[];

  constructor(
    private readonly selfCheck: SelfCheck,
    private readonly runner: VerificationRunner,
  ) {
    const report = {
      failed: (cause: unknown) => this.logger.error('the stored ledger could not be verified', { error: cause }),
      recovered: () => this.logger.log('the stored ledger is verified again'),
    };
    this.periodics = [new Periodic(SLICE_MILLIS, () => this.slice(), report), new Periodic(QUEUE_MILLIS, (stopping) => this.runner.runNext(stopping), report)];
  }

  onApplicationBootstrap(): void {
    for (const periodic of this.periodics) void periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.periodics.map((periodic) => periodic.stop()));
  }

  private async slice(): Promise<void> {
    await this.runner.queueNightly();
    const verification = await this.selfCheck.next();
    for (const { sentence } of verification?.mismatches ?? []) this.logger.error('the stored ledger contradicts itself', { mismatch: sentence });
  }
}
