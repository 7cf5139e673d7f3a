import type { CliffordStep } from '../gates/clifford-steps.js';
import { cliffordSteps } from '../gates/clifford-steps.js';
import type { Matrix } from '../gates/matrix.js';
import type { AppliedGate, OutcomeSink, PauliString, SimulatedState } from '../methods/quantum-state.js';
import { densityFromExpectations } from '../methods/read-out.js';
import type { ShotRange } from '../sampling/run-control.js';
import type { Echelon } from './echelon.js';
import { echelonOf, expectationByRows, possibleOutcome } from './echelon.js';
import { outcomeSpace, outcomeProbabilities, sampleOutcomes } from './sample-outcomes.js';
import type { Tableau } from './tableau.js';
import { applyTableauGate, certainOutcome, clearTableau, collapseTableau, copyTableau, createTableau, tableauBytes, uncertainGenerator } from './tableau.js';

/** Null for what is not a Clifford gate, and for a matrix that the table has no name for. */
export function stepsOfGate({ name, parameters, matrix }: AppliedGate): readonly CliffordStep[] | null {
  return matrix === undefined ? cliffordSteps(name, parameters) : null;
}

/** Steps of the gates that a circuit uses, each found once. */
export class CliffordCache {
  private readonly constant = new Map<string, readonly CliffordStep[]>();

  steps(gate: AppliedGate): readonly CliffordStep[] {
    const known = this.constant.get(gate.name);
    if (known !== undefined) return known;
    const steps = stepsOfGate(gate);
    if (steps === null) throw new RangeError(`${gate.name}(${gate.parameters.join(', ')}) is not a Clifford gate`);
    if (gate.parameters.length === 0) this.constant.set(gate.name, steps);
    return steps;
  }
}

/** A state that Clifford gates and measurements can reach, as a tableau: memory n², a gate n/32 words. */
export class StabilizerState implements SimulatedState {
  readonly bytes: bigint;
  private readonly tableau: Tableau;
  /** Of the tableau as it is now; made when it is read off. */
  private echelon: Echelon | null = null;

  constructor(readonly qubits: number, private readonly measuresOnTheWay: boolean, private readonly gates = new CliffordCache()) {
    this.tableau = createTableau(qubits, measuresOnTheWay);
    this.bytes = tableauBytes(qubits, measuresOnTheWay);
  }

  apply(gate: AppliedGate): void {
    this.echelon = null;
    const steps = this.gates.steps(gate);
    for (let i = 0; i < steps.length; i++) {
      const { name, qubits } = steps[i] as CliffordStep;
      const first = gate.qubits[qubits[0] as number] as number;
      applyTableauGate(this.tableau, name, first, qubits.length > 1 ? (gate.qubits[qubits[1] as number] as number) : first);
    }
  }

  outcomeWeights(qubit: number): readonly [number, number] {
    if (uncertainGenerator(this.tableau, qubit) !== null) return [0.5, 0.5];
    return certainOutcome(this.tableau, qubit) === 0 ? [1, 0] : [0, 1];
  }

  collapse(qubit: number, outcome: 0 | 1): void {
    const pivot = uncertainGenerator(this.tableau, qubit);
    if (pivot === null) return;
    this.echelon = null;
    collapseTableau(this.tableau, qubit, pivot, outcome);
  }

  copy(): this {
    const copy = new StabilizerState(this.qubits, this.measuresOnTheWay, this.gates) as this;
    copy.assign(this);
    return copy;
  }

  assign(from: this): void {
    this.echelon = null;
    copyTableau(from.tableau, this.tableau);
  }

  clear(): void {
    this.echelon = null;
    clearTableau(this.tableau);
  }

  sample(qubits: readonly number[], shots: ShotRange, sink: OutcomeSink): boolean {
    return sampleOutcomes(outcomeSpace(this.rows(), qubits), qubits.length, shots, sink);
  }

  probabilities(qubits: readonly number[]): Float64Array {
    return outcomeProbabilities(outcomeSpace(this.rows(), qubits), qubits.length);
  }

  /** One outcome of measuring all qubits that is possible, bit q of it for qubit q. */
  possibleOutcome(): Int32Array {
    return possibleOutcome(this.rows());
  }

  expectation(pauli: PauliString): number {
    const { words } = this.rows();
    const [x, z] = [new Int32Array(words), new Int32Array(words)];
    for (const [qubit, operator] of pauli) {
      if (operator !== 'Z') (x[qubit >> 5] as number) |= 1 << (qubit & 31);
      if (operator !== 'X') (z[qubit >> 5] as number) |= 1 << (qubit & 31);
    }
    return expectationByRows(this.rows(), x, z);
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    return densityFromExpectations(qubits, (pauli) => this.expectation(pauli));
  }

  /** There are 2^n of them, and their common phase is not kept. */
  amplitudes(): null {
    return null;
  }

  private rows(): Echelon {
    return (this.echelon ??= echelonOf(this.tableau));
  }
}
