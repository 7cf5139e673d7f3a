import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/system/clock.js';
import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';
import type { Principal } from '#pure/principal/principal.js';
import { isFinal } from './domain/job-status.js';
import { JobReader, type SeenJob } from './job-reader.js';
import { JobWatch, type News } from './job-watch.js';

/** Of one process: each is an open connection, and a look at its job whenever that changes. */
export const STREAMS_MAX = 128;
/** Of one principal: nobody takes all the room. */
export const STREAMS_PER_PRINCIPAL_MAX = 8;
/** A proxy gives a connection up that says nothing for a minute, mostly. */
const QUIET_MILLIS = 15_000;
/** Session and rights are asked for as often at least: whoever has lost them is told nothing from then on, and the stream ends. */
const STANDING_MILLIS = 2_000;
/** A client begins again where it is still interested. */
const FOLLOW_MILLIS_MAX = 3_600_000;

/** Who asks, as of now; rejects once the session or the token is at its end. */
export type CurrentStanding = () => Promise<Principal>;

/** The job each time that it has changed, or `quiet` where nothing has for a while. */
export type JobStream = AsyncGenerator<SeenJob | 'quiet', void>;

/**
 * Jobs for who follows them: the present state, then each that comes, to the last. Nothing of the database is held while
 * nothing happens. Each state is looked up as the get does it, by the principal as they are then: a right that is lost
 * ends the stream, a field that is kept back is kept back in the next state.
 */
@Injectable()
export class JobEvents {
  /** How many of each principal. */
  private readonly open = new Map<string, number>();

  constructor(
    private readonly reader: JobReader,
    private readonly watch: JobWatch,
    private readonly clock: Clock,
  ) {}

  /** Streams that are open now. */
  get size(): number {
    return [...this.open.values()].reduce((sum, own) => sum + own, 0);
  }

  /**
   * Throws as the get does, before there is a stream; `forbidden` for who may not see the status, which the end of the
   * stream would tell; `too-many-requests` where there are too many. Everything is given back when `gone` says so.
   */
  async follow(principal: Principal, id: string, current: CurrentStanding, gone: AbortSignal): Promise<JobStream> {
    this.enter(principal.id, gone);
    return this.states(await this.look(principal, id), current, gone);
  }

  /** Taken before anything is waited for, or a thousand that arrive together would all find room. */
  private enter(principalId: string, gone: AbortSignal): void {
    const own = this.open.get(principalId) ?? 0;
    const isFull = own >= STREAMS_PER_PRINCIPAL_MAX;
    if (isFull || this.size >= STREAMS_MAX) {
      throw new Fault(REQUEST_FAULTS['too-many-requests'], { detail: `Too many simulations are being followed${isFull ? ' by you' : ''}.`, headers: { 'Retry-After': '10' } });
    }
    if (gone.aborted) return;
    this.open.set(principalId, own + 1);
    gone.addEventListener('abort', () => this.leave(principalId), { once: true });
  }

  private leave(principalId: string): void {
    const left = this.open.get(principalId)! - 1;
    if (left === 0) this.open.delete(principalId);
    else this.open.set(principalId, left);
  }

  private async look(principal: Principal, id: string): Promise<SeenJob> {
    const { job, fields } = await this.reader.getWithResult(principal, id, -1);
    if (fields !== 'all' && !fields.has('status')) throw new Fault(REQUEST_FAULTS.forbidden);
    return { job, fields };
  }

  private async *states(first: SeenJob, current: CurrentStanding, gone: AbortSignal): JobStream {
    const { id } = first.job;
    const ear = new Ear(gone);
    const stop = this.watch.watch(id, (news) => ear.hear(news));
    const begunMillis = this.clock.monotonicMillis();
    try {
      yield first;
      if (isFinal(first.job.status)) return;
      for (let toldMillis = begunMillis; ; ) {
        const news = this.watch.isClosed ? 'closing' : await ear.listen(STANDING_MILLIS);
        const now = this.clock.monotonicMillis();
        if (gone.aborted || news === 'closing' || now - begunMillis >= FOLLOW_MILLIS_MAX) return;
        // Whatever is the matter, the client can ask again and is told.
        const seen = await current().then((principal) => this.look(principal, id)).catch(() => null);
        if (seen === null) return;
        if (news === null && now - toldMillis < QUIET_MILLIS) continue;
        toldMillis = now;
        yield news === null ? 'quiet' : seen;
        if (news !== null && isFinal(seen.job.status)) return;
      }
    } finally {
      stop();
    }
  }
}

/** Remembers the last news until somebody listens. */
class Ear {
  private news: News | null = null;
  private wake: () => void = () => undefined;

  constructor(gone: AbortSignal) {
    gone.addEventListener('abort', () => this.wake(), { once: true });
  }

  hear(news: News): void {
    this.news = news;
    this.wake();
  }

  /** Resolves at the first news, with null after so long or when nobody is there any more. */
  async listen(millis: number): Promise<News | null> {
    if (this.news === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, millis);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const { news } = this;
    this.news = null;
    return news;
  }
}
