import { OUTPUT_LIMITS } from '#pure/quantum/outputs/output-request.js';

/** Exact probabilities of all qubits where there is room for them; beyond that what was counted tells them. */
export function outputsFor(qubits: number): readonly unknown[] {
  if (qubits > OUTPUT_LIMITS.probabilityQubits) return ['counts'];
  return ['counts', { probabilities: Array.from({ length: qubits }, (_, qubit) => qubit) }];
}

/** The members of a result that are read here. */
export interface MeasuredResult {
  readonly shots: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly probabilities?: readonly { readonly values: Readonly<Record<string, number>> }[];
}

/** What is left of a probability of 0 after rounding: squares of errors of 10^-13 at the most. */
const ROUNDING = 1e-18;

/** Outcomes as the format has them: whole numbers in decimal, bit j the outcome of qubit j, each with its probability. */
export function ionqProbabilities({ shots, counts, probabilities }: MeasuredResult): Record<string, number> {
  const exact = probabilities?.[0]?.values;
  const shares: readonly (readonly [string, number])[] = exact === undefined ? Object.entries(counts).map(([bits, count]) => [bits, count / shots]) : Object.entries(exact).filter(([, probability]) => probability > ROUNDING);
  // More than 53 bits are no number any more; the rightmost character is qubit 0 on both sides.
  return Object.fromEntries(shares.map(([bits, share]) => [BigInt(`0b${bits}`).toString(), share]));
}
