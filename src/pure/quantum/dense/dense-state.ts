import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import type { StateEntries, WholeState } from '../statevector/state-entries.js';
import type { Precision } from '../statevector/state-vector.js';
import { stateBytes } from '../statevector/state-vector.js';
import type { GroupWeights } from './dense-sampling.js';
import { sampleLive } from './dense-sampling.js';
import { clearOthers, scaledAmplitudes, storedDensity, storedExpectation, storedWeights } from './dense-read-out.js';
import type { Geometry } from './geometry.js';
import { GEOMETRIES, bytesOf, chunkOffset, realBytes } from './geometry.js';
import { LiveView } from './live-view.js';
import { lowerNamed } from '../lowering/lower-gate.js';
import { lowerUnitary } from '../lowering/lower-unitary.js';
import type { LoweredCircuit } from './lowered-circuit.js';
import { Lowering } from './lowering.js';
import { layoutFor } from './memory-layout.js';
import { NOTES, WEIGH } from './operation-records.js';
import { QubitFrame } from './pauli-frame.js';
import { plannedFromZero } from './plan-cache.js';
import type { DensePlan, Frame } from './planner.js';
import { paddedWires, planCircuit } from './planner.js';
import { frameForEntries, writeEntries } from './start-entries.js';
import type { ThreadTeam } from './thread-team.js';
import { SoloTeam } from './thread-team.js';
import { compiledKernels, kernelVariant } from './wasm/compiled-kernels.js';
import { PAGE_BYTES, sharedMemory } from './wasm/web-assembly.js';

/** Operations of one plan: its image grows with them, and a run is stopped between two plans. */
const QUEUED_MAX = 4096;

/** Of the memory that is kept for the next state. More is left to the garbage collector. */
export const KEPT_BYTES_MAX = 256 * 2 ** 20;
/** Fresh memory costs a page fault every 4 KiB, as much as a pass over it. What was in it is outside the next state's live subspace. */
let kept: WebAssembly.Memory | null = null;

function memoryOf(bytes: number): WebAssembly.Memory {
  const memory = kept ?? sharedMemory(bytes);
  kept = null;
  return memory;
}

/**
 * The state vector by emitted kernels. Gates are queued and planned together; whatever asks for an amplitude runs them
 * first. What is run later starts from the frame that the earlier run has left.
 */
export class DenseState implements WholeState {
  readonly bytes: bigint;
  readonly kernelVariant = kernelVariant();
  private readonly kernels: WebAssembly.Module;
  private readonly lowering: Lowering;
  /** What has been run; null: nothing, the state is |0…0⟩ and has no memory. */
  private plan: DensePlan | null = null;
  private memory: WebAssembly.Memory | null = null;
  /** What the first run begins from; null: from |0…0⟩. */
  private begun: StateEntries | null = null;
  /** Of what was measured and thrown away. */
  private norm = 1;
  private weights: GroupWeights | null = null;

  constructor(
    readonly qubits: number, private readonly precision: Precision,
    private readonly team: ThreadTeam = new SoloTeam(), private readonly geometry: Geometry = GEOMETRIES[precision],
  ) {
    const kernels = compiledKernels(precision, team.compilers);
    if (kernels === null) throw new RangeError('this runtime has no kernels for the dense engine');
    this.kernels = kernels;
    this.lowering = new Lowering(qubits);
    this.bytes = stateBytes(paddedWires(qubits, geometry), precision);
  }

  apply(gate: AppliedGate): void {
    if (gate.matrix !== undefined) lowerUnitary(this.lowering, gate.qubits, gate.matrix);
    else lowerNamed(this.lowering, gate.name, gate.parameters, gate.qubits);
    if (this.lowering.queued >= QUEUED_MAX) this.run();
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    const { view, frame } = this.finished();
    const [zero = 0, one = 0] = storedWeights(view, frame, [qubit]);
    return [zero * this.norm, one * this.norm];
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    const { view, frame } = this.finished();
    clearOthers(view, frame, qubit, outcome);
    this.norm /= weight;
    this.weights = null;
  }

  copy(): this {
    const copy = new DenseState(this.qubits, this.precision, this.team, this.geometry) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    const plan = from.run();
    const bytes = this.stateBytes();
    new Uint8Array(this.reserve(bytes).buffer).set(new Uint8Array((from.memory as WebAssembly.Memory).buffer, 0, bytes));
    this.lowering.assign(from.lowering);
    [this.plan, this.begun, this.norm, this.weights] = [plan, null, from.norm, null];
  }

  clear(): void {
    this.lowering.clear();
    [this.plan, this.begun, this.norm, this.weights] = [null, null, 1, null];
  }

  startFrom(entries: StateEntries): void {
    this.clear();
    this.begun = entries;
  }

  release(): void {
    if (this.memory !== null && this.memory.buffer.byteLength <= KEPT_BYTES_MAX) kept = this.memory;
    this.clear();
    this.memory = null;
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    const { view, frame } = this.finished();
    this.weights ??= this.weigh(view);
    return sampleLive(view, frame, this.weights, qubits, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    const { view, frame } = this.finished();
    const weights = storedWeights(view, frame, qubits);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  }

  expectation(pauli: PauliString): number {
    const { view, frame } = this.finished();
    return storedExpectation(view, frame, pauli) / this.total(view);
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    const { view, frame } = this.finished();
    const total = this.total(view);
    return storedDensity(view, frame, qubits).map((entry) => entry / total);
  }

  amplitudes(): Float64Array {
    const { view, frame } = this.finished();
    return scaledAmplitudes(view, frame, this.qubits, 1 / Math.sqrt(this.total(view)));
  }

  /** The state's own bytes, for whoever compares runs bit by bit. */
  storedBytes(): Uint8Array {
    this.run();
    return new Uint8Array((this.memory as WebAssembly.Memory).buffer, 0, this.stateBytes());
  }

  /** Passes over memory that the latest run made, for whoever measures. */
  get passes(): DensePlan['passes'] {
    return this.run().passes;
  }

  private stateBytes(): number {
    return bytesOf(paddedWires(this.qubits, this.geometry), this.geometry);
  }

  private finished(): { readonly view: LiveView; readonly frame: QubitFrame } {
    const { frame } = this.run();
    return { view: new LiveView((this.memory as WebAssembly.Memory).buffer, this.geometry, frame, this.team.shouldStop), frame: new QubitFrame(this.lowering, frame) };
  }

  /** Does what is queued. */
  private run(): DensePlan {
    const operations = this.lowering.take();
    if (this.plan !== null && operations.count === 0) return this.plan;
    const isFirst = this.plan === null;
    const start = this.begun === null ? null : frameForEntries(operations, this.geometry, this.begun);
    const plan = this.planned(operations, start);
    const { workspaces, bytes } = layoutFor(plan, this.team.threads);
    const memory = this.reserve(bytes);
    if (this.begun !== null && start !== null) writeEntries(memory.buffer, this.geometry, start, this.begun);
    else if (isFirst) this.prepareZero(memory);
    this.begun = null;
    new Uint8Array(memory.buffer).set(plan.image, plan.imageBase);
    for (const { address, blocks } of plan.passes) {
      this.team.run(this.kernels, memory, { entry: 'runBlocks', record: address, count: blocks, workspaces });
    }
    this.norm = isFirst ? plan.frame.scale ** 2 : this.norm * plan.frame.scale ** 2;
    this.weights = null;
    this.plan = plan;
    return plan;
  }

  private planned(operations: LoweredCircuit, start: Frame | null): DensePlan {
    if (start !== null) return planCircuit(operations, this.geometry, start);
    // Scales that earlier runs left are in `norm`, and not counted twice.
    return this.plan === null ? plannedFromZero(operations, this.geometry) : planCircuit(operations, this.geometry, { ...this.plan.frame, scale: 1 });
  }

  private reserve(bytes: number): WebAssembly.Memory {
    this.memory ??= memoryOf(bytes);
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return this.memory;
  }

  /** One row, the rest of the state is outside the live subspace. */
  private prepareZero(memory: WebAssembly.Memory): void {
    new Uint8Array(memory.buffer).fill(0, 0, bytesOf(this.geometry.rowBits, this.geometry));
    const reals = realBytes(this.geometry) === 4 ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
    reals[0] = 1;
  }

  private weigh(view: LiveView): GroupWeights {
    const plan = this.plan as DensePlan;
    const { workspaces, bytes, blockBytes } = layoutFor(plan, this.team.threads);
    const { buffer } = this.reserve(bytes);
    // The sums lie in a workspace, as many as it holds.
    const sumBits = Math.min(view.rowVectors.length, Math.log2(blockBytes / 8));
    const groupBits = view.rowVectors.length - sumBits;
    const [weighing, vectors, sums] = [plan.imageBase + NOTES.weighing, plan.imageBase + NOTES.vectors, workspaces[0]?.block ?? 0];
    const words = new Int32Array(buffer);
    words.set(view.rowVectors.map((vector) => chunkOffset(vector, this.geometry) | 0), vectors / 4);
    words[weighing / 4 + WEIGH.groupBits] = groupBits;
    words[weighing / 4 + WEIGH.rowBytes] = bytesOf(this.geometry.rowBits, this.geometry);
    words[weighing / 4 + WEIGH.sums] = sums;
    words[weighing / 4 + WEIGH.vectors] = vectors;
    this.team.run(this.kernels, this.memory as WebAssembly.Memory, { entry: 'weighRows', record: weighing, count: 2 ** sumBits, workspaces });
    return { groupBits, sums: new Float64Array(buffer, sums, 2 ** sumBits).slice() };
  }

  private total(view: LiveView): number {
    this.weights ??= this.weigh(view);
    return this.weights.sums.reduce((sum, weight) => sum + weight, 0);
  }
}
