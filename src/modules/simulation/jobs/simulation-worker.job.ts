import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { JobSignals } from '../job-signals.js';
import { JobWorker } from '../job-worker.js';

/** A job that another process submitted waits at most this long for an idle worker. */
const POLL_MILLIS = 300;
/** Progress twice a second, and a cancellation from another process is heard within it. */
const BEAT_MILLIS = 500;
/** A tenth of the lease. */
const RECOVER_MILLIS = 1_000;
/** What takes less is finished at shutdown, not started again elsewhere. */
const FINISH_MILLIS = 1_000;

/** The worker's pulse, on every replica with the role `worker`: three loops, and an orderly end. */
@Injectable()
export class SimulationWorkerJob implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('simulation-worker');
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private readonly stopListening: (() => void)[] = [];
  /** Beats go on until nothing is held: a job that is finishing must not lose its lease. */
  private readonly silent = new AbortController();

  constructor(
    private readonly worker: JobWorker,
    private readonly signals: JobSignals,
  ) {}

  onApplicationBootstrap(): void {
    this.loop('claim', () => this.worker.fill(), POLL_MILLIS, this.stopping.signal, ['queued', 'freed']);
    this.loop('heartbeat', () => this.worker.beat(), BEAT_MILLIS, this.silent.signal, ['cancellation']);
    this.loop('recovery', () => this.worker.recoverLost(), RECOVER_MILLIS, this.stopping.signal, []);
  }

  /** Before the database closes: resolves when no job is held and no loop runs. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.worker.release(FINISH_MILLIS);
    this.silent.abort();
    for (const stop of this.stopListening) stop();
    await Promise.all(this.loops);
  }

  /** Runs `turn` every `periodMillis`, and at once when one of the signals comes, one turn at a time. */
  private loop(name: string, turn: () => Promise<void>, periodMillis: number, ended: AbortSignal, wakeups: readonly ('queued' | 'freed' | 'cancellation')[]): void {
    let woken = false;
    let wake = (): void => {};
    for (const signal of wakeups) {
      this.stopListening.push(
        this.signals.listen(signal, () => {
          woken = true;
          wake();
        }),
      );
    }
    const run = async (): Promise<void> => {
      let failing = false;
      while (!ended.aborted) {
        woken = false;
        try {
          await turn();
          if (failing) this.logger.log(`${name} works again`);
          failing = false;
        } catch (cause) {
          // Once, and not three times a second for as long as the database is away.
          if (!failing) this.logger.warn(`${name} failed and will be tried again`, { err: cause });
          failing = true;
        }
        if (woken && !failing) continue;
        const nap = new AbortController();
        wake = () => nap.abort();
        await sleep(periodMillis, undefined, { signal: AbortSignal.any([ended, nap.signal]) }).catch(() => undefined);
      }
    };
    this.loops.push(run());
  }
}
