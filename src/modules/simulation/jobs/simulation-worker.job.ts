import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Periodic } from '#platform/system/periodic.js';
import { JobSignals } from '../job-signals.js';
import { JobWorker } from '../job-worker.js';

/** A job that another process submitted waits at most this long for an idle worker. */
const POLL_MILLIS = 300;
/** Progress twice a second, and a cancellation from another process is heard within it. */
const BEAT_MILLIS = 500;
/** A tenth of the lease; and what is late in the queue is told so within it. */
const RECOVER_MILLIS = 1_000;
/** Prometheus commonly scrapes every 15 s. */
const MEASURE_MILLIS = 5_000;
/** What takes less is finished at shutdown, not started again elsewhere. */
const FINISH_MILLIS = 1_000;

/** The worker's pulse, on every replica with the role `worker`: three loops, and an orderly end. */
@Injectable()
export class SimulationWorkerJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('simulation-worker');
  private readonly claim: Periodic;
  private readonly heartbeat: Periodic;
  private readonly recovery: Periodic;
  private readonly measuring: Periodic;
  private readonly stopListening: (() => void)[] = [];

  constructor(
    private readonly worker: JobWorker,
    private readonly signals: JobSignals,
  ) {
    this.claim = this.loop('claim', POLL_MILLIS, () => worker.fill());
    this.heartbeat = this.loop('heartbeat', BEAT_MILLIS, () => worker.beat());
    this.recovery = this.loop('recovery', RECOVER_MILLIS, async () => {
      // In this order: a job that comes back to the queue after its deadline is not to be claimed again.
      await worker.recoverLost();
      await worker.expireQueued();
    });
    this.measuring = this.loop('measuring', MEASURE_MILLIS, () => worker.measure());
  }

  onApplicationBootstrap(): void {
    for (const signal of ['queued', 'freed'] as const) this.stopListening.push(this.signals.listen(signal, () => this.claim.wake()));
    this.stopListening.push(this.signals.listen('cancellation', () => this.heartbeat.wake()));
    for (const loop of [this.claim, this.heartbeat, this.recovery, this.measuring]) void loop.start();
  }

  /** Before the database closes: resolves when no job is held and no loop runs. */
  async beforeApplicationShutdown(): Promise<void> {
    const claimsNothing = Promise.all([this.claim.stop(), this.recovery.stop(), this.measuring.stop()]);
    await this.worker.release(FINISH_MILLIS);
    // Beats go on until nothing is held: a job that is finishing must not lose its lease.
    await this.heartbeat.stop();
    for (const stop of this.stopListening) stop();
    await claimsNothing;
  }

  private loop(name: string, pauseMillis: number, turn: () => Promise<void>): Periodic {
    return new Periodic(pauseMillis, turn, {
      failed: (cause) => this.logger.warn('a loop failed and will be tried again', { loop: name, err: cause }),
      recovered: () => this.logger.log('a loop works again', { loop: name }),
    });
  }
}
