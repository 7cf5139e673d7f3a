import type { JobError } from '../../domain/job.js';
import type { JobStatus, ShownStatus } from '../../domain/job-status.js';
import type { IonqVersion } from '#pure/ionq/job-request.js';

/** What a job is to IonQ's clients. They call one that runs otherwise in each version, and an unknown word ends their wait with an error. */
export function ionqStatus(status: ShownStatus, version: IonqVersion): string {
  return { queued: 'ready', running: version === 'v0.3' ? 'running' : 'started', succeeded: 'completed', failed: 'failed', cancelled: 'canceled' }[status];
}

/** A word that lists are narrowed by, and the statuses that it means; `submitted` is what comes before `ready` there. */
export const IONQ_STATUSES: Readonly<Record<string, readonly JobStatus[]>> = {
  submitted: ['queued'],
  ready: ['queued'],
  running: ['running', 'signing'],
  started: ['running', 'signing'],
  completed: ['succeeded'],
  failed: ['failed'],
  canceled: ['cancelled'],
};

/** Only where a job failed: clients look into it wherever it is. */
export function failureOf(error: JobError | null): { failure?: { error: string; code: string } } {
  return error === null ? {} : { failure: { error: error.detail, code: error.code } };
}
