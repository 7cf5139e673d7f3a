import { gateNamed } from '../gates/gate-table.js';
import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import type { ShotRange } from '../sampling/run-control.js';
import type { SiteGates } from './chain-layout.js';
import { ChainLayout } from './chain-layout.js';
import { chainAmplitudes, chainDensity, chainExpectation, sampleChain } from './mps-read-out.js';
import type { SiteTensor, Truncation } from './site-tensor.js';
import { applyAndSplit, applyOneSite, copyTensor, siteTensor } from './site-tensor.js';

const PAULIS: Readonly<Record<'X' | 'Y' | 'Z', Matrix>> = { X: gateNamed('x').matrix([]), Y: gateNamed('y').matrix([]), Z: gateNamed('z').matrix([]) };

/** |0⟩ with bonds of one. */
function zeroSite(): SiteTensor {
  const site = siteTensor(1, 1);
  site.re[0] = 1;
  return site;
}

/**
 * A matrix product state in mixed canonical form (Schollwöck, Annals of Physics 326, 2011): one tensor a qubit, all left
 * of the centre isometries to the right and all right of it to the left, so that the centre holds the norm, and the
 * singular values at its bonds are those of the whole state.
 */
export class MatrixProductState implements SimulatedState, SiteGates {
  readonly bytes: bigint;
  private tensors: SiteTensor[];
  private centre = 0;
  private readonly layout: ChainLayout;
  private lost = 0;
  private mostLost = 0;

  /** `bytes` is what a copy may take, for whoever counts. */
  constructor(readonly qubits: number, private readonly truncation: Truncation, bytes: bigint) {
    this.bytes = bytes;
    this.tensors = Array.from({ length: qubits }, zeroSite);
    this.layout = new ChainLayout(qubits, this);
  }

  /** The sum of what truncations threw away, each as a share of the squared norm; of histories that part, the most that one has lost. */
  get discardedWeight(): number {
    return Math.max(this.lost, this.mostLost);
  }

  get widestBond(): number {
    return this.tensors.reduce((widest, { right }) => Math.max(widest, right), 1);
  }

  apply(gate: AppliedGate): void {
    this.layout.apply(gate);
  }

  oneSite(site: number, matrix: Matrix): void {
    applyOneSite(this.tensors[site] as SiteTensor, matrix);
  }

  twoSites(site: number, matrix: Matrix): void {
    this.moveCentre(this.centre <= site ? site : site + 1);
    this.split(site, matrix, 'second');
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    const { left, right, re, im } = this.centred(qubit);
    const weights: [number, number] = [0, 0];
    for (let row = 0; row < 2 * left; row++) {
      for (let k = row * right; k < (row + 1) * right; k++) weights[(row & 1) as 0 | 1] += (re[k] as number) ** 2 + (im[k] as number) ** 2;
    }
    return weights;
  }

  collapse(qubit: number, outcome: 0 | 1, weight: number): void {
    const scale = 1 / Math.sqrt(weight);
    applyOneSite(this.centred(qubit), Float64Array.of(outcome === 0 ? scale : 0, 0, 0, 0, 0, 0, outcome === 1 ? scale : 0, 0));
  }

  copy(): this {
    const copy = new MatrixProductState(this.qubits, this.truncation, this.bytes) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    this.tensors = from.tensors.map(copyTensor);
    this.layout.assign(from.layout);
    this.centre = from.centre;
    this.mostLost = this.discardedWeight;
    this.lost = from.lost;
  }

  clear(): void {
    this.tensors = Array.from({ length: this.qubits }, zeroSite);
    this.layout.clear();
    this.centre = 0;
    this.mostLost = this.discardedWeight;
    this.lost = 0;
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    this.moveCentre(0);
    return sampleChain(this.tensors, qubits.map((qubit) => this.site(qubit)), shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    const density = chainDensity(this.tensors, this.places(qubits), false);
    const size = 2 ** qubits.length;
    const weights = Float64Array.from({ length: size }, (_, value) => Math.max(0, density[2 * value * (size + 1)] as number));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  }

  expectation(pauli: PauliString): number {
    const operators = new Map([...pauli].map(([qubit, operator]) => [this.site(qubit), PAULIS[operator]]));
    return chainExpectation(this.tensors, operators) / this.total();
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    const total = this.total();
    return chainDensity(this.tensors, this.places(qubits), true).map((entry) => entry / total);
  }

  amplitudes(): Float64Array {
    const all = chainAmplitudes(this.tensors, this.layout.qubitAt);
    const scale = 1 / Math.sqrt(this.total());
    const [cos, sin] = [scale * Math.cos(this.layout.phase), scale * Math.sin(this.layout.phase)];
    for (let k = 0; k < all.length; k += 2) {
      const [a, b] = [all[k] as number, all[k + 1] as number];
      all[k] = a * cos - b * sin;
      all[k + 1] = a * sin + b * cos;
    }
    return all;
  }

  private site(qubit: number): number {
    return this.layout.siteOf[qubit] as number;
  }

  private places(qubits: readonly number[]): ReadonlyMap<number, number> {
    return new Map(qubits.map((qubit, place) => [this.site(qubit), place]));
  }

  private total(): number {
    return chainExpectation(this.tensors, new Map());
  }

  private centred(qubit: number): SiteTensor {
    this.moveCentre(this.site(qubit));
    return this.tensors[this.site(qubit)] as SiteTensor;
  }

  private moveCentre(to: number): void {
    while (this.centre < to) this.split(this.centre, null, 'second');
    while (this.centre > to) this.split(this.centre - 1, null, 'first');
  }

  /** A gate on two neighbours, one of them the centre, which is one of them afterwards. */
  private split(site: number, gate: Matrix | null, centre: 'first' | 'second'): void {
    const { first, second, lost } = applyAndSplit(this.tensors[site] as SiteTensor, this.tensors[site + 1] as SiteTensor, gate, this.truncation, centre);
    this.tensors[site] = first;
    this.tensors[site + 1] = second;
    this.centre = centre === 'first' ? site : site + 1;
    this.lost += lost;
  }
}
