import { parseNoise } from '#pure/quantum/noise/noise-model.js';
import { parseOutputs } from '#pure/quantum/outputs/output-request.js';
import type { ProgramInputs } from '#pure/quantum/qasm/openqasm3/inputs.js';
import { parseProgram, type ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import type { QasmLimits } from '#pure/quantum/qasm/qasm-limits.js';
import type { Abandoned } from '#pure/quantum/sampling/run-control.js';
import { type MethodChoice, simulate, type SimulationResult } from '#pure/quantum/simulate.js';
import { SupportTooLarge } from '#pure/quantum/sparse/sparse-amplitudes.js';
import { KernelTeam } from './kernel-team.js';
import { type CircuitOutcome, failed, type RunFailure, sealed, type Watch } from './sealed-result.js';

export interface CircuitOrder {
  readonly language: ProgramLanguage;
  readonly source: string;
  /** Values for the inputs that the program declares. */
  readonly parameters: ProgramInputs;
  readonly programDigest: string;
  readonly shots: number;
  /** Of a part: the number of its first shot; 0 when absent. */
  readonly firstShot?: number;
  readonly seed: number;
  readonly precision: 'single' | 'double';
  readonly method: MethodChoice;
  readonly outputs: unknown;
  readonly noise: object | null;
  readonly limits: Partial<QasmLimits>;
  readonly resultBytesMax: number;
  /** Threads that share the work of one state. */
  readonly threads: number;
}

/** Kept from task to task, as its threads are. */
let team: KernelTeam | null = null;

/** Progress is told far more often than anybody reads it. A message takes a tenth of a millisecond from the main thread: a short run has none. */
const PROGRESS_STEP = 0.005;
const PROGRESS_NANOS = 50_000_000n;

/** A circuit's result as it stands in that of its job, which has a digest. */
export interface CircuitResult extends SimulationResult {
  readonly durationMillis: number;
  readonly programDigest: string;
}

export type CircuitRun = { readonly kind: 'ran'; readonly result: CircuitResult } | RunFailure;

/**
 * A thread's task: runs a circuit to the canonical bytes of its result. They are made here because sorting and hashing
 * a million outcomes takes a second, which the main thread does not have.
 */
export default function runCircuit(order: CircuitOrder, watch: Watch): CircuitOutcome {
  const run = simulateCircuit(order, watch);
  return run.kind === 'failed' ? run : sealed(run.result, run.result.engineVersion, order.resultBytesMax, watch);
}

/** The run itself. */
export function simulateCircuit(order: CircuitOrder, watch: Omit<Watch, 'transfer'>): CircuitRun {
  // How long a run took says nothing about its outcome, so this one look at the world's clock is no input of it.
  const startedNanos = process.hrtime.bigint();
  const parsed = parseProgram(order.language, order.source, order.parameters, order.limits);
  // The same parser accepted it when it was submitted: under an older version of the server, then.
  if (!parsed.ok) return failed('engine-failure', `The program is no longer accepted: ${parsed.error.message}`);
  const asked = parseOutputs(order.outputs, parsed.circuit.qubits);
  if (!asked.ok) return failed('engine-failure', `The outputs are no longer accepted: ${asked.refusal.message}`);
  const noise = parseNoise(order.noise ?? undefined, parsed.circuit.qubits);
  if (!noise.ok) return failed('engine-failure', `The noise is no longer accepted: ${noise.refusal.message}`);
  const { shots, firstShot = 0, seed, precision, method, programDigest } = order;
  let run: SimulationResult | Abandoned;
  try {
    team ??= new KernelTeam(order.threads);
    run = simulate(parsed.circuit, { team, shots, firstShot, seed, precision, method, outputs: asked.outputs, noise: noise.value, countsBytesMax: order.resultBytesMax, shouldStop: watch.isCancelled, onProgress: thinned(watch.progress) });
  } catch (cause) {
    if (cause instanceof SupportTooLarge) return failed('out-of-memory', cause.message);
    if (isAllocationFailure(cause)) return failed('out-of-memory', 'The worker could not allocate the state.');
    throw cause;
  } finally {
    team?.release();
  }
  // Only the pool stops a run, and then it discards what the run returns.
  if (run === 'stopped') return failed('engine-failure', 'The run was stopped.');
  if (run === 'loop-limit') return failed(run, 'A loop of the program went on for more rounds than are allowed: measurements did not end it.');
  // Before they fill the heap: a million outcomes of a thousand bits are a gigabyte.
  if (run === 'counts-too-large') return failed('result-too-large', `The outcomes alone have more than the ${order.resultBytesMax} bytes that are allowed. Measure fewer bits or take fewer shots.`);

  const durationMillis = Number((process.hrtime.bigint() - startedNanos) / 1000n) / 1000;
  // What was run is the program with its inputs and noise: the digest of the one says nothing of the others.
  const given = { ...(Object.keys(order.parameters).length === 0 ? {} : { parameters: order.parameters }), ...(order.noise === null ? {} : { noise: order.noise }) };
  return { kind: 'ran', result: { ...run, ...given, durationMillis, programDigest } };
}

function thinned(progress: (fraction: number) => void): (fraction: number) => void {
  let [told, toldNanos] = [0, process.hrtime.bigint()];
  return (fraction) => {
    if (fraction - told < PROGRESS_STEP) return;
    const nowNanos = process.hrtime.bigint();
    if (nowNanos - toldNanos < PROGRESS_NANOS) return;
    [told, toldNanos] = [fraction, nowNanos];
    progress(fraction);
  };
}

/** V8 throws a plain RangeError with one of these texts when memory or its own limit is exhausted. */
function isAllocationFailure(cause: unknown): boolean {
  return cause instanceof RangeError && /Array buffer allocation failed|Invalid typed array length|could not allocate memory|Unable to grow/.test(cause.message);
}
