import type { JsonObject } from '#pure/quantum/outputs/request-reader.js';
import { Refused } from '#pure/quantum/outputs/request-reader.js';
import { finite } from './gate-table.js';

/** The gate that is no gate of the table: exp(-i·time·Σ coefficient·term), on as many qubits as its terms have letters. */
export const PAULI_EXPONENTIAL = { name: 'pauliexp', members: ['terms', 'coefficients', 'time'] } as const;

/** Turns the basis so that the letter is Z, and back. */
const INTO_Z: Readonly<Record<string, readonly [there: readonly string[], back: readonly string[]]>> = {
  X: [['h'], ['h']],
  Y: [['sdg', 'h'], ['h', 's']],
  Z: [[], []],
};

/** Letters, the rightmost for the first target. Two strings commute where they differ at an even number of letters that both have. */
function commute(a: string, b: string): boolean {
  let differing = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && a[i] !== 'I' && b[i] !== 'I') differing += 1;
  return differing % 2 === 0;
}

/** Pairs of terms are compared: a thousand of them are half a million pairs. */
const TERMS_MAX = 1000;

function termsOf({ terms }: JsonObject, pointer: string, targets: number): readonly string[] {
  if (!Array.isArray(terms) || terms.length === 0 || terms.length > TERMS_MAX) throw new Refused(`${pointer}/terms`, `A list of 1 to ${TERMS_MAX} Pauli strings.`);
  terms.forEach((term: unknown, i) => {
    if (typeof term !== 'string' || term.length !== targets || !/^[IXYZ]*$/.test(term)) throw new Refused(`${pointer}/terms/${i}`, `A Pauli string of ${targets} letters out of I, X, Y and Z: one for each target.`);
  });
  (terms as string[]).forEach((term, i) => {
    const other = (terms as string[]).findIndex((earlier, j) => j < i && !commute(earlier, term));
    if (other >= 0) throw new Refused(`${pointer}/terms/${i}`, `It does not commute with term ${other}: how to approximate such a sum is for the client to say, in steps.`);
  });
  return terms as string[];
}

/** Statements of OpenQASM 3, exact up to a phase: commuting terms are applied one after the other. */
export function pauliExponential(operation: JsonObject, pointer: string, targets: readonly number[]): readonly string[] {
  const terms = termsOf(operation, pointer, targets.length);
  const { coefficients } = operation;
  if (!Array.isArray(coefficients) || coefficients.length !== terms.length) throw new Refused(`${pointer}/coefficients`, 'A list of as many numbers as there are terms.');
  const time = finite(operation['time'], `${pointer}/time`);
  return terms.flatMap((term, i) => {
    const angle = finite(2 * time * finite(coefficients[i], `${pointer}/coefficients/${i}`), `${pointer}/coefficients/${i}`);
    const touched = targets.flatMap((qubit, j) => {
      const letter = term[term.length - 1 - j] as string;
      return letter === 'I' ? [] : [{ qubit, turn: INTO_Z[letter] as (typeof INTO_Z)[string] }];
    });
    if (touched.length === 0) return []; // A phase of the whole.
    const turned = (side: 0 | 1): string[] => touched.flatMap(({ qubit, turn }) => turn[side].map((gate) => `${gate} q[${qubit}];`));
    const parity = touched.slice(1).map(({ qubit }, j) => `cx q[${touched[j]!.qubit}], q[${qubit}];`);
    return [...turned(0), ...parity, `rz(${angle}) q[${touched.at(-1)!.qubit}];`, ...parity.toReversed(), ...turned(1)];
  });
}
