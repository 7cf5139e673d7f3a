import { metricKinds } from '#pure/metric/metric.js';
import { PRIORITIES } from './job.js';

export const SIMULATION_METRICS = metricKinds({
  simulation_jobs: { type: 'gauge', help: 'Jobs that have not ended, of the whole installation; set by role worker.', labels: { state: ['queued', 'running'] } },
  simulation_oldest_queued_seconds: { type: 'gauge', help: 'Age of the job that has been queued longest; 0 when none is.' },
  simulation_queue_wait_seconds: { type: 'histogram', help: 'From the submission of a job to its claim by this process.', labels: { priority: PRIORITIES }, buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600, 21600, 86400] },
  simulation_deadlines_missed_total: { type: 'counter', help: 'Jobs that this process ended because their deadline had passed, by where they were.', labels: { state: ['queued', 'running'] } },
  simulation_held_jobs: { type: 'gauge', help: 'Jobs that this process runs.' },
  simulation_reserved_bytes: { type: 'gauge', help: 'Memory that the jobs of this process were granted.' },
  simulation_jobs_ended_total: { type: 'counter', help: 'Jobs that left this process; released are those that another one takes on.', labels: { outcome: ['succeeded', 'failed', 'cancelled', 'released', 'lost'] } },
  simulation_job_duration_seconds: { type: 'histogram', help: 'From the claim of a job to its end.', buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600] },
});
