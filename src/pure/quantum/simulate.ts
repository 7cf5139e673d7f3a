import type { Circuit } from './circuit/circuit.js';
import { everyOperation } from './circuit/circuit.js';
import type { ThreadTeam } from './dense/thread-team.js';
import { SoloTeam, StoppedRun, stoppable } from './dense/thread-team.js';
import { ENGINE_VERSION } from './engine-version.js';
import type { CircuitProfile } from './methods/circuit-profile.js';
import { profileOf } from './methods/circuit-profile.js';
import type { Method } from './methods/method-table.js';
import { cheapestMethod, evolvesOnce, methodNamed, refusalBy } from './methods/method-table.js';
import type { NoiseModel } from './noise/noise-model.js';
import { NOISELESS } from './noise/noise-model.js';
import type { OutputRequest } from './outputs/output-request.js';
import { COUNTS_ONLY, readsState } from './outputs/output-request.js';
import type { StateOutputs } from './outputs/read-outputs.js';
import { readOutputs } from './outputs/read-outputs.js';
import { SEED_MAX } from './random/philox.js';
import type { Abandoned } from './sampling/run-control.js';
import type { ExecutionPlan } from './sampling/execution-plan.js';
import { planExecution } from './sampling/execution-plan.js';
import { sampleTerminal } from './sampling/sample-terminal.js';
import { BRANCH_COPIES_BYTES_MAX, sampleTrajectories } from './sampling/sample-trajectories.js';
import type { Precision } from './statevector/state-vector.js';

/** `automatic`: the cheapest that can run the circuit. */
export type MethodChoice = Method | 'automatic';

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

export interface SimulationResult extends StateOutputs {
  /** Shots by outcome. Qiskit's little-endian bit strings of all classical bits, without spaces. Empty if no counts are asked for. */
  readonly counts: Record<string, number>;
  /** The outcome of each shot, in the order of their numbers. */
  readonly memory?: readonly string[];
  readonly shots: number;
  readonly seed: number;
  readonly method: Method;
  readonly precision: Precision;
  readonly engineVersion: string;
  /** The form of arithmetic, where machines differ: a repeated run has the same bits on a machine of the same. */
  readonly kernelVariant: string;
  /** Of a method that cuts off what is small: the share of the squared norm that went, summed over all cuts. */
  readonly discardedWeight?: number;
}

/** What a run would take, known before any of it is spent. */
export interface SimulationEstimate {
  /** As declared. */
  readonly qubits: number;
  /** Those that some gate acts on: only they have amplitudes. */
  readonly activeQubits: number;
  readonly method: Method;
  /** One state, as the method keeps it. */
  readonly stateBytes: bigint;
  /** Amplitudes touched by one evolution. */
  readonly cost: number;
  /** All states that the run holds at once. What to compare with the memory allowed. */
  readonly peakBytes: bigint;
  /** That a shot does at most; of a loop, what is to be expected. */
  readonly operations: number;
  /** Evolutions of the state from its beginning: one where all measurements come last, else as many as there may be branches, at most one a shot. */
  readonly evolutionsMax: number;
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
  for (const { kind } of everyOperation(operations)) if (kind === 'measure') return true;
  return false;
}

/** The method that a run will take: the one asked for, or the cheapest; where none can, the one that tells best why not. */
function methodFor(profile: CircuitProfile, choice: MethodChoice): Method {
  return choice === 'automatic' ? (cheapestMethod(profile) ?? widestMethod(profile)) : choice;
}

function widestMethod({ channels, wantsState }: CircuitProfile): Method {
  if (channels === 0) return 'statevector';
  return wantsState ? 'density-matrix' : 'trajectories';
}

/** Both answers about a run from one plan of it and one choice of its method, which may be dearer than either. */
export function assess(circuit: Circuit, precision: Precision, choice: MethodChoice = 'automatic', outputs = COUNTS_ONLY, noise = NOISELESS): { readonly refusal: SimulationRefusal | null; readonly estimate: SimulationEstimate } {
  const plan = planExecution(circuit, noise);
  const profile = profileOf(plan, outputs);
  const method = methodFor(profile, choice);
  return { refusal: refusalOfPlan(circuit, profile, method, outputs), estimate: estimateOfPlan(circuit, plan, profile, method, precision) };
}

export function estimate(...asked: Parameters<typeof assess>): SimulationEstimate {
  return assess(...asked).estimate;
}

function estimateOfPlan(circuit: Circuit, plan: ExecutionPlan, profile: CircuitProfile, method: Method, precision: Precision): SimulationEstimate {
  const { stateBytes, cost } = methodNamed(method).estimate(profile, precision);
  const once = evolvesOnce(method, profile);
  // What noise draws makes as many histories as there are shots.
  const draws = methodNamed(method).noise === 'drawn' && profile.channels > 0 ? Infinity : profile.draws;
  return {
    qubits: circuit.qubits,
    activeQubits: profile.qubits,
    method,
    stateBytes,
    cost,
    // A run of trajectories keeps the state before the first measurement, and copies at branchings.
    peakBytes: once ? stateBytes : 2n * stateBytes + lesser(BRANCH_COPIES_BYTES_MAX, stateBytes * BigInt(Math.min(draws, Number.MAX_SAFE_INTEGER))),
    operations: plan.operations,
    evolutionsMax: once ? 1 : 2 ** draws,
  };
}

/**
 * Why `simulate` will not run this circuit, or null. A circuit that measures nothing has no counts: it is refused
 * rather than answered with the one empty outcome, since its author surely forgot the measurement.
 */
export function refusalOf(circuit: Circuit, choice: MethodChoice = 'automatic', outputs = COUNTS_ONLY, noise = NOISELESS): SimulationRefusal | null {
  const profile = profileOf(planExecution(circuit, noise), outputs);
  return refusalOfPlan(circuit, profile, methodFor(profile, choice), outputs);
}

function refusalOfPlan(circuit: Circuit, profile: CircuitProfile, method: Method, outputs: OutputRequest): SimulationRefusal | null {
  if ((outputs.counts || outputs.memory) && !measures(circuit)) {
    return { code: 'no-measurement', message: 'The program measures nothing, so it has no counts.' };
  }
  if (readsState(outputs) && !profile.isTerminal) {
    return { code: 'no-final-state', message: 'The program measures, resets or decides on its way, so its shots end in different states: counts and memory are all that can be told.' };
  }
  const message = refusalBy(method, profile);
  return message === null ? null : { code: 'method-refused', message };
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
  const profile = profileOf(plan, outputs);
  const method = methodFor(profile, choice);
  const refusal = refusalOfPlan(circuit, profile, method, outputs);
  if (refusal !== null) throw new RangeError(refusal.message);
  const sample = evolvesOnce(method, profile) ? sampleTerminal : sampleTrajectories;
  const shouldStop = options.shouldStop ?? (() => false);
  const state = methodNamed(method).create(profile, precision, stoppable(options.team ?? new SoloTeam(), shouldStop));
  const control = {
    shouldStop,
    onProgress: options.onProgress ?? (() => {}),
    countsBytesMax: options.countsBytesMax ?? Infinity,
    keepsMemory: outputs.memory,
  };
  try {
    const tally = sample(plan, state, { first: firstShot, count: shots, seed }, control);
    if (typeof tally === 'string') return tally;
    control.onProgress(1);
    const memory = tally.toMemory();
    return {
      counts: outputs.counts ? tally.toRecord() : {},
      ...(memory === null ? {} : { memory }),
      ...readOutputs(state, { declared: circuit.qubits, dense: plan.qubitNumbers, globalPhase: circuit.globalPhase }, outputs),
      shots, seed, method, precision, engineVersion: ENGINE_VERSION, kernelVariant: state.kernelVariant ?? 'plain',
      ...(state.discardedWeight === undefined ? {} : { discardedWeight: state.discardedWeight }),
    };
  } catch (cause) {
    if (cause instanceof StoppedRun) return 'stopped';
    throw cause;
  } finally {
    state.release?.();
  }
}
