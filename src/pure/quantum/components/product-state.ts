import type { Matrix } from '../gates/matrix.js';
import type { PauliString, ReadableState } from '../methods/quantum-state.js';

/** A component's state, and the number in the whole of each of its qubits. */
export interface Factor {
  readonly state: ReadableState;
  readonly qubits: readonly number[];
}

/** The part of an index that some positions of it make: bit i of the result is bit `positions[i]`. */
function picked(index: number, positions: readonly number[]): number {
  return positions.reduce((value, position, i) => value | (((index >> position) & 1) << i), 0);
}

/** The product of the components' states. Everything that is read off it is a product too, and exact. */
export class ProductState implements ReadableState {
  private readonly places = new Map<number, { readonly factor: Factor; readonly qubit: number }>();

  constructor(private readonly factors: readonly Factor[]) {
    for (const factor of factors) factor.qubits.forEach((whole, qubit) => this.places.set(whole, { factor, qubit }));
  }

  probabilities(qubits: readonly number[]): Float64Array {
    const parts = this.asked(qubits).map(({ state, there, positions }) => ({ positions, values: state.probabilities(there) }));
    return Float64Array.from({ length: 2 ** qubits.length }, (_, index) =>
      parts.reduce((product, { positions, values }) => product * (values[picked(index, positions)] as number), 1));
  }

  expectation(pauli: PauliString): number {
    const strings = new Map<Factor, Map<number, 'X' | 'Y' | 'Z'>>();
    for (const [whole, operator] of pauli) {
      const { factor, qubit } = this.place(whole);
      strings.set(factor, (strings.get(factor) ?? new Map<number, 'X' | 'Y' | 'Z'>()).set(qubit, operator));
    }
    return [...strings].reduce((product, [{ state }, string]) => product * state.expectation(string), 1);
  }

  reducedDensityMatrix(qubits: readonly number[]): Matrix {
    const parts = this.asked(qubits).map(({ state, there, positions }) => ({ positions, size: 2 ** there.length, matrix: state.reducedDensityMatrix(there) }));
    const size = 2 ** qubits.length;
    const whole = new Float64Array(2 * size * size);
    for (let row = 0, k = 0; row < size; row++) {
      for (let column = 0; column < size; column++, k += 2) {
        let [re, im] = [1, 0];
        for (const { positions, size: inner, matrix } of parts) {
          const at = 2 * (picked(row, positions) * inner + picked(column, positions));
          const [a, b] = [matrix[at] as number, matrix[at + 1] as number];
          [re, im] = [re * a - im * b, re * b + im * a];
        }
        [whole[k], whole[k + 1]] = [re, im];
      }
    }
    return whole;
  }

  /** Null where one of the states has none. */
  amplitudes(): Float64Array | null {
    let [whole, count]: [Float64Array, number] = [Float64Array.of(1, 0), 1];
    const places: number[] = [];
    for (const { state, qubits } of this.factors) {
      const amplitudes = state.amplitudes();
      if (amplitudes === null) return null;
      const size = amplitudes.length / 2;
      const product = new Float64Array(2 * count * size);
      for (let high = 0, k = 0; high < size; high++) {
        const [a, b] = [amplitudes[2 * high] as number, amplitudes[2 * high + 1] as number];
        for (let low = 0; low < count; low++, k += 2) {
          const [c, d] = [whole[2 * low] as number, whole[2 * low + 1] as number];
          product[k] = a * c - b * d;
          product[k + 1] = a * d + b * c;
        }
      }
      [whole, count] = [product, count * size];
      places.push(...qubits);
    }
    return inOrder(whole, places);
  }

  private place(whole: number): { readonly factor: Factor; readonly qubit: number } {
    return this.places.get(whole) as { readonly factor: Factor; readonly qubit: number };
  }

  /** The factors that some of the qubits are in, their own numbers of those, and where in the list these stand. */
  private asked(qubits: readonly number[]): readonly { readonly state: ReadableState; readonly there: readonly number[]; readonly positions: readonly number[] }[] {
    const positions = Map.groupBy(qubits.keys(), (position) => this.place(qubits[position] as number).factor);
    return [...positions].map(([{ state }, at]) => ({ state, positions: at, there: at.map((position) => this.place(qubits[position] as number).qubit) }));
  }
}

/** Amplitudes whose index has qubit `places[i]` as its bit i, by indices that have qubit q as bit q. */
function inOrder(amplitudes: Float64Array, places: readonly number[]): Float64Array {
  const ordered = new Float64Array(amplitudes.length);
  for (let index = 0; index < amplitudes.length / 2; index++) {
    const to = places.reduce((value, place, bit) => value | (((index >> bit) & 1) << place), 0);
    [ordered[2 * to], ordered[2 * to + 1]] = [amplitudes[2 * index] as number, amplitudes[2 * index + 1] as number];
  }
  return ordered;
}
