import { OUTPUT_LIMITS } from '#pure/quantum/outputs/output-request.js';

/**
 * Exact probabilities of all qubits where there is room for them, for all circuits of a job together as for one; beyond
 * that what was counted tells them.
 */
export function outputsFor(qubits: number, circuits: number): readonly unknown[] {
  if (circuits * 2 ** qubits > 2 ** OUTPUT_LIMITS.probabilityQubits) return ['counts'];
  return ['counts', { probabilities: Array.from({ length: qubits }, (_, qubit) => qubit) }];
}

/** The members that are read here, of the result of one circuit. */
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

/** Of several, each by the id of its circuit, in their order: clients take them by it. */
export type IonqResults = Record<string, number> | Record<string, Record<string, number>>;

/** `body`: the result of a job. `circuitIds`: of a job of several. `item`: which of them is asked for; null: all. */
export function ionqResults(body: Buffer, circuitIds: readonly string[] | null, item: number | null): IonqResults {
  const result = JSON.parse(body.toString('utf8')) as MeasuredResult | { readonly results: readonly MeasuredResult[] };
  if (!('results' in result)) return ionqProbabilities(result);
  if (item !== null) return ionqProbabilities(result.results[item] as MeasuredResult);
  return Object.fromEntries((circuitIds ?? []).map((id, index) => [id, ionqProbabilities(result.results[index] as MeasuredResult)]));
}
