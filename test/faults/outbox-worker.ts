import { poolSource } from '#platform/database/data-sources.js';
import { SequencerUnitOfWork } from '#platform/database/unit-of-work.js';
import { OutboundClient } from '#platform/outbound/outbound-client.js';
import { OutboxDelivery } from '#platform/outbox/outbox-delivery.js';
import { OutboxRows } from '#platform/outbox/outbox-rows.js';
import { type DeliveryOutcome, type OutboxMessage, OutboxSink } from '#platform/outbox/outbox-sink.js';
import { SystemClock } from '#platform/system/clock.js';
import { armCrashPoint } from '#platform/system/crash-points.js';
import { SystemRandomness } from '#platform/system/randomness.js';

/** What the crash test tells a process that it is going to kill. */
export interface OutboxOrders {
  readonly sequencerUrl: string;
  readonly receiverUrl: string;
  readonly crashAt: string;
}

/** Sends the message's id to the test's receiver. */
export class IdSink extends OutboxSink {
  override readonly name = 'webhook';

  constructor(private readonly receiverUrl: string) {
    super();
  }

  override async deliver({ id }: OutboxMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    const answer = await new OutboundClient().post({ url: new URL(this.receiverUrl), headers: { 'webhook-id': id }, body: Buffer.alloc(0), timeoutMillis: 5_000, signal }, null);
    return answer.kind === 'answered' ? { kind: 'delivered' } : { kind: 'retry', reason: answer.reason };
  }
}

if (process.argv[2]?.startsWith('{') === true) {
  const { sequencerUrl, receiverUrl, crashAt } = JSON.parse(process.argv[2]) as OutboxOrders;
  const source = await poolSource({ url: sequencerUrl, applicationName: 'outbox-crash', connectionsMax: 4, statementTimeoutMillis: 15_000, onError: () => undefined }).initialize();
  const delivery = new OutboxDelivery(new SequencerUnitOfWork(source), new OutboxRows(), [new IdSink(receiverUrl)], new SystemClock(), new SystemRandomness(), { traced: (attempt) => attempt(), ended: () => undefined, failed: () => undefined });
  armCrashPoint(crashAt);
  for (;;) {
    await delivery.start(new AbortController().signal);
    await delivery.settled();
  }
}
