import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { FinishedSpan, SpanExport } from './span.js';
import { trimEndOf } from '#pure/encoding/trim.js';

/** Spans that wait for the next batch; more are dropped. At 1 kB each that is 2 MB. */
const WAITING_MAX = 2_048;
const BATCH_MAX = 512;
const BATCH_MILLIS = 2_000;
/** A collector that does not answer holds one batch for so long, and the end of the process for no longer. */
const EXPORT_MILLIS_MAX = 2_000;

const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;

/**
 * OTLP over HTTP as JSON. Of OpenTelemetry only the end of the line is taken, batching and the wire: the spans are
 * made from what the pipeline knows in any case. Imported when an endpoint is configured, and not otherwise.
 *
 * @param endpoint as OTEL_EXPORTER_OTLP_ENDPOINT is defined: `/v1/traces` is appended.
 */
export function openOtlpExport(endpoint: string, resource: Readonly<Record<string, string>>): SpanExport {
  const exporter = new OTLPTraceExporter({ url: `${trimEndOf(endpoint, '/')}/v1/traces`, timeoutMillis: EXPORT_MILLIS_MAX });
  const batches = new BatchSpanProcessor({ exporter, maxQueueSize: WAITING_MAX, maxExportBatchSize: BATCH_MAX, scheduledDelayMillis: BATCH_MILLIS, exportTimeoutMillis: EXPORT_MILLIS_MAX });
  return {
    take: (span) => batches.onEnd(readableSpan(span, resource)),
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, EXPORT_MILLIS_MAX)));
      await Promise.race([batches.shutdown().catch(() => undefined), deadline]);
      clearTimeout(timer);
    },
  };
}

function readableSpan({ name, kind, trace, startMillis, durationMillis, attributes, failed }: FinishedSpan, resource: Readonly<Record<string, string>>): ReadableSpan {
  const context = { traceId: trace.traceId, traceFlags: TraceFlags.SAMPLED };
  const { parent } = trace;
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => ({ ...context, spanId: trace.spanId }),
    ...(parent === null ? {} : { parentSpanContext: { ...context, spanId: parent.spanId, isRemote: true } }),
    startTime: hrTime(startMillis),
    endTime: hrTime(startMillis + durationMillis),
    duration: hrTime(durationMillis),
    ended: true,
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: { ...attributes },
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    resource: { attributes: resource } as ReadableSpan['resource'],
    instrumentationScope: { name: 'quantonium' },
  };
}

/** Whole seconds and nanoseconds. */
function hrTime(millis: number): HrTime {
  const seconds = Math.floor(millis / 1000);
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}
