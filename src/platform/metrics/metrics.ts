import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '#platform/system/clock.js';
import { type LabelsOf, type MetricKind, OTHER_LABEL } from '#pure/metric/metric.js';

type Instrument = Counter | Gauge | Histogram;
type Labels = Readonly<Record<string, string>>;

/** A label of one metric; of a static one, the values that it has had so far. */
interface DeclaredLabel {
  readonly name: string;
  readonly isStatic: boolean;
  readonly values: Set<string>;
}

interface Measured {
  readonly instrument: Instrument;
  readonly declared: readonly DeclaredLabel[];
}

const NO_LABELS: Labels = Object.freeze({});
/** Values of one label that is not a closed list, before the rest is `other`: routes are some hundred. */
const STATIC_VALUES_MAX = 400;
const STATIC_VALUE = /^[A-Za-z0-9 /:{}*.,_+-]{1,160}$/;
/** A UUID, a digest, a number of an account, an address: what no static name has in it. */
const IDENTIFIER = /[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24}|\d{6}|\d{1,3}(?:\.\d{1,3}){3}/i;
/** Counters whose labels are closed lists begin at 0 for each of up to so many series. */
const INITIAL_SERIES_MAX = 64;

/**
 * The measurements of one application, in a registry of its own: two applications in one process (a test has many) do
 * not add up. Counters and histograms are there from the start, since what first appears as 1 has not increased;
 * a gauge appears when it is first set, since 0 would be a measurement that nobody made.
 *
 * To measure is never to fail: a value that a label may not have is counted as `other`.
 */
@Injectable()
export class Metrics {
  /** What `/metrics` shows; others may register the measurements of a library here. */
  readonly registry = new Registry();
  private readonly instruments = new Map<string, Measured>();
  private readonly scraped: (() => void)[] = [];

  constructor(kinds: readonly MetricKind[] = []) {
    for (const kind of kinds) if (kind.type !== 'gauge') this.instrumentOf(kind);
  }

  /** A counter goes up; a gauge may also be moved down, by a negative number. */
  increment<K extends MetricKind>(kind: K, labels?: LabelsOf<K>, by = 1): void {
    const { instrument, declared } = this.instrumentOf(kind);
    if (!(instrument instanceof Histogram)) instrument.inc(checked(declared, labels), by);
  }

  set<K extends MetricKind & { readonly type: 'gauge' }>(kind: K, value: number, labels?: LabelsOf<K>): void {
    const { instrument, declared } = this.instrumentOf(kind);
    if (instrument instanceof Gauge) instrument.set(checked(declared, labels), value);
  }

  observe<K extends MetricKind & { readonly type: 'histogram' }>(kind: K, value: number, labels?: LabelsOf<K>): void {
    const { instrument, declared } = this.instrumentOf(kind);
    if (instrument instanceof Histogram) instrument.observe(checked(declared, labels), value);
  }

  /** Observes how long the work takes, whether it succeeds or not. */
  async timed<K extends MetricKind & { readonly type: 'histogram' }, T>(kind: K, clock: Clock, work: () => Promise<T>, labels?: LabelsOf<K>): Promise<T> {
    const startedMillis = clock.monotonicMillis();
    try {
      return await work();
    } finally {
      this.observe(kind, (clock.monotonicMillis() - startedMillis) / 1000, labels);
    }
  }

  /** For gauges of what is kept in memory in any case: they are set when somebody looks. Must be quick and never wait. */
  atScrape(measure: () => void): void {
    this.scraped.push(measure);
  }

  /** The exposition format, version 0.0.4. Reads memory and asks nobody. */
  text(): Promise<string> {
    for (const measure of this.scraped) measure();
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private instrumentOf(kind: MetricKind): Measured {
    const known = this.instruments.get(kind.name);
    if (known !== undefined) return known;
    const declared = Object.entries(kind.labels).map(([name, values]): DeclaredLabel => ({ name, isStatic: values === 'static', values: new Set(values === 'static' ? [] : values) }));
    const made = { instrument: this.make(kind), declared };
    this.instruments.set(kind.name, made);
    return made;
  }

  private make({ name, type, help, labels, buckets }: MetricKind): Instrument {
    const options = { name, help, labelNames: Object.keys(labels), registers: [this.registry] };
    if (type === 'gauge') return new Gauge(options);
    if (type === 'histogram') return new Histogram({ ...options, buckets: [...buckets] });
    const counter = new Counter(options);
    for (const series of initialSeries(labels)) counter.inc(series, 0);
    return counter;
  }
}

/** The labels as they may be counted. On every request's path: no copy is made where all is well. */
function checked(declared: readonly DeclaredLabel[], labels: Labels = NO_LABELS): Labels {
  let given = 0;
  for (const name in labels) if (Object.hasOwn(labels, name)) given += 1;
  if (given === declared.length && declared.every((label) => mayBe(label, labels[label.name]))) return labels;
  return Object.fromEntries(declared.map((label) => [label.name, mayBe(label, labels[label.name]) ? labels[label.name]! : OTHER_LABEL]));
}

function mayBe({ isStatic, values }: DeclaredLabel, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (values.has(value)) return true;
  if (!isStatic || values.size >= STATIC_VALUES_MAX || !STATIC_VALUE.test(value) || IDENTIFIER.test(value)) return false;
  values.add(value);
  return true;
}

/** Every combination of closed lists; none where a list is open or there would be too many. */
function initialSeries(labels: MetricKind['labels']): readonly Labels[] {
  let series: readonly Labels[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    if (values === 'static' || series.length * values.length > INITIAL_SERIES_MAX) return [];
    series = series.flatMap((each) => values.map((value) => ({ ...each, [name]: value })));
  }
  return series;
}
