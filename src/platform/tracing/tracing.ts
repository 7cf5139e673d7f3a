import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { formatTraceparent } from '#pure/trace-context/trace-context.js';
import { Clock } from '#platform/system/clock.js';
import { Randomness } from '#platform/system/randomness.js';
import { activeTrace, runWithTrace, type Trace } from '#platform/system/request-context.js';
import type { FinishedSpan, SpanExport } from './span.js';

/** Spans of requests without a valid credential, a second: enough to see what is going on, too few to be a burden. */
export const STRANGERS_SPANS_PER_SECOND_MAX = 10;

/**
 * Decides which spans are exported, and makes those of jobs. Without an exporter nothing is loaded and nothing is kept;
 * ids are still handed on, in logs, in the ledger and to whoever is called.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private second = 0;
  private strangersSpans = 0;

  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly exporter: SpanExport | null,
  ) {}

  get isOn(): boolean {
    return this.exporter !== null;
  }

  /**
   * A caller whom we know decides by its sampled flag, and is traced when it says nothing. A stranger may ask not to be
   * traced; asking to be is worth nothing, since a flood of requests would become a flood of spans.
   */
  decide(trace: Trace, isAuthenticated: boolean): void {
    const wanted = trace.parent?.sampled ?? this.isOn;
    trace.sampled = wanted && (isAuthenticated || (this.isOn && this.strangerMay()));
  }

  take(span: FinishedSpan): void {
    if (span.trace.sampled) this.exporter?.take(span);
  }

  /** Runs background work in a span of its own. Costs nothing where no spans are exported. */
  async job<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.exporter === null) return work();
    const [startMillis, startedMillis] = [this.clock.nowMillis(), this.clock.monotonicMillis()];
    const trace: Trace = { traceId: this.randomness.uuidv7(startMillis).replaceAll('-', ''), spanId: this.randomness.spanId(), parent: null, sampled: true };
    let failed = true;
    try {
      const value = await runWithTrace(trace, work);
      failed = false;
      return value;
    } finally {
      this.exporter.take({ name, kind: 'internal', trace, startMillis, durationMillis: this.clock.monotonicMillis() - startedMillis, attributes: {}, failed });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.exporter?.close();
  }

  private strangerMay(): boolean {
    const second = Math.floor(this.clock.monotonicMillis() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.strangersSpans = 0;
    }
    this.strangersSpans += 1;
    return this.strangersSpans <= STRANGERS_SPANS_PER_SECOND_MAX;
  }
}

/** Headers by which a call that is made from here is told to belong to what is going on; none outside of a span. */
export function outboundTraceHeaders(): Readonly<Record<string, string>> {
  const trace = activeTrace();
  if (trace === undefined) return {};
  const { parent } = trace;
  const traceparent = formatTraceparent({ ...trace, random: parent === null });
  return parent === null || parent.state === null ? { traceparent } : { traceparent, tracestate: parent.state };
}
