import { Injectable } from '@nestjs/common';
import { JobWatch } from './job-watch.js';

/** Lets requests wait for the end of a job, whichever process runs it. */
@Injectable()
export class JobEndings {
  constructor(private readonly jobs: JobWatch) {}

  /** True once the job has ended; false after `timeoutMillis`, when nobody wants to know any more, or when the process ends. */
  async until(id: string, timeoutMillis: number, abandoned: AbortSignal): Promise<boolean> {
    if (timeoutMillis <= 0 || abandoned.aborted || this.jobs.isClosed) return false;
    return new Promise((resolve) => {
      const done = (ended: boolean): void => {
        clearTimeout(timeout);
        abandoned.removeEventListener('abort', giveUp);
        stop();
        resolve(ended);
      };
      const giveUp = (): void => done(false);
      const timeout = setTimeout(giveUp, timeoutMillis);
      abandoned.addEventListener('abort', giveUp);
      const stop = this.jobs.watch(id, (news) => {
        if (news !== 'changed') done(news === 'ended');
      });
    });
  }
}
