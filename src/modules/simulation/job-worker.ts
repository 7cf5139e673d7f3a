import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { Clock } from '#platform/system/clock.js';
import { Tracing } from '#platform/tracing/tracing.js';
import { CircuitRunner, type RunningCircuit, type RunOutcome } from './circuit-runner.js';
import type { ClaimedJob } from './domain/job.js';
import { SIMULATION_METRICS } from './domain/simulation.metrics.js';
import { DEADLINE_PASSED, JobClaims, LEASE_MILLIS } from './job-claims.js';
import { JobSignals } from './job-signals.js';
import type { Stop, WorkerOffer } from './persistence/claim.repository.js';

/** A third of the lease: two renewals may fail before another worker takes the job. */
const RENEW_MILLIS = LEASE_MILLIS / 3;
/** The wait before the n-th repetition of a last step that failed is n times this, at most the lease. */
const RETRY_MILLIS = 200;
/** With those waits some 20 s: longer than a restart of Postgres. Then the lease is left to run out. */
const ATTEMPTS_MAX = 14;

/** For so long nobody looks again into a queue that was empty: no longer than a worker that is idle would wait. */
const EMPTY_MILLIS = 300;

/** Why a circuit was told to stop: decides what becomes of its job. */
type Demand = Stop['why'] | 'release' | 'abandon';

/** One held job; owned by the worker, and only its own turns change it. */
interface RunningJob {
  readonly job: ClaimedJob;
  readonly circuit: RunningCircuit;
  demand: Demand | null;
  renewedAtMillis: number;
  toldProgress: number;
  /** Resolves when the job is out of our hands. */
  settled: Promise<void>;
}

/**
 * Holds the jobs of this process from their claim to their end. Three calls drive it, each by a loop of its own:
 * `fill` claims while there are threads and memory, `beat` keeps what is held and hears of cancellations, and `release`
 * gives everything back. None of them rejects for one job's sake.
 */
@Injectable()
export class JobWorker {
  private readonly logger = new Logger('simulation-worker');
  private readonly running = new Map<string, RunningJob>();
  private readonly memoryBytesMax: number;
  private readonly runningPerPrincipalMax: number;
  private readonly name: string;
  private stopping = false;
  /** When a claim left nothing in the queue, if nobody has had it looked into since. */
  private emptiedAtMillis = -Infinity;

  constructor(
    private readonly claims: JobClaims,
    private readonly runner: CircuitRunner,
    private readonly signals: JobSignals,
    private readonly clock: Clock,
    config: Config,
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {
    this.memoryBytesMax = config.simulation.memoryBytesMax;
    this.runningPerPrincipalMax = config.simulation.runningJobsMax;
    this.name = `${hostname()}:${process.pid}`;
    metrics.atScrape(() => {
      metrics.set(SIMULATION_METRICS.simulation_held_jobs, this.running.size);
      metrics.set(SIMULATION_METRICS.simulation_reserved_bytes, this.reservedBytes);
    });
  }

  /** How many jobs are held. */
  get held(): number {
    return this.running.size;
  }

  private get offer(): WorkerOffer {
    return { freeBytes: this.memoryBytesMax - this.reservedBytes, totalBytes: this.memoryBytesMax, runningPerPrincipalMax: this.runningPerPrincipalMax };
  }

  private get reservedBytes(): number {
    return [...this.running.values()].reduce((sum, { job }) => sum + job.memoryBytes, 0);
  }

  /** What waits and what runs, of all workers. A tick asks, never a scrape. */
  async measure(): Promise<void> {
    const { queued, running, oldestSeconds } = await this.claims.standing();
    this.metrics.set(SIMULATION_METRICS.simulation_jobs, queued, { state: 'queued' });
    this.metrics.set(SIMULATION_METRICS.simulation_jobs, running, { state: 'running' });
    this.metrics.set(SIMULATION_METRICS.simulation_oldest_queued_seconds, oldestSeconds);
  }

  /** Claims what fits and starts it. Not to be called again before it has resolved. */
  async fill(): Promise<void> {
    // Somebody has a reason to ask, also where there is no thread to claim with.
    this.emptiedAtMillis = -Infinity;
    while (!this.stopping && this.running.size < this.runner.threads) {
      const job = await this.claims.claim(this.name, this.offer);
      if (job === null) return;
      // The end of the process was demanded while the claim was under way: nobody would wait for this job any more.
      if (this.stopping) return this.claims.release(job);
      this.begin(job);
      if (job.othersWait) continue;
      // What comes is signalled, or found by the next poll.
      this.emptiedAtMillis = this.clock.monotonicMillis();
      return;
    }
  }

  /** Renews the leases that are due, tells progress, and stops what is cancelled, late or no longer ours. */
  async beat(): Promise<void> {
    const held = [...this.running.values()];
    if (held.length === 0) return;
    const now = this.clock.monotonicMillis();
    const due = held.filter((entry) => entry.circuit.progress() > entry.toldProgress || now - entry.renewedAtMillis >= RENEW_MILLIS);
    const beats = due.map(({ job, circuit }) => ({ id: job.id, token: job.token, progress: circuit.progress() }));
    const { lost, stops } = await this.claims.beat(beats, held.map(({ job }) => job.id));
    due.forEach((entry, index) => {
      entry.renewedAtMillis = now;
      entry.toldProgress = beats[index]!.progress;
    });
    // What ended between the look at `held` and the answer counts as lost; it is out of our hands and hears nothing.
    for (const entry of held) {
      const stop = lost.includes(entry.job.id) ? 'abandon' : stops.find(({ id }) => id === entry.job.id)?.why;
      if (stop !== undefined) this.demand(entry, stop);
    }
  }

  /** Gives the jobs of vanished workers to whoever is free. */
  async recoverLost(): Promise<void> {
    while (!this.stopping && (await this.claims.recoverLost()));
  }

  /** Ends what still waits although its deadline has passed. */
  async expireQueued(): Promise<void> {
    while (!this.stopping && (await this.claims.expireQueued())) this.metrics.increment(SIMULATION_METRICS.simulation_deadlines_missed_total, { state: 'queued' });
  }

  /**
   * Claims nothing more, lets what is nearly done finish for `graceMillis`, and gives the rest back to the queue.
   * Resolves when nothing is held.
   */
  async release(graceMillis: number): Promise<void> {
    this.stopping = true;
    const all = Promise.all([...this.running.values()].map(({ settled }) => settled));
    const patience = new AbortController();
    await Promise.race([all, sleep(graceMillis, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    for (const entry of this.running.values()) this.demand(entry, 'release');
    await all;
  }

  private begin(job: ClaimedJob): void {
    this.metrics.observe(SIMULATION_METRICS.simulation_queue_wait_seconds, job.waitedSeconds, { priority: job.priority });
    // The pool has a thread for it, since no more jobs are held than there are threads.
    const circuit = this.runner.start(job);
    const entry: RunningJob = { job, circuit, demand: null, renewedAtMillis: this.clock.monotonicMillis(), toldProgress: 0, settled: Promise.resolve() };
    const startedMillis = entry.renewedAtMillis;
    const run = this.tracing.job('simulation job', async () => this.settle(entry, await circuit.outcome));
    entry.settled = run.finally(() => {
      this.metrics.observe(SIMULATION_METRICS.simulation_job_duration_seconds, (this.clock.monotonicMillis() - startedMillis) / 1000);
      this.running.delete(job.id);
      if (this.clock.monotonicMillis() - this.emptiedAtMillis > EMPTY_MILLIS) this.signals.send('freed');
    });
    this.running.set(job.id, entry);
  }

  private demand(entry: RunningJob, demand: Demand): void {
    // A job that is lost or given back has no other fate any more; one that is cancelled or late can still be lost.
    if (entry.demand === null || demand === 'abandon') entry.demand = demand;
    entry.circuit.stop();
  }

  /** The last step, again and again while the database is away: a result that took an hour is worth the wait. */
  private async settle(entry: RunningJob, outcome: RunOutcome): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      try {
        return await this.end(entry, outcome);
      } catch (cause) {
        this.logger.warn('the end of a simulation could not be stored', { id: entry.job.id, attempt, err: cause });
        if (this.stopping || entry.demand === 'abandon') return;
        await sleep(RETRY_MILLIS * attempt);
      }
    }
    this.logger.error('a simulation is given up: another worker takes it when its lease has run out', { id: entry.job.id });
  }

  private async end({ job, demand }: RunningJob, outcome: RunOutcome): Promise<void> {
    if (demand === 'abandon') return this.ended('lost');
    // Finished is finished, whatever was demanded meanwhile.
    if (outcome.kind === 'finished') {
      await this.claims.succeed(job, outcome.run);
      this.ended('succeeded');
    } else if (outcome.kind === 'failed') {
      await this.claims.fail(job, outcome.error);
      this.ended('failed');
    } else if (demand === 'cancel') {
      await this.claims.stop(job);
      this.ended('cancelled');
    } else if (demand === 'expire') {
      if ((await this.claims.fail(job, DEADLINE_PASSED)) === 'done') this.metrics.increment(SIMULATION_METRICS.simulation_deadlines_missed_total, { state: 'running' });
      this.ended('failed');
    } else {
      await this.claims.release(job);
      this.ended('released');
    }
  }

  private ended(outcome: 'succeeded' | 'failed' | 'cancelled' | 'released' | 'lost'): void {
    this.metrics.increment(SIMULATION_METRICS.simulation_jobs_ended_total, { outcome });
  }
}
