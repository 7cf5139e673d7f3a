import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Method } from './methods/method-table.js';
import { COUNTS_ONLY, type OutputRequest } from './outputs/output-request.js';
import { parseOpenQasm2 } from './qasm/openqasm2.js';
import { simulate, type SimulationResult } from './simulate.js';
import type { Precision } from './statevector/state-vector.js';

interface Run {
  readonly method?: Method;
  readonly precision?: Precision;
  readonly shots?: number;
  readonly outputs?: OutputRequest;
}

function run(qubits: number, gates: string, { method, precision = 'double', shots = 1, outputs = COUNTS_ONLY }: Run = {}): SimulationResult {
  const parsed = parseOpenQasm2(`OPENQASM 2.0; include "qelib1.inc"; qreg q[${qubits}]; creg c[${qubits}]; ${gates} ${outputs.counts ? 'measure q->c;' : ''}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  const result = simulate(parsed.circuit, { shots, seed: 11, precision, outputs, ...(method === undefined ? {} : { method }) });
  assert.ok(typeof result !== 'string');
  return result;
}

const NOTHING: OutputRequest = { ...COUNTS_ONLY, counts: false };

/** Real and imaginary parts in turn. */
function amplitudes(qubits: number, gates: string, options: Run = {}): Float64Array {
  const { statevector } = run(qubits, gates, { ...options, outputs: { ...NOTHING, statevector: true } });
  const bytes = Buffer.from(statevector!.base64, 'base64');
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
}

/** Euclidean. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}

const each = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join(' ');
const bitsOf = (value: number, length: number): string => value.toString(2).padStart(length, '0');

const QUBITS = 7;
const qubitPair = fc.uniqueArray(fc.nat(QUBITS - 1), { minLength: 2, maxLength: 2 });
const angle = fc.double({ min: -7, max: 7, noNaN: true });
const clifford = fc.oneof(
  fc.tuple(fc.constantFrom('h', 's', 'sdg', 'x', 'y', 'z', 'sx'), fc.nat(QUBITS - 1)).map(([gate, qubit]) => `${gate} q[${qubit}];`),
  fc.tuple(fc.constantFrom('cx', 'cz', 'cy', 'swap'), qubitPair).map(([gate, [a, b]]) => `${gate} q[${a}],q[${b}];`),
);
const general = fc.oneof(
  clifford,
  fc.tuple(fc.constantFrom('rx', 'ry', 'rz', 'p'), angle, fc.nat(QUBITS - 1)).map(([gate, theta, qubit]) => `${gate}(${theta.toFixed(6)}) q[${qubit}];`),
  fc.tuple(fc.constantFrom('cp', 'rzz', 'crx', 'cry', 'cu1'), angle, qubitPair).map(([gate, theta, [a, b]]) => `${gate}(${theta.toFixed(6)}) q[${a}],q[${b}];`),
);
const circuitOf = (gate: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.array(gate, { minLength: 5, maxLength: 50 }).map((gates) => gates.join(' '));
const pauli = fc.array(fc.constantFrom('I', 'X', 'Y', 'Z'), { minLength: QUBITS, maxLength: QUBITS }).map((letters) => letters.join(''));

/** What each method can run, and how far from the state vector its numbers may be. */
const CLASSES: readonly { readonly method: Method; readonly gates: fc.Arbitrary<string>; readonly precision: Precision; readonly errorMax: number }[] = [
  { method: 'stabilizer', gates: circuitOf(clifford), precision: 'double', errorMax: 1e-12 },
  { method: 'sparse', gates: circuitOf(general), precision: 'double', errorMax: 1e-10 },
  { method: 'matrix-product-state', gates: circuitOf(general), precision: 'double', errorMax: 1e-9 },
  { method: 'density-matrix', gates: circuitOf(general), precision: 'double', errorMax: 1e-11 },
  { method: 'statevector', gates: circuitOf(general), precision: 'single', errorMax: 1e-5 },
];

describe('every method', () => {
  for (const { method, gates, precision, errorMax } of CLASSES) {
    it(`${method} (${precision}) finds what the state vector finds, on random circuits of its class`, () => {
      fc.assert(fc.property(gates, fc.array(pauli, { minLength: 6, maxLength: 6 }), (circuit, labels) => {
        const outputs = { ...NOTHING, probabilities: [[0, 1, 2, 3, 4, 5, 6]], expectations: labels.map((label) => ({ terms: [{ label, coefficient: 1 }] })) };
        const [found, sought] = [run(QUBITS, circuit, { method, precision, outputs }), run(QUBITS, circuit, { method: 'statevector', outputs })];
        const [p, q] = [found.probabilities![0]!.values, sought.probabilities![0]!.values];
        const variation = [...new Set([...Object.keys(p), ...Object.keys(q)])].reduce((sum, bits) => sum + Math.abs((p[bits] ?? 0) - (q[bits] ?? 0)), 0) / 2;
        assert.ok(variation < errorMax, `total variation ${variation}`);
        found.expectations!.forEach((value, i) => assert.ok(Math.abs(value - sought.expectations![i]!) < 2 * errorMax, labels[i]));
      }), { numRuns: 40 });
    });
  }
});

describe('closed forms', () => {
  it('of the Fourier transform: every amplitude of every basis state', () => {
    const n = 5;
    for (let input = 0; input < 2 ** n; input++) {
      const gates = [each(n, (j) => ((input >> j) & 1 ? `x q[${j}];` : ''))];
      for (let j = n - 1; j >= 0; j--) gates.push(`h q[${j}];`, each(j, (k) => `cp(pi/${2 ** (j - k)}) q[${k}],q[${j}];`));
      gates.push(each(n >> 1, (j) => `swap q[${j}],q[${n - 1 - j}];`));
      const expected = Array.from({ length: 2 ** n }, (_, k) => (2 * Math.PI * input * k) / 2 ** n).flatMap((phase) => [Math.cos(phase), Math.sin(phase)].map((part) => part / Math.sqrt(2 ** n)));
      assert.ok(distance(amplitudes(n, gates.join(' ')), expected) < 1e-12, `of ${input}`);
    }
  });

  it('of phase estimation: a phase of t bits is read exactly, another one with the probability of the kernel', () => {
    const t = 5;
    const estimate = (phase: number): Record<string, number> => {
      const gates = [`${each(t, (j) => `h q[${j}];`)} x q[${t}];`, each(t, (j) => `cp(${2 * Math.PI * phase * 2 ** j}) q[${j}],q[${t}];`)];
      gates.push(each(t >> 1, (j) => `swap q[${j}],q[${t - 1 - j}];`));
      for (let j = 0; j < t; j++) gates.push(each(j, (k) => `cp(-pi/${2 ** (j - k)}) q[${k}],q[${j}];`), `h q[${j}];`);
      return run(t + 1, gates.join(' '), { outputs: { ...NOTHING, probabilities: [[0, 1, 2, 3, 4]] } }).probabilities![0]!.values;
    };
    for (const k of [0, 1, 11, 31]) assert.ok(Math.abs(estimate(k / 2 ** t)[bitsOf(k, t)]! - 1) < 1e-12, `${k}`);
    const phase = 0.3;
    for (const [bits, probability] of Object.entries(estimate(phase))) {
      const offset = phase - parseInt(bits, 2) / 2 ** t;
      const kernel = (Math.sin(Math.PI * offset * 2 ** t) / (2 ** t * Math.sin(Math.PI * offset))) ** 2;
      assert.ok(Math.abs(probability - kernel) < 1e-12, bits);
    }
  });

  it("of Grover's search: sin²((2k + 1) arcsin 2^(-n/2)) after k steps", () => {
    const n = 6;
    const marked = 0b101101;
    const all = each(n, (j) => `h q[${j}];`);
    const flipped = (mask: number): string => each(n, (j) => ((mask >> j) & 1 ? '' : `x q[${j}];`));
    // A sign for |1…1⟩: the product of all but the last into an ancilla, and back.
    const ladder = `${toffolis(n)} cz q[${n - 1}],q[${n + n - 3}]; ${toffolis(n, true)}`;
    const step = `${flipped(marked)} ${ladder} ${flipped(marked)} ${all} ${flipped(0)} ${ladder} ${flipped(0)} ${all}`;
    for (const k of [0, 1, 3, 6]) {
      const outputs = { ...NOTHING, probabilities: [[0, 1, 2, 3, 4, 5]] };
      const found = run(2 * n - 2, `${all} ${each(k, () => step)}`, { outputs }).probabilities![0]!.values[bitsOf(marked, n)]!;
      assert.ok(Math.abs(found - Math.sin((2 * k + 1) * Math.asin(2 ** (-n / 2))) ** 2) < 1e-12, `${k} steps: ${found}`);
    }
  });

  it('of Bernstein and Vazirani: 24 hidden bits by one query, by every method that can', () => {
    const hidden = 0b1010_0111_0001_1100_1011_0101;
    const gates = `x q[24]; ${each(25, (j) => `h q[${j}];`)} ${each(24, (j) => ((hidden >> j) & 1 ? `cx q[${j}],q[24];` : ''))} ${each(25, (j) => `h q[${j}];`)} x q[24];`;
    for (const method of ['stabilizer', 'matrix-product-state'] as const) assert.deepEqual(run(25, gates, { method, shots: 5 }).counts, { [`0${bitsOf(hidden, 24)}`]: 5 }, method);
  });

  it('of the hidden shift of a bent function, on 28 qubits', () => {
    const [n, shift] = [28, 0b1100_0101_1010_0011_0111_0001_1010];
    const layer = each(n, (j) => `h q[${j}];`);
    const shifted = each(n, (j) => ((shift >> j) & 1 ? `x q[${j}];` : ''));
    const bent = each(n / 2, (j) => `cz q[${j}],q[${j + n / 2}];`);
    const { counts, method } = run(n, `${layer} ${shifted} ${bent} ${shifted} ${layer} ${bent} ${layer}`, { shots: 20 });
    assert.deepEqual([counts, method], [{ [bitsOf(shift, n)]: 20 }, 'stabilizer']);
  });
});

/** Into ancillas from q[n]: the products of the first two, three, … n - 1 of n qubits; or back. */
function toffolis(n: number, back = false): string {
  const gates = Array.from({ length: n - 2 }, (_, j) => (j === 0 ? `ccx q[0],q[1],q[${n}];` : `ccx q[${j + 1}],q[${n + j - 1}],q[${n + j}];`));
  return (back ? gates.reverse() : gates).join(' ');
}

describe('single precision', () => {
  it('is as far from double as a walk of roundings: 6e-8 times the root of the number of gates', (test) => {
    for (const depth of [10, 40, 160]) {
      const gates = each(depth, (layer) => `${each(12, (q) => `u3(${0.1 + 0.37 * q + layer},${0.2 * layer},${0.5 * q}) q[${q}];`)} ${each(6, (q) => `cz q[${(2 * q + (layer % 2)) % 12}],q[${(2 * q + 1 + (layer % 2)) % 12}];`)}`);
      const error = distance(amplitudes(12, gates, { method: 'statevector', precision: 'single' }), amplitudes(12, gates, { method: 'statevector' }));
      test.diagnostic(`${depth * 18} gates: ${error.toExponential(1)}`);
      assert.ok(error > 0 && error < 6e-8 * Math.sqrt(depth * 18), `${error}`);
    }
  });
});
