import { type Transferable, Worker, type ResourceLimits } from 'node:worker_threads';
import type { GiveUpMessage, PracticeMessage, TaskMessage, ThreadMessage, ThreadStart } from './thread-messages.js';

export type { TaskContext } from './thread-messages.js';

export interface ThreadPoolOptions {
  /** Module whose default export is `(task, context) => result | Promise<result>`. */
  readonly taskFile: URL;
  readonly size: number;
  /** Tasks that may wait for a thread; further ones are refused. */
  readonly queueMax?: number;
  /** From the cancel flag to the end of the thread that does not heed it. Of a pool that is held, to the caller's answer. */
  readonly cancelGraceMillis?: number;
  /**
   * Of each thread's heap: code that outgrows it ends its thread, and not the process. What V8 makes in one go (`JSON.parse` of a
   * large text, a task that is cloned) is not interrupted and ends the process: a task file bounds what it hands to that.
   */
  readonly resourceLimits: ResourceLimits & { readonly maxOldGenerationSizeMb: number };
  /** Of a pool that is held: one thread fewer, and how many are left. */
  readonly onLoss?: (left: number) => void;
}

export interface RunOptions<P> {
  /** Cancels: the task sees its flag, and after the grace its thread is ended, where another may take its place. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: P) => void;
  /** As a signal that fires after so long, counted from the start on a thread and not from the queue. Of a pool that is held, also of the wait for a thread. */
  readonly timeoutMillis?: number;
  /** Of the task: buffers to be moved instead of copied, and ports, which can only be moved. Gone for the caller once a thread has begun. */
  readonly transfer?: readonly Transferable[];
}

export interface ThreadPoolHealth {
  readonly size: number;
  /** Threads that have loaded the task file. */
  readonly alive: number;
  readonly busy: number;
  readonly queued: number;
  /** Threads that ended by themselves or had to be ended, since the pool was made. */
  readonly lost: number;
}

/** Why a task has no result. `failed`: it threw. The others are the pool's doing or the thread's end. */
export class TaskError extends Error {
  override readonly name = 'TaskError';

  constructor(
    readonly reason: 'failed' | 'cancelled' | 'timeout' | 'out-of-memory' | 'thread-lost' | 'queue-full' | 'closed',
    message: string,
    /** Of the error that the task threw. */
    readonly thrown: { readonly name: string; readonly details: Readonly<Record<string, unknown>> } | null = null,
  ) {
    super(message);
  }
}

interface Job {
  readonly id: number;
  readonly task: unknown;
  readonly options: RunOptions<never>;
  readonly flag: Int32Array<SharedArrayBuffer>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: TaskError) => void;
  /** Set by whoever asks it to stop; becomes the reason of the rejection. */
  stopping: 'cancelled' | 'timeout' | null;
  /** Its caller has been told: a thread may still be at it. */
  isSettled: boolean;
  timer: NodeJS.Timeout | null;
  /** Undoes the listener and timers. */
  readonly cleanup: (() => void)[];
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
  isReady: boolean;
  /** Settled by its word that it has given up workers, or by its end. */
  giving: PromiseWithResolvers<void> | null;
}

const CANCEL_GRACE_MILLIS = 1_000;
/** A task file that cannot be loaded would be tried for ever: after so many ends in a row without a task, slowly. */
const RESPAWN_EAGER_MAX = 3;
const RESPAWN_WAIT_MILLIS = 1_000;

/**
 * A fixed number of threads, each performing one task at a time, begun when the first is needed. A thread that dies takes
 * its task with it and nothing else, and another takes its place. A task is stopped by asking first (a flag in shared memory,
 * which a loop that never yields still sees) and by ending its thread when it does not heed.
 *
 * A pool that is held ends no thread, since none could take its place: whoever asks too often for what takes too long would
 * be left with none. A task that does not heed is answered for when its time is over, and its thread is the next one's when
 * it has come to its end. So what runs in one is bounded by what it is given.
 */
export class ThreadPool<T, R, P = unknown> {
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];
  readonly #respawns = new Set<NodeJS.Timeout>();
  /** Who waits for a first thread that is ready. */
  readonly #awaitingAlive: (() => void)[] = [];
  #practice: readonly T[] = [];
  #nextId = 1;
  #lost = 0;
  #endsInARow = 0;
  #begun = false;
  #held = false;
  #closed = false;

  constructor(private readonly options: ThreadPoolOptions) {}

  /** Performs a task on the next free thread. Rejects with `TaskError`. */
  run(task: T, options: RunOptions<P> = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#closed) return reject(new TaskError('closed', 'the thread pool is closed'));
      if (options.signal?.aborted === true) return reject(new TaskError('cancelled', 'the task was cancelled before it began'));
      if (this.#held && this.#threads.size === 0) return reject(new TaskError('thread-lost', 'no thread is left'));
      if (this.#queue.length >= (this.options.queueMax ?? Infinity)) return reject(new TaskError('queue-full', 'too many tasks wait for a thread'));
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const job: Job = { id: this.#nextId++, task, options: options as RunOptions<never>, flag, resolve: resolve as Job['resolve'], reject, stopping: null, isSettled: false, timer: null, cleanup: [] };
      job.cleanup.push(() => clearTimeout(job.timer ?? undefined));
      if (options.signal !== undefined) {
        const { signal } = options;
        const abort = (): void => this.#stop(job, 'cancelled');
        signal.addEventListener('abort', abort, { once: true });
        job.cleanup.push(() => signal.removeEventListener('abort', abort));
      }
      this.#queue.push(job);
      if (this.#held) this.#limit(job);
      this.begin();
      this.#dispatch();
      this.#adjustReferences();
    });
  }

  health(): ThreadPoolHealth {
    const threads = [...this.#threads];
    return {
      size: this.options.size,
      alive: threads.filter(({ isReady }) => isReady).length,
      busy: threads.filter(({ job }) => job !== null).length,
      queued: this.#queue.length,
      lost: this.#lost,
    };
  }

  /** Begins the threads, if nothing has before. */
  begin(): void {
    if (this.#begun || this.#closed) return;
    this.#begun = true;
    for (let count = 0; count < this.options.size; count += 1) this.#spawn();
  }

  /**
   * Begins every thread and has each give up what makes workers, before this thread does: as they are they stay, to the end
   * of the process. Rejects where one cannot begin, or keeps the right.
   */
  async hold(): Promise<void> {
    this.begin();
    this.#held = true;
    if (this.#threads.size < this.options.size) throw new TaskError('thread-lost', 'a thread cannot begin');
    for (const thread of this.#threads) {
      thread.giving = Promise.withResolvers<void>();
      // Read by the thread once it has loaded its task file, and between two tasks.
      thread.worker.postMessage({ giveUpWorkers: true } satisfies GiveUpMessage);
    }
    this.#adjustReferences();
    try {
      await Promise.all([...this.#threads].map(({ giving }) => giving?.promise));
    } finally {
      for (const thread of this.#threads) thread.giving = null;
      this.#adjustReferences();
    }
  }

  /**
   * Has each thread, and each that takes the place of a lost one, perform these while it has nothing to do, so that the
   * tasks to come find its code compiled. Nobody hears of their results.
   */
  practise(tasks: readonly T[]): void {
    this.#practice = tasks;
    this.begin();
    for (const thread of this.#threads) if (thread.isReady) this.#beginPractice(thread);
  }

  /** Resolves as soon as a thread can take a task (at once, when one can), or when the pool is closed and none ever will. */
  whenAlive(): Promise<void> {
    if (this.#closed || [...this.#threads].some(({ isReady }) => isReady)) return Promise.resolve();
    this.begin();
    return new Promise((resolve) => void this.#awaitingAlive.push(resolve));
  }

  /** Ends all threads; running and waiting tasks are rejected with `closed`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#respawns) clearTimeout(timer);
    this.#releaseAwaiting();
    const threads = [...this.#threads];
    for (const job of [...this.#queue.splice(0), ...threads.flatMap(({ job }) => job ?? [])]) this.#reject(job, new TaskError('closed', 'the thread pool is closed'));
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (!thread.isReady || thread.job !== null) continue;
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#begin(thread, job);
    }
  }

  #begin(thread: Thread, job: Job): void {
    thread.job = job;
    this.#limit(job);
    try {
      thread.worker.postMessage({ taskId: job.id, task: job.task, cancelFlag: job.flag.buffer } satisfies TaskMessage, [...(job.options.transfer ?? [])]);
    } catch (error) {
      // The task holds what cannot be cloned: the caller's mistake, and the thread has seen nothing of it.
      thread.job = null;
      this.#reject(job, new TaskError('failed', (error as Error).message));
      this.#dispatch();
    }
  }

  /** From now on, and no longer from when it was limited before. */
  #limit(job: Job): void {
    const { timeoutMillis } = job.options;
    if (timeoutMillis === undefined) return;
    clearTimeout(job.timer ?? undefined);
    job.timer = setTimeout(() => this.#stop(job, 'timeout'), timeoutMillis);
  }

  #beginPractice({ worker }: Thread): void {
    if (this.#practice.length > 0) worker.postMessage({ practice: this.#practice } satisfies PracticeMessage);
  }

  #releaseAwaiting(): void {
    for (const resolve of this.#awaitingAlive.splice(0)) resolve();
  }

  #stop(job: Job, reason: 'cancelled' | 'timeout'): void {
    if (job.stopping !== null) return;
    job.stopping = reason;
    const waiting = this.#queue.indexOf(job);
    if (waiting >= 0) {
      this.#queue.splice(waiting, 1);
      this.#reject(job, stopped(reason));
      return;
    }
    Atomics.store(job.flag, 0, 1);
    const thread = [...this.#threads].find((candidate) => candidate.job === job);
    if (thread === undefined) return;
    const give = (): void => {
      if (this.#held) this.#reject(job, stopped(reason));
      else void thread.worker.terminate();
    };
    const timer = setTimeout(give, this.options.cancelGraceMillis ?? CANCEL_GRACE_MILLIS);
    job.cleanup.push(() => clearTimeout(timer));
  }

  #spawn(): void {
    const worker = new Worker(new URL('./thread-entry.js', import.meta.url), {
      workerData: { taskFile: this.options.taskFile.href } satisfies ThreadStart,
      resourceLimits: this.options.resourceLimits,
    });
    const thread: Thread = { worker, job: null, isReady: false, giving: null };
    this.#threads.add(thread);
    this.#adjustReferences();
    let failure: Error | null = null;
    worker.on('message', (message: ThreadMessage) => this.#receive(thread, message));
    worker.on('error', (error: Error) => (failure = error));
    worker.on('exit', (code) => this.#gone(thread, failure, code));
  }

  #receive(thread: Thread, message: ThreadMessage): void {
    if (message.kind === 'ready') {
      thread.isReady = true;
      this.#releaseAwaiting();
      this.#dispatch();
      // Behind the task that was waiting, if there was one.
      this.#beginPractice(thread);
      return;
    }
    if (message.kind === 'gave-up') {
      if (message.hasNone) thread.giving?.resolve();
      else thread.giving?.reject(new Error('a thread keeps the right to make workers'));
      return;
    }
    const { job } = thread;
    if (job === null || job.id !== message.taskId) return;
    if (message.kind === 'progress') {
      if (job.stopping === null) job.options.onProgress?.(message.value as never);
      return;
    }
    this.#endsInARow = 0;
    thread.job = null;
    if (job.stopping !== null) this.#reject(job, stopped(job.stopping));
    else if (message.kind === 'done') this.#settle(job, () => job.resolve(message.value as never));
    else this.#reject(job, new TaskError('failed', message.message, { name: message.name, details: (message.details ?? {}) as Record<string, unknown> }));
    this.#dispatch();
  }

  #gone(thread: Thread, failure: Error | null, code: number): void {
    this.#threads.delete(thread);
    const { job } = thread;
    if (this.#closed) return;
    this.#lost += 1;
    this.#endsInARow = thread.isReady ? 0 : this.#endsInARow + 1;
    if (job !== null) {
      const reason = isOutOfMemory(failure) ? 'out-of-memory' : 'thread-lost';
      this.#reject(job, job.stopping === null ? new TaskError(reason, `the thread ended with ${code}: ${failure?.message ?? 'no reason given'}`) : stopped(job.stopping));
    }
    const { message = `it ended with ${code}` } = failure ?? {};
    if (this.#held) return this.#isFewer(thread, message);
    if (this.#endsInARow < RESPAWN_EAGER_MAX) return this.#spawn();
    // Nobody is coming: whoever waits is told, and whoever asks later waits for the next try.
    this.#rejectWaiting(`no thread can begin: ${message}`);
    const timer = setTimeout(() => {
      this.#respawns.delete(timer);
      this.#spawn();
    }, RESPAWN_WAIT_MILLIS);
    this.#respawns.add(timer);
    this.#adjustReferences();
  }

  /** The others go on. */
  #isFewer(thread: Thread, message: string): void {
    thread.giving?.reject(new TaskError('thread-lost', `a thread cannot begin: ${message}`));
    if (this.#threads.size === 0) this.#rejectWaiting(`no thread is left: ${message}`);
    this.#adjustReferences();
    this.options.onLoss?.(this.#threads.size);
  }

  #rejectWaiting(message: string): void {
    for (const waiting of this.#queue.splice(0)) this.#reject(waiting, new TaskError('thread-lost', message));
  }

  /** Idle threads are no reason for the process to stay alive; a task that runs or waits is, and so is one that is waited for. */
  #adjustReferences(): void {
    const isNeeded = this.#queue.length > 0 || [...this.#threads].some(({ job, giving }) => job !== null || giving !== null);
    for (const handle of [...[...this.#threads].map(({ worker }) => worker), ...this.#respawns]) {
      if (isNeeded) handle.ref();
      else handle.unref();
    }
  }

  #reject(job: Job, error: TaskError): void {
    this.#settle(job, () => job.reject(error));
  }

  #settle(job: Job, deliver: () => void): void {
    if (job.isSettled) return this.#adjustReferences();
    job.isSettled = true;
    for (const undo of job.cleanup.splice(0)) undo();
    deliver();
    this.#adjustReferences();
  }
}

function stopped(reason: 'cancelled' | 'timeout'): TaskError {
  return new TaskError(reason, reason === 'timeout' ? 'the task took longer than it may' : 'the task was cancelled');
}

function isOutOfMemory(failure: Error | null): boolean {
  return (failure as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
