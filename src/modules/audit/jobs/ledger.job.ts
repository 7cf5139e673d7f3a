import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
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
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** The last tick failed: said once when it begins and once when it ends, not five times a second. */
  private failing = false;

  constructor(
    private readonly sequencer: Sequencer,
    private readonly publisher: CheckpointPublisher,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Resolves when no tick is running and none will. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.tick();
      await sleep(TICK_MILLIS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** One turn, and the next at once where a backlog filled it; a checkpoint as often as one is due. Never throws. */
  private async tick(): Promise<void> {
    try {
      let added: number;
      do {
        added = await this.sequencer.sequence();
        await this.publisher.publish();
      } while (added === TURN_ENTRIES_MAX && !this.stopping.signal.aborted);
      if (this.failing) this.logger.log('the ledger is sequenced and published again');
      this.failing = false;
    } catch (cause) {
      if (!this.failing) this.logger.error('the ledger could not be sequenced or published; entries wait', cause instanceof Error ? cause.stack : String(cause));
      this.failing = true;
    }
  }
}
