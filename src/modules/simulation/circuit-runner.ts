import { Inject, Injectable, Logger, Optional, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { TaskError, ThreadPool, type ThreadPoolHealth } from '#platform/threads/thread-pool.js';
import type { ClaimedJob, FinishedRun, JobError, RunOrder } from './domain/job.js';
import { OPERATIONS_MAX, RESULT_BYTES_MAX } from './domain/run-limits.js';
import { PRACTICE, WARM_AFTER_MILLIS } from './worker/practice.js';
import type { CircuitOrder } from './worker/run-circuit.js';
import type { JobTask } from './worker/run-job.js';
import type { CircuitOutcome } from './worker/sealed-result.js';

export type RunOutcome =
  | { readonly kind: 'finished'; readonly run: FinishedRun }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: JobError };

/** What of a claimed job a thread needs. */
export type RunnableJob = Omit<ClaimedJob, 'id' | 'programReferences' | 'projectId' | 'submittedBy' | 'token' | 'memoryBytes' | 'othersWait'>;

/** A circuit, or what a job has instead, on its way through a thread. */
export interface RunningCircuit {
  /** 0 to 1. */
  progress(): number;
  /** Asks it to stop; within the pool's grace it has. */
  stop(): void;
  /** Never rejects. */
  readonly outcome: Promise<RunOutcome>;
}

/** Of one thread's heap, where the parsed program and the counts are; the state vector lies outside it. */
const HEAP_MEBIBYTES_MAX = 2048;
/** Another number of MiB instead; tests alone provide it. */
export const OTHER_HEAP_MEBIBYTES_MAX = Symbol('another heap of the threads');

/** What the practice of threads has beside its programs. */
const OF_PRACTICE = { parameters: {}, outputs: ['counts'], noise: null, programDigest: '', shots: 1000, seed: 1, precision: 'single' } as const;

/** The threads that simulate. Knows no jobs and no database: text and numbers in, bytes out. */
@Injectable()
export class CircuitRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('simulation-threads');
  private readonly pool: ThreadPool<JobTask, CircuitOutcome, number>;
  /** How many circuits can run at once. */
  readonly threads: number;
  private readonly durationMillisMax: number;
  private readonly programBytesMax: number;
  private readonly warmsUp: boolean;
  private warming: NodeJS.Timeout | null = null;

  constructor(config: Config, @Optional() @Inject(OTHER_HEAP_MEBIBYTES_MAX) private readonly heapMebibytesMax: number = HEAP_MEBIBYTES_MAX) {
    ({ threads: this.threads, durationMillisMax: this.durationMillisMax, programBytesMax: this.programBytesMax, warmsUp: this.warmsUp } = config.simulation);
    this.pool = new ThreadPool({
      taskFile: new URL('./worker/run-job.js', import.meta.url),
      size: this.threads,
      resourceLimits: { maxOldGenerationSizeMb: heapMebibytesMax },
    });
    // They load while the rest of the server starts.
    this.pool.begin();
  }

  onApplicationBootstrap(): void {
    if (this.warmsUp) this.warming = setTimeout(() => this.pool.practise(PRACTICE.map((program) => ({ kind: 'circuit', order: this.orderOf({ ...program, ...OF_PRACTICE }) }))), WARM_AFTER_MILLIS).unref();
  }

  start(job: RunnableJob): RunningCircuit {
    const stopping = new AbortController();
    let progress = 0;
    const outcome = this.pool
      .run(taskOf(job, this.orderOf(job)), { signal: stopping.signal, timeoutMillis: this.durationMillisMax, onProgress: (fraction) => (progress = fraction) })
      .then(outcomeOf, (cause: unknown) => this.failureOf(cause));
    return { progress: () => progress, stop: () => stopping.abort(), outcome };
  }

  health(): ThreadPoolHealth {
    return this.pool.health();
  }

  /** Resolves when a circuit could be started, or when none ever will: the pool is closed. */
  whenAlive(): Promise<void> {
    return this.pool.whenAlive();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.warming !== null) clearTimeout(this.warming);
    await this.pool.close();
  }

  private orderOf({ language, source, parameters, outputs, noise, programDigest, shots, seed, method, precision }: Omit<RunOrder, 'items' | 'programReferences'>): CircuitOrder {
    return {
      language,
      source,
      parameters,
      programDigest,
      shots,
      seed,
      precision,
      method,
      outputs,
      noise,
      limits: { sourceBytesMax: this.programBytesMax, operationsMax: OPERATIONS_MAX },
      resultBytesMax: RESULT_BYTES_MAX,
      threads: this.threads,
    };
  }

  private failureOf(cause: unknown): RunOutcome {
    if (!(cause instanceof TaskError)) {
      this.logger.error('the thread pool failed', { err: cause });
      return failed('engine-failure', 'The simulation failed.');
    }
    switch (cause.reason) {
      // The caller stopped it, or the process is ending: in both cases it knows what becomes of the job.
      case 'cancelled':
      case 'closed':
        return { kind: 'stopped' };
      case 'timeout':
        return failed('time-limit', `The simulation took longer than the ${this.durationMillisMax} ms that are allowed.`);
      case 'out-of-memory':
        this.logger.warn('a simulation outgrew the heap of its thread', { err: cause });
        return failed('out-of-memory', `The program and its results need more than the ${this.heapMebibytesMax} MiB that a thread has for them beside the state.`);
      case 'thread-lost':
        this.logger.warn('a simulation took its thread down', { err: cause });
        return failed('engine-failure', 'The thread of the simulation ended.');
      // What was thrown is a defect of ours: it is for the log, not for the job's owner.
      case 'queue-full':
      case 'failed':
        this.logger.error('a simulation failed in its thread', { thrown: cause.thrown?.name ?? null, err: cause });
        return failed('engine-failure', 'The simulation failed.');
    }
  }
}

/** One item is what a part of a job of one circuit has. */
function taskOf({ items, part, parameters, parts, results }: RunnableJob, order: CircuitOrder): JobTask {
  if (parts > 0) return { kind: 'merge', order, isSingle: items === null, shares: results };
  if (part === null) return items === null ? { kind: 'circuit', order } : { kind: 'items', order, items, firstItem: 0, isPart: false };
  return { kind: 'items', order: { ...order, firstShot: part.firstShot }, items: items ?? [{ parameters }], firstItem: part.firstItem, isPart: true };
}

function outcomeOf(outcome: CircuitOutcome): RunOutcome {
  if (outcome.kind === 'failed') return failed(outcome.code, outcome.detail);
  const { body, digest, engineVersion } = outcome;
  return { kind: 'finished', run: { body, digest, engineVersion } };
}

function failed(code: JobError['code'], detail: string): RunOutcome {
  return { kind: 'failed', error: { code, detail } };
}
