import type { Circuit } from './circuit/circuit.js';
import { everyOperation } from './circuit/circuit.js';
import type { RunPart } from './components/choose-parts.js';
import { partsOf } from './components/choose-parts.js';
import { ProductState } from './components/product-state.js';
import { PartsRun } from './components/run-parts.js';
import type { ThreadTeam } from './dense/thread-team.js';
import { SoloTeam, StoppedRun, stoppable } from './dense/thread-team.js';
import { ENGINE_VERSION } from './engine-version.js';
import type { Method, MethodChoice, RunMethod } from './methods/method-table.js';
import { NOMINAL_SHOTS } from './methods/method-record.js';
import { PER_COMPONENT, evolvesOnce, methodNamed, refusalBy } from './methods/method-table.js';
import type { NoiseModel } from './noise/noise-model.js';
import { NOISELESS } from './noise/noise-model.js';
import type { OutputRequest } from './outputs/output-request.js';
import { COUNTS_ONLY, readsState } from './outputs/output-request.js';
import type { StateOutputs } from './outputs/read-outputs.js';
import { readOutputs } from './outputs/read-outputs.js';
import { SEED_MAX } from './random/philox.js';
import { Tally } from './sampling/counts.js';
import type { ExecutionPlan } from './sampling/execution-plan.js';
import { planExecution } from './sampling/execution-plan.js';
import type { Abandoned, RunControl } from './sampling/run-control.js';
import { BRANCH_COPIES_BYTES_MAX } from './sampling/sample-trajectories.js';
import type { Precision } from './statevector/state-vector.js';

export type { MethodChoice, RunMethod } from './methods/method-table.js';

export interface SimulationOptions {
  readonly shots: number;
  /** 0 to 2^53-1. */
  readonly seed: number;
  readonly precision: Precision;
  readonly method?: MethodChoice;
  /** Threads that share the work of one state. The result does not depend on them. */
  readonly team?: ThreadTeam;
  /** Counts when absent. */
  readonly outputs?: OutputRequest;
  /** Of the machine that is imitated; none when absent. */
  readonly noise?: NoiseModel;
  /** Number of the first shot, when the shots of a run are split over threads; the counts of the parts add up. */
  readonly firstShot?: number;
  /** Asked between sweeps over the state; of a large one, within a sweep. */
  readonly shouldStop?: () => boolean;
  /** 0 to 1, never falling. Called often: whoever writes it somewhere thins it out. */
  readonly onProgress?: (fraction: number) => void;
}

/** Options of a caller that wants no more than so many bytes of counts, as they stand in JSON. */
export interface BoundedSimulationOptions extends SimulationOptions {
  readonly countsBytesMax: number;
}

/** Qubits, as declared, that nothing connects with the others, and what they were simulated by. */
export interface Component {
  readonly qubits: readonly number[];
  readonly method: Method;
}

export interface SimulationResult extends StateOutputs {
  /** Shots by outcome. Qiskit's little-endian bit strings of all classical bits, without spaces. Empty if no counts are asked for. */
  readonly counts: Record<string, number>;
  /** The outcome of each shot, in the order of their numbers. */
  readonly memory?: readonly string[];
  readonly shots: number;
  readonly seed: number;
  /** One name where all components agree. */
  readonly method: RunMethod;
  /** Of a circuit that falls apart; absent: it was run in one piece. */
  readonly components?: readonly Component[];
  readonly precision: Precision;
  readonly engineVersion: string;
  /** The form of arithmetic, where machines differ: a repeated run has the same bits on a machine of the same. */
  readonly kernelVariant: string;
  /** Of a method that cuts off what is small: the share of the squared norm that went, summed over all cuts. */
  readonly discardedWeight?: number;
}

/** What one run of a circuit in one piece, or of one component, takes. */
interface WorkEstimate {
  /** One state, as the method keeps it. */
  readonly stateBytes: bigint;
  /** Amplitudes touched by one evolution. */
  readonly cost: number;
  /** All states that the run holds at once. What to compare with the memory allowed. */
  readonly peakBytes: bigint;
  /** Evolutions of the state from its beginning: one where all measurements come last, else as many as there may be branches, at most one a shot. */
  readonly evolutionsMax: number;
}

/** What the time of one part is told by, beside its work. */
interface PartEstimate extends WorkEstimate {
  /** Of one evolution: gates, measurements, resets and channels of noise. */
  readonly steps: number;
  /** Of shots after the first: how many are expected to need an evolution of their own, as far as `evolutionsMax` allows. */
  readonly evolutionShare: number;
}

export interface ComponentEstimate extends Component, PartEstimate {}

/** What a run would take, known before any of it is spent: of several components the sums, and the most evolutions. */
export interface SimulationEstimate extends WorkEstimate {
  /** As declared. */
  readonly qubits: number;
  /** Those that some gate acts on: only they have amplitudes. */
  readonly activeQubits: number;
  readonly method: RunMethod;
  /** That a shot does at most; of a loop, what is to be expected. */
  readonly operations: number;
  /** One of a circuit in one piece. */
  readonly components: readonly ComponentEstimate[];
}

/** Why a circuit that parses is still not run. */
export interface SimulationRefusal {
  readonly code: 'no-measurement' | 'method-refused' | 'no-final-state';
  readonly message: string;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function measures({ operations }: Circuit): boolean {
  // Most do so outside of all branches and loops.
  if (operations.at(-1)?.kind === 'measure') return true;
  for (const { kind } of everyOperation(operations)) if (kind === 'measure') return true;
  return false;
}

/** Both answers about a run from one plan of it and one choice of its method, which may be dearer than either. */
export function assess(circuit: Circuit, precision: Precision, choice: MethodChoice = 'automatic', outputs = COUNTS_ONLY, noise = NOISELESS): { readonly refusal: SimulationRefusal | null; readonly estimate: SimulationEstimate } {
  const plan = planExecution(circuit, noise);
  const parts = partsOf(plan, outputs, choice);
  return { refusal: refusalOfParts(circuit, plan, parts, outputs), estimate: estimateOfParts(circuit, plan, parts, precision) };
}

export function estimate(...asked: Parameters<typeof assess>): SimulationEstimate {
  return assess(...asked).estimate;
}

function methodOf(parts: readonly RunPart[]): RunMethod {
  const [first, ...others] = parts.map(({ method }) => method);
  return first !== undefined && others.every((method) => method === first) ? first : PER_COMPONENT;
}

function componentOf({ plan, method }: RunPart): Component {
  return { qubits: [...plan.qubitNumbers.keys()].sort((a, b) => a - b), method };
}

function estimateOfPart({ profile, method }: RunPart, precision: Precision): PartEstimate {
  const { stateBytes, cost, histories = NOMINAL_SHOTS } = methodNamed(method).estimate(profile, precision);
  const once = evolvesOnce(method, profile);
  // What noise draws makes as many histories as there are shots.
  const draws = methodNamed(method).noise === 'drawn' && profile.channels > 0 ? Infinity : profile.draws;
  return {
    stateBytes,
    cost,
    // A run of trajectories keeps the state before the first measurement, and copies at branchings.
    peakBytes: once ? stateBytes : 2n * stateBytes + lesser(BRANCH_COPIES_BYTES_MAX, stateBytes * BigInt(Math.min(draws, Number.MAX_SAFE_INTEGER))),
    evolutionsMax: once ? 1 : 2 ** draws,
    steps: profile.operations + profile.channels,
    evolutionShare: profile.isTerminal ? (histories - 1) / (NOMINAL_SHOTS - 1) : 1,
  };
}

function estimateOfParts(circuit: Circuit, { activeQubits, operations }: ExecutionPlan, parts: readonly RunPart[], precision: Precision): SimulationEstimate {
  const works = parts.map((part) => estimateOfPart(part, precision));
  return {
    qubits: circuit.qubits,
    activeQubits,
    method: methodOf(parts),
    stateBytes: works.reduce((sum, { stateBytes }) => sum + stateBytes, 0n),
    cost: works.reduce((sum, { cost }) => sum + cost, 0),
    peakBytes: works.reduce((sum, { peakBytes }) => sum + peakBytes, 0n),
    operations,
    evolutionsMax: works.reduce((most, { evolutionsMax }) => Math.max(most, evolutionsMax), 1),
    components: parts.map((part, i) => ({ ...componentOf(part), ...(works[i] as PartEstimate) })),
  };
}

/**
 * Why `simulate` will not run this circuit, or null. A circuit that measures nothing has no counts: it is refused
 * rather than answered with the one empty outcome, since its author surely forgot the measurement.
 */
export function refusalOf(circuit: Circuit, choice: MethodChoice = 'automatic', outputs = COUNTS_ONLY, noise = NOISELESS): SimulationRefusal | null {
  const plan = planExecution(circuit, noise);
  return refusalOfParts(circuit, plan, partsOf(plan, outputs, choice), outputs);
}

function refusalOfParts(circuit: Circuit, { isTerminal }: ExecutionPlan, parts: readonly RunPart[], outputs: OutputRequest): SimulationRefusal | null {
  if ((outputs.counts || outputs.memory) && !measures(circuit)) {
    return { code: 'no-measurement', message: 'The program measures nothing, so it has no counts.' };
  }
  if (readsState(outputs) && !isTerminal) {
    return { code: 'no-final-state', message: 'The program measures, resets or decides on its way, so its shots end in different states: counts and memory are all that can be told.' };
  }
  for (const { method, profile } of parts) {
    const message = refusalBy(method, profile);
    if (message !== null) return { code: 'method-refused', message: parts.length === 1 ? message : `In one of ${parts.length} parts that nothing connects: ${message}` };
  }
  return null;
}

function assertOptions({ shots, seed, firstShot = 0 }: SimulationOptions): void {
  if (!Number.isSafeInteger(shots) || shots < 1) throw new RangeError('shots must be an integer of 1 or more');
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > SEED_MAX) throw new RangeError('seed must be an integer from 0 to 2^53-1');
  if (!Number.isSafeInteger(firstShot + shots) || firstShot < 0) throw new RangeError('firstShot must be an integer of 0 or more');
}

/**
 * Runs a circuit and counts its outcomes: a function of circuit, noise, shots, seed, precision and ENGINE_VERSION alone.
 * The caller has asked `refusalOf` and compared `estimate` with its memory; what they refuse throws here.
 */
export function simulate(circuit: Circuit, options: BoundedSimulationOptions): SimulationResult | Abandoned;
export function simulate(circuit: Circuit, options: SimulationOptions): SimulationResult | Exclude<Abandoned, 'counts-too-large'>;
export function simulate(circuit: Circuit, options: SimulationOptions & { readonly countsBytesMax?: number }): SimulationResult | Abandoned {
  assertOptions(options);
  const { shots, seed, precision, method: choice = 'automatic', outputs = COUNTS_ONLY, noise = NOISELESS, firstShot = 0 } = options;
  const plan = planExecution(circuit, noise);
  const parts = partsOf(plan, outputs, choice);
  const refusal = refusalOfParts(circuit, plan, parts, outputs);
  if (refusal !== null) throw new RangeError(refusal.message);
  const control: RunControl = { shouldStop: options.shouldStop ?? (() => false), onProgress: options.onProgress ?? (() => {}) };
  const range = { first: firstShot, count: shots, seed };
  const tally = new Tally(options.countsBytesMax, outputs.memory ? range : null);
  const run = new PartsRun(parts, circuit.classicalBits, { precision, team: stoppable(options.team ?? new SoloTeam(), control.shouldStop), control, keepsStates: readsState(outputs) });
  try {
    const abandoned = run.sample(range, tally);
    if (abandoned !== null) return abandoned;
    control.onProgress(1);
    const memory = tally.toMemory();
    return {
      counts: outputs.counts ? tally.toRecord() : {},
      ...(memory === null ? {} : { memory }),
      ...(readsState(outputs) ? outputsOf(circuit, run, outputs) : {}),
      shots, seed, method: methodOf(parts), precision, engineVersion: ENGINE_VERSION,
      ...(parts.length === 1 ? {} : { components: parts.map(componentOf) }),
      ...run.remarks,
    };
  } catch (cause) {
    if (cause instanceof StoppedRun) return 'stopped';
    throw cause;
  } finally {
    run.release();
  }
}

/** Numbered as declared: a state of the whole is that of its parts side by side. */
function outputsOf(circuit: Circuit, { states }: PartsRun, outputs: OutputRequest): StateOutputs {
  const factors = states.map(({ part: { plan }, state }) => ({ state, qubits: [...plan.qubitNumbers].sort(([, a], [, b]) => a - b).map(([declared]) => declared) }));
  const dense = new Map(factors.flatMap(({ qubits }) => qubits).map((declared, place) => [declared, place]));
  const placed = factors.map(({ state, qubits }) => ({ state, qubits: qubits.map((declared) => dense.get(declared) as number) }));
  const [only, ...others] = placed;
  const state = only !== undefined && others.length === 0 ? only.state : new ProductState(placed);
  return readOutputs(state, { declared: circuit.qubits, dense, globalPhase: circuit.globalPhase }, outputs);
}
