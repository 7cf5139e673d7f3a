import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { everyOperation } from '#pure/quantum/circuit/circuit.js';
import { bitsRead } from '#pure/quantum/circuit/classical-expression.js';
import { PROGRAM_LANGUAGES, parseProgram, type ProgramLanguage } from '#pure/quantum/qasm/parse-program.js';
import { OPENQASM3_ERROR_CODES, QASM_ERROR_CODES } from '#pure/quantum/qasm/qasm-error.js';

/** Small, so that a slip in a bound shows as a slow or large run at once. */
const LIMITS = { sourceBytesMax: 100_000, operationsMax: 2000, qubitsMax: 50, classicalBitsMax: 50, nestingMax: 20 };

/** What is cut up for one language: its programs, and words of which sentences are made. */
interface Material {
  readonly corpus: readonly string[];
  readonly fragments: readonly string[];
}

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

const CORPUS_3: readonly string[] = [
  'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\nctrl @ x q[0], q[1];\nc = measure q;\nif (c == 3) { x q; } else reset q[1];\n',
  'include "stdgates.inc"; gate g(a, b) s0, s1 { rx(a * -b ** 2 / 3.0e-1) s0; inv @ cx s0, s1; pow(1/3) @ h s1; for int i in [0:2] gphase(i); } qubit[3] r; g(1, .5) r[0], r[2]; ctrl(2) @ rz(τ) r[0], r[1], r[2];',
  'qubit q; bit c; uint[4] n = 0; while (true) { U(1, 0, 0) q; c = measure q; n += 1; if (c && n < 7) break; else continue; } switch (n) { case 1, 2 { reset q; } default { end; } } let w = c; output bit[4] o; o = bit[4](n);',
  'def f(qubit[2] a, int n, angle v) -> bit { bit b; for int i in {n, 1} { b = measure a[i]; if (b) return b; } return measure a[0]; } qubit[4] q; let w = q[0] ++ q[3:-1:2]; bit r = f(w[0:1], 0, pi); const int k = popcount("101") << 2; input float theta; U(theta, k, sin(theta)) q[{0, 2}];',
];
const FRAGMENTS_3: readonly string[] = [
  'OPENQASM', '3.0', ';', 'include', '"stdgates.inc"', 'qubit', 'bit', 'int', 'uint[4]', 'float', 'angle', 'complex', 'bool', 'const', 'input', 'output', 'let', '++', 'gate', 'def', 'return', 'measure', '->', '=', '+=', 'reset', 'barrier',
  'if', 'else', 'for', 'in', 'while', 'switch', 'case', 'default', 'break', 'continue', 'end', 'ctrl', 'negctrl', 'inv', 'pow', '@', 'gphase', '(', ')', '{', '}', '[', ']', ',', ':', '+', '-', '*', '/', '**', '<<', '==', '<', '&&', '!', '~',
  'true', 'pi', 'sin', 'popcount', 'U', 'q', 'c', 'n', 'theta', 'h', 'cx', 'rx', '0', '1', '7', '1e9', '0x1F', '99999999999999999999', '"01"', '2im', '5ns', '$0', '//', '/*', '\n', '\u0000', '\ud800', '💥', '#pragma', '@x',
  'qubit[2] q;', 'bit[2] c;', 'c = measure q;', 'int n = 3;', 'h q;', 'if (c[0])', 'while (c == 1)', 'for int i in [0:9]', '{ h q[0]; }', 'gate g a { U(0,0,0) a; }', 'g q[0];', 'def f(qubit a) { g a; }', 'f(q[1]);',
];
const MATERIAL: Readonly<Record<ProgramLanguage, Material>> = {
  openqasm2: { corpus: CORPUS, fragments: FRAGMENTS },
  openqasm3: { corpus: CORPUS_3, fragments: FRAGMENTS_3 },
};

/** Whatever goes in, a circuit within the limits comes out, or an error that points into the text. */
function checkIn(language: ProgramLanguage, source: string): void {
  const start = performance.now();
  const parsed = parseProgram(language, source, language === 'openqasm3' ? { theta: 0.5 } : {}, LIMITS);
  assert.ok(performance.now() - start < 20_000, 'took more than twenty seconds');
  if (parsed.ok) {
    const { circuit } = parsed;
    const bits = circuit.classicalBits + circuit.hiddenBits;
    const operations = [...everyOperation(circuit.operations)];
    assert.ok(operations.length <= 2 * LIMITS.operationsMax && circuit.qubits <= LIMITS.qubitsMax && bits <= LIMITS.classicalBitsMax);
    for (const operation of operations) {
      const qubits = 'qubits' in operation ? operation.qubits : 'qubit' in operation ? [operation.qubit] : [];
      assert.ok(qubits.every((qubit) => Number.isInteger(qubit) && qubit >= 0 && qubit < circuit.qubits));
      if (operation.kind === 'gate') assert.ok(operation.parameters.every(Number.isFinite));
      if (operation.kind === 'gate' || operation.kind === 'unitary') assert.equal(new Set(qubits).size, qubits.length);
      if (operation.kind === 'unitary') assert.equal(operation.matrix.length, 2 * 4 ** qubits.length);
      if (operation.kind === 'measure') assert.ok(operation.bit < bits);
      if (operation.kind === 'assign') assert.ok([...operation.bits, ...bitsRead(operation.value)].every((bit) => bit >= 0 && bit < bits));
      if (operation.kind === 'branch' || operation.kind === 'loop') assert.ok([...bitsRead(operation.condition)].every((bit) => bit >= 0 && bit < bits));
    }
    return;
  }
  const { code, line, column, message } = parsed.error;
  const lines = source.split(/\r\n|\r|\n/);
  assert.ok(code in QASM_ERROR_CODES || (language === 'openqasm3' && code in OPENQASM3_ERROR_CODES) || code === 'unknown-input');
  assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
  assert.ok(column >= 1 && column <= lines[line - 1]!.length + 1);
  assert.ok(message.length > 0 && message.length < 300 && message.isWellFormed());
}

/** The suite, as `npm test` runs it briefly with one seed and `npm run test:faults` with whichever it is given. */
export function describeTotalParser(runs: { readonly seed: number; readonly numRuns: number }): void {
  for (const language of PROGRAM_LANGUAGES) describeTotality(language, MATERIAL[language], runs);
}

function describeTotality(language: ProgramLanguage, { corpus, fragments }: Material, runs: { readonly seed: number; readonly numRuns: number }): void {
  const check = (source: string) => checkIn(language, source);
  describe(`the parser of ${language} is total (seed ${runs.seed}, ${runs.numRuns} programs a kind)`, () => {
    it('on strings of any code units', () => {
      fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), check), runs);
      fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((units) => String.fromCharCode(...units)), check), runs);
    });

    it('on bytes read as Latin-1', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }).map((bytes) => String.fromCharCode(...bytes)), check), runs);
    });

    it('on sentences of its own words in any order', () => {
      fc.assert(fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((words) => words.join(' ')), check), runs);
    });

    it('on programs with pieces cut out, doubled, exchanged or replaced', () => {
      const mutation = fc.record({
        program: fc.constantFrom(...corpus), from: fc.nat(400), length: fc.nat(12), word: fc.constantFrom('', ...fragments), times: fc.nat(3),
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
      for (const program of corpus) {
        for (let length = 0; length <= program.length; length++) {
          check(program.slice(0, length));
          check(program.slice(0, length) + program.slice(length + 1));
        }
      }
    });

    it('on one word repeated until the text is full', () => {
      for (const word of fragments) check(word.repeat(Math.ceil(LIMITS.sourceBytesMax / word.length / 4)));
      for (const word of fragments) check(`${(corpus[0] as string)} rx(${word.repeat(20_000)}`);
    });
  });
}
