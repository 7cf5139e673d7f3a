import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Logger } from '@nestjs/common';
import type { LoadConfig } from '#platform/config/config.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import { HTTP_METRICS } from '../http.metrics.js';
import { AT_EASE, type LoadCeilings, loadAfter, type LoadReading, type LoadState, type Overload } from './overload.js';

/** A reading a second: the second one that is late is read before a client has given up. */
const READING_MILLIS = 1000;
/** Of the histogram: fifty timers between two readings. What they measure is at least this. */
const RESOLUTION_MILLIS = 20;
/** Of what the heap may have: above it V8 does little but collect, and then ends the process. */
const HEAP_SHARE = 0.9;
const NANOS_PER_MILLI = 1e6;

/**
 * Whether this process takes on more. What it has taken on it finishes: a request that is refused at once costs little, and
 * its client can go to another replica; a process that takes all until it dies fails every one of them.
 */
export class LoadGate {
  #state: LoadState = AT_EASE;
  readonly #log = new Logger('Load');

  constructor(
    private readonly ceilings: LoadCeilings,
    private readonly metrics: Metrics,
  ) {
    metrics.set(HTTP_METRICS.http_shedding, 0);
  }

  /** Why the next request is refused; null: it is taken. Asked by each request: it must cost nothing. */
  get shedding(): Overload | null {
    return this.#state.shedding;
  }

  /** One request was refused. */
  countShed(reason: Overload): void {
    this.metrics.increment(HTTP_METRICS.http_shed_total, { reason });
  }

  /** One line for each change, none for each request. */
  read(reading: LoadReading): void {
    const before = this.#state.shedding;
    this.#state = loadAfter(this.#state, reading, this.ceilings);
    const after = this.#state.shedding;
    if (after === before) return;
    this.metrics.set(HTTP_METRICS.http_shedding, after === null ? 0 : 1);
    const seen = { ...reading, delayMillis: Math.round(reading.delayMillis) };
    if (after === null) this.#log.log('requests are taken again', seen);
    else this.#log.warn('requests are refused, so that those under way can end', { reason: after, ...seen });
  }
}

export function ceilingsOf({ delayMillisMax, memoryBytesMax }: LoadConfig): LoadCeilings {
  return { delayMillis: delayMillisMax, residentBytes: memoryBytesMax, heapBytes: getHeapStatistics().heap_size_limit * HEAP_SHARE };
}

/** Has the gate read this process until it is told to stop. Keeps no process alive. */
export function watchLoad(gate: LoadGate): { stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  delay.enable();
  let residentBytes = 0;
  const timer = setInterval(() => {
    // A loop that stood still all the while has measured nothing yet: the next reading has it.
    const delayMillis = delay.count === 0 ? 0 : delay.percentile(99) / NANOS_PER_MILLI;
    delay.reset();
    residentBytes = residentBytesOr(residentBytes);
    gate.read({ delayMillis, residentBytes, heapBytes: getHeapStatistics().used_heap_size });
  }, READING_MILLIS).unref();
  return {
    stop: () => {
      clearInterval(timer);
      delay.disable();
    },
  };
}

/** A file of the kernel is read for it: a process that has no descriptor left must not end of being measured. */
function residentBytesOr(before: number): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return before;
  }
}
