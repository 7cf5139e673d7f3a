import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { UnitOfWork } from '#platform/database/unit-of-work.js';
import { systemPrincipal } from '#pure/principal/principal.js';
import { JobSignals } from './job-signals.js';
import { JobRepository } from './persistence/job.repository.js';

/** One query for all who watch: a fifth of what a person notices, and four statements a second however many there are. */
const POLL_MILLIS = 250;

/** What is told of a watched job; `closing`: the process ends, and there is no more news. */
export type News = 'changed' | 'ended' | 'closing';
export type NewsListener = (news: News) => void;

interface Watched {
  readonly listeners: Set<NewsListener>;
  /** Status and progress as they were seen last; null before. */
  seen: string | null;
}

/** Tells when jobs change and end, whichever process runs them. Says only that they have: who wants to know more looks. */
@Injectable()
export class JobWatch implements BeforeApplicationShutdown {
  private readonly watched = new Map<string, Watched>();
  private readonly principal = systemPrincipal('simulation-watch');
  private readonly stopListening: () => void;
  private poll: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly jobs: JobRepository,
    signals: JobSignals,
  ) {
    this.stopListening = signals.listen('ended', (id) => this.tell(id, 'ended'));
  }

  /** Before the HTTP server closes, which waits for the requests that wait here. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    this.stopListening();
    if (this.poll !== null) clearTimeout(this.poll);
    for (const id of [...this.watched.keys()]) this.tell(id, 'closing');
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** The first news may be of what was so before. @returns watches no longer. */
  watch(id: string, listener: NewsListener): () => void {
    const watched = this.watched.get(id) ?? { listeners: new Set(), seen: null };
    this.watched.set(id, watched);
    watched.listeners.add(listener);
    if (!this.closed) this.poll ??= setTimeout(() => void this.ask(), POLL_MILLIS);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.watched.get(id) === watched) this.watched.delete(id);
    };
  }

  private tell(id: string, news: News): void {
    for (const listener of [...(this.watched.get(id)?.listeners ?? [])]) listener(news);
  }

  private async ask(): Promise<void> {
    const ids = [...this.watched.keys()];
    // A failed poll is no news: the next one tells.
    const standings = ids.length === 0 ? [] : await this.uow.read(this.principal, (reading) => this.jobs.standings(reading, ids)).catch(() => []);
    for (const { id, status, progress, ended } of standings) {
      const watched = this.watched.get(id);
      const seen = `${status} ${progress}`;
      if (watched === undefined || watched.seen === seen) continue;
      watched.seen = seen;
      this.tell(id, ended ? 'ended' : 'changed');
    }
    this.poll = this.watched.size === 0 || this.closed ? null : setTimeout(() => void this.ask(), POLL_MILLIS);
  }
}
