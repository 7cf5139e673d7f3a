import type { RunWork } from './run-cost.js';

/** Some of a job: of these circuits, these shots. */
export interface PartRange {
  readonly firstItem: number;
  readonly items: number;
  readonly firstShot: number;
  readonly shots: number;
}

/**
 * Updates of an amplitude that are worth a part: 0.2 to 2 s of one core. A part costs a row, two transactions and a
 * second parsing, some 20 ms together.
 */
const PART_UPDATES_MIN = 2 ** 31;

/** Sixteen threads stay evenly busy to the end with four parts each; beyond it, rows are all that more parts bring. */
const PARTS_MAX = 64;

/** What comes before the first measurement is done by each part anew: an eighth of its work at most. */
const PART_SHOTS_MIN = 8;

/** Of drawing a shot from a final state and counting it, in updates. */
const SHOT_UPDATES = 32;

/** What its parts that nothing connects take together. */
type CircuitWork = readonly RunWork[];

function updatesOf(work: CircuitWork, shots: number): number {
  const updates = work.reduce((sum, { cost, evolutionsMax }) => sum + cost * Math.min(evolutionsMax, shots), SHOT_UPDATES * shots);
  return Math.min(updates, Number.MAX_SAFE_INTEGER);
}

/**
 * Into how many parts its shots may be cut. Fewer histories than shots are shared by them, and would be by none of the
 * parts: what has such, each part would do in full.
 */
function divisibility(work: CircuitWork, shots: number): number {
  const common = work.filter(({ evolutionsMax }) => evolutionsMax < shots);
  if (common.length === work.length) return 1;
  const bearable = common.length === 0 ? PARTS_MAX : Math.floor(updatesOf(work, shots) / (PART_SHOTS_MIN * updatesOf(common, shots)));
  return Math.min(PARTS_MAX, Math.floor(shots / PART_SHOTS_MIN), bearable);
}

/** Chunks whose sizes differ by one at most. */
function chunks(shots: number, count: number): readonly { readonly firstShot: number; readonly shots: number }[] {
  const start = (chunk: number): number => Math.floor((chunk * shots) / count);
  return Array.from({ length: count }, (_, chunk) => ({ firstShot: start(chunk), shots: start(chunk + 1) - start(chunk) }));
}

/**
 * Cuts a job into what workers take one by one, in the order of items and shots. Small circuits go together; one that
 * is large and evolves for each shot is cut by its shots, and one that evolves once is never. One part: a job that is
 * run as it stands. How a job is cut makes no difference to its result, so this may change at any time.
 */
export function partsOf(works: readonly CircuitWork[], shots: number): readonly PartRange[] {
  const weights = works.map((work) => updatesOf(work, shots));
  const enough = Math.max(PART_UPDATES_MIN, weights.reduce((sum, weight) => sum + weight, 0) / PARTS_MAX);
  const parts: PartRange[] = [];
  let firstItem = 0;
  let weight = 0;
  const close = (end: number): void => {
    if (end > firstItem) parts.push({ firstItem, items: end - firstItem, firstShot: 0, shots });
    [firstItem, weight] = [end, 0];
  };
  weights.forEach((own, item) => {
    const count = Math.min(Math.floor(own / enough), divisibility(works[item] as CircuitWork, shots));
    if (count > 1) {
      close(item);
      parts.push(...chunks(shots, count).map((range) => ({ firstItem: item, items: 1, ...range })));
      firstItem = item + 1;
      return;
    }
    if (weight > 0 && weight + own > enough) close(item);
    weight += own;
  });
  close(works.length);
  return parts;
}
