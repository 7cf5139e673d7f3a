import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Circuit, Condition, GateOperation, Operation } from '#pure/quantum/circuit/circuit.js';
import { GATE_TABLE } from '#pure/quantum/gates/gate-table.js';
import { parseOpenQasm2 } from '#pure/quantum/qasm/openqasm2.js';
import { planExecution } from '#pure/quantum/sampling/execution-plan.js';
import { simulate } from '#pure/quantum/simulate.js';
import { PlainState } from '#pure/quantum/statevector/plain-state.js';
import { embed, maximalDifference, referenceState } from './quantum-reference.js';

/** fast-check prints it with every failure, together with the path to the smallest case. */
const SEED = 20261122;
const RUNS = { seed: SEED, numRuns: 200 };

/** Without -0, which a program cannot write: there it is the negation of 0, and equal to it. */
const angle = fc.double({ min: -7, max: 7, noNaN: true }).map((value) => value + 0);
/** Records as object literals make them. */
const PLAIN = { noNullPrototype: true };

/** What OpenQASM 2 can say: the operations that hold no others. */
type FlatOperation = Exclude<Operation, { readonly kind: 'unitary' | 'assign' | 'branch' | 'loop' }>;
type FlatCircuit = Omit<Circuit, 'operations'> & { readonly operations: readonly FlatOperation[] };

const GATES = [...GATE_TABLE.values()];

function gateOn(qubits: number): fc.Arbitrary<GateOperation> {
  return fc.constantFrom(...GATES.filter((gate) => gate.qubits <= qubits)).chain((gate) =>
    fc.record({
      kind: fc.constant('gate' as const),
      name: fc.constant(gate.name),
      parameters: fc.array(angle, { minLength: gate.parameters.length, maxLength: gate.parameters.length }),
      qubits: fc.shuffledSubarray([...Array(qubits).keys()], { minLength: gate.qubits, maxLength: gate.qubits }),
      condition: fc.constant(null),
    }, PLAIN));
}

function circuitOf(qubits: number, classicalBits: number, operations: readonly FlatOperation[]): FlatCircuit {
  return {
    qubits, classicalBits, operations, hiddenBits: 0, globalPhase: 0,
    quantumRegisters: [{ name: 'q', offset: 0, size: qubits }],
    classicalRegisters: [{ name: 'c', offset: 0, size: classicalBits }],
  };
}

/** The circuit as a program, angles with all their digits. */
function programOf({ qubits, classicalBits, operations }: FlatCircuit): string {
  const lines = operations.map((operation) => {
    if (operation.kind === 'barrier') return `barrier ${operation.qubits.map((qubit) => `q[${qubit}]`).join(',')};`;
    const prefix = operation.condition === null ? '' : `if(c==${operation.condition.value}) `;
    if (operation.kind === 'measure') return `${prefix}measure q[${operation.qubit}] -> c[${operation.bit}];`;
    if (operation.kind === 'reset') return `${prefix}reset q[${operation.qubit}];`;
    const angles = operation.parameters.length === 0 ? '' : `(${operation.parameters.join(',')})`;
    return `${prefix}${operation.name}${angles} ${operation.qubits.map((qubit) => `q[${qubit}]`).join(',')};`;
  });
  return `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\ncreg c[${classicalBits}];\n${lines.join('\n')}\n`;
}

const unitaryCircuit = fc.integer({ min: 1, max: 6 }).chain((qubits) =>
  fc.array(gateOn(qubits), { maxLength: 25 }).map((operations) => circuitOf(qubits, 1, operations)));

const SMALL = 3;
const condition: fc.Arbitrary<Condition> = fc.record({ offset: fc.constant(0), size: fc.constant(SMALL), value: fc.bigInt({ min: 0n, max: 7n }) }, PLAIN);
const maybeCondition = fc.option(condition, { freq: 3 });
const anyOperation: fc.Arbitrary<FlatOperation> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(gateOn(SMALL), maybeCondition).map(([gate, when]) => ({ ...gate, condition: when })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('measure' as const), qubit: fc.nat(SMALL - 1), bit: fc.nat(SMALL - 1), condition: maybeCondition }, PLAIN) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), qubit: fc.nat(SMALL - 1), condition: maybeCondition }, PLAIN) },
);
const anyCircuit = fc.array(anyOperation, { minLength: 1, maxLength: 14 }).map((operations) =>
  circuitOf(SMALL, SMALL, [...operations, { kind: 'measure', qubit: 0, bit: 0, condition: null }]));

/** Exact probabilities of the outcomes, by following every branch with matrices. */
function exactDistribution(circuit: FlatCircuit): Map<string, number> {
  const outcomes = new Map<string, number>();
  const dimension = 2 ** circuit.qubits;
  const project = (state: Float64Array, qubit: number, value: number) =>
    state.map((amplitude, k) => (((k >> 1) >> qubit) & 1) === value ? amplitude : 0);
  const follow = (state: Float64Array, bits: number, from: number): void => {
    const operation = circuit.operations[from];
    if (operation === undefined) {
      const key = bits.toString(2).padStart(circuit.classicalBits, '0');
      outcomes.set(key, (outcomes.get(key) ?? 0) + state.reduce((sum, amplitude) => sum + amplitude * amplitude, 0));
      return;
    }
    if (operation.kind === 'barrier' || (operation.condition !== null && BigInt(bits) !== operation.condition.value)) return follow(state, bits, from + 1);
    if (operation.kind === 'gate') {
      const matrix = embed(GATE_TABLE.get(operation.name)!.matrix(operation.parameters), operation.qubits, circuit.qubits);
      const next = new Float64Array(state.length);
      for (let row = 0; row < dimension; row++) {
        for (let column = 0; column < dimension; column++) {
          const k = 2 * (row * dimension + column);
          next[2 * row]! += matrix[k]! * state[2 * column]! - matrix[k + 1]! * state[2 * column + 1]!;
          next[2 * row + 1]! += matrix[k]! * state[2 * column + 1]! + matrix[k + 1]! * state[2 * column]!;
        }
      }
      return follow(next, bits, from + 1);
    }
    for (const value of [0, 1]) {
      let kept = project(state, operation.qubit, value);
      if (kept.every((amplitude) => Math.abs(amplitude) < 1e-15)) continue;
      if (operation.kind === 'reset' && value === 1) kept = kept.map((_, k) => ((k >> 1) >> operation.qubit) & 1 ? 0 : kept[k + 2 ** (operation.qubit + 1)]!);
      const written = operation.kind === 'measure' ? (bits & ~(1 << operation.bit)) | (value << operation.bit) : bits;
      follow(kept, written, from + 1);
    }
  };
  const start = new Float64Array(2 * dimension);
  start[0] = 1;
  follow(start, 0, 0);
  return outcomes;
}

describe('random circuits', () => {
  it('leave the state that the dense reference computes', () => {
    fc.assert(fc.property(unitaryCircuit, (circuit) => {
      const plan = planExecution(circuit);
      const state = new PlainState(plan.activeQubits, 'double');
      for (const step of plan.steps) if (step.kind === 'gate') state.apply(step.gate);
      const amplitudes = state.amplitudes();
      // Active qubits are numbered by first use; put them back where they were declared.
      const order = [...new Set(circuit.operations.flatMap((operation) => operation.kind === 'gate' && !['id', 'u0'].includes(operation.name) ? operation.qubits : []))];
      const actual = new Float64Array(2 ** (circuit.qubits + 1));
      for (let index = 0; index < 2 ** plan.activeQubits; index++) {
        const declared = order.reduce((sum, qubit, dense) => sum | (((index >> dense) & 1) << qubit), 0);
        actual[2 * declared] = amplitudes[2 * index]!;
        actual[2 * declared + 1] = amplitudes[2 * index + 1]!;
      }
      assert.ok(maximalDifference(actual, referenceState(circuit.operations, circuit.qubits)) < 1e-13);
    }), RUNS);
  });

  it('survive being written as a program and read again, to the last digit of every angle', () => {
    fc.assert(fc.property(anyCircuit, (circuit) => {
      const parsed = parseOpenQasm2(programOf(circuit));
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.circuit, circuit);
    }), RUNS);
  });

  it('are sampled as the exact distribution says, with measurement, reset and if anywhere', () => {
    const shots = 4000;
    fc.assert(fc.property(anyCircuit, fc.nat(), (circuit, seed) => {
      const result = simulate(circuit, { shots, seed, precision: 'double' });
      assert.ok(typeof result !== 'string');
      const exact = exactDistribution(circuit);
      assert.equal(Object.values(result.counts).reduce((sum, count) => sum + count, 0), shots);
      for (const bits of Object.keys(result.counts)) assert.ok((exact.get(bits) ?? 0) > 1e-12, `${bits} cannot occur`);
      for (const [bits, probability] of exact) {
        // Six standard deviations and a little: 200 runs of 8 outcomes see one such case in 10^5 choices of the seed.
        const bound = 6 * Math.sqrt(shots * probability * (1 - Math.min(1, probability))) + 4;
        assert.ok(Math.abs((result.counts[bits] ?? 0) - shots * probability) < bound, `${bits}: ${result.counts[bits]} against ${shots * probability}`);
      }
    }), RUNS);
  });

  it('count the same whether shots run together or each alone', () => {
    fc.assert(fc.property(anyCircuit, fc.nat(), (circuit, seed) => {
      const together = simulate(circuit, { shots: 25, seed, precision: 'single' });
      const alone: Record<string, number> = {};
      for (let firstShot = 0; firstShot < 25; firstShot++) {
        const one = simulate(circuit, { shots: 1, firstShot, seed, precision: 'single' });
        assert.ok(typeof one !== 'string');
        for (const bits of Object.keys(one.counts)) alone[bits] = (alone[bits] ?? 0) + 1;
      }
      assert.ok(typeof together !== 'string');
      assert.deepEqual(together.counts, alone);
    }), RUNS);
  });
});
