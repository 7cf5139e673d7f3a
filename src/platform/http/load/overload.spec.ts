import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AT_EASE, CALM_READINGS, loadAfter, type LoadReading, type Overload } from './overload.js';

const CEILINGS: LoadReading = { delayMillis: 1000, residentBytes: 1000, heapBytes: 1000 };
const reading = (delayMillis: number, residentBytes = 0, heapBytes = 0): LoadReading => ({ delayMillis, residentBytes, heapBytes });
/** What is shed after each of the readings. */
function course(...readings: readonly LoadReading[]): readonly (Overload | null)[] {
  let state = AT_EASE;
  return readings.map((each) => (state = loadAfter(state, each, CEILINGS)).shedding);
}
const [CALM, LATE, BETWEEN] = [reading(20), reading(1001), reading(700)];

describe('load', () => {
  const COURSES: readonly (readonly [what: string, readings: readonly LoadReading[], shed: readonly (Overload | null)[]])[] = [
    ['is taken at the ceiling', [reading(1000, 1000, 1000), reading(1000, 1000, 1000), reading(1000, 1000, 1000)], [null, null, null]],
    ['is taken after a single pause', [LATE, CALM, LATE, BETWEEN, LATE], [null, null, null, null, null]],
    ['is shed from the second reading on that is late', [LATE, LATE], [null, 'event-loop']],
    ['is shed at once for memory, which the kernel gives no time', [reading(20, 1001)], ['memory']],
    ['is shed for a heap that a collection has not emptied', [reading(20, 0, 1001), reading(20, 0, 1001)], [null, 'heap']],
    ['is shed for the memory where the loop is late too', [reading(1001, 1001)], ['memory']],
    ['stays shed between calm and the ceiling', [LATE, LATE, BETWEEN, BETWEEN, BETWEEN, BETWEEN], [null, 'event-loop', 'event-loop', 'event-loop', 'event-loop', 'event-loop']],
    ['is taken again after enough calm', [LATE, LATE, ...Array<LoadReading>(CALM_READINGS).fill(CALM)], [null, 'event-loop', 'event-loop', 'event-loop', null]],
    ['is taken again at the share that counts as calm, not above', [reading(0, 1001), ...Array<LoadReading>(3).fill(reading(500, 950, 950))], ['memory', 'memory', 'memory', null]],
    ['stays shed just above that share', [reading(0, 1001), ...Array<LoadReading>(4).fill(reading(0, 951))], ['memory', 'memory', 'memory', 'memory', 'memory']],
    ['has to be calm in a row', [LATE, LATE, CALM, CALM, BETWEEN, CALM, CALM, CALM], [null, 'event-loop', 'event-loop', 'event-loop', 'event-loop', 'event-loop', 'event-loop', null]],
    ['stays shed while another measure is over', [LATE, LATE, reading(20, 1001), reading(20, 1001), reading(20, 1001)], [null, 'event-loop', 'event-loop', 'event-loop', 'event-loop']],
    ['is shed anew by as many readings as the first time', [reading(0, 1001), CALM, CALM, CALM, LATE, LATE], ['memory', 'memory', 'memory', null, null, 'event-loop']],
  ];
  for (const [what, readings, shed] of COURSES) it(what, () => assert.deepEqual(course(...readings), shed));
});
