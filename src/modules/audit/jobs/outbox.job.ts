import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { OutboxDelivery } from '#platform/outbox/outbox-delivery.js';
import { Periodic } from '#platform/system/periodic.js';
import { FAN_OUT_ENTRIES_MAX, WebhookFanOut } from '../alerting/webhook-fan-out.js';

/** How long a message waits at most before somebody looks, besides its own waits. */
const TICK_MILLIS = 500;
const SWEEP_MILLIS = 10 * 60 * 1000;

/**
 * Reads the log on for webhooks, delivers what the outbox holds, and clears away what ended: on every replica with the
 * role `ledger`. Three rhythms, so that none waits for another; a delivery that ends has the next looked for at once.
 */
@Injectable()
export class OutboxJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('outbox');
  private readonly stopping = new AbortController();
  private readonly deliveries: Periodic;
  private readonly rhythms: readonly Periodic[];

  constructor(
    private readonly delivery: OutboxDelivery,
    private readonly fanOut: WebhookFanOut,
  ) {
    this.deliveries = this.periodic(TICK_MILLIS, 'messages could not be claimed; they wait', () => delivery.start(this.stopping.signal, () => this.deliveries.wake()));
    this.rhythms = [
      this.deliveries,
      this.periodic(TICK_MILLIS, 'the log could not be read for webhooks; it is read later', (stopping) => this.read(stopping)),
      this.periodic(SWEEP_MILLIS, 'ended messages stay until the next turn', () => delivery.sweep()),
    ];
  }

  onApplicationBootstrap(): void {
    for (const rhythm of this.rhythms) void rhythm.start();
  }

  /** What is under way is put back, and delivered by whoever comes next. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.rhythms.map((rhythm) => rhythm.stop()));
    await this.delivery.settled();
  }

  private async read(stopping: AbortSignal): Promise<void> {
    let entries: number;
    do {
      entries = await this.fanOut.advance();
      if (entries > 0) this.deliveries.wake();
    } while (entries === FAN_OUT_ENTRIES_MAX && !stopping.aborted);
  }

  private periodic(pauseMillis: number, complaint: string, turn: (stopping: AbortSignal) => Promise<unknown>): Periodic {
    return new Periodic(pauseMillis, turn, {
      failed: (error) => this.logger.error('the outbox does not come on', { complaint, error }),
      recovered: () => this.logger.log('the outbox works again'),
    });
  }
}
