import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseOpenQasm2 } from '#pure/quantum/qasm/openqasm2.js';
import { QASM_ERROR_CODES } from '#pure/quantum/qasm/qasm-error.js';

/** Small, so that a slip in a bound shows as a slow or large run at once. */
const LIMITS = { sourceBytesMax: 100_000, operationsMax: 2000, qubitsMax: 50, classicalBitsMax: 50, nestingMax: 20 };

const CORPUS: readonly string[] = [
  'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n',
  'include "qelib1.inc"; gate g(a,b) x,y { rx(a*-b^2/3.0e-1) x; barrier x,y; cx x,y; U(sin(a),pi,ln(2)) y; } qreg r[3]; g(1,.5) r[0],r[2];',
  'qreg q[3];creg s[1];creg t[2];U(0,0,0) q;if(t==3)CX q[0],q[1];reset q;opaque o(p) a,b;measure q[2]->s[0];//end',
];
const FRAGMENTS: readonly string[] = [
  'OPENQASM', '2.0', ';', 'include', '"qelib1.inc"', 'qreg', 'creg', 'gate', 'opaque', 'measure', '->', 'reset', 'barrier', 'if', '(', ')', '==', '{', '}',
  '[', ']', ',', '+', '-', '*', '/', '^', 'pi', 'sin', 'ln', 'U', 'CX', 'q', 'c', 'h', 'cx', 'rx', 'a', '0', '1', '2', '7', '1e9', '.5', '99999999999999999999', '//', '\n', ' ',
  '\u0000', '\ud800', '💥', '"', "'", '=', 'h q;', 'qreg q[2];', 'gate g a { h a; }', 'g q[0];',
];

/** Whatever goes in, a circuit within the limits comes out, or an error that points into the text. */
function check(source: string): void {
  const start = performance.now();
  const parsed = parseOpenQasm2(source, LIMITS);
  assert.ok(performance.now() - start < 20_000, 'took more than twenty seconds');
  if (parsed.ok) {
    const { circuit } = parsed;
    assert.ok(circuit.operations.length <= LIMITS.operationsMax && circuit.qubits <= LIMITS.qubitsMax && circuit.classicalBits <= LIMITS.classicalBitsMax);
    for (const operation of circuit.operations) {
      assert.ok(operation.kind !== 'unitary' && operation.kind !== 'assign' && operation.kind !== 'branch' && operation.kind !== 'loop');
      const qubits = operation.kind === 'gate' || operation.kind === 'barrier' ? operation.qubits : [operation.qubit];
      assert.ok(qubits.every((qubit) => Number.isInteger(qubit) && qubit >= 0 && qubit < circuit.qubits));
      if (operation.kind === 'gate') assert.ok(operation.parameters.every(Number.isFinite) && new Set(qubits).size === qubits.length);
      if (operation.kind === 'measure') assert.ok(operation.bit < circuit.classicalBits);
    }
    return;
  }
  const { code, line, column, message } = parsed.error;
  const lines = source.split(/\r\n|\r|\n/);
  assert.ok(code in QASM_ERROR_CODES);
  assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
  assert.ok(column >= 1 && column <= lines[line - 1]!.length + 1);
  assert.ok(message.length > 0 && message.length < 300 && message.isWellFormed());
}

/** The suite, as `npm test` runs it briefly with one seed and `npm run test:faults` with whichever it is given. */
export function describeTotalParser(runs: { readonly seed: number; readonly numRuns: number }): void {
  describe(`the OpenQASM 2 parser is total (seed ${runs.seed}, ${runs.numRuns} programs a kind)`, () => {
    it('on strings of any code units', () => {
      fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), runs);
      fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((units) => String.fromCharCode(...units)), check), runs);
    });

    it('on bytes read as Latin-1', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }).map((bytes) => String.fromCharCode(...bytes)), check), runs);
    });

    it('on sentences of its own words in any order', () => {
      fc.assert(fc.property(fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((words) => words.join(' ')), check), runs);
    });

    it('on programs with pieces cut out, doubled, exchanged or replaced', () => {
      const mutation = fc.record({
        program: fc.constantFrom(...CORPUS), from: fc.nat(400), length: fc.nat(12), word: fc.constantFrom('', ...FRAGMENTS), times: fc.nat(3),
      });
      fc.assert(fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        let text = mutations[0]!.program;
        for (const { from, length, word, times } of mutations) {
          const at = from % (text.length + 1);
          const cut = text.slice(at, at + length);
          text = text.slice(0, at) + (word === '' ? cut.repeat(times) : word) + text.slice(at + length);
        }
        check(text);
      }), runs);
    });

    it('on every prefix of a program, and on every program with one character less', () => {
      for (const program of CORPUS) {
        for (let length = 0; length <= program.length; length++) {
          check(program.slice(0, length));
          check(program.slice(0, length) + program.slice(length + 1));
        }
      }
    });

    it('on one word repeated until the text is full', () => {
      for (const word of FRAGMENTS) check(word.repeat(Math.ceil(LIMITS.sourceBytesMax / word.length / 4)));
      for (const word of FRAGMENTS) check(`include "qelib1.inc"; qreg q[2]; creg c[2]; rx(${word.repeat(20_000)}`);
    });
  });
}
