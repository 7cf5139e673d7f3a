import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { CheckpointPublisher } from '../checkpoint-publisher.js';
import { Sequencer, TURN_ENTRIES_MAX } from '../sequencer.js';

/** An entry waits at most this long for its leaf: the window in which its removal would leave no trace in the tree. */
export const TICK_MILLIS = 200;

/**
 * The ledger's pulse, on every replica with the role `ledger`; none of them is special. A tick that fails is tried
 * again by the next: nothing is held in memory between two. Polling and not NOTIFY, which takes a lock of the whole
 * cluster at every commit and cost four fifths of the throughput when measured.
 */
@Injectable()
export class LedgerJob implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ledger');
  private readonly periodic: Periodic;

  constructor(
    private readonly sequencer: Sequencer,
    private readonly publisher: CheckpointPublisher,
  ) {
    this.periodic = new Periodic(TICK_MILLIS, (stopping) => this.tick(stopping), {
      failed: (cause) => this.logger.error('the ledger could not be sequenced or published; entries wait', { error: cause }),
      recovered: () => this.logger.log('the ledger is sequenced and published again'),
    });
  }

  onApplicationBootstrap(): void {
    void this.periodic.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.periodic.stop();
  }

  /** One turn, and the next at once where a backlog filled it; a checkpoint as often as one is due. */
  private async tick(stopping: AbortSignal): Promise<void> {
    let added: number;
    do {
      added = await this.sequencer.sequence();
      await this.publisher.publish();
    } while (added === TURN_ENTRIES_MAX && !stopping.aborted);
  }
}
