/**
 * What can be measured. A module declares its metrics in a table; the roof collects the tables and refuses a name that
 * stands in two. Names are `quantonium_<module>_<thing>_<unit>` in base units (seconds, bytes), counters end in
 * `_total`: Prometheus' own rules, held when the table is made.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * What a label may say: one of a closed list; or, as `static`, a name that stands in the code or the configuration (a
 * route's pattern, a witness). Never a person, an address or an id: each would be a series of its own for ever, in a
 * place that nobody thinks of when data must be erased.
 */
export type LabelValues = readonly string[] | 'static';

export interface MetricKind<L extends Readonly<Record<string, LabelValues>> = Readonly<Record<string, LabelValues>>> {
  /** With its prefix. */
  readonly name: string;
  readonly type: MetricType;
  /** A sentence for the generated catalogue and for `# HELP`. */
  readonly help: string;
  readonly labels: L;
  /** Upper limits of a histogram's buckets, ascending, in the metric's unit. */
  readonly buckets: readonly number[];
}

/** The labels that a metric is counted under, each with the values that it may have. */
export type LabelsOf<K extends MetricKind> = { readonly [L in keyof K['labels']]: K['labels'][L] extends readonly (infer V extends string)[] ? V : string };

interface Declaration {
  readonly type: MetricType;
  readonly help: string;
  readonly labels?: Readonly<Record<string, LabelValues>>;
  readonly buckets?: readonly number[];
}

type KindOf<D extends Declaration> = MetricKind<D['labels'] extends Readonly<Record<string, LabelValues>> ? D['labels'] : Readonly<Record<never, never>>> & { readonly type: D['type'] };

export const METRIC_PREFIX = 'quantonium_';
/** For whatever a label was given and may not say. */
export const OTHER_LABEL = 'other';

/** From a lookup in memory to a request that waits for its job, in seconds. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;
/** Seconds and bytes, not their multiples. */
const SCALED_UNIT = /_(milliseconds|millis|ms|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes|kib|mib|gib|percent)(_|$)/;
/** Names that Prometheus puts there itself. */
const RESERVED_LABELS: ReadonlySet<string> = new Set(['le', 'quantile', 'job', 'instance', '__name__']);

/** Declares a module's metrics: the key is the name without its prefix. Throws where one breaks the rules of naming. */
export function metricKinds<const T extends Readonly<Record<string, Declaration>>>(table: T): { readonly [K in keyof T]: KindOf<T[K]> } {
  const entries = Object.entries(table).map(([key, { type, help, labels = {}, buckets = [] }]) => {
    const kind: MetricKind = { name: `${METRIC_PREFIX}${key}`, type, help, labels, buckets };
    const complaint = complaintAbout(kind);
    if (complaint !== null) throw new Error(`the metric ${kind.name} ${complaint}`);
    return [key, Object.freeze(kind)];
  });
  return Object.freeze(Object.fromEntries(entries)) as { readonly [K in keyof T]: KindOf<T[K]> };
}

function complaintAbout({ name, type, help, labels, buckets }: MetricKind): string | null {
  if (!NAME.test(name)) return 'is not in snake_case';
  if ((type === 'counter') !== name.endsWith('_total')) return type === 'counter' ? 'is a counter and does not end in _total' : `is a ${type} and ends in _total`;
  if (/_(count|sum|bucket|info)$/.test(name)) return 'ends as the parts of a histogram do';
  if (SCALED_UNIT.test(name)) return 'is not in a base unit';
  if (!/^[A-Z].*\.$/.test(help)) return 'is not explained in a sentence';
  if ((type === 'histogram') !== (buckets.length > 0)) return type === 'histogram' ? 'has no buckets' : 'has buckets';
  if (buckets.some((limit, index) => index > 0 && limit <= buckets[index - 1]!)) return 'has buckets that do not ascend';
  const label = Object.keys(labels).find((each) => !/^[a-z][a-z_]*$/.test(each) || RESERVED_LABELS.has(each));
  return label === undefined ? null : `has the label ${label}, which is not its to give`;
}
