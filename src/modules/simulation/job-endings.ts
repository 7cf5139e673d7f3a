import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { JobRepository } from './persistence/job.repository.js';
import { JobSignals } from './job-signals.js';

/** One query for all who wait: a fifth of what a person notices, and four statements a second however many wait. */
const POLL_MILLIS = 250;

/** Lets requests wait for the end of a job, whichever process runs it. */
@Injectable()
export class JobEndings implements BeforeApplicationShutdown {
  private readonly waiting = new Map<string, Set<(ended: boolean) => void>>();
  private readonly principal = systemPrincipal('simulation-wait');
  private readonly stopListening: () => void;
  private poll: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    signals: JobSignals,
  ) {
    this.stopListening = signals.listen('ended', (id) => this.tell(id));
  }

  /** Before the HTTP server closes, which waits for the requests that wait here. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    this.stopListening();
    if (this.poll !== null) clearTimeout(this.poll);
    for (const id of [...this.waiting.keys()]) this.tell(id, false);
  }

  /** True once the job has ended; false after `timeoutMillis`, or when nobody wants to know any more. */
  async until(id: string, timeoutMillis: number, abandoned: AbortSignal): Promise<boolean> {
    if (timeoutMillis <= 0 || abandoned.aborted || this.closed) return false;
    return new Promise((resolve) => {
      const done = (ended: boolean): void => {
        clearTimeout(timeout);
        abandoned.removeEventListener('abort', giveUp);
        this.forget(id, done);
        resolve(ended);
      };
      const giveUp = (): void => done(false);
      const timeout = setTimeout(giveUp, timeoutMillis);
      abandoned.addEventListener('abort', giveUp);
      this.remember(id, done);
    });
  }

  private remember(id: string, done: (ended: boolean) => void): void {
    const others = this.waiting.get(id);
    if (others === undefined) this.waiting.set(id, new Set([done]));
    else others.add(done);
    this.poll ??= setTimeout(() => void this.ask(), POLL_MILLIS);
  }

  private forget(id: string, done: (ended: boolean) => void): void {
    const others = this.waiting.get(id);
    others?.delete(done);
    if (others?.size === 0) this.waiting.delete(id);
  }

  private tell(id: string, ended = true): void {
    for (const done of this.waiting.get(id) ?? []) done(ended);
  }

  private async ask(): Promise<void> {
    const ids = [...this.waiting.keys()];
    if (ids.length > 0) {
      // A failed poll is no answer: who waits is told at the next one, or times out and is given the job as it is.
      const ended = await this.uow.run(this.principal, (tx) => this.jobs.endedAmong(tx, ids)).catch(() => []);
      for (const id of ended) this.tell(id);
    }
    this.poll = this.waiting.size === 0 ? null : setTimeout(() => void this.ask(), POLL_MILLIS);
  }
}
