import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activeTrace, type Trace } from '#platform/system/request-context.js';
import { SystemRandomness } from '#platform/system/randomness.js';
import { HandClock } from '../../../test/harness/hand-clock.js';
import type { FinishedSpan } from './span.js';
import { outboundTraceHeaders, STRANGERS_SPANS_PER_SECOND_MAX, Tracing } from './tracing.js';

class Kept {
  readonly spans: FinishedSpan[] = [];
  take(span: FinishedSpan): void {
    this.spans.push(span);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const traceWith = (sampled: boolean | null): Trace => ({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: false, parent: sampled === null ? null : { spanId: '00f067aa0ba902b8', sampled, state: null } });

describe('tracing', () => {
  const open = (isOn = true) => {
    const [clock, kept] = [new HandClock(), new Kept()];
    const tracing = new Tracing(clock, new SystemRandomness(), isOn ? kept : null);
    const decided = (wish: boolean | null, isAuthenticated: boolean): boolean => {
      const trace = traceWith(wish);
      tracing.decide(trace, isAuthenticated);
      return trace.sampled;
    };
    return { clock, kept, tracing, decided };
  };

  it('of a known caller follows the flag, and is on where there is none', () => {
    const { decided } = open();
    assert.deepEqual([true, false, null].map((wish) => decided(wish, true)), [true, false, true]);
  });

  it('of strangers takes a few a second, whatever they ask for, and none of who declines', () => {
    const { decided, clock } = open();
    assert.equal(decided(false, false), false);
    const taken = Array.from({ length: 50 }, (_, at) => decided(at % 2 === 0 ? true : null, false)).filter((sampled) => sampled);
    assert.equal(taken.length, STRANGERS_SPANS_PER_SECOND_MAX);
    clock.millis += 1_000;
    assert.equal(decided(true, false), true);
  });

  it('without an exporter hands a known caller on as it came, and nobody else', () => {
    const { decided } = open(false);
    assert.deepEqual([true, false, null].map((wish) => decided(wish, true)), [true, false, false]);
    assert.equal(decided(true, false), false);
  });

  it('gives a job a span, within which calls carry its trace', async () => {
    const { tracing, kept } = open();
    assert.deepEqual(outboundTraceHeaders(), {});
    const headers = await tracing.job('sweep', () => Promise.resolve(outboundTraceHeaders()));
    const [span] = kept.spans;
    assert.deepEqual(headers, { traceparent: `00-${span!.trace.traceId}-${span!.trace.spanId}-03` });
    assert.deepEqual([span!.name, span!.kind, span!.failed], ['sweep', 'internal', false]);
    assert.equal(activeTrace(), undefined);
  });

  it('says of a job that failed that it did, and lets the failure through', async () => {
    const { tracing, kept } = open();
    await assert.rejects(tracing.job('sweep', () => Promise.reject(new Error('no'))), /no/);
    assert.equal(kept.spans[0]!.failed, true);
  });

  it('costs a job nothing where nobody collects', async () => {
    const { tracing } = open(false);
    assert.equal(await tracing.job('sweep', () => Promise.resolve(activeTrace())), undefined);
  });
});
