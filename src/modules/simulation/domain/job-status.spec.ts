import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fateOfLostJob, isFinal, JOB_STATUSES, JOB_TRANSITIONS, mayBecome, WORKERS_LOST_MAX } from './job-status.js';

const status = fc.constantFrom(...JOB_STATUSES);

describe('the life of a job', () => {
  it('goes from queued through running to an end', () => {
    for (const end of ['failed', 'cancelled'] as const) assert.ok(mayBecome('queued', 'running') && mayBecome('running', end) && isFinal(end));
    assert.ok(mayBecome('running', 'signing') && mayBecome('signing', 'succeeded') && isFinal('succeeded'));
  });

  it('can go back to the queue, and be cancelled from it or fail for its deadline', () => {
    assert.ok(mayBecome('running', 'queued'));
    assert.ok(mayBecome('queued', 'cancelled') && mayBecome('queued', 'failed'));
  });

  it('never leaves an end, whatever is tried', () => {
    fc.assert(fc.property(status, status, (from, to) => !isFinal(from) || !mayBecome(from, to)));
  });

  it('never skips running on the way to a result', () => {
    assert.ok(!mayBecome('queued', 'succeeded'));
  });

  it('never succeeds before its result has been signed, nor fails once it can be', () => {
    assert.deepEqual(JOB_STATUSES.filter((from) => mayBecome(from, 'succeeded')), ['signing']);
    assert.deepEqual(JOB_TRANSITIONS.signing, ['succeeded']);
  });

  it('never stands still by a transition', () => {
    fc.assert(fc.property(status, (same) => !mayBecome(same, same)));
  });

  it('reaches every status from queued, and an end from every status', () => {
    const reachable = new Set<string>(['queued', 'spread']);
    for (let before = 0; before !== reachable.size; ) {
      before = reachable.size;
      for (const from of JOB_STATUSES) if (reachable.has(from)) for (const to of JOB_TRANSITIONS[from]) reachable.add(to);
    }
    assert.equal(reachable.size, JOB_STATUSES.length);
    for (const from of JOB_STATUSES) assert.ok(isFinal(from) || JOB_TRANSITIONS[from].some((to) => isFinal(to)));
  });
});

describe('a job whose worker is lost', () => {
  it('is queued again until it has taken three workers with it', () => {
    assert.deepEqual([0, 1, 2, 3].map((lost) => fateOfLostJob(lost, false)), ['requeue', 'requeue', 'fail', 'fail']);
    assert.equal(WORKERS_LOST_MAX, 3);
  });

  it('is cancelled when that was demanded, and not started again for it', () => {
    assert.deepEqual([0, 2, 9].map((lost) => fateOfLostJob(lost, true)), ['cancel', 'cancel', 'cancel']);
  });
});
