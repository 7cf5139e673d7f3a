import type { Statement } from '#platform/database/unit-of-work.js';

/**
 * What one job counts for at most when turns are taken: 2^40 updates of an amplitude, about as much as two cores do
 * within the time that a simulation has by default. An estimate beyond it is one of a run that is ended before.
 */
const TURN_UNITS_MAX = 2 ** 20;

/**
 * queued → running, for the job whose turn it is (docs/adr/0012-the-queue.md). Start-time fair queueing on two levels:
 * the project that has been served least, in it the submitter who has been served least, of whom the oldest job, those
 * of high priority first; what is of low priority only when nothing else waits that could be run.
 *
 * `started` is the virtual time at which the last claim of an account began, `served` the one at which it ends: where it
 * began and what it costs. Who comes back after a pause begins at the time that it is now, the latest `started` of all,
 * and has saved up nothing.
 *
 * Reads the index `job_queue` like its keys: a step for each project that has something queued, and in the one whose
 * turn it is a step for each submitter, however many jobs each has. The lateral subqueries are evaluated row by row in
 * the order of what they are joined to, and no further than the first job that is not being claimed by somebody else.
 *
 * The job so found has to fit: were smaller ones let past it, a large job could wait for ever behind a stream of them.
 * One that this worker could never hold is left to a larger one, and so is nobody else's turn.
 *
 * Concurrent claims see the accounts without one another, and take the next job of the same turn: the order is late by
 * as many jobs as there are claims at once, and the limit of running jobs can be passed by as many. No turn goes uncounted.
 *
 * Parts of a job wait and run as jobs of its submitter, each at its own cost. When they are done the job itself is what
 * remains to be served of it: a merge, which costs next to nothing.
 *
 * $1 token, $2 worker, $3 lease in ms, $4 bytes free now, $5 bytes in all, $6 running jobs of one submitter at most.
 */
export const CLAIM: Statement = {
  name: 'simulation.claim',
  text: `
    WITH RECURSIVE project AS (
      (SELECT background, project_id FROM simulation.job WHERE status = 'queued' ORDER BY background, project_id LIMIT 1)
      UNION ALL
      SELECT next.background, next.project_id FROM project CROSS JOIN LATERAL (
        SELECT job.background, job.project_id FROM simulation.job
         WHERE status = 'queued' AND (job.background, job.project_id) > (project.background, project.project_id)
         ORDER BY job.background, job.project_id LIMIT 1) AS next
    ), clock AS (
      SELECT background, max(started) AS time FROM simulation.project_share GROUP BY background
    ), turn AS MATERIALIZED (
      SELECT background, project_id, greatest(share.served, clock.time, 0) AS start
        FROM project LEFT JOIN clock USING (background) LEFT JOIN simulation.project_share AS share USING (background, project_id)
       ORDER BY background, start, share.served NULLS FIRST, project_id
    ), busy AS MATERIALIZED (
      SELECT submitted_by FROM simulation.job WHERE status = 'running' GROUP BY submitted_by HAVING count(*) >= $6
    ), head AS (
      SELECT job.id, job.memory_bytes, least(job.cost_units, ${TURN_UNITS_MAX}) AS units,
             turn.background, turn.project_id, turn.start AS project_start, person.principal_id, person.start AS principal_start
        FROM turn
       CROSS JOIN LATERAL (
         WITH RECURSIVE submitter AS (
           (SELECT submitted_by FROM simulation.job
             WHERE status = 'queued' AND background = turn.background AND project_id = turn.project_id
             ORDER BY submitted_by LIMIT 1)
           UNION ALL
           SELECT next.submitted_by FROM submitter CROSS JOIN LATERAL (
             SELECT job.submitted_by FROM simulation.job
              WHERE status = 'queued' AND background = turn.background AND project_id = turn.project_id AND job.submitted_by > submitter.submitted_by
              ORDER BY job.submitted_by LIMIT 1) AS next
         ), account AS MATERIALIZED (
           SELECT principal_id, started, served FROM simulation.principal_share
            WHERE background = turn.background AND project_id = turn.project_id
         )
         SELECT submitter.submitted_by AS principal_id, greatest(account.served, (SELECT max(started) FROM account), 0) AS start
           FROM submitter LEFT JOIN account ON account.principal_id = submitter.submitted_by
          WHERE submitter.submitted_by NOT IN (SELECT submitted_by FROM busy)
          ORDER BY start, account.served NULLS FIRST, principal_id) AS person
       CROSS JOIN LATERAL (
         SELECT id, memory_bytes, CASE WHEN parts > 0 THEN 1 ELSE cost_units END AS cost_units FROM simulation.job
          WHERE status = 'queued' AND background = turn.background AND project_id = turn.project_id AND submitted_by = person.principal_id
            AND memory_bytes <= $5 AND (deadline IS NULL OR deadline > clock_timestamp())
          ORDER BY (priority <> 'high'), id LIMIT 1 FOR UPDATE SKIP LOCKED) AS job
       LIMIT 1
    ), claimed AS (
      UPDATE simulation.job AS job
         SET status = 'running', claim_token = $1, claimed_by = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond',
             started_at = now(), progress = 0
        FROM head WHERE job.id = head.id AND job.status = 'queued' AND head.memory_bytes <= $4
      RETURNING job.*
    ), project_served AS (
      INSERT INTO simulation.project_share AS share (background, project_id, started, served)
      SELECT head.background, head.project_id, project_start, project_start + units FROM head JOIN claimed USING (id)
      ON CONFLICT (background, project_id) DO UPDATE ${added()}
    ), principal_served AS (
      INSERT INTO simulation.principal_share AS share (background, project_id, principal_id, started, served)
      SELECT head.background, head.project_id, principal_id, principal_start, principal_start + units FROM head JOIN claimed USING (id)
      ON CONFLICT (background, project_id, principal_id) DO UPDATE ${added()}
    )
    SELECT id, project_id, submitted_by, language, source, parameters, outputs, noise, program_digest, program_references, shots, seed, method, precision,
           memory_bytes, priority, extract(epoch FROM clock_timestamp() - created_at)::float8 AS waited_seconds,
           items, item_count, parts, parent_id, first_item, first_shot,
           (SELECT count(*) FROM (SELECT FROM simulation.job WHERE status = 'queued' LIMIT 2) AS waiting) > 1 AS others_wait
      FROM claimed`,
};

/** Behind whatever another claim has added since this one looked. */
function added(): string {
  const start = 'greatest(share.served, excluded.started)';
  return `SET started = ${start}, served = ${start} + excluded.served - excluded.started`;
}
