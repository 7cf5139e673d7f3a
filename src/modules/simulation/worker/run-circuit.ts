import { canonicalJsonBytes } from '#pure/canonical-json/canonical-json.js';
import { resultDigest } from '#pure/digest/result-digest.js';
import type { RunMethod } from '#pure/quantum/methods/method-table.js';
import { parseNoise } from '#pure/quantum/noise/noise-model.js';
import { parseOutputs } from '#pure/quantum/outputs/output-request.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import { parseProgram, type ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import type { QasmLimits } from '#pure/quantum/qasm/qasm-limits.js';
import type { Abandoned } from '#pure/quantum/sampling/run-control.js';
import { simulate, type SimulationResult } from '#pure/quantum/simulate.js';
import { SupportTooLarge } from '#pure/quantum/sparse/sparse-amplitudes.js';
import { KernelTeam } from './kernel-team.js';

export interface CircuitOrder {
  readonly language: ProgramLanguage;
  readonly source: string;
  /** Values for the inputs that the program declares. */
  readonly parameters: ProgramInputs;
  readonly programDigest: string;
  readonly shots: number;
  readonly seed: number;
  readonly precision: 'single' | 'double';
  readonly method: RunMethod;
  readonly outputs: unknown;
  readonly noise: object | null;
  readonly limits: Partial<QasmLimits>;
  readonly resultBytesMax: number;
  /** Threads that share the work of one state. */
  readonly threads: number;
}

export type CircuitOutcome =
  | { readonly kind: 'finished'; readonly body: Uint8Array<ArrayBuffer>; readonly digest: string; readonly engineVersion: string }
  | { readonly kind: 'failed'; readonly code: 'out-of-memory' | 'result-too-large' | 'loop-limit' | 'engine-failure'; readonly detail: string };

/** The part of the pool's task context that is used here. */
interface Watch {
  readonly isCancelled: () => boolean;
  readonly progress: (fraction: number) => void;
  readonly transfer: (...buffers: ArrayBuffer[]) => void;
}

/** Kept from task to task, as its threads are. */
let team: KernelTeam | null = null;

/** A message to the main thread for every half per cent: progress is told far more often than anybody reads it. */
const PROGRESS_STEP = 0.005;

/**
 * A thread's task: runs a circuit to the canonical bytes of its result. They are made here because sorting and hashing
 * a million outcomes takes a second, which the main thread does not have.
 */
export default function runCircuit(order: CircuitOrder, watch: Watch): CircuitOutcome {
  // How long a run took says nothing about its outcome, so this one look at the world's clock is no input of it.
  const startedNanos = process.hrtime.bigint();
  const parsed = parseProgram(order.language, order.source, order.parameters, order.limits);
  // The same parser accepted it when it was submitted: under an older version of the server, then.
  if (!parsed.ok) return { kind: 'failed', code: 'engine-failure', detail: `The program is no longer accepted: ${parsed.error.message}` };
  const asked = parseOutputs(order.outputs, parsed.circuit.qubits);
  if (!asked.ok) return { kind: 'failed', code: 'engine-failure', detail: `The outputs are no longer accepted: ${asked.refusal.message}` };
  const noise = parseNoise(order.noise ?? undefined, parsed.circuit.qubits);
  if (!noise.ok) return { kind: 'failed', code: 'engine-failure', detail: `The noise is no longer accepted: ${noise.refusal.message}` };
  const { shots, seed, precision, method, programDigest } = order;
  let run: SimulationResult | Abandoned;
  try {
    team ??= new KernelTeam(order.threads);
    run = simulate(parsed.circuit, { team, shots, seed, precision, method, outputs: asked.outputs, noise: noise.value, countsBytesMax: order.resultBytesMax, shouldStop: watch.isCancelled, onProgress: thinned(watch.progress) });
  } catch (cause) {
    if (cause instanceof SupportTooLarge) return { kind: 'failed', code: 'out-of-memory', detail: cause.message };
    if (isAllocationFailure(cause)) return { kind: 'failed', code: 'out-of-memory', detail: 'The worker could not allocate the state.' };
    throw cause;
  } finally {
    team?.release();
  }
  // Only the pool stops a run, and then it discards what the run returns.
  if (run === 'stopped') return { kind: 'failed', code: 'engine-failure', detail: 'The run was stopped.' };
  if (run === 'loop-limit') return { kind: 'failed', code: run, detail: 'A loop of the program went on for more rounds than are allowed: measurements did not end it.' };

  // Before they fill the heap: a million outcomes of a thousand bits are a gigabyte.
  if (run === 'counts-too-large') return { kind: 'failed', code: 'result-too-large', detail: `The outcomes alone have more than the ${order.resultBytesMax} bytes that are allowed. Measure fewer bits or take fewer shots.` };

  const durationMillis = Number((process.hrtime.bigint() - startedNanos) / 1000n) / 1000;
  // What was run is the program with its inputs and noise: the digest of the one says nothing of the others.
  const given = { ...(Object.keys(order.parameters).length === 0 ? {} : { parameters: order.parameters }), ...(order.noise === null ? {} : { noise: order.noise }) };
  const result = { ...run, ...given, durationMillis, programDigest };
  const digest = resultDigest(result);
  const canonical = canonicalJsonBytes({ ...result, digest });
  if (canonical.byteLength > order.resultBytesMax) {
    const detail = `The result has ${canonical.byteLength} bytes; ${order.resultBytesMax} are allowed. Measure fewer bits or take fewer shots.`;
    return { kind: 'failed', code: 'result-too-large', detail };
  }
  // A small Buffer is a view into a pool that must not leave the thread.
  const body = new Uint8Array(canonical);
  watch.transfer(body.buffer);
  return { kind: 'finished', body, digest, engineVersion: run.engineVersion };
}

function thinned(progress: (fraction: number) => void): (fraction: number) => void {
  let told = 0;
  return (fraction) => {
    if (fraction - told < PROGRESS_STEP) return;
    told = fraction;
    progress(fraction);
  };
}

/** V8 throws a plain RangeError with one of these texts when memory or its own limit is exhausted. */
function isAllocationFailure(cause: unknown): boolean {
  return cause instanceof RangeError && /Array buffer allocation failed|Invalid typed array length|could not allocate memory|Unable to grow/.test(cause.message);
}
