import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOpenQasm2 } from '../qasm/openqasm2.js';
import type { SimulationOptions, SimulationResult } from '../simulate.js';
import { refusalOf, simulate } from '../simulate.js';
import type { OutputRequest } from './output-request.js';
import { OUTPUT_LIMITS, parseOutputs } from './output-request.js';

function requestOf(value: unknown, declared = 3): OutputRequest {
  const parsed = parseOutputs(value, declared);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.refusal.pointer}: ${parsed.refusal.message}`);
  return parsed.outputs;
}

function circuitOf(statements: string) {
  const parsed = parseOpenQasm2(`include "qelib1.inc"; ${statements}`);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.circuit;
}

/** Three qubits: 0 and 2 a Bell pair in which 2 is flipped, 1 untouched. Used first: 2. */
const PAIR = 'qreg q[3]; creg c[3]; x q[2]; h q[0]; cx q[0],q[2];';

function run(statements: string, outputs: unknown, over: Partial<SimulationOptions> = {}): SimulationResult {
  const result = simulate(circuitOf(statements), { shots: 200, seed: 3, precision: 'double', outputs: requestOf(outputs), ...over });
  assert.ok(typeof result !== 'string');
  return result;
}

function near(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-12, `${i}: ${value} against ${expected[i]}`));
}

describe('what a run tells', () => {
  for (const method of ['statevector', 'stabilizer'] as const) {
    it(`expectations, by letters from the right, untouched qubits included (${method})`, () => {
      const { expectations } = run(PAIR, [{ expectation: { ZIZ: 1 } }, { expectation: { XIX: 2, IZI: 0.5 } }, { expectation: { IXI: 1 } }, { expectation: { YIY: 1 } }, { expectation: { III: -3 } }], { method });
      near(expectations!, [-1, 2.5, 0, 1, -3]);
    });

    it(`probabilities of some qubits, the first of them rightmost (${method})`, () => {
      const { probabilities } = run(PAIR, [{ probabilities: [2, 1] }, { probabilities: [0, 1, 2] }], { method });
      assert.deepEqual(probabilities!.map(({ qubits }) => qubits), [[2, 1], [0, 1, 2]]);
      assert.deepEqual(Object.keys(probabilities![0]!.values).sort(), ['00', '01']);
      assert.deepEqual(Object.keys(probabilities![1]!.values).sort(), ['001', '100']);
      near(Object.values(probabilities![1]!.values), [0.5, 0.5]);
    });

    it(`a reduced density matrix (${method})`, () => {
      const [one, pair] = run(PAIR, [{ densityMatrix: [0] }, { densityMatrix: [0, 2] }], { method }).densityMatrices!;
      near(one!.matrix.flat(2), [0.5, 0, 0, 0, 0, 0, 0.5, 0]);
      near(pair!.matrix[1]!.flat(), [0, 0, 0.5, 0, 0.5, 0, 0, 0]);
    });
  }

  it('a state vector in the order of declaration, with the phase of the whole', () => {
    const { statevector } = run(PAIR, ['statevector']);
    assert.deepEqual([statevector!.qubits, statevector!.format], [3, 'complex128-le']);
    const bytes = Buffer.from(statevector!.base64, 'base64');
    near(Array.from({ length: 16 }, (_, i) => bytes.readDoubleLE(8 * i)), [0, 0, Math.SQRT1_2, 0, 0, 0, 0, 0, Math.SQRT1_2, 0, 0, 0, 0, 0, 0, 0]);
    const turned = simulate({ ...circuitOf(PAIR), globalPhase: Math.PI / 2 }, { shots: 1, seed: 1, precision: 'double', outputs: requestOf(['statevector']) });
    assert.ok(typeof turned !== 'string');
    near([Buffer.from(turned.statevector!.base64, 'base64').readDoubleLE(24)], [Math.SQRT1_2]);
  });

  for (const [what, middle] of [['terminal', ''], ['trajectories', 'reset q[1]; measure q[0]->c[1]; h q[1];']] as const) {
    it(`the outcome of every shot, which add up to the counts (${what})`, () => {
      const { counts, memory } = run(`${PAIR} ry(1) q[1]; ${middle} measure q->c;`, ['counts', 'memory']);
      const summed: Record<string, number> = {};
      for (const outcome of memory!) summed[outcome] = (summed[outcome] ?? 0) + 1;
      assert.equal(memory!.length, 200);
      assert.deepEqual(summed, { ...counts });
    });

    it(`the same outcome for a shot in whatever range it is run (${what})`, () => {
      const program = `${PAIR} ry(1) q[1]; ${middle} measure q->c;`;
      const part = run(program, ['memory'], { firstShot: 50, shots: 20 }).memory;
      assert.deepEqual(part, run(program, ['memory']).memory!.slice(50, 70));
    });
  }

  it('no counts where none are asked for, so a program need not measure', () => {
    assert.deepEqual(run(PAIR, [{ expectation: { ZII: 1 } }]).counts, {});
  });
});

describe('a request for outputs', () => {
  it('is for counts when it is absent', () => {
    assert.deepEqual(requestOf(undefined), requestOf(['counts']));
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['no list', 'counts', ''],
    ['an empty list', [], ''],
    ['too many', Array.from({ length: OUTPUT_LIMITS.items + 1 }, () => ({ probabilities: [0] })), ''],
    ['an unknown output', ['counts', 'amplitudes'], '/1'],
    ['an output twice', ['counts', 'counts'], '/1'],
    ['null', [null], '/0'],
    ['a further member', [{ probabilities: [0], top: 3 }], '/0/top'],
    ['no qubits', [{ probabilities: [] }], '/0/probabilities'],
    ['a qubit that does not exist', [{ probabilities: [0, 3] }], '/0/probabilities/1'],
    ['half a qubit', [{ densityMatrix: [0.5] }], '/0/densityMatrix/0'],
    ['a qubit twice', [{ densityMatrix: [1, 1] }], '/0/densityMatrix/1'],
    ['an observable over the wrong number of qubits', [{ expectation: { ZZ: 1 } }], '/0/expectation/ZZ'],
    ['a letter that is no Pauli operator', [{ expectation: { ZQZ: 1 } }], '/0/expectation/ZQZ'],
    ['a coefficient that is no number', [{ expectation: { ZZZ: '1' } }], '/0/expectation/ZZZ'],
    ['an infinite coefficient', [{ expectation: { ZZZ: Infinity } }], '/0/expectation/ZZZ'],
    ['an observable without terms', [{ expectation: {} }], '/0/expectation'],
    ['a list for an observable', [{ expectation: [1] }], '/0/expectation'],
  ];
  for (const [what, value, pointer] of refused) {
    it(`is refused with ${what}`, () => {
      const parsed = parseOutputs(value, 3);
      assert.ok(!parsed.ok);
      assert.equal(parsed.refusal.pointer, pointer);
      assert.match(parsed.refusal.message, /\.$/);
    });
  }

  it('is refused for the state vector of more qubits than are told', () => {
    assert.ok(parseOutputs(['statevector'], OUTPUT_LIMITS.statevectorQubits).ok);
    assert.ok(!parseOutputs(['statevector'], OUTPUT_LIMITS.statevectorQubits + 1).ok);
  });

  it('is refused for more probabilities and matrix entries than a result has room for', () => {
    const wide = { probabilities: Array.from({ length: 16 }, (_, qubit) => qubit) };
    assert.ok(parseOutputs(Array.from({ length: 16 }, () => wide), 16).ok);
    const { ok, refusal } = parseOutputs([...Array.from({ length: 16 }, () => wide), { densityMatrix: [0] }], 16) as Extract<ReturnType<typeof parseOutputs>, { ok: false }>;
    assert.ok(!ok && /at most 1048576 entries in all; these would have 1048580/.test(refusal.message));
  });

  it('is refused where shots end in different states, and where a method keeps no amplitudes', () => {
    const branching = circuitOf('qreg q[1]; creg c[1]; h q[0]; measure q[0]->c[0]; if(c==1) x q[0];');
    assert.equal(refusalOf(branching, 'automatic', requestOf([{ expectation: { Z: 1 } }], 1))?.code, 'no-final-state');
    assert.equal(refusalOf(circuitOf(PAIR), 'stabilizer', requestOf(['statevector']))?.code, 'method-refused');
    assert.equal(refusalOf(circuitOf(PAIR), 'automatic', requestOf(['statevector'])), null);
    assert.equal(refusalOf(circuitOf(PAIR), 'automatic', requestOf(['counts']))?.code, 'no-measurement');
  });
});
