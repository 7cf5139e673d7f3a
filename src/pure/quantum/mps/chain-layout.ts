import { lowerUnitary } from '../lowering/lower-unitary.js';
import type { GateSink } from '../lowering/gate-sink.js';
import { gateNamed } from '../gates/gate-table.js';
import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate } from '../methods/quantum-state.js';
import { matrixOfGate } from '../methods/quantum-state.js';

/** What a chain of sites can do itself. */
export interface SiteGates {
  oneSite(site: number, matrix: Matrix): void;
  /** On `site` and the next one; bit 0 of the matrix's index is `site`. Its operator Schmidt rank is 4 at most. */
  twoSites(site: number, matrix: Matrix, rank: 2 | 4): void;
}

const CX = gateNamed('cx').matrix([]);
const SWAP = gateNamed('swap').matrix([]);
/** Two terms of a product each: what they add to a bond is a factor of 2, of other gates 4. */
const RANK_TWO: ReadonlySet<string> = new Set(['cx', 'cz', 'cy', 'ch', 'cp', 'cu1', 'crx', 'cry', 'crz', 'cu3', 'cu', 'csx', 'rzz', 'rxx', 'ryy']);

const REVERSED = [0, 2, 1, 3];

/** Rows and columns of a 4×4 matrix with the two qubits exchanged. */
function reversed(matrix: Matrix): Matrix {
  const result = new Float64Array(32);
  for (let k = 0; k < 32; k++) result[k] = matrix[8 * (REVERSED[k >> 3] as number) + 2 * (REVERSED[(k >> 1) & 3] as number) + (k & 1)] as number;
  return result;
}

/**
 * Where the qubits stand in the chain, and gates on them as gates on neighbours: a gate over a distance brings its
 * qubits together by exchanges, which stay. Gates on more than two qubits go by their steps. The state and the bound on
 * its bonds both go through it, so that the bound is that of the very operations that the state will do.
 */
export class ChainLayout implements GateSink {
  readonly siteOf: Int32Array;
  readonly qubitAt: Int32Array;
  phase = 0;

  constructor(readonly qubits: number, private readonly sites: SiteGates) {
    this.siteOf = Int32Array.from({ length: qubits }, (_, qubit) => qubit);
    this.qubitAt = this.siteOf.slice();
  }

  clear(): void {
    for (let qubit = 0; qubit < this.qubits; qubit++) this.siteOf[qubit] = this.qubitAt[qubit] = qubit;
    this.phase = 0;
  }

  assign(from: ChainLayout): void {
    this.siteOf.set(from.siteOf);
    this.qubitAt.set(from.qubitAt);
    this.phase = from.phase;
  }

  apply(gate: AppliedGate): void {
    const { name, matrix, parameters, qubits } = gate;
    if (matrix === undefined && name === 'swap') this.exchange(qubits[0] as number, qubits[1] as number);
    else if (qubits.length === 1) this.oneQubit(qubits[0] as number, matrixOfGate(gate));
    else if (qubits.length === 2) this.twoQubits(qubits[0] as number, qubits[1] as number, matrixOfGate(gate), matrix === undefined && RANK_TWO.has(name) ? 2 : 4);
    else if (matrix === undefined && gateNamed(name).decomposition !== null) this.steps(gate);
    else lowerUnitary(this, qubits, matrixOfGate({ name, parameters, qubits, ...(matrix && { matrix }) }));
  }

  oneQubit(qubit: number, matrix: Matrix): void {
    this.sites.oneSite(this.siteOf[qubit] as number, matrix);
  }

  phaseOf(qubit: number, angle: number): void {
    this.oneQubit(qubit, Float64Array.of(1, 0, 0, 0, 0, 0, Math.cos(angle), Math.sin(angle)));
  }

  /** Costs nothing: the qubits change names. */
  exchange(a: number, b: number): void {
    const [siteA, siteB] = [this.siteOf[a] as number, this.siteOf[b] as number];
    this.place(a, siteB);
    this.place(b, siteA);
  }

  controlledX(control: number, target: number): void {
    this.twoQubits(control, target, CX, 2);
  }

  parityPhase(qubits: readonly number[], angle: number): void {
    const pairs = qubits.slice(1).map((qubit, k) => [qubits[k] as number, qubit] as const);
    for (const [control, target] of pairs) this.controlledX(control, target);
    this.phaseOf(qubits.at(-1) as number, angle);
    for (const [control, target] of pairs.toReversed()) this.controlledX(control, target);
  }

  globalPhase(angle: number): void {
    this.phase += angle;
  }

  private steps({ name, parameters, qubits }: AppliedGate): void {
    const decomposition = gateNamed(name).decomposition?.(parameters) ?? { phase: 0, steps: [] };
    this.globalPhase(decomposition.phase);
    for (const step of decomposition.steps) {
      this.apply({ name: step.name, parameters: step.parameters, qubits: step.qubits.map((position) => qubits[position] as number) });
    }
  }

  private twoQubits(a: number, b: number, matrix: Matrix, rank: 2 | 4): void {
    const upper = (this.siteOf[a] as number) < (this.siteOf[b] as number) ? b : a;
    const lower = upper === b ? a : b;
    for (let site = (this.siteOf[upper] as number) - 1; site > (this.siteOf[lower] as number); site--) {
      this.sites.twoSites(site, SWAP, 4);
      this.exchange(upper, this.qubitAt[site] as number);
    }
    this.sites.twoSites(this.siteOf[lower] as number, lower === a ? matrix : reversed(matrix), rank);
  }

  private place(qubit: number, site: number): void {
    this.siteOf[qubit] = site;
    this.qubitAt[site] = qubit;
  }
}
