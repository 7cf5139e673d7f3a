import type { Trace } from '#platform/system/request-context.js';

/** What was done within one span, when it is over. Nothing in it names a person, an address or a query. */
export interface FinishedSpan {
  /** `GET /v1/users/:id`, or the name of a job: few, and written in the code. */
  readonly name: string;
  readonly kind: 'server' | 'internal';
  readonly trace: Trace;
  /** Milliseconds since 1970, with fractions. */
  readonly startMillis: number;
  readonly durationMillis: number;
  /** Names as OpenTelemetry's semantic conventions give them, where they do. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed: boolean;
}

/** Where finished spans go. Takes one without waiting, and drops it rather than grow. */
export interface SpanExport {
  take(span: FinishedSpan): void;
  /** Sends what is left, within a second or two. */
  close(): Promise<void>;
}
