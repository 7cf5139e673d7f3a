import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config.js';
import { touchMillisOf } from '../persistence/blob.repository.js';

const MINUTE_MILLIS = 60_000;
const HOUR_MILLIS = 60 * MINUTE_MILLIS;
/** A hundred pulls a second for a minute; what falls out is recorded once more. */
const REMEMBERED_MAX = 6_000;

/** What has been met in this window of time. */
class Window {
  private number = 0;
  private met = new Set<string>();

  constructor(private readonly millis: number) {}

  has(what: string, nowMillis: number): boolean {
    const number = Math.floor(nowMillis / this.millis);
    if (number !== this.number || this.met.size >= REMEMBERED_MAX) {
      this.number = number;
      this.met = new Set();
    }
    return this.met.has(what);
  }

  add(what: string): void {
    this.met.add(what);
  }

  /** Whether it is the first time. It is not from then on, also for who asks while something is being done about it. */
  isFirst(what: string, nowMillis: number): boolean {
    if (this.has(what, nowMillis)) return false;
    this.add(what);
    return true;
  }

  forget(what: string): void {
    this.met.delete(what);
  }
}

/** What was written down already about who pulls: a client asks for a manifest several times a pull. */
@Injectable()
export class PullJournal {
  private readonly recorded = new Window(MINUTE_MILLIS);
  private readonly marked = new Window(HOUR_MILLIS);
  private readonly promised: Window;

  constructor(config: Config) {
    this.promised = new Window(touchMillisOf(config.registry.pushLeaseMillis));
  }

  /** Whether the pull is to be recorded in the ledger: one of a subject and digest a minute is. */
  isDue(principalId: string, digest: string, nowMillis: number): boolean {
    return this.recorded.isFirst(`${principalId} ${digest}`, nowMillis);
  }

  /** Whether the manifest's row is to say when it was pulled last: once an hour, since those who ask count days. */
  isUnmarked(repositoryId: string, digest: string, nowMillis: number): boolean {
    return this.marked.isFirst(`${repositoryId} ${digest}`, nowMillis);
  }

  /** It could not be written: the next pull tries again. */
  unmark(repositoryId: string, digest: string): void {
    this.marked.forget(`${repositoryId} ${digest}`);
  }

  /** Whether somebody was just told that the manifest is there, and its row says so: it is written before it is remembered. */
  isPromised(repositoryId: string, digest: string, nowMillis: number): boolean {
    return this.promised.has(`${repositoryId} ${digest}`, nowMillis);
  }

  promise(repositoryId: string, digest: string): void {
    this.promised.add(`${repositoryId} ${digest}`);
  }
}
