import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOpenQasm2 } from './openqasm2.js';
import type { QasmError } from './qasm-error.js';
import { QASM_ERROR_CODES, positionOf } from './qasm-error.js';
import type { QasmLimits } from './qasm-limits.js';

function refuse(source: string, limits: Partial<QasmLimits> = {}): QasmError {
  const parsed = parseOpenQasm2(source, limits);
  assert.ok(!parsed.ok, 'the program was accepted');
  return parsed.error;
}

/**
 * Programs with the place of the fault marked by ‸, by code. The prelude is put in front, on a line of its own, unless
 * the program begins with its own header or an exclamation mark (which stands for "as it is").
 */
const PRELUDE = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; opaque magic a;';

const REFUSED: readonly (readonly [code: string, program: string])[] = [
  ['syntax-error', '‸}'],
  ['syntax-error', 'h q[0]‸'],
  ['syntax-error', 'h q[0] ‸h q[1];'],
  ['syntax-error', 'h q[0],‸;'],
  ['syntax-error', 'h ‸;'],
  ['syntax-error', 'h q[‸];'],
  ['syntax-error', 'h q[‸0.5];'],
  ['syntax-error', 'h q[‸-1];'],
  ['syntax-error', 'h q[0‸;'],
  ['syntax-error', 'h q[‸01];'],
  ['syntax-error', 'h q[0‸x1];'],
  ['syntax-error', 'rx(‸) q[0];'.replace('‸)', '1+‸)')],
  ['syntax-error', 'rx(1 ‸2) q[0];'],
  ['syntax-error', 'rx((1 ‸2)) q[0];'],
  ['syntax-error', 'rx(‸*1) q[0];'],
  ['syntax-error', 'rx(sin ‸1) q[0];'],
  ['syntax-error', 'rx(sin(‸)) q[0];'],
  ['syntax-error', 'rx(1,‸) q[0];'],
  ['syntax-error', 'rx(‸1.5e) q[0];'],
  ['syntax-error', 'rx(1.5‸.5) q[0];'],
  ['syntax-error', 'rx(2‸pi) q[0];'],
  ['syntax-error', 'rx(‸.) q[0];'],
  ['syntax-error', 'rx(‸007) q[0];'],
  ['syntax-error', 'qreg ‸Big[2];'],
  ['syntax-error', 'qreg ‸_x[2];'],
  ['syntax-error', 'qreg ‸pi[2];'],
  ['syntax-error', 'qreg ‸5[2];'],
  ['syntax-error', 'creg d‸;'],
  ['syntax-error', 'gate ‸measure a {}'],
  ['syntax-error', 'gate g ‸{}'],
  ['syntax-error', 'gate g(a ‸b) x {}'],
  ['syntax-error', 'gate g(a,‸) x {}'],
  ['syntax-error', 'gate g x‸;'],
  ['syntax-error', 'gate g x { ‸measure x; }'],
  ['syntax-error', 'gate g x { ‸if (c==1) h x; }'],
  ['syntax-error', 'gate g x { h x‸[0]; }'],
  ['syntax-error', 'gate g x { h x;‸'],
  ['syntax-error', 'opaque g x ‸{}'],
  ['syntax-error', 'measure q[0]‸;'],
  ['syntax-error', 'measure q[0] ‸= c[0];'.replace('= c', '== c')],
  ['syntax-error', 'if ‸c==1 x q[0];'],
  ['syntax-error', 'if (c ‸= 1) x q[0];'],
  ['syntax-error', 'if (c==‸1.0) x q[0];'],
  ['syntax-error', 'if (c==‸-1) x q[0];'],
  ['syntax-error', 'if (c==1) ‸barrier q;'],
  ['syntax-error', 'if (c==1) ‸if (c==1) x q[0];'],
  ['syntax-error', '‸OPENQASM 2.0;'],
  ['syntax-error', '!OPENQASM ‸;'],
  ['syntax-error', '!OPENQASM 2.0‸'],
  ['syntax-error', '!include ‸qelib1.inc;'],
  ['syntax-error', '!include ‸"qelib1.inc;\n'],
  ['syntax-error', '!include "qelib1.inc" ‸'],
  ['syntax-error', 'h q[0]; ‸$'],
  ['syntax-error', '// äöü 💥\n 𝒳'.replace('𝒳', '‸𝒳')],
  ['syntax-error', 'h q[0] /* 💥 */ ‸;'.replace('/* 💥 */ ‸;', '‸/* 💥 */;')],
  ['syntax-error', '‸\u0000'],
  ['syntax-error', '‸\ud800'],
  ['syntax-error', 'h q[0]; ‸\u00a0'],
  ['unsupported-version', '!OPENQASM ‸3.0;'],
  ['unsupported-version', '!OPENQASM ‸3;'],
  ['unsupported-version', '!OPENQASM ‸2.1;'],
  ['unsupported-version', '!OPENQASM ‸20.e-1;'],
  ['unknown-include', '!include ‸"stdgates.inc";'],
  ['unknown-include', '!include ‸"../qelib1.inc";'],
  ['unknown-include', '!include ‸"";'],
  ['redefinition', 'qreg ‸q[1];'],
  ['redefinition', 'creg ‸q[1];'],
  ['redefinition', 'gate ‸c a {}'],
  ['redefinition', 'gate ‸cx a,b {}'],
  ['redefinition', 'qreg ‸h[1];'],
  ['redefinition', 'opaque ‸magic a;'],
  ['redefinition', 'swap q[0],q[1]; gate ‸swap a,b {}'],
  ['redefinition', 'gate g a { sx a; } qreg ‸sx[1];'],
  ['redefinition', 'gate g(a,‸a) x {}'],
  ['redefinition', 'gate g x,‸x {}'],
  ['redefinition', 'gate g(x) ‸x {}'],
  ['redefinition', '!gate h a {} include ‸"qelib1.inc";'],
  ['unknown-register', 'h ‸r[0];'],
  ['unknown-register', 'measure q -> ‸d;'],
  ['unknown-register', 'if (‸d==0) h q[0];'],
  ['unknown-register', 'barrier q,‸r;'],
  ['unknown-register', 'reset ‸r;'],
  ['unknown-gate', '‸hh q[0];'],
  ['unknown-gate', 'gate g a { ‸g a; }'],
  ['unknown-gate', 'gate g a { ‸later a; } gate later a {}'],
  ['unknown-gate', '!qreg q[1]; ‸h q[0];'],
  ['unknown-gate', '‸nope q[0]; \u0000'],
  ['unknown-parameter', 'rx(‸theta) q[0];'],
  ['unknown-parameter', 'gate g(a) x { rx(a*‸b) x; }'],
  ['unknown-parameter', 'gate g(a) x { rx(‸x) x; }'],
  ['unknown-qubit', 'gate g a { h ‸q; }'],
  ['unknown-qubit', 'gate g(a) x { h ‸a; }'],
  ['unknown-qubit', 'gate g a { barrier a,‸b; }'],
  ['wrong-kind', '‸q q[0];'],
  ['wrong-kind', 'h ‸c[0];'],
  ['wrong-kind', 'measure ‸c -> c;'],
  ['wrong-kind', 'measure q -> ‸q;'],
  ['wrong-kind', 'if (‸q==0) h q[0];'],
  ['wrong-kind', 'reset ‸h;'],
  ['wrong-kind', 'CX q[0],‸U;'],
  ['wrong-parameter-count', '‸rx q[0];'],
  ['wrong-parameter-count', '‸rx(1,2) q[0];'],
  ['wrong-parameter-count', '‸h(1) q[0];'],
  ['wrong-parameter-count', '‸U q[0];'],
  ['wrong-parameter-count', 'gate g(a) x {} ‸g() q[0];'],
  ['wrong-parameter-count', 'gate g x { ‸rx x; }'],
  ['wrong-qubit-count', '‸cx q[0];'],
  ['wrong-qubit-count', '‸h q[0],q[1];'],
  ['wrong-qubit-count', '‸CX q;'],
  ['wrong-qubit-count', 'gate g x,y {} ‸g q[0];'],
  ['wrong-qubit-count', 'gate g x { ‸cx x; }'],
  ['index-out-of-range', 'h q[‸3];'],
  ['index-out-of-range', 'measure q[0] -> c[‸3];'],
  ['index-out-of-range', 'h q[‸99999999999999999999999];'],
  ['register-size-mismatch', 'qreg r[2]; cx q,‸r;'],
  ['register-size-mismatch', 'creg d[2]; measure q -> ‸d;'],
  ['register-size-mismatch', 'measure q[0] -> ‸c;'],
  ['register-size-mismatch', 'measure q -> ‸c[0];'],
  ['duplicate-qubit', 'cx q[1],‸q[1];'],
  ['duplicate-qubit', 'cx q,‸q;'],
  ['duplicate-qubit', 'cx q[0],‸q;'],
  ['duplicate-qubit', 'gate g x,y { cx x,‸x; }'],
  ['opaque-gate', '‸magic q[0];'],
  ['opaque-gate', 'gate g x { ‸magic x; }'],
  ['parameter-not-finite', 'rx(‸1/0) q[0];'],
  ['parameter-not-finite', 'rx(‸0/0) q[0];'],
  ['parameter-not-finite', 'rx(‸ln(0)) q[0];'],
  ['parameter-not-finite', 'rx(‸sqrt(-1)) q[0];'],
  ['parameter-not-finite', 'rx(‸1e999) q[0];'],
  ['parameter-not-finite', 'rx(‸(-8)^0.5) q[0];'],
  ['parameter-not-finite', 'gate g x { rx(‸1/0) x; }'],
  ['parameter-not-finite', 'gate g(a) x { rx(1/a) x; } g(1) q[0]; ‸g(0) q[0];'],
  ['empty-register', 'qreg r[‸0];'],
  ['empty-register', 'creg d[‸0];'],
  ['nesting-too-deep', `rx(${'('.repeat(101)}‸1${')'.repeat(101)}) q[0];`],
  ['nesting-too-deep', `rx(${'-'.repeat(101)}‸1) q[0];`],
  ['too-many-qubits', 'qreg r[‸998];'],
  ['too-many-qubits', 'qreg r[‸99999999999999999999];'],
  ['too-many-bits', 'creg d[‸4094];'],
];

describe('OpenQASM 2 refusals', () => {
  for (const [code, marked] of REFUSED) {
    const whole = marked.startsWith('!') ? marked.slice(1) : `${PRELUDE}\n${marked}`;
    const shown = JSON.stringify(marked.length > 70 ? `${marked.slice(0, 70)}…` : marked);
    it(`say ${code} at the mark in ${shown}`, () => {
      const before = whole.slice(0, whole.indexOf('‸'));
      const error = refuse(whole.replace('‸', ''));
      const lines = before.split('\n');
      assert.deepEqual(
        { code: error.code, line: error.line, column: error.column },
        { code, line: lines.length, column: [...lines.at(-1)!].length + 1 },
        error.message,
      );
      assert.match(error.message, /^[A-Z"].*[.?]$/s);
      assert.ok(error.message.length < 250);
    });
  }

  it('cover every code', () => {
    const limits = ['program-too-large', 'too-many-operations'];
    assert.deepEqual(Object.keys(QASM_ERROR_CODES).sort(), [...new Set([...REFUSED.map(([code]) => code), ...limits])].sort());
  });

  it('say what was expected and what was found', () => {
    const error = refuse('qreg q[2];\n  CX q[0] q[1];');
    assert.deepEqual(error, { code: 'syntax-error', line: 2, column: 11, message: 'Expected "," or ";", found "q".', expected: '"," or ";"' });
  });

  it('guess the gate that was meant, only where it is near', () => {
    const hint = (name: string) => refuse(`include "qelib1.inc"; gate entangle a,b {} qreg q[3]; ${name} q[0];`).message;
    assert.match(hint('cnx'), /Did you mean "cx"\?/);
    assert.match(hint('entagle'), /Did you mean "entangle"\?/);
    assert.doesNotMatch(hint('toffoli'), /mean/);
    assert.doesNotMatch(hint('a'.repeat(1000)), /mean/);
    assert.match(refuse('qreg data[1]; U(0,0,0) dat[0];').message, /Did you mean "data"\?/);
    assert.match(refuse('qubit[2] q;').message, /OpenQASM 3/);
    assert.match(refuse('qreg q[1]; h q[0];').message, /include "qelib1.inc";/);
  });

  it('do not echo a long name', () => {
    assert.ok(refuse(`${'a'.repeat(100_000)} q[0];`).message.length < 150);
  });

  it('do not carry control characters or halves of characters into the message', () => {
    const { message } = refuse(`include "a\u0000\ud800${'x'.repeat(35)}💥";`);
    assert.ok(message.isWellFormed() && !/\p{Cc}/u.test(message));
  });

  it('report the first fault, although a later token is broken too', () => {
    assert.equal(refuse('nope \u0000').code, 'unknown-gate');
  });
});

describe('positions', () => {
  const cases: readonly (readonly [string, number, number, number])[] = [
    ['', 0, 1, 1], ['a\nb', 2, 2, 1], ['a\r\nb', 3, 2, 1], ['a\rb', 2, 2, 1], ['\n\n', 2, 3, 1], ['💥x', 2, 1, 2], ['\ufeffx', 1, 1, 1], ['\ufeff\nxy', 3, 2, 2], ['a\r\nb', 2, 1, 3],
  ];
  for (const [source, offset, line, column] of cases) {
    it(`put offset ${offset} of ${JSON.stringify(source)} at ${line}:${column}`, () => {
      assert.deepEqual(positionOf(source, offset), { line, column });
    });
  }
});
