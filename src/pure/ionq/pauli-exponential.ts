import { parity } from '#pure/quantum/circuit/word-bits.js';
import type { JsonObject } from '#pure/quantum/outputs/request-reader.js';
import { Refused } from '#pure/quantum/outputs/request-reader.js';
import { finite } from './gate-table.js';

/** The gate that is no gate of the table: exp(-i·time·Σ coefficient·term), on as many qubits as its terms have letters. */
export const PAULI_EXPONENTIAL = { name: 'pauliexp', members: ['terms', 'coefficients', 'time'] } as const;

export const TOO_LONG = 'Up to here the circuit is more OpenQASM than a program may have.';

/** Turns the basis so that the letter is Z, and back. */
const INTO_Z: Readonly<Record<string, readonly [there: readonly string[], back: readonly string[]]>> = {
  X: [['h'], ['h']],
  Y: [['sdg', 'h'], ['h', 's']],
  Z: [[], []],
};

/** Which letters of a string have an X part, and which a Z part (Y has both): 32 to a word. */
interface Parts {
  readonly x: Uint32Array;
  readonly z: Uint32Array;
}

function partsOf(term: string): Parts {
  const [x, z] = [new Uint32Array((term.length + 31) >> 5), new Uint32Array((term.length + 31) >> 5)];
  for (let i = 0; i < term.length; i++) {
    const letter = term[i];
    if (letter === 'X' || letter === 'Y') x[i >> 5]! |= 1 << (i & 31);
    if (letter === 'Z' || letter === 'Y') z[i >> 5]! |= 1 << (i & 31);
  }
  return { x, z };
}

/** Two strings commute where they differ at an even number of letters that both have. */
function commute(a: Parts, b: Parts): boolean {
  let differing = 0;
  for (let word = 0; word < a.x.length; word++) differing ^= (a.x[word]! & b.z[word]!) ^ (a.z[word]! & b.x[word]!);
  return parity(differing) === 0;
}

const TERMS_MAX = 1000;

/**
 * Of n letters no more than 2^n different strings commute with one another, so that a request of a few megabytes is
 * compared in a fraction of a second: equal strings are compared once, and the first pair that does not commute ends it.
 */
function requireCommuting(terms: readonly string[], pointer: string): void {
  const known = new Map<string, { readonly parts: Parts; readonly place: number }>();
  terms.forEach((term, i) => {
    if (known.has(term)) return;
    const parts = partsOf(term);
    for (const { parts: earlier, place } of known.values()) {
      if (!commute(earlier, parts)) throw new Refused(`${pointer}/${i}`, `It does not commute with term ${place}: how to approximate such a sum is for the client to say, in steps.`);
    }
    known.set(term, { parts, place: i });
  });
}

function termsOf({ terms }: JsonObject, pointer: string, targets: number): readonly string[] {
  if (!Array.isArray(terms) || terms.length === 0 || terms.length > TERMS_MAX) throw new Refused(`${pointer}/terms`, `A list of 1 to ${TERMS_MAX} Pauli strings.`);
  terms.forEach((term: unknown, i) => {
    if (typeof term !== 'string' || term.length !== targets || !/^[IXYZ]*$/.test(term)) throw new Refused(`${pointer}/terms/${i}`, `A Pauli string of ${targets} letters out of I, X, Y and Z: one for each target.`);
  });
  requireCommuting(terms as string[], `${pointer}/terms`);
  return terms as string[];
}

/** One term, on the qubits that it does not leave alone. */
function rotated(term: string, targets: readonly number[], angle: number): readonly string[] {
  const touched = targets.flatMap((qubit, j) => {
    const letter = term[term.length - 1 - j] as string;
    return letter === 'I' ? [] : [{ qubit, turn: INTO_Z[letter] as (typeof INTO_Z)[string] }];
  });
  if (touched.length === 0) return []; // A phase of the whole.
  const turned = (side: 0 | 1): string[] => touched.flatMap(({ qubit, turn }) => turn[side].map((gate) => `${gate} q[${qubit}];`));
  const ladder = touched.slice(1).map(({ qubit }, j) => `cx q[${touched[j]!.qubit}], q[${qubit}];`);
  return [...turned(0), ...ladder, `rz(${angle}) q[${touched.at(-1)!.qubit}];`, ...ladder.toReversed(), ...turned(1)];
}

/**
 * Statements of OpenQASM 3, exact up to a phase: commuting terms are applied one after the other. A letter becomes some
 * forty characters, so that who asks says how many there may be.
 */
export function pauliExponential(operation: JsonObject, pointer: string, targets: readonly number[], charactersMax: number): readonly string[] {
  const terms = termsOf(operation, pointer, targets.length);
  const { coefficients } = operation;
  if (!Array.isArray(coefficients) || coefficients.length !== terms.length) throw new Refused(`${pointer}/coefficients`, 'A list of as many numbers as there are terms.');
  const time = finite(operation['time'], `${pointer}/time`);
  let characters = 0;
  return terms.flatMap((term, i) => {
    const at = `${pointer}/coefficients/${i}`;
    const statements = rotated(term, targets, finite(2 * time * finite(coefficients[i], at), at));
    characters += statements.reduce((sum, statement) => sum + statement.length + 1, 0);
    if (characters > charactersMax) throw new Refused(`${pointer}/terms/${i}`, TOO_LONG);
    return statements;
  });
}
