import { pointerPart } from '../../fault/json-pointer.js';
import type { RequestRefusal } from './request-reader.js';
import { Refused, isObject, onlyMembers, qubitsOf, readRequest } from './request-reader.js';

/** A sum of Pauli strings with real coefficients, as somebody asks for its expectation. */
export interface Observable {
  /** Qiskit's labels: one of I, X, Y, Z for each declared qubit, the rightmost for qubit 0. */
  readonly terms: readonly { readonly label: string; readonly coefficient: number }[];
}

/** What a run is asked for. Qubits are numbered as declared, registers one after the other. */
export interface OutputRequest {
  readonly counts: boolean;
  /** The outcome of every shot, in the order of the shots. */
  readonly memory: boolean;
  readonly statevector: boolean;
  readonly probabilities: readonly (readonly number[])[];
  readonly densityMatrices: readonly (readonly number[])[];
  readonly expectations: readonly Observable[];
}

export const COUNTS_ONLY: OutputRequest = { counts: true, memory: false, statevector: false, probabilities: [], densityMatrices: [], expectations: [] };

/** Those that are read off the state itself, which only a circuit has that ends in one. */
export function readsState({ statevector, probabilities, densityMatrices, expectations }: OutputRequest): boolean {
  return statevector || probabilities.length + densityMatrices.length + expectations.length > 0;
}

/** Bounds of one request. Sizes are of what stands in a result: 16 bytes an amplitude or entry, 8 a probability. */
export const OUTPUT_LIMITS = {
  items: 256,
  /** 2^20 amplitudes: 16 MiB. */
  statevectorQubits: 20,
  probabilityQubits: 16,
  /** 2^12 entries. A reduced state of more qubits is better asked for by its observables. */
  densityMatrixQubits: 6,
  terms: 4096,
  /** Of all probabilities and matrices of a request together: each becomes an object on a heap that a million of them leave room on. */
  entries: 2 ** 20,
} as const;

const SIMPLE = ['counts', 'memory', 'statevector'] as const;
type Simple = (typeof SIMPLE)[number];

const isSimple = (value: unknown): value is Simple => (SIMPLE as readonly unknown[]).includes(value);

function observableOf(value: unknown, pointer: string, declared: number): Observable {
  if (!isObject(value)) throw new Refused(pointer, 'An object of Pauli strings and their coefficients, such as {"ZZ": 1}.');
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > OUTPUT_LIMITS.terms) throw new Refused(pointer, `1 to ${OUTPUT_LIMITS.terms} Pauli strings.`);
  const terms = entries.map(([label, coefficient]) => {
    const place = `${pointer}/${pointerPart(label.slice(0, 64))}`;
    if (label.length !== declared) throw new Refused(place, `A Pauli string has a letter for each of the ${declared} qubits; this one has ${label.length}.`);
    if (!/^[IXYZ]+$/.test(label)) throw new Refused(place, 'A Pauli string is made of I, X, Y and Z.');
    if (typeof coefficient !== 'number' || !Number.isFinite(coefficient)) throw new Refused(place, 'A coefficient is a finite number.');
    return { label, coefficient };
  });
  return { terms };
}

/**
 * Reads what stands in a request: a list of "counts", "memory", "statevector", {"probabilities": [qubits]},
 * {"densityMatrix": [qubits]} and {"expectation": {label: coefficient}}. Absent: counts.
 */
export function parseOutputs(value: unknown, declared: number): { readonly ok: true; readonly outputs: OutputRequest } | { readonly ok: false; readonly refusal: RequestRefusal } {
  const reading = readRequest(() => (value === undefined ? COUNTS_ONLY : read(value, declared)));
  return reading.ok ? { ok: true, outputs: reading.value } : reading;
}

function read(value: unknown, declared: number): OutputRequest {
  if (!Array.isArray(value) || value.length === 0 || value.length > OUTPUT_LIMITS.items) throw new Refused('', `A list of 1 to ${OUTPUT_LIMITS.items} outputs.`);
  const simple = new Set<Simple>();
  const [probabilities, densityMatrices, expectations]: [(readonly number[])[], (readonly number[])[], Observable[]] = [[], [], []];
  value.forEach((item: unknown, i) => {
    const pointer = `/${i}`;
    if (isSimple(item)) {
      if (simple.has(item)) throw new Refused(pointer, 'It is asked for twice.');
      simple.add(item);
    } else if (isObject(item) && 'probabilities' in item) {
      onlyMembers(item, pointer, 'probabilities');
      probabilities.push(qubitsOf(item['probabilities'], `${pointer}/probabilities`, OUTPUT_LIMITS.probabilityQubits, declared));
    } else if (isObject(item) && 'densityMatrix' in item) {
      onlyMembers(item, pointer, 'densityMatrix');
      densityMatrices.push(qubitsOf(item['densityMatrix'], `${pointer}/densityMatrix`, OUTPUT_LIMITS.densityMatrixQubits, declared));
    } else if (isObject(item) && 'expectation' in item) {
      onlyMembers(item, pointer, 'expectation');
      expectations.push(observableOf(item['expectation'], `${pointer}/expectation`, declared));
    } else {
      throw new Refused(pointer, `An output is ${SIMPLE.map((name) => `"${name}"`).join(', ')}, {"probabilities": […]}, {"densityMatrix": […]} or {"expectation": {…}}.`);
    }
  });
  if (simple.has('statevector') && declared > OUTPUT_LIMITS.statevectorQubits) {
    throw new Refused(`/${value.indexOf('statevector')}`, `A state vector is told for up to ${OUTPUT_LIMITS.statevectorQubits} qubits; the program has ${declared}.`);
  }
  const entries = probabilities.reduce((sum, qubits) => sum + 2 ** qubits.length, 0) + densityMatrices.reduce((sum, qubits) => sum + 4 ** qubits.length, 0);
  if (entries > OUTPUT_LIMITS.entries) throw new Refused('', `Probabilities and density matrices have at most ${OUTPUT_LIMITS.entries} entries in all; these would have ${entries}.`);
  return { counts: simple.has('counts'), memory: simple.has('memory'), statevector: simple.has('statevector'), probabilities, densityMatrices, expectations };
}
