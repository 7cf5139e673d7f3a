import { recordOf } from './sampling/counts.js';
import type { SimulationResult } from './simulate.js';

/** What some of a run's shots gave: numbers `firstShot` to `firstShot + result.shots - 1` of the stream that its seed names. */
export interface Share<Result extends SimulationResult = SimulationResult> {
  readonly firstShot: number;
  readonly result: Result;
}

/** What must be the same in all shares of one run. */
const COMMON = ['seed', 'method', 'precision', 'engineVersion'] as const;
/** Read off a final state that all shots share: such a run evolves once, and there is nothing in it to share out. */
const OF_STATE = ['statevector', 'probabilities', 'densityMatrices', 'expectations'] as const;

function assertMergeable(shares: readonly Share[]): void {
  const [first] = shares;
  if (first === undefined) throw new RangeError('there is nothing to merge');
  let next = first.firstShot;
  for (const { firstShot, result } of shares) {
    if (firstShot !== next) throw new RangeError(`the shots from ${Math.min(firstShot, next)} on are ${firstShot < next ? 'there twice' : 'missing'}`);
    next += result.shots;
    for (const member of COMMON) {
      if (result[member] !== first.result[member]) throw new RangeError(`the shares differ in their ${member}`);
    }
    if ((result.memory === undefined) !== (first.result.memory === undefined)) throw new RangeError('some shares have a memory and others have none');
    if (shares.length > 1 && OF_STATE.some((member) => result[member] !== undefined)) throw new RangeError('what is read off the state is not shared out');
  }
}

function countsOf(shares: readonly Share[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { result } of shares) {
    for (const [bits, count] of Object.entries(result.counts)) counts.set(bits, (counts.get(bits) ?? 0) + count);
  }
  return recordOf(counts);
}

/** All that took part: with more than one, a repeated run is told apart from one that had a single one. */
function variantsOf(shares: readonly Share[]): string {
  return [...new Set(shares.flatMap(({ result }) => result.kernelVariant.split('+')))].sort().join('+');
}

/**
 * Neighbours become one share, which is what one run of all their shots gives, bit by bit: counts add, memory follows
 * the numbers of the shots, and of what was cut off the most that a history has lost is told. The order in which shares
 * come and are grouped makes no difference. Members beyond a result's own are those of the share that comes first.
 */
export function mergeShares<Result extends SimulationResult>(given: readonly Share<Result>[]): Share<Result> {
  const shares = [...given].sort((a, b) => a.firstShot - b.firstShot);
  assertMergeable(shares);
  const [{ firstShot, result: first }] = shares as [Share<Result>];
  const results = shares.map(({ result }) => result);
  const weights = results.flatMap(({ discardedWeight }) => discardedWeight ?? []);
  const result: Result = {
    ...first,
    counts: countsOf(shares),
    ...(first.memory === undefined ? {} : { memory: results.flatMap(({ memory }) => memory ?? []) }),
    shots: results.reduce((sum, { shots }) => sum + shots, 0),
    kernelVariant: variantsOf(shares),
    ...(weights.length === 0 ? {} : { discardedWeight: weights.reduce((most, weight) => Math.max(most, weight)) }),
  };
  return { firstShot, result };
}

/** The result of a run of so many shots from shares of it, each of them needed. */
export function mergeResults<Result extends SimulationResult>(shares: readonly Share<Result>[], shots: number): Result {
  const { firstShot, result } = mergeShares(shares);
  if (firstShot !== 0 || result.shots !== shots) throw new RangeError(`the shares have shots ${firstShot} to ${firstShot + result.shots - 1}, not 0 to ${shots - 1}`);
  return result;
}
