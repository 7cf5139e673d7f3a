import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LabelsOf, metricKinds } from '#pure/metric/metric.js';
import { Metrics } from './metrics.js';

const KINDS = metricKinds({
  deeds_total: { type: 'counter', help: 'Deeds.', labels: { outcome: ['well', 'ill'], kind: ['a', 'b'] } },
  calls_total: { type: 'counter', help: 'Calls.', labels: { route: 'static' } },
  queue_entries: { type: 'gauge', help: 'Waiting.' },
  wait_seconds: { type: 'histogram', help: 'Waits.', buckets: [0.1, 1] },
});

const lines = async (metrics: Metrics): Promise<readonly string[]> => (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
/** What a caller that the compiler did not see might hand over. */
const unchecked = <L>(labels: Readonly<Record<string, string>>): L => labels as L;

describe('metrics', () => {
  it('show counters and histograms from the start, and gauges once somebody has measured', async () => {
    const metrics = new Metrics(Object.values(KINDS));
    assert.deepEqual(await lines(metrics), [
      ...['well', 'ill'].flatMap((outcome) => ['a', 'b'].map((kind) => `quantonium_deeds_total{outcome="${outcome}",kind="${kind}"} 0`)),
      ...['0.1', '1', '+Inf'].map((limit) => `quantonium_wait_seconds_bucket{le="${limit}"} 0`),
      'quantonium_wait_seconds_sum 0',
      'quantonium_wait_seconds_count 0',
    ]);
    metrics.set(KINDS.queue_entries, 3);
    assert.ok((await lines(metrics)).includes('quantonium_queue_entries 3'));
  });

  it('count, set and observe', async () => {
    const metrics = new Metrics();
    metrics.increment(KINDS.deeds_total, { outcome: 'well', kind: 'a' });
    metrics.increment(KINDS.deeds_total, { outcome: 'well', kind: 'a' }, 2);
    metrics.increment(KINDS.queue_entries);
    metrics.increment(KINDS.queue_entries, {}, -1);
    metrics.observe(KINDS.wait_seconds, 0.5);
    const shown = await lines(metrics);
    for (const line of ['quantonium_deeds_total{outcome="well",kind="a"} 3', 'quantonium_queue_entries 0', 'quantonium_wait_seconds_bucket{le="1"} 1', 'quantonium_wait_seconds_sum 0.5']) assert.ok(shown.includes(line), line);
  });

  it('of two applications do not add up', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.increment(KINDS.calls_total, { route: '/a' });
    other.increment(KINDS.calls_total, { route: '/a' });
    assert.deepEqual(await lines(one), ['quantonium_calls_total{route="/a"} 1']);
  });

  it('count as other what is not in the closed list of a label', async () => {
    const metrics = new Metrics();
    metrics.increment(KINDS.deeds_total, unchecked<LabelsOf<typeof KINDS.deeds_total>>({ outcome: 'alice', kind: 'a', further: 'b' }));
    metrics.increment(KINDS.deeds_total);
    metrics.increment(KINDS.deeds_total, unchecked<LabelsOf<typeof KINDS.deeds_total>>({ outcome: 'well', kind: 'a', further: 'b' }));
    const shown = await lines(metrics);
    assert.ok(shown.includes('quantonium_deeds_total{outcome="other",kind="a"} 1'), shown.join('\n'));
    assert.ok(shown.includes('quantonium_deeds_total{outcome="other",kind="other"} 1'));
    assert.ok(shown.includes('quantonium_deeds_total{outcome="well",kind="a"} 1'));
  });

  for (const identifier of ['0190a1b2-c3d4-7e5f-8a6b-112233445566', 'alice@example.org', '192.0.2.17', `sha256:${'ab'.repeat(32)}`, '/v1/users/1234567', 'a\nb', '"', 'x'.repeat(200), '']) {
    it(`count as other what may be an identifier: ${JSON.stringify(identifier.slice(0, 40))}`, async () => {
      const metrics = new Metrics();
      metrics.increment(KINDS.calls_total, { route: identifier });
      assert.deepEqual(await lines(metrics), ['quantonium_calls_total{route="other"} 1']);
    });
  }

  it('keep a label that is no closed list bounded all the same', async () => {
    const metrics = new Metrics();
    for (let at = 0; at < 1_000; at += 1) metrics.increment(KINDS.calls_total, { route: `/r${at}` });
    const shown = await lines(metrics);
    assert.equal(shown.length, 401);
    assert.ok(shown.includes('quantonium_calls_total{route="other"} 600'));
  });
});
