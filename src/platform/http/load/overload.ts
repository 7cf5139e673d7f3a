/** What is read of the process once a second. */
export interface LoadReading {
  /** How late the event loop came to its timers, in milliseconds: the 99th percentile since the reading before. */
  readonly delayMillis: number;
  /** Bytes that the process has of the machine's memory, with its threads and what lies outside of their heaps. */
  readonly residentBytes: number;
  /** Bytes of the main thread's heap in use. */
  readonly heapBytes: number;
}

/** Above these nothing more is taken on. */
export type LoadCeilings = LoadReading;

export const OVERLOADS = ['event-loop', 'memory', 'heap'] as const;
export type Overload = (typeof OVERLOADS)[number];

/** Whether load is shed and for what, and how many readings in a row have said otherwise. */
export interface LoadState {
  readonly shedding: Overload | null;
  readonly contrary: number;
}

export const AT_EASE: LoadState = { shedding: null, contrary: 0 };

interface Measure {
  readonly of: keyof LoadReading;
  /** Readings in a row above the ceiling before load is shed: one pause is over by the time that it is read. */
  readonly readings: number;
  /** Of the ceiling: what it must be below to count as calm. Between the two nothing changes. */
  readonly calmShare: number;
}

const MEASURES: Readonly<Record<Overload, Measure>> = {
  'event-loop': { of: 'delayMillis', readings: 2, calmShare: 0.5 },
  // The kernel ends a process that is over its limit at once, so there is no second reading to wait for.
  memory: { of: 'residentBytes', readings: 1, calmShare: 0.95 },
  // A heap that is full of garbage for a moment is collected by the next reading.
  heap: { of: 'heapBytes', readings: 2, calmShare: 0.95 },
};

/** Readings in a row that are calm before load is taken again: a server that has only just got air is given a breath. */
export const CALM_READINGS = 3;

/** Whether load is shed from this reading on. It begins where a measure stands above its ceiling, and ends where all are well below. */
export function loadAfter({ shedding, contrary }: LoadState, reading: LoadReading, ceilings: LoadCeilings): LoadState {
  if (shedding !== null) {
    const isCalm = OVERLOADS.every((overload) => reading[MEASURES[overload].of] <= ceilings[MEASURES[overload].of] * MEASURES[overload].calmShare);
    if (!isCalm) return { shedding, contrary: 0 };
    return contrary + 1 >= CALM_READINGS ? AT_EASE : { shedding, contrary: contrary + 1 };
  }
  const over = OVERLOADS.filter((overload) => reading[MEASURES[overload].of] > ceilings[MEASURES[overload].of]);
  if (over.length === 0) return AT_EASE;
  const due = over.find((overload) => contrary + 1 >= MEASURES[overload].readings);
  return due === undefined ? { shedding: null, contrary: contrary + 1 } : { shedding: due, contrary: 0 };
}
