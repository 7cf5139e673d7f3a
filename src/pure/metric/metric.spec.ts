import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricKinds } from './metric.js';

const HELP = 'What it is.';

describe('a table of metrics', () => {
  it('gives each its prefix', () => {
    const { jobs_done_total: done } = metricKinds({ jobs_done_total: { type: 'counter', help: HELP, labels: { outcome: ['well', 'ill'] } } });
    assert.deepEqual({ ...done }, { name: 'quantonium_jobs_done_total', type: 'counter', help: HELP, labels: { outcome: ['well', 'ill'] }, buckets: [] });
  });

  const REFUSED = {
    'a counter without _total': [{ jobs_done: { type: 'counter', help: HELP } }, /is a counter and does not end in _total/],
    'a gauge with _total': [{ jobs_total: { type: 'gauge', help: HELP } }, /is a gauge and ends in _total/],
    'camel case': [{ jobsDone_total: { type: 'counter', help: HELP } }, /not in snake_case/],
    'a name of one word': [{ Jobs: { type: 'gauge', help: HELP } }, /not in snake_case/],
    'a unit that is no base unit': [{ job_duration_millis: { type: 'gauge', help: HELP } }, /not in a base unit/],
    'a suffix of histograms': [{ jobs_count: { type: 'gauge', help: HELP } }, /as the parts of a histogram do/],
    'a help that is no sentence': [{ jobs_running: { type: 'gauge', help: 'jobs' } }, /not explained/],
    'a histogram without buckets': [{ job_seconds: { type: 'histogram', help: HELP } }, /has no buckets/],
    'a gauge with buckets': [{ job_seconds: { type: 'gauge', help: HELP, buckets: [1] } }, /has buckets/],
    'buckets that descend': [{ job_seconds: { type: 'histogram', help: HELP, buckets: [1, 1] } }, /do not ascend/],
    'a label of Prometheus itself': [{ jobs_running: { type: 'gauge', help: HELP, labels: { instance: ['a'] } } }, /label instance/],
    'a label in capitals': [{ jobs_running: { type: 'gauge', help: HELP, labels: { Kind: ['a'] } } }, /label Kind/],
  } as const;
  for (const [what, [table, complaint]] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, () => assert.throws(() => metricKinds(table), complaint));
  }
});
