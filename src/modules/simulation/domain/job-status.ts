/**
 * The life of a job, as a table. The database repeats it twice: every transition in SQL names the status that it
 * leaves in its WHERE, and a trigger refuses a pair that is not here; a spec holds the trigger to this table.
 */
export const JOB_STATUSES = ['queued', 'spread', 'running', 'signing', 'succeeded', 'failed', 'cancelled', 'done'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/**
 * What readers are told: while its result is signed, a job is running to them, for they have nothing of it yet; and one
 * that is cut into parts, from the beginning of the first of them to the end.
 */
export const SHOWN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const satisfies readonly JobStatus[];
export type ShownStatus = (typeof SHOWN_STATUSES)[number];

export const JOB_TRANSITIONS: Readonly<Record<JobStatus, readonly JobStatus[]>> = Object.freeze({
  /** Claimed by a worker; or its deadline passed, or it was cancelled, before any worker came; `done`: a part whose job has ended. */
  queued: ['running', 'failed', 'cancelled', 'done'],
  /** Its parts are in the queue. When they are done it is queued itself, to be merged; when one fails, so does it. */
  spread: ['queued', 'failed', 'cancelled'],
  /** `queued` again: the worker was lost, or gave the job back because it was told to end. */
  running: ['queued', 'signing', 'failed', 'cancelled', 'done'],
  /** The result is stored and in the ledger, and no worker holds the job any more: a process with the key signs it. */
  signing: ['succeeded'],
  succeeded: [],
  failed: [],
  cancelled: [],
  /** A part's one end: how it went stands with its job. */
  done: [],
});

export function mayBecome(from: JobStatus, to: JobStatus): boolean {
  return JOB_TRANSITIONS[from].includes(to);
}

/** Nothing happens to a job in such a status any more. */
export function isFinal(status: JobStatus): boolean {
  return JOB_TRANSITIONS[status].length === 0;
}

/** What becomes of a running job whose worker has not renewed its lease. */
export type LostJobFate = 'requeue' | 'cancel' | 'fail';

/** A job that took its worker down this often is itself the likely cause: three lets two unlucky restarts pass. */
export const WORKERS_LOST_MAX = 3;

/** @param workersLost how many workers were lost with this job before. */
export function fateOfLostJob(workersLost: number, cancelRequested: boolean): LostJobFate {
  if (cancelRequested) return 'cancel';
  return workersLost + 1 >= WORKERS_LOST_MAX ? 'fail' : 'requeue';
}
