import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import type { ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { type Digest, digestOf } from '#pure/digest/digest.js';
import { mergeResults, type Share } from '#pure/quantum/merge-results.js';
import { SEED_MAX } from '#pure/quantum/random/philox.js';
import runCircuit, { type CircuitOrder, type CircuitResult, simulateCircuit } from './run-circuit.js';
import { type CircuitOutcome, failed, type RunFailure, sealed, tooLarge, type Watch } from './sealed-result.js';

/** One circuit of several: what it has of its own. */
export interface CircuitItem {
  /** Absent, as the next: that of the order. */
  readonly language?: ProgramLanguage;
  readonly source?: string;
  readonly parameters: ProgramInputs;
  readonly name?: string;
}

/** What some of the items gave, of some of their shots. */
export interface StoredShare {
  readonly firstItem: number;
  readonly firstShot: number;
  /** JSON of the results, in the order of the items. */
  readonly body: Uint8Array;
}

/** What a thread is given. The first is a job of one circuit; `items` has several, or a part of such a job or of the first. */
export type JobTask =
  | { readonly kind: 'circuit'; readonly order: CircuitOrder }
  | { readonly kind: 'items'; readonly order: CircuitOrder; readonly items: readonly CircuitItem[]; readonly firstItem: number; readonly isPart: boolean }
  | { readonly kind: 'merge'; readonly order: CircuitOrder; readonly isSingle: boolean; readonly shares: readonly StoredShare[] };

type TaskOf<Kind extends JobTask['kind']> = Extract<JobTask, { readonly kind: Kind }>;

const TASKS: { readonly [Kind in JobTask['kind']]: (task: TaskOf<Kind>, watch: Watch) => CircuitOutcome } = {
  circuit: ({ order }, watch) => runCircuit(order, watch),
  items: runItems,
  merge: mergeParts,
};

/** A thread's task. */
export default function runJob(task: JobTask, watch: Watch): CircuitOutcome {
  return (TASKS[task.kind] as (task: JobTask, watch: Watch) => CircuitOutcome)(task, watch);
}

/**
 * The seed of an item: another for each, lest equal circuits have equal counts, and told with its result, so that each
 * can be run again by itself.
 */
export function seedOfItem(seed: number, item: number): number {
  return seed > SEED_MAX - item ? seed - (SEED_MAX - item) - 1 : seed + item;
}

function itemOrder({ order, items, firstItem }: TaskOf<'items'>, index: number): CircuitOrder {
  const { language = order.language, source, parameters } = items[index] as CircuitItem;
  const program = source === undefined ? {} : { source, programDigest: digestOf(Buffer.from(source, 'utf8')) as Digest };
  return { ...order, ...program, language, parameters, seed: seedOfItem(order.seed, firstItem + index) };
}

/** One after the other. Bytes are counted as they come: a thousand results, each within the limit, are not. */
function runItems(task: TaskOf<'items'>, watch: Watch): CircuitOutcome {
  const { order, items, isPart } = task;
  const results: CircuitResult[] = [];
  let bytes = 0;
  for (const [index, { name }] of items.entries()) {
    if (watch.isCancelled()) return failed('engine-failure', 'The run was stopped.');
    const run = simulateCircuit(itemOrder(task, index), { isCancelled: watch.isCancelled, progress: (fraction) => watch.progress((index + fraction) / items.length) });
    if (run.kind === 'failed') return items.length === 1 ? run : ofItem(run, task.firstItem + index);
    const result = name === undefined ? run.result : { ...run.result, name };
    bytes += canonicalJsonBytes(result).byteLength;
    if (bytes > order.resultBytesMax) return tooLarge(bytes, order.resultBytesMax);
    results.push(result);
    watch.progress((index + 1) / items.length);
  }
  const [{ engineVersion }] = results as [CircuitResult];
  return sealed(isPart ? { results } : wholeOf(order, results), engineVersion, order.resultBytesMax, watch);
}

function ofItem({ code, detail }: RunFailure, item: number): RunFailure {
  return failed(code, `Item ${item}: ${detail}`);
}

/** The result of a job of several: one digest covers all of them, so that none can be left out or exchanged. */
function wholeOf({ shots, seed, precision, programDigest }: CircuitOrder, results: readonly CircuitResult[]): object {
  const [{ engineVersion }] = results as [CircuitResult];
  return { results, shots, seed, precision, engineVersion, programDigest, durationMillis: sumOfMillis(results) };
}

/** Of whole microseconds, whose sum is the same in whatever order they are added. */
function sumOfMillis(results: readonly CircuitResult[]): number {
  return results.reduce((micros, { durationMillis }) => micros + Math.round(durationMillis * 1000), 0) / 1000;
}

/** From the results of all parts to that of the job, which is what it would be had it not been cut. */
function mergeParts({ order, isSingle, shares }: TaskOf<'merge'>, watch: Watch): CircuitOutcome {
  const byItem: Share<CircuitResult>[][] = [];
  for (const { firstItem, firstShot, body } of shares) {
    const { results } = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as { results: CircuitResult[] };
    results.forEach((result, index) => (byItem[firstItem + index] ??= []).push({ firstShot, result }));
  }
  const versions = new Set(byItem.flat().map(({ result }) => result.engineVersion));
  // A rolling update met the job half way. What two versions make is not one result.
  if (versions.size !== 1) return failed('engine-failure', 'Workers of different versions ran its parts: submit it again.');
  const results = byItem.map((parts) => ({ ...mergeResults(parts, order.shots), durationMillis: sumOfMillis(parts.map(({ result }) => result)) }));
  const [first] = results as [CircuitResult];
  return sealed(isSingle ? first : wholeOf(order, results), first.engineVersion, order.resultBytesMax, watch);
}
