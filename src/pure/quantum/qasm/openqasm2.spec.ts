import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Circuit, GateOperation, Operation } from '../circuit/circuit.js';
import { parseOpenQasm2 } from './openqasm2.js';

/** The circuit of a program that must be accepted. */
function accept(source: string): Circuit {
  const parsed = parseOpenQasm2(source);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.line}:${parsed.error.column} ${parsed.error.message}`);
  return parsed.circuit;
}

function gatesOf(source: string): GateOperation[] {
  return accept(source).operations.filter((operation): operation is GateOperation => operation.kind === 'gate');
}

/** A gate on registers as text, for tables: `cx 0,1`, `rx(0.5) 2`. */
function short(operation: Operation): string {
  switch (operation.kind) {
    case 'gate':
      return `${operation.name}${operation.parameters.length > 0 ? `(${operation.parameters.join(',')})` : ''} ${operation.qubits.join(',')}`;
    case 'measure':
      return `measure ${operation.qubit}->${operation.bit}`;
    case 'reset':
      return `reset ${operation.qubit}`;
    case 'barrier':
      return `barrier ${operation.qubits.join(',')}`;
    default:
      return assert.fail(`OpenQASM 2 has no ${operation.kind}`);
  }
}

const PRELUDE = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3]; ';

function operations(statements: string): string[] {
  return accept(PRELUDE + statements).operations.map(short);
}

/** The value of an angle. */
function angle(expression: string): number {
  return gatesOf(`qreg q[1]; U(${expression},0,0) q[0];`)[0]!.parameters[0]!;
}

describe('OpenQASM 2 programs', () => {
  it('lay registers out flat, in order of declaration', () => {
    const circuit = accept('OPENQASM 2.0; qreg a[2]; creg m[3]; qreg b[1]; creg n[1];');
    assert.deepEqual(circuit.quantumRegisters, [{ name: 'a', offset: 0, size: 2 }, { name: 'b', offset: 2, size: 1 }]);
    assert.deepEqual(circuit.classicalRegisters, [{ name: 'm', offset: 0, size: 3 }, { name: 'n', offset: 3, size: 1 }]);
    assert.deepEqual([circuit.qubits, circuit.classicalBits], [3, 4]);
  });

  const headers: readonly (readonly [string, string])[] = [
    ['the header', 'OPENQASM 2.0; qreg q[1]; U(0,0,0) q[0];'],
    ['the version as an integer', 'OPENQASM 2; qreg q[1];'],
    ['no header', 'qreg q[1]; U(0,0,0) q[0];'],
    ['an empty program', ''],
    ['only a comment, not ended', '// nothing'],
    ['a byte order mark', '\ufeffOPENQASM 2.0; qreg q[1];'],
    ['comments and line ends of every system between any two tokens', 'OPENQASM//a\r2.0//b\r\n;//c\nqreg//d\nq\n[//e\n2//f\n]//g\n;\tCX\vq\f[0],q[1];'],
    ['empty statements', ';;qreg q[1];;'],
    ['the include in single quotes', "include 'qelib1.inc'; qreg q[1]; h q[0];"],
    ['the include twice', 'include "qelib1.inc"; include "qelib1.inc";'],
  ];
  for (const [what, source] of headers) {
    it(`may have ${what}`, () => {
      accept(source);
    });
  }

  it('apply the language primitives without an include, under their names in the gate table', () => {
    assert.deepEqual(gatesOf('qreg q[2]; U(1,2,3) q[0]; CX q[0],q[1];').map(short), ['u(1,2,3) 0', 'cx 0,1']);
  });

  const statements: readonly (readonly [string, string, readonly string[]])[] = [
    ['gates on elements', 'h q[2]; ccx q[2],q[0],q[1]; cu3(1,2,3) q[0],q[1];', ['h 2', 'ccx 2,0,1', 'cu3(1,2,3) 0,1']],
    ['empty parentheses', 'h() q[0];', ['h 0']],
    ['a register as each of its elements', 'h q;', ['h 0', 'h 1', 'h 2']],
    ['an element against each of a register', 'qreg r[2]; cx q[1],r;', ['cx 1,3', 'cx 1,4']],
    ['two registers element by element', 'qreg r[3]; cx r,q;', ['cx 3,0', 'cx 4,1', 'cx 5,2']],
    ['measurement of an element', 'measure q[2] -> c[0];', ['measure 2->0']],
    ['measurement of a register', 'measure q->c;', ['measure 0->0', 'measure 1->1', 'measure 2->2']],
    ['reset of an element and of a register', 'reset q[1]; reset q;', ['reset 1', 'reset 0', 'reset 1', 'reset 2']],
    ['barriers over anything, named twice too', 'barrier q; barrier q[1],q[0]; barrier q[2],q;', ['barrier 0,1,2', 'barrier 1,0', 'barrier 2,0,1']],
  ];
  for (const [what, source, expected] of statements) {
    it(`expand ${what}`, () => {
      assert.deepEqual(operations(source), expected);
    });
  }

  it('carry the condition of an if', () => {
    const [first, second] = accept(PRELUDE + 'creg d[2]; if (d==2) x q[1]; h q[0];').operations;
    assert.deepEqual(first, { kind: 'gate', name: 'x', parameters: [], qubits: [1], condition: { offset: 3, size: 2, value: 2n } });
    assert.equal(second?.kind === 'gate' && second.condition, null);
  });

  it('share one condition among the operations of one if, and not among two', () => {
    const conditions = accept(PRELUDE + 'if(c==0) measure q->c; if(c==0) measure q->c;').operations
      .map((operation) => operation.kind === 'measure' && operation.condition);
    assert.equal(new Set(conditions).size, 2);
    assert.equal(conditions[0], conditions[2]);
  });

  it('compare with integers beyond 2^53 exactly, and with any that the register cannot hold', () => {
    const wide = accept('qreg q[1]; creg c[64]; if(c==18446744073709551615) U(0,0,0) q[0];').operations[0];
    assert.equal(wide?.kind === 'gate' && wide.condition?.value, 2n ** 64n - 1n);
    const narrow = accept(`qreg q[1]; creg c[2]; if(c==${'9'.repeat(100_000)}) U(0,0,0) q[0];`).operations[0];
    assert.ok(narrow?.kind === 'gate' && narrow.condition !== null && narrow.condition.value >= 4n);
  });
});

describe('gate definitions', () => {
  it('expand to gates of the table, with parameters and qubits bound', () => {
    const source = PRELUDE + `
      gate turn(a, b) x0, x1 { rx(a/2) x1; cx x1,x0; rz(-b*a) x0; }
      gate twice(t) p0, p1 { turn(t, 2) p0,p1; barrier p0,p1; turn(1, t) p1,p0; }
      twice(4) q[2],q[0];`;
    assert.deepEqual(accept(source).operations.map(short), [
      'rx(2) 0', 'cx 0,2', 'rz(-8) 2', 'barrier 2,0', 'rx(0.5) 2', 'cx 2,0', 'rz(-4) 0',
    ]);
  });

  it('may be empty, and then do nothing', () => {
    assert.deepEqual(operations('gate nop(a) b {} nop(1) q;'), []);
  });

  it('have their own names for parameters and qubits, which hide registers and gates', () => {
    assert.deepEqual(operations('gate g(c) q, h { rx(c) h; cx q,h; } g(1) q[0],q[1];'), ['rx(1) 1', 'cx 0,1']);
  });

  it('may be opaque, as long as they are not applied', () => {
    assert.deepEqual(operations('opaque magic(a,b) x,y; opaque plain x; h q[0];'), ['h 0']);
  });

  it('take precedence over gates that qelib1.inc got later', () => {
    assert.deepEqual(operations('gate swap a,b { h a; } swap q[0],q[1];'), ['h 0']);
    assert.deepEqual(operations('qreg p[1]; x p[0];'), ['x 3']);
  });

  it('may stand under the names of library gates where the library is not included', () => {
    assert.deepEqual(gatesOf('gate h a { U(pi/2,0,pi) a; } qreg h2[1]; h h2[0];').map(({ name }) => name), ['u']);
  });

  it('are refused a step too deep for the limit, and accepted at it', () => {
    const chain = (length: number) => 'gate g0 a { U(0,0,0) a; } ' + Array.from({ length: length - 1 }, (_, i) => `gate g${i + 1} a { g${i} a; }`).join(' ');
    accept(`${chain(100)} qreg q[1]; g99 q[0];`);
    const parsed = parseOpenQasm2(chain(101));
    assert.equal(!parsed.ok && parsed.error.code, 'nesting-too-deep');
  });
});

describe('expressions', () => {
  const numbers: readonly (readonly [string, number])[] = [
    ['0', 0], ['7', 7], ['0.25', 0.25], ['00.25', 0.25], ['.25', 0.25], ['2.', 2], ['2.5e-1', 0.25], ['2.5E+01', 25], ['25e-2', 0.25], ['1e-05', 1e-5],
    ['123456789012345678901234567890', 123456789012345678901234567890], ['1e308', 1e308], ['1e-400', 0],
  ];
  for (const [text, value] of numbers) {
    it(`read the number ${text}`, () => assert.equal(angle(text), value));
  }

  const values: readonly (readonly [string, number])[] = [
    ['pi', Math.PI], ['-pi/2', -Math.PI / 2], ['3*pi/4', 3 * Math.PI / 4], ['2-1-1', 0], ['4/2/2', 1], ['2^3^2', 512], ['-2^2', -4],
    ['2^-1', 0.5], ['2^-1*4', 2], ['2*-3', -6], ['-+-+2', 2], ['(1+2)*3', 9], ['1+2*3^2', 19], ['1.0 + 2.0 * -3.0  ^ 1.5 - 0.5 / +0.25', 1 + 2 * -(3 ** 1.5) - 2],
    ['sin(pi/6)', Math.sin(Math.PI / 6)], ['cos(0)', 1], ['tan(1)', Math.tan(1)], ['exp(1)', Math.E], ['ln(exp(2))', 2], ['sqrt(2)^2', Math.sqrt(2) ** 2], ['-sqrt(4)', -2],
    ['(((((1)))))', 1], ['0.1+0.2', 0.1 + 0.2],
  ];
  for (const [text, value] of values) {
    it(`evaluate ${text}`, () => assert.equal(angle(text), value));
  }

  it('may be as long as the program: a sum of 200,000 terms', () => {
    assert.equal(angle(Array(200_000).fill('1').join('+')), 200_000);
  });

  it('may depend on parameters in every operator', () => {
    const [gate] = gatesOf('gate g(a,b) q { U(a+b*2-1, -(a/b)^2, sin(a)) q; } qreg q[1]; g(3,4) q[0];');
    assert.deepEqual(gate?.parameters, [10, -0.5625, Math.sin(3)]);
  });
});
