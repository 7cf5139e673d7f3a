import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Circuit, Operation } from '../circuit/circuit.js';
import type { ClassicalExpression } from '../circuit/classical-expression.js';
import { constant, operation, wrap } from '../circuit/classical-expression.js';
import { matrixOf } from '../gates/matrix.js';
import { estimate, simulate } from '../simulate.js';

const gate = (name: string, ...qubits: number[]): Operation => ({ kind: 'gate', name, parameters: [], qubits, condition: null });
const measure = (qubit: number, bit: number): Operation => ({ kind: 'measure', qubit, bit, condition: null });
const bits = (...positions: number[]): ClassicalExpression => ({ kind: 'bits', bits: positions });

function circuitOf(classicalBits: number, hiddenBits: number, operations: readonly Operation[]): Circuit {
  return { qubits: 4, classicalBits, hiddenBits, globalPhase: 0, quantumRegisters: [{ name: 'q', offset: 0, size: 4 }], classicalRegisters: [{ name: 'c', offset: 0, size: classicalBits }], operations };
}

function counts(classicalBits: number, hiddenBits: number, operations: readonly Operation[]): Record<string, number> {
  const result = simulate(circuitOf(classicalBits, hiddenBits, operations), { shots: 1000, seed: 11, precision: 'double' });
  assert.ok(typeof result !== 'string', String(result));
  return result.counts;
}

/** q[0] is measured until it is 1. The hidden bits count the rounds, and c tells how many there were, mod 4. */
const untilOne: readonly Operation[] = [
  { kind: 'loop', condition: operation('not', bits(0)), iterationsMax: 100, body: [
    gate('h', 0), measure(0, 0),
    { kind: 'assign', bits: [3, 4], value: operation('add', bits(3, 4), constant(1n)) },
  ] },
  { kind: 'assign', bits: [1, 2], value: bits(3, 4) },
];

describe('control flow in a run', () => {
  it('takes one side of a branch by what was measured, for each shot its own', () => {
    const result = counts(2, 0, [gate('h', 0), measure(0, 0), { kind: 'branch', condition: bits(0), then: [gate('x', 1)], otherwise: [gate('x', 1), gate('x', 1)] }, measure(1, 1)]);
    assert.deepEqual(Object.keys(result).sort(), ['00', '11']);
  });

  it('repeats a loop until its condition fails', () => {
    const result = counts(3, 2, untilOne);
    assert.ok(Object.keys(result).every((outcome) => outcome.endsWith('1')));
    // One round: 1/2 + 1/32 + …; two: half of that; and so on.
    for (const [outcome, share] of [['011', 8 / 15], ['101', 4 / 15], ['111', 2 / 15], ['001', 1 / 15]] as const) {
      assert.ok(Math.abs((result[outcome] ?? 0) - 1000 * share) < 5 * Math.sqrt(1000 * share * (1 - share)), outcome);
    }
  });

  it('gives up where a loop goes on for longer than it may', () => {
    const endless = (iterationsMax: number): Operation => ({ kind: 'loop', condition: operation('not', bits(0)), iterationsMax, body: [gate('x', 0), gate('x', 0), measure(0, 0)] });
    assert.equal(simulate(circuitOf(1, 0, [endless(5)]), { shots: 3, seed: 1, precision: 'double' }), 'loop-limit');
  });

  it('counts the rounds of an inner loop anew in each round of the outer one, and may use up all of them', () => {
    const upTo = (n: bigint, counter: number[], body: Operation[]): Operation[] => [
      { kind: 'assign', bits: counter, value: constant(0n) },
      { kind: 'loop', iterationsMax: Number(n), condition: operation('less', bits(...counter), constant(n)), body: [
        ...body, { kind: 'assign', bits: counter, value: operation('add', bits(...counter), constant(1n)) },
      ] },
    ];
    const result = counts(1, 6, [...upTo(3n, [1, 2, 3], upTo(5n, [4, 5, 6], [gate('x', 0)])), measure(0, 0)]);
    assert.deepEqual(result, { 1: 1000 });
  });

  it('knows nothing at the beginning of a round that an earlier round may have changed', () => {
    // In the first round q[1] is untouched when it is measured; in the second it is not.
    const result = counts(3, 0, [
      gate('x', 0),
      { kind: 'loop', iterationsMax: 2, condition: operation('not', bits(2)), body: [
        { kind: 'measure', qubit: 1, bit: 2, condition: null }, gate('x', 1),
      ] },
      measure(0, 0),
    ]);
    assert.deepEqual(result, { 101: 1000 });
  });

  it('decides an if of the body anew in each round', () => {
    const condition = { offset: 0, size: 1, value: 1n };
    const result = counts(2, 2, [
      { kind: 'loop', iterationsMax: 3, condition: operation('less', bits(2, 3), constant(3n)), body: [
        { kind: 'gate', name: 'x', parameters: [], qubits: [1], condition }, gate('x', 0), measure(0, 0),
        { kind: 'assign', bits: [2, 3], value: operation('add', bits(2, 3), constant(1n)) },
      ] },
      measure(1, 1),
    ]);
    // c[0] is 0, 1, 0 when it is asked: one x.
    assert.deepEqual(result, { 11: 1000 });
  });

  it('applies a matrix that has no name, under a condition too', () => {
    const flip = matrixOf([0, 0], [0, 1], [0, 1], [0, 0]);
    const unitary = (qubit: number, value: bigint): Operation => ({ kind: 'unitary', label: 'i·x', matrix: flip, qubits: [qubit], condition: { offset: 0, size: 1, value } });
    assert.deepEqual(counts(3, 0, [gate('x', 0), measure(0, 0), unitary(1, 1n), unitary(2, 0n), measure(1, 1), measure(2, 2)]), { '011': 1000 });
  });

  it('counts the same whether shots run together or each alone', () => {
    const together = counts(3, 2, untilOne);
    const alone: Record<string, number> = {};
    for (let firstShot = 0; firstShot < 1000; firstShot++) {
      const one = simulate(circuitOf(3, 2, untilOne), { shots: 1, firstShot, seed: 11, precision: 'double' });
      assert.ok(typeof one !== 'string');
      for (const outcome of Object.keys(one.counts)) alone[outcome] = (alone[outcome] ?? 0) + 1;
    }
    assert.deepEqual(together, alone);
  });

  it('is estimated by the rounds to be expected, and by the draws there may be at most', () => {
    const { operations, evolutionsMax } = estimate(circuitOf(3, 2, untilOne), 'double');
    assert.deepEqual([operations, evolutionsMax], [32, 2 ** 100]);
  });
});

describe('classical expressions', () => {
  it('fold on constants, wrap where a type ends, and are total', () => {
    assert.deepEqual(operation('add', constant(2n), constant(3n)), constant(5n));
    assert.deepEqual(wrap(3, true, constant(7n)), constant(-1n));
    assert.deepEqual(wrap(3, false, constant(9n)), constant(1n));
    assert.deepEqual(operation('shiftLeft', constant(1n), constant(2n ** 64n)), constant(0n));
    assert.deepEqual(operation('shiftRight', constant(-1n), constant(2n ** 64n)), constant(-1n));
    assert.deepEqual(operation('popcount', constant(0b1011n)), constant(3n));
  });
});
