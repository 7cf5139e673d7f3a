import type { FastifyReply } from 'fastify';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { Clock } from '#platform/system/clock.js';
import type { Tracing } from '#platform/tracing/tracing.js';
import { HTTP_METRICS, METHODS, STATUS_CLASSES, UNMATCHED } from './http.metrics.js';
import type { RequestState } from './request-state.js';

type Method = (typeof METHODS)[number];

/** Measures every exchange from its first hook to its last byte, and makes its span. */
export class RequestObservation {
  private inFlight = 0;

  constructor(
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
    private readonly clock: Clock,
  ) {
    metrics.atScrape(() => metrics.set(HTTP_METRICS.http_requests_in_flight, this.inFlight));
  }

  begin(state: RequestState, method: string, reply: FastifyReply): void {
    const startedMillis = this.clock.monotonicMillis();
    const startMillis = this.tracing.isOn ? this.clock.nowMillis() : 0;
    this.inFlight += 1;
    // Emitted once whatever happens: after the last byte, or when the connection is gone before it.
    reply.raw.once('close', () => {
      const durationMillis = this.clock.monotonicMillis() - startedMillis;
      this.inFlight -= 1;
      const isWhole = reply.raw.writableFinished;
      const route = state.policy?.url ?? UNMATCHED;
      const status = isWhole ? STATUS_CLASSES[Math.floor(reply.raw.statusCode / 100) - 1]! : 'aborted';
      this.metrics.increment(HTTP_METRICS.http_requests_total, { method: method as Method, route, status });
      this.metrics.observe(HTTP_METRICS.http_request_duration_seconds, durationMillis / 1000, { route });
      if (state.faultCode !== null) this.metrics.increment(HTTP_METRICS.http_faults_total, { code: state.faultCode });
      if (state.trail.trace?.sampled === true) this.finish(state, method, reply.raw.statusCode, startMillis, durationMillis);
    });
  }

  /** Once it is known who calls, or that nobody does. */
  decide({ trail, principal }: RequestState): void {
    if (trail.trace !== null) this.tracing.decide(trail.trace, principal !== null);
  }

  private finish({ policy, trail, faultCode }: RequestState, method: string, status: number, startMillis: number, durationMillis: number): void {
    const known = METHODS.includes(method as Method) ? method : '_OTHER';
    const recorded = trail.committedEvents.at(-1);
    this.tracing.take({
      name: policy === null ? known : `${known} ${policy.url}`,
      kind: 'server',
      trace: trail.trace!,
      startMillis,
      durationMillis,
      failed: status >= 500,
      attributes: {
        'http.request.method': known,
        'http.response.status_code': status,
        ...(policy === null ? {} : { 'http.route': policy.url }),
        ...(faultCode === null ? {} : { 'error.type': faultCode }),
        ...(recorded === undefined ? {} : { 'audit.event_id': recorded.id }),
        'quantonium.request_id': trail.requestId,
      },
    });
  }
}
